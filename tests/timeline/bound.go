package timeline

import (
	"slices"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
)

// need is an order that AWS itself imposes on two resources: of cannot be made before on, whose id, ARN or name stands
// in the property; or on cannot be deleted before of.
type need struct {
	of, on, property string
	made, deleted    bool
}

const (
	vpc          = "aws:ec2/vpc:Vpc"
	gateway      = "aws:ec2/internetGateway:InternetGateway"
	subnet       = "aws:ec2/subnet:Subnet"
	table        = "aws:ec2/routeTable:RouteTable"
	route        = "aws:ec2/route:Route"
	association  = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	address      = "aws:ec2/eip:Eip"
	nat          = "aws:ec2/natGateway:NatGateway"
	endpoint     = "aws:ec2/vpcEndpoint:VpcEndpoint"
	defaultGroup = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	group        = "aws:ec2/securityGroup:SecurityGroup"
	groupRule    = "aws:ec2/securityGroupRule:SecurityGroupRule"
	ingressRule  = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressRule   = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	template     = "aws:ec2/launchTemplate:LaunchTemplate"
	role         = "aws:iam/role:Role"
	inline       = "aws:iam/rolePolicy:RolePolicy"
	attachment   = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	attachments  = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
	issuer       = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	encryption   = "aws:kms/key:Key"
	alias        = "aws:kms/alias:Alias"
	logGroup     = "aws:cloudwatch/logGroup:LogGroup"
	flowLog      = "aws:ec2/flowLog:FlowLog"
	cluster      = "aws:eks/cluster:Cluster"
	nodes        = "aws:eks/nodeGroup:NodeGroup"
	addon        = "aws:eks/addon:Addon"
	entry        = "aws:eks/accessEntry:AccessEntry"
	entryPolicy  = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
	podIdentity  = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
)

// cni is the name of an add-on.
const cni = "vpc-cni"

// needs are the orders that show in the inputs. Deleting is ordered where AWS answers DependencyViolation,
// DeleteConflict or ResourceInUse (the EC2 and IAM API references, and DeleteCluster of EKS), and not where it takes
// what is below away by itself, as it does with the routes of a table and with the add-ons of a cluster.
var needs = []need{
	{of: gateway, on: vpc, property: "vpcId", made: true, deleted: true},
	{of: subnet, on: vpc, property: "vpcId", made: true, deleted: true},
	{of: table, on: vpc, property: "vpcId", made: true, deleted: true},
	{of: group, on: vpc, property: "vpcId", made: true, deleted: true},
	{of: defaultGroup, on: vpc, property: "vpcId", made: true},
	{of: flowLog, on: vpc, property: "vpcId", made: true},
	{of: endpoint, on: vpc, property: "vpcId", made: true, deleted: true},
	{of: endpoint, on: subnet, property: "subnetIds", made: true, deleted: true},
	{of: endpoint, on: group, property: "securityGroupIds", made: true, deleted: true},
	{of: endpoint, on: table, property: "routeTableIds", made: true},
	{of: route, on: table, property: "routeTableId", made: true},
	{of: route, on: gateway, property: "gatewayId", made: true},
	{of: route, on: nat, property: "natGatewayId", made: true},
	{of: association, on: table, property: "routeTableId", made: true, deleted: true},
	{of: association, on: subnet, property: "subnetId", made: true},
	{of: nat, on: subnet, property: "subnetId", made: true, deleted: true},
	{of: nat, on: address, property: "allocationId", made: true, deleted: true},
	{of: groupRule, on: group, property: "securityGroupId", made: true},
	{of: ingressRule, on: group, property: "securityGroupId", made: true},
	{of: egressRule, on: group, property: "securityGroupId", made: true},
	{of: attachment, on: role, property: "role", made: true, deleted: true},
	{of: inline, on: role, property: "role", made: true, deleted: true},
	{of: attachments, on: role, property: "roleName", made: true, deleted: true},
	{of: alias, on: encryption, property: "targetKeyId", made: true},
	{of: cluster, on: subnet, property: "vpcConfig.subnetIds", made: true, deleted: true},
	{of: cluster, on: group, property: "vpcConfig.securityGroupIds", made: true, deleted: true},
	{of: cluster, on: role, property: "roleArn", made: true, deleted: true},
	{of: cluster, on: encryption, property: "encryptionConfig.provider.keyArn", made: true},
	{of: issuer, on: cluster, property: "url", made: true},
	{of: entry, on: cluster, property: "clusterName", made: true},
	{of: entry, on: role, property: "principalArn", made: true},
	{of: entryPolicy, on: cluster, property: "clusterName", made: true},
	{of: podIdentity, on: cluster, property: "clusterName", made: true},
	{of: podIdentity, on: role, property: "roleArn", made: true},
	{of: addon, on: cluster, property: "clusterName", made: true},
	{of: nodes, on: cluster, property: "clusterName", made: true, deleted: true},
	{of: nodes, on: subnet, property: "subnetIds", made: true, deleted: true},
	{of: nodes, on: role, property: "nodeRoleArn", made: true, deleted: true},
	{of: nodes, on: template, property: "launchTemplate.id", made: true},
}

// bound lays the orders of AWS over the resources of a stack, and no other.
func bound(resources []Resource, operation latency.Operation) []task {
	tasks := make([]task, len(resources))
	for i, r := range resources {
		if r.FromAWS() {
			tasks[i].takes = latency.Of(operation, r.Type, r.inputs)
		}
	}
	order := func(of, on int) { tasks[of].after = append(tasks[of].after, on) }
	for _, n := range needs {
		if wanted := n.made && operation == latency.Create || n.deleted && operation == latency.Delete; !wanted {
			continue
		}
		for i, r := range resources {
			for j, other := range resources {
				if r.Type == n.of && other.Type == n.on && r.names(n.property, other) {
					order(i, j)
				}
			}
		}
	}
	for _, rule := range unwritten {
		for i := range resources {
			rule(resources, i, operation, tasks)
		}
	}
	if operation == latency.Delete {
		return reversed(tasks)
	}
	return tasks
}

// unwritten are the orders that no input shows.
var unwritten = []func(resources []Resource, of int, operation latency.Operation, tasks []task){
	// The control plane works with its role from its first minute to its last, when it deletes its network interfaces.
	// https://docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html
	// So does the CNI with the role of the nodes. https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
	func(resources []Resource, of int, _ latency.Operation, tasks []task) {
		property := map[string]string{cluster: "roleArn", nodes: "nodeRoleArn"}[resources[of].Type]
		for on, policy := range resources {
			if property == "" || policy.Type != attachment && policy.Type != inline && policy.Type != attachments {
				continue
			}
			for _, owner := range resources {
				if owner.Type == role && resources[of].names(property, owner) &&
					(policy.names("role", owner) || policy.names("roleName", owner)) {
					tasks[of].after = append(tasks[of].after, on)
				}
			}
		}
	},
	// A key policy may only name principals that exist.
	// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
	func(resources []Resource, of int, operation latency.Operation, tasks []task) {
		policy, _ := resources[of].inputs["policy"].(string)
		if resources[of].Type != encryption || operation != latency.Create {
			return
		}
		for on, principal := range resources {
			arn, _ := principal.outputs["arn"].(string)
			if principal.Type == role && arn != "" && strings.Contains(policy, arn) {
				tasks[of].after = append(tasks[of].after, on)
			}
		}
	},
	// EKS makes the log group itself where there is none, and then nobody else can.
	// https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
	func(resources []Resource, of int, operation latency.Operation, tasks []task) {
		name, _ := resources[of].outputs["name"].(string)
		if resources[of].Type != cluster || operation != latency.Create {
			return
		}
		for on, other := range resources {
			if other.Type == logGroup && other.outputs["name"] == "/aws/eks/"+name+"/cluster" {
				tasks[of].after = append(tasks[of].after, on)
			}
		}
	},
	// A NAT gateway fails in a VPC whose internet gateway is not attached, and holds it while it is there.
	// https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
	func(resources []Resource, of int, _ latency.Operation, tasks []task) {
		for on, other := range resources {
			if resources[of].Type == nat && other.Type == gateway && sameVPC(resources, resources[of], other) {
				tasks[of].after = append(tasks[of].after, on)
			}
		}
	},
	// How many pods the nodes of a group take EKS decides when it makes the group, by the settings that the CNI has then:
	// 110 with prefixes, and with single addresses as few as 17, until the group's next update.
	// https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses.html (considerations), and
	// https://github.com/aws-ia/terraform-aws-eks-blueprints/pull/1325
	func(resources []Resource, of int, operation latency.Operation, tasks []task) {
		if resources[of].Type != nodes || operation != latency.Create {
			return
		}
		for on, other := range resources {
			text, _ := other.inputs["configurationValues"].(string)
			if other.Type == addon && other.inputs["addonName"] == cni && aws.GivesPrefixes(text) {
				tasks[of].after = append(tasks[of].after, on)
			}
		}
	},
	// Nodes become ready only with CNI and kube-proxy and a way out; a group may be asked for before.
	// https://docs.aws.amazon.com/eks/latest/userguide/create-managed-node-group.html
	func(resources []Resource, of int, operation latency.Operation, tasks []task) {
		if resources[of].Type != nodes || operation != latency.Create {
			return
		}
		for on, other := range resources {
			name, _ := other.inputs["addonName"].(string)
			if other.Type == addon && slices.Contains([]string{cni, "kube-proxy"}, name) ||
				other.Type == route || other.Type == association || other.Type == endpoint {
				tasks[of].until = append(tasks[of].until, on)
			}
		}
	},
	// Add-ons with pods are not active before there are nodes for them, and pods get the identity that is there when they
	// start. https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
	func(resources []Resource, of int, operation latency.Operation, tasks []task) {
		if !resources[of].runsOnNodes() || operation != latency.Create {
			return
		}
		for on, other := range resources {
			account, _ := other.inputs["serviceAccount"].(string)
			if other.Type == nodes || other.Type == podIdentity && strings.HasPrefix(account, "ebs-csi") &&
				resources[of].inputs["addonName"] == "aws-ebs-csi-driver" {
				tasks[of].after = append(tasks[of].after, on)
			}
		}
	},
	// A policy is given to an entry that is there.
	func(resources []Resource, of int, operation latency.Operation, tasks []task) {
		for on, other := range resources {
			if operation == latency.Create && resources[of].Type == entryPolicy && other.Type == entry &&
				resources[of].inputs["principalArn"] == other.inputs["principalArn"] {
				tasks[of].after = append(tasks[of].after, on)
			}
		}
	},
}

// runsOnNodes says of an add-on that it waits for nodes; the others are on each node from its first moment.
func (r Resource) runsOnNodes() bool {
	name, _ := r.inputs["addonName"].(string)
	return r.Type == addon && !slices.Contains([]string{cni, "kube-proxy", "eks-pod-identity-agent"}, name)
}

func sameVPC(resources []Resource, gateway, other Resource) bool {
	for _, in := range resources {
		if in.Type == subnet && gateway.names("subnetId", in) {
			return in.inputs["vpcId"] == other.inputs["vpcId"]
		}
	}
	return false
}

// names says whether another resource's id, ARN, name or issuer stands in a property, whose path has dots.
func (r Resource) names(property string, other Resource) bool {
	handles := []any{other.ID, other.outputs["arn"], other.outputs["name"], other.outputs["keyId"]}
	if identities, ok := other.outputs["identities"].([]any); ok {
		handles = append(handles, leaves(identities)...)
	}
	handles = slices.DeleteFunc(handles, func(handle any) bool { return handle == nil || handle == "" })
	var value any = r.inputs
	for name := range strings.SplitSeq(property, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return false
		}
		value = object[name]
	}
	return slices.ContainsFunc(leaves(value), func(leaf any) bool { return slices.Contains(handles, leaf) })
}

// leaves are the texts anywhere in a value.
func leaves(value any) []any {
	var found []any
	switch value := value.(type) {
	case string:
		return []any{value}
	case []any:
		for _, inner := range value {
			found = append(found, leaves(inner)...)
		}
	case map[string]any:
		for _, inner := range value {
			found = append(found, leaves(inner)...)
		}
	}
	return found
}
