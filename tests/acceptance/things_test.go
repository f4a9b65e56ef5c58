//go:build acceptance

package acceptance

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// thing is a resource with what the component and pulumi-eks set of its type. Texts that begin with a dollar stand for
// the id of a thing from before, or with a dot for an output of it.
type thing struct {
	token, name string
	inputs      map[string]any
}

var things = []thing{
	{"aws:ec2/vpc:Vpc", "vpc", map[string]any{
		"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "enableDnsSupport": true, "tags": someTags,
	}},
	{"aws:ec2/internetGateway:InternetGateway", "gateway", map[string]any{"vpcId": "$vpc", "tags": someTags}},
	{"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "default-group", map[string]any{
		"vpcId": "$vpc", "tags": someTags,
	}},
	{"aws:ec2/routeTable:RouteTable", "table", map[string]any{"vpcId": "$vpc", "tags": someTags}},
	{"aws:ec2/routeTable:RouteTable", "private-table", map[string]any{"vpcId": "$vpc"}},
	{"aws:ec2/route:Route", "route", map[string]any{
		"routeTableId": "$table", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "$gateway",
	}},
	{"aws:ec2/subnet:Subnet", "subnet", map[string]any{
		"vpcId": "$vpc", "cidrBlock": "10.0.1.0/24", "availabilityZone": "us-west-2a", "mapPublicIpOnLaunch": true,
		"tags": someTags,
	}},
	{"aws:ec2/subnet:Subnet", "other-subnet", map[string]any{
		"vpcId": "$vpc", "cidrBlock": "10.0.2.0/24", "availabilityZone": "us-west-2b", "mapPublicIpOnLaunch": true,
	}},
	{"aws:ec2/tag:Tag", "tag", map[string]any{
		"resourceId": "$other-subnet", "key": "kubernetes.io/role/elb", "value": "1",
	}},
	{"aws:ec2/routeTableAssociation:RouteTableAssociation", "association", map[string]any{
		"routeTableId": "$table", "subnetId": "$subnet",
	}},
	{"aws:ec2/routeTableAssociation:RouteTableAssociation", "other-association", map[string]any{
		"routeTableId": "$table", "subnetId": "$other-subnet",
	}},
	{"aws:ec2/eip:Eip", "address", map[string]any{"domain": "vpc", "tags": someTags}},
	{"aws:ec2/natGateway:NatGateway", "nat", map[string]any{
		"allocationId": "$address", "subnetId": "$subnet", "tags": someTags,
	}},
	{"aws:ec2/route:Route", "private-route", map[string]any{
		"routeTableId": "$private-table", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "$nat",
	}},
	{"aws:ec2/securityGroup:SecurityGroup", "group", map[string]any{
		"vpcId": "$vpc", "description": "nodes", "revokeRulesOnDelete": true, "tags": someTags,
	}},
	{"aws:ec2/securityGroup:SecurityGroup", "endpoint-group", map[string]any{
		"vpcId": "$vpc", "ingress": []any{map[string]any{
			"description": "HTTPS", "protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": []any{"10.0.0.0/16"},
		}},
	}},
	{"aws:ec2/securityGroupRule:SecurityGroupRule", "rule", map[string]any{
		"securityGroupId": "$group", "type": "ingress", "fromPort": 443, "toPort": 443, "protocol": "tcp",
		"cidrBlocks": []any{"10.0.0.0/16"}, "description": "pods",
	}},
	{"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "egress", map[string]any{
		"securityGroupId": "$group", "cidrIpv4": "10.0.0.0/16", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443,
		"description": "pods",
	}},
	{"aws:ec2/vpcEndpoint:VpcEndpoint", "storage", map[string]any{
		"vpcId": "$vpc", "serviceName": "com.amazonaws.us-west-2.s3", "vpcEndpointType": "Gateway",
		"routeTableIds": []any{"$private-table"}, "tags": someTags,
	}},
	{"aws:ec2/vpcEndpoint:VpcEndpoint", "tokens", map[string]any{
		"vpcId": "$vpc", "serviceName": "com.amazonaws.us-west-2.sts", "vpcEndpointType": "Interface",
		"subnetIds": []any{"$subnet"}, "securityGroupIds": []any{"$endpoint-group"}, "privateDnsEnabled": true,
	}},
	{"aws:ec2/launchTemplate:LaunchTemplate", "template", map[string]any{
		"instanceType": "t3.medium", "updateDefaultVersion": true, "tags": someTags,
		"metadataOptions": map[string]any{
			"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 2,
		},
	}},
	{"aws:ec2/launchTemplate:LaunchTemplate", "group-template", map[string]any{
		"blockDeviceMappings": []any{map[string]any{
			"deviceName": "/dev/xvda",
			"ebs": map[string]any{
				"deleteOnTermination": "true", "encrypted": "true", "volumeSize": 50, "volumeType": "gp3",
			},
		}},
		"tagSpecifications": []any{map[string]any{"resourceType": "instance", "tags": someTags}},
	}},
	{"aws:iam/role:Role", "role", map[string]any{
		"assumeRolePolicy": trustOf("ec2.amazonaws.com"), "description": "nodes", "forceDetachPolicies": true,
		"maxSessionDuration": 3600, "tags": someTags,
	}},
	{"aws:iam/rolePolicy:RolePolicy", "inline", map[string]any{"role": "$role", "policy": allowAll}},
	{"aws:iam/policy:Policy", "policy", map[string]any{"policy": allowAll, "description": "all", "path": "/"}},
	attached("role", "AmazonEKSWorkerNodePolicy"), attached("role", "AmazonEKS_CNI_Policy"),
	attached("role", "AmazonEC2ContainerRegistryPullOnly"),
	{"aws:iam/role:Role", "cluster-role", map[string]any{
		"assumeRolePolicy": trustOf("eks.amazonaws.com"), "path": "/platform/", "permissionsBoundary": "$policy.arn",
	}},
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
		"thumbprintLists": []any{"9e99a48a9960b14926bb7f3b02e22da2b0ab7280"}, "tags": someTags,
	}},
	{"aws:kms/key:Key", "key", map[string]any{
		"description": "secrets", "enableKeyRotation": true, "deletionWindowInDays": 30, "policy": keyPolicy,
		"tags": someTags,
	}},
	{"aws:kms/alias:Alias", "alias", map[string]any{"name": "alias/cluster", "targetKeyId": "$key"}},
	{"aws:kms/alias:Alias", "prefixed-alias", map[string]any{"namePrefix": "alias/eks/", "targetKeyId": "$key"}},
	{"aws:cloudwatch/logGroup:LogGroup", "logs", map[string]any{
		"name": "/aws/eks/a/cluster", "retentionInDays": 30, "skipDestroy": false, "tags": someTags,
	}},
	{"aws:cloudwatch/logGroup:LogGroup", "flow-logs", map[string]any{}},
	{"aws:iam/role:Role", "flow-role", map[string]any{"assumeRolePolicy": trustOf("vpc-flow-logs.amazonaws.com")}},
	{"aws:iam/rolePolicy:RolePolicy", "flow-policy", map[string]any{"role": "$flow-role", "policy": allowLogs}},
	{"aws:ec2/flowLog:FlowLog", "flow-log", map[string]any{
		"vpcId": "$vpc", "trafficType": "ALL", "logDestinationType": "cloud-watch-logs", "logDestination": "$flow-logs.arn",
		"iamRoleArn": "$flow-role.arn", "tags": someTags,
	}},
	{"aws:s3/bucketObjectv2:BucketObjectv2", "document", map[string]any{
		"bucket": aws.CatalogBucket, "key": "clusters/a.yaml", "content": "a: 1", "contentType": "application/yaml",
	}},
	{"aws:eks/cluster:Cluster", "cluster", map[string]any{
		"name": "a", "roleArn": "$cluster-role.arn", "version": "1.35", "bootstrapSelfManagedAddons": false,
		"enabledClusterLogTypes": []any{"audit"}, "tags": someTags,
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
		"tags": someTags,
	}},
	{"aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "policy-association", map[string]any{
		"clusterName": "$cluster", "principalArn": "$pod-role.arn", "accessScope": map[string]any{"type": "cluster"},
		"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
	}},
	{"aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "narrow-association", map[string]any{
		"clusterName": "$cluster", "principalArn": "$pod-role.arn",
		"accessScope": map[string]any{"type": "namespace", "namespaces": []any{"payments"}},
		"policyArn":   "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy",
	}},
	// Before the nodes, which do not get ready without these.
	{"aws:eks/addon:Addon", "proxy", map[string]any{"clusterName": "$cluster", "addonName": "kube-proxy"}},
	{"aws:eks/addon:Addon", "addon", map[string]any{
		"clusterName": "$cluster", "addonName": "vpc-cni", "addonVersion": "v1.20.1-eksbuild.3",
		"configurationValues": "{}", "resolveConflictsOnCreate": "OVERWRITE", "resolveConflictsOnUpdate": "OVERWRITE",
		"tags": someTags,
	}},
	{"aws:eks/nodeGroup:NodeGroup", "nodes", map[string]any{
		"clusterName": "$cluster", "nodeRoleArn": "$role.arn", "subnetIds": []any{"$subnet", "$other-subnet"},
		"scalingConfig": map[string]any{"minSize": 1, "maxSize": 3, "desiredSize": 2}, "diskSize": 50,
		"instanceTypes": []any{"t3.medium"}, "capacityType": "ON_DEMAND", "amiType": "AL2023_x86_64_STANDARD",
		"labels":       map[string]any{"pool": "a"},
		"taints":       []any{map[string]any{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}},
		"updateConfig": map[string]any{"maxUnavailable": 1}, "tags": someTags,
	}},
	{"aws:eks/nodeGroup:NodeGroup", "templated-nodes", map[string]any{
		"clusterName": "$cluster", "nodeRoleArn": "$role.arn", "subnetIds": []any{"$subnet"}, "version": "1.35",
		"scalingConfig":  map[string]any{"minSize": 1, "maxSize": 1, "desiredSize": 1},
		"launchTemplate": map[string]any{"id": "$group-template", "version": "1"},
		"updateConfig":   map[string]any{"maxUnavailablePercentage": 33},
	}},
	{"aws:eks/podIdentityAssociation:PodIdentityAssociation", "identity", map[string]any{
		"clusterName": "$cluster", "namespace": "kube-system", "serviceAccount": "s", "roleArn": "$pod-role.arn",
		"tags": someTags,
	}},
}

var someTags = map[string]any{"a": "b"}

func attached(role, policy string) thing {
	return thing{"aws:iam/rolePolicyAttachment:RolePolicyAttachment", role + "-" + policy, map[string]any{
		"role": "$" + role, "policyArn": "arn:aws:iam::aws:policy/" + policy,
	}}
}

const podTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole",` +
	`"sts:TagSession"],"Principal":{"Service":"pods.eks.amazonaws.com"}}]}`

const keyPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*",` +
	`"Principal":{"AWS":"arn:aws:iam::123456789012:root"}}]}`

const allowLogs = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[` +
	`"logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogGroups","logs:DescribeLogStreams"]}]}`

const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`

// TestThingPlans compares what both AWS say about changes and about the deletion of each thing, and takes them all away
// again. Nothing is asked of the clusters themselves, so there are none behind their records.
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
		holdsBack(t, cloud, plugin, made)
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
