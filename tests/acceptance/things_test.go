//go:build acceptance

package acceptance

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

// thing is a resource with what the component and pulumi-eks set of its type. Texts that begin with a dollar stand for
// the id of a thing from before, or with a dot for an output of it.
type thing struct {
	token, name string
	inputs      map[string]any
}

var things = []thing{
	{"aws:ec2/vpc:Vpc", "vpc", map[string]any{
		"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "enableDnsSupport": true, "tags": map[string]any{"a": "b"},
	}},
	{"aws:ec2/internetGateway:InternetGateway", "gateway", map[string]any{"vpcId": "$vpc"}},
	{"aws:ec2/routeTable:RouteTable", "table", map[string]any{"vpcId": "$vpc"}},
	{"aws:ec2/route:Route", "route", map[string]any{
		"routeTableId": "$table", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "$gateway",
	}},
	{"aws:ec2/subnet:Subnet", "subnet", map[string]any{
		"vpcId": "$vpc", "cidrBlock": "10.0.1.0/24", "availabilityZone": "us-west-2a", "mapPublicIpOnLaunch": true,
	}},
	{"aws:ec2/subnet:Subnet", "other-subnet", map[string]any{
		"vpcId": "$vpc", "cidrBlock": "10.0.2.0/24", "availabilityZone": "us-west-2b", "mapPublicIpOnLaunch": true,
	}},
	{"aws:ec2/routeTableAssociation:RouteTableAssociation", "association", map[string]any{
		"routeTableId": "$table", "subnetId": "$subnet",
	}},
	{"aws:ec2/routeTableAssociation:RouteTableAssociation", "other-association", map[string]any{
		"routeTableId": "$table", "subnetId": "$other-subnet",
	}},
	{"aws:ec2/securityGroup:SecurityGroup", "group", map[string]any{
		"vpcId": "$vpc", "description": "nodes", "revokeRulesOnDelete": true, "tags": map[string]any{"a": "b"},
	}},
	{"aws:ec2/securityGroupRule:SecurityGroupRule", "rule", map[string]any{
		"securityGroupId": "$group", "type": "ingress", "fromPort": 443, "toPort": 443, "protocol": "tcp",
		"cidrBlocks": []any{"10.0.0.0/16"}, "description": "pods",
	}},
	{"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "egress", map[string]any{
		"securityGroupId": "$group", "cidrIpv4": "10.0.0.0/16", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443,
		"description": "pods",
	}},
	{"aws:ec2/launchTemplate:LaunchTemplate", "template", map[string]any{
		"instanceType": "t3.medium", "updateDefaultVersion": true,
		"metadataOptions": map[string]any{"httpTokens": "required", "httpPutResponseHopLimit": 2},
	}},
	{"aws:iam/role:Role", "role", map[string]any{
		"assumeRolePolicy": trustOf("ec2.amazonaws.com"), "description": "nodes", "forceDetachPolicies": true,
		"maxSessionDuration": 3600, "tags": map[string]any{"a": "b"},
	}},
	{"aws:iam/rolePolicy:RolePolicy", "inline", map[string]any{"role": "$role", "policy": allowAll}},
	{"aws:iam/policy:Policy", "policy", map[string]any{"policy": allowAll, "description": "all", "path": "/"}},
	attached("role", "AmazonEKSWorkerNodePolicy"), attached("role", "AmazonEKS_CNI_Policy"),
	attached("role", "AmazonEC2ContainerRegistryPullOnly"),
	{"aws:iam/role:Role", "cluster-role", map[string]any{"assumeRolePolicy": trustOf("eks.amazonaws.com")}},
	attached("cluster-role", "AmazonEKSClusterPolicy"),
	{"aws:iam/role:Role", "pod-role", map[string]any{
		"assumeRolePolicy": podTrust, "forceDetachPolicies": true,
	}},
	{"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "exclusive", map[string]any{
		"roleName": "$pod-role", "policyArns": []any{"arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"},
	}},
	{"aws:iam/instanceProfile:InstanceProfile", "profile", map[string]any{"role": "$role"}},
	{"aws:iam/openIdConnectProvider:OpenIdConnectProvider", "issuer", map[string]any{
		"url": "https://oidc.eks.us-west-2.amazonaws.com/id/A", "clientIdLists": []any{"sts.amazonaws.com"},
		"thumbprintLists": []any{"9e99a48a9960b14926bb7f3b02e22da2b0ab7280"},
	}},
	{"aws:kms/key:Key", "key", map[string]any{
		"description": "secrets", "enableKeyRotation": true, "deletionWindowInDays": 30,
	}},
	{"aws:kms/alias:Alias", "alias", map[string]any{"name": "alias/cluster", "targetKeyId": "$key"}},
	{"aws:cloudwatch/logGroup:LogGroup", "logs", map[string]any{
		"name": "/aws/eks/a/cluster", "retentionInDays": 30, "skipDestroy": false,
	}},
	{"aws:eks/cluster:Cluster", "cluster", map[string]any{
		"name": "a", "roleArn": "$cluster-role.arn", "version": "1.35", "bootstrapSelfManagedAddons": false,
		"enabledClusterLogTypes": []any{"audit"}, "tags": map[string]any{"a": "b"},
		"accessConfig": map[string]any{
			"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": false,
		},
		"encryptionConfig": map[string]any{
			"provider": map[string]any{"keyArn": "$key.arn"}, "resources": []any{"secrets"},
		},
		"kubernetesNetworkConfig": map[string]any{"serviceIpv4Cidr": "172.20.0.0/16"},
		"upgradePolicy":           map[string]any{"supportType": "STANDARD"},
		"vpcConfig": map[string]any{
			"subnetIds": []any{"$subnet", "$other-subnet"}, "endpointPublicAccess": true, "endpointPrivateAccess": true,
			"publicAccessCidrs": []any{"203.0.113.0/24"},
		},
	}},
	{"aws:eks/accessEntry:AccessEntry", "entry", map[string]any{
		"clusterName": "$cluster", "principalArn": "$pod-role.arn", "kubernetesGroups": []any{"readers"}, "type": "STANDARD",
	}},
	{"aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "policy-association", map[string]any{
		"clusterName": "$cluster", "principalArn": "$pod-role.arn", "accessScope": map[string]any{"type": "cluster"},
		"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
	}},
	// Before the nodes, which do not get ready without these.
	{"aws:eks/addon:Addon", "proxy", map[string]any{"clusterName": "$cluster", "addonName": "kube-proxy"}},
	{"aws:eks/addon:Addon", "addon", map[string]any{
		"clusterName": "$cluster", "addonName": "vpc-cni", "configurationValues": "{}",
		"resolveConflictsOnCreate": "OVERWRITE", "resolveConflictsOnUpdate": "OVERWRITE", "tags": map[string]any{"a": "b"},
	}},
	{"aws:eks/nodeGroup:NodeGroup", "nodes", map[string]any{
		"clusterName": "$cluster", "nodeRoleArn": "$role.arn", "subnetIds": []any{"$subnet", "$other-subnet"},
		"scalingConfig": map[string]any{"minSize": 1, "maxSize": 3, "desiredSize": 2}, "diskSize": 50,
		"instanceTypes": []any{"t3.medium"}, "capacityType": "ON_DEMAND", "amiType": "AL2023_x86_64_STANDARD",
		"labels":       map[string]any{"pool": "a"},
		"taints":       []any{map[string]any{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}},
		"updateConfig": map[string]any{"maxUnavailable": 1}, "tags": map[string]any{"a": "b"},
	}},
	{"aws:eks/podIdentityAssociation:PodIdentityAssociation", "identity", map[string]any{
		"clusterName": "$cluster", "namespace": "kube-system", "serviceAccount": "s", "roleArn": "$pod-role.arn",
	}},
}

func attached(role, policy string) thing {
	return thing{"aws:iam/rolePolicyAttachment:RolePolicyAttachment", role + "-" + policy, map[string]any{
		"role": "$" + role, "policyArn": "arn:aws:iam::aws:policy/" + policy,
	}}
}

const podTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole",` +
	`"sts:TagSession"],"Principal":{"Service":"pods.eks.amazonaws.com"}}]}`

const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`

// TestThingPlans compares what both AWS say about changes of each thing, and takes them all away again. Nothing is
// asked of the clusters themselves, so there are none behind their records.
func TestThingPlans(t *testing.T) {
	var sides []side
	for _, kind := range []string{localcloud.Moto, localcloud.Simulator} {
		t.Setenv("LOCALCLOUD_AWS", kind)
		cloud := fixture.StartHollow(t)
		plugin := ask(t, cloud)
		made := map[string]resource{}
		var order []resource
		defer func() {
			timed(t, "deleting on the "+kind, func(*bytes.Buffer) error {
				for _, r := range slices.Backward(order) {
					plugin.remove(t, r)
				}
				return nil
			})
			cloud.MustBeEmpty(t)
		}()
		timed(t, "creating on the "+kind, func(*bytes.Buffer) error {
			for _, thing := range things {
				inputs, _ := resolved(thing.inputs, made).(map[string]any)
				made[thing.name] = plugin.create(t, thing.token, thing.name, inputs)
				order = append(order, made[thing.name])
			}
			return nil
		})
		held := map[string]resource{}
		for _, r := range order {
			held[r.token+" "+r.name] = r
		}
		sides = append(sides, side{plugin, held})
	}
	compare(t, sides[0], sides[1])
}

// resolved puts ids and outputs of what was made into the places that name them.
func resolved(value any, made map[string]resource) any {
	switch value := value.(type) {
	case string:
		name, output, isOutput := strings.Cut(strings.TrimPrefix(value, "$"), ".")
		r, found := made[name]
		switch {
		case !strings.HasPrefix(value, "$") || !found:
			return value
		case isOutput:
			return r.outputs[output]
		}
		return r.id
	case []any:
		result := make([]any, len(value))
		for i := range value {
			result[i] = resolved(value[i], made)
		}
		return result
	case map[string]any:
		result := map[string]any{}
		for name := range value {
			result[name] = resolved(value[name], made)
		}
		return result
	}
	return value
}
