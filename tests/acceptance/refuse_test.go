//go:build acceptance

package acceptance

import (
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

// TestRefusals gives wrong inputs to both plugins: each refuses them, and names the property.
func TestRefusals(t *testing.T) {
	witness, simulator := ask(t, start(t, localcloud.Moto)), ask(t, start(t, localcloud.Simulator))
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}`
	for name, test := range map[string]struct {
		token    string
		inputs   map[string]any
		property string
	}{
		"a block that is none": {
			"aws:ec2/vpc:Vpc", map[string]any{"cidrBlock": "10.0.0.0/33"}, "cidrBlock",
		},
		"a block too large for a VPC": {
			"aws:ec2/vpc:Vpc", map[string]any{"cidrBlock": "10.0.0.0/8"}, "cidrBlock",
		},
		"a subnet without a VPC": {
			"aws:ec2/subnet:Subnet", map[string]any{"cidrBlock": "10.0.0.0/24"}, "vpcId",
		},
		"two targets": {
			"aws:ec2/route:Route", map[string]any{
				"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1", "gatewayId": "igw-1",
			}, "gatewayId",
		},
		"a NAT gateway of an unknown kind": {
			"aws:ec2/natGateway:NatGateway", map[string]any{"subnetId": "subnet-1", "connectivityType": "secret"},
			"connectivityType",
		},
		"a session of a minute": {
			"aws:iam/role:Role", map[string]any{"assumeRolePolicy": trust, "maxSessionDuration": 60}, "maxSessionDuration",
		},
		"a policy that is no JSON": {
			"aws:iam/role:Role", map[string]any{"assumeRolePolicy": "{"}, "assumeRolePolicy",
		},
		"a policy's ARN that is none": {
			"aws:iam/rolePolicyAttachment:RolePolicyAttachment", map[string]any{"role": "r", "policyArn": "Admin"}, "policyArn",
		},
		"a cluster's name with a dot": {
			"aws:eks/cluster:Cluster", map[string]any{
				"name": "a.b", "roleArn": "arn:aws:iam::123456789012:role/r", "vpcConfig": map[string]any{"subnetIds": []any{"s"}},
			}, "name",
		},
		"an unknown authentication mode": {
			"aws:eks/cluster:Cluster", map[string]any{
				"name": "a", "roleArn": "arn:aws:iam::123456789012:role/r", "vpcConfig": map[string]any{"subnetIds": []any{"s"}},
				"accessConfig": map[string]any{"authenticationMode": "IAM"},
			}, "authenticationMode",
		},
		"a taint of an unknown effect": {
			"aws:eks/nodeGroup:NodeGroup", map[string]any{
				"clusterName": "c", "nodeRoleArn": "arn:aws:iam::123456789012:role/r", "subnetIds": []any{"s"},
				"scalingConfig": map[string]any{"minSize": 1, "maxSize": 1, "desiredSize": 1},
				"taints":        []any{map[string]any{"key": "k", "effect": "NoSchedule"}},
			}, "effect",
		},
		"a log group kept for two days": {
			"aws:cloudwatch/logGroup:LogGroup", map[string]any{"retentionInDays": 2}, "retentionInDays",
		},
		"a key deleted tomorrow": {
			"aws:kms/key:Key", map[string]any{"deletionWindowInDays": 1}, "deletionWindowInDays",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for who, plugin := range map[string]asked{"witness": witness, "simulator": simulator} {
				_, failures := plugin.check(t, test.token, "wrong", test.inputs)
				said := strings.Join(failures, "\n")
				t.Logf("the %s: %s", who, said)
				if !strings.Contains(said, test.property) {
					t.Errorf("the %s does not refuse %s: it says %q", who, test.property, said)
				}
			}
		})
	}
}
