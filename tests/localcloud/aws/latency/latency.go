// Package latency says how long AWS takes for what the simulated AWS does at once: from the call of Pulumi's provider
// to its return, waiters and all. Figures are medians of published logs of the real provider, or of what its source
// says that it waits; where there is neither, the line says "assumed".
//
// The sources: TF is the code of terraform-provider-aws 6 below internal/service, LOG the output of terraform apply and
// destroy in public repositories (with the number of samples), DOC the page of AWS's documentation.
package latency

import (
	"math"
	"time"
)

// Operation is what is done to a resource.
type Operation string

// The operations.
const (
	Create Operation = "create"
	Update Operation = "update"
	Delete Operation = "delete"
)

// seconds are the durations of the operations on one type.
type seconds struct{ create, update, remove float64 }

var table = map[string]seconds{
	// LOG n=4: create 1-24 (see dnsHostnames), delete 0-2
	"aws:ec2/vpc:Vpc": {6, 2, 1},
	// LOG n=2: create 0-3; TF ec2/vpc_subnet.go: an attribute is polled after 10 (see publicAddresses). LOG n=3: delete 1.
	"aws:ec2/subnet:Subnet": {1, 1, 1},
	// LOG n=6: create 2, delete 1-3 with nothing mapped
	"aws:ec2/internetGateway:InternetGateway": {2, 2, 2},
	// LOG n=2: 0-2
	"aws:ec2/routeTable:RouteTable": {1, 1, 1},
	// LOG n=2: 0-2
	"aws:ec2/route:Route": {1, 1, 1},
	// LOG n=2: 0-2
	"aws:ec2/routeTableAssociation:RouteTableAssociation": {1, 1, 1},
	// TF ec2/vpc_default_security_group.go: forgotten only
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {2, 1, 0},
	// LOG n=2: 1-2
	"aws:ec2/securityGroup:SecurityGroup": {2, 1, 1},
	// LOG n=2: 0-2; many on one group take turns, up to 9
	"aws:ec2/securityGroupRule:SecurityGroupRule": {1, 1, 1},
	// as above
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {1, 1, 1},
	// as above
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {1, 1, 1},
	// LOG n=3: delete 0-9; create assumed
	"aws:ec2/eip:Eip": {1, 1, 1},
	// LOG n=9: create 85-125; n=11: delete 37-94
	"aws:ec2/natGateway:NatGateway": {105, 1, 60},
	// TF ec2/vpc_endpoint.go: polled every 5 (see interfaceEndpoint)
	"aws:ec2/vpcEndpoint:VpcEndpoint": {6, 6, 6},
	// assumed: one call
	"aws:ec2/flowLog:FlowLog": {1, 1, 1},
	// assumed: one call
	"aws:ec2/tag:Tag": {1, 1, 1},
	// LOG n=2: create 6; the rest assumed
	"aws:ec2/launchTemplate:LaunchTemplate": {6, 1, 1},
	// LOG n=3: 0-1, one of 7
	"aws:iam/role:Role": {1, 1, 1},
	// as above
	"aws:iam/rolePolicy:RolePolicy": {1, 1, 1},
	// as above
	"aws:iam/policy:Policy": {1, 1, 1},
	// as above
	"aws:iam/instanceProfile:InstanceProfile": {1, 1, 1},
	// as above
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": {1, 1, 1},
	// as above
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {1, 1, 1},
	// as above
	"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": {1, 1, 1},
	// LOG n=8: create 16-29; delete only sets a date
	"aws:kms/key:Key": {24, 5, 1},
	// LOG n=3: 0-1
	"aws:kms/alias:Alias": {1, 1, 1},
	// assumed: one call
	"aws:cloudwatch/logGroup:LogGroup": {1, 1, 1},
	// assumed: one call
	"aws:s3/bucketObjectv2:BucketObjectv2": {1, 1, 1},
	// LOG n=16: create 402-683; n=7: delete 69-228; update assumed
	"aws:eks/cluster:Cluster": {568, 300, 151},
	// LOG n=11: create 88-134; n=4: delete 252-501; update assumed
	"aws:eks/nodeGroup:NodeGroup": {118, 180, 380},
	// see addons; LOG n=1: delete 9
	"aws:eks/addon:Addon": {25, 25, 9},
	// LOG n=3: 0-1
	"aws:eks/accessEntry:AccessEntry": {1, 1, 1},
	// as above
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {1, 1, 1},
	// assumed: DOC says the call is synchronous
	"aws:eks/podIdentityAssociation:PodIdentityAssociation": {2, 2, 2},
}

// addons are what creating an add-on takes where that differs from the type's figure.
var addons = map[string]float64{
	"vpc-cni":                35, // LOG n=5: 24-35 without nodes, up to 66 with nodes
	"kube-proxy":             25, // LOG n=9: 4-45
	"coredns":                15, // LOG n=9: 14-56, with nodes
	"eks-pod-identity-agent": 25, // LOG n=3: 24-46
	"aws-ebs-csi-driver":     50, // LOG n=6: 45-62
	"metrics-server":         50, // LOG n=2: 45-55
}

const (
	// dnsHostnames is what a VPC takes longer when an attribute is set after its creation: TF ec2/vpc_.go, and LOG.
	dnsHostnames = 10
	// publicAddresses is what a subnet takes longer when it gives public addresses: TF ec2/vpc_subnet.go.
	publicAddresses = 10
	// interfaceEndpoint is what an endpoint with network interfaces takes: 120-180 by a guide of AWS's; delete assumed.
	interfaceEndpoint = 150
	// emptyGroup is what a node group without nodes takes: LOG n=1.
	emptyGroup = 58
)

// Of returns how long AWS takes for an operation on a resource of a type with the given inputs. What is unknown takes
// no time.
func Of(operation Operation, token string, inputs map[string]any) time.Duration {
	known := table[token]
	found := map[Operation]float64{Create: known.create, Update: known.update, Delete: known.remove}[operation]
	if operation == Create {
		found = creation(token, inputs, found)
	}
	return time.Duration(math.Round(found * float64(time.Second)))
}

// Knows says that there is a figure for a type.
func Knows(token string) bool {
	_, ok := table[token]
	return ok
}

func creation(token string, inputs map[string]any, usual float64) float64 {
	switch token {
	case "aws:ec2/vpc:Vpc":
		if inputs["enableDnsHostnames"] == true {
			return usual + dnsHostnames
		}
	case "aws:ec2/subnet:Subnet":
		if inputs["mapPublicIpOnLaunch"] == true {
			return usual + publicAddresses
		}
	case "aws:ec2/vpcEndpoint:VpcEndpoint":
		if inputs["vpcEndpointType"] == "Interface" {
			return interfaceEndpoint
		}
	case "aws:eks/addon:Addon":
		name, _ := inputs["addonName"].(string)
		if special, ok := addons[name]; ok {
			return special
		}
	case "aws:eks/nodeGroup:NodeGroup":
		scaling, _ := inputs["scalingConfig"].(map[string]any)
		if size, given := scaling["desiredSize"]; given && (size == float64(0) || size == 0) {
			return emptyGroup
		}
	}
	return usual
}
