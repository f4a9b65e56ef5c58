package aws_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Deleting what something else still uses, on every edge on which AWS minds.
func TestRemovalOrder(t *testing.T) {
	t.Parallel()
	everything := allSteps()
	violation := func(doing, call, text string) string { return ec2Error(doing, call, "DependencyViolation: "+text) }
	vpcInUse := violation("deleting EC2 VPC ({vpc})", "DeleteVpc",
		"The vpc '{vpc}' has dependencies and cannot be deleted.")
	subnetInUse := func(name string) string {
		return violation("deleting EC2 Subnet ({"+name+"})", "DeleteSubnet",
			"The subnet '{"+name+"}' has dependencies and cannot be deleted.")
	}
	groupInUse := func(name string) string {
		return violation("deleting Security Group ({"+name+"})", "DeleteSecurityGroup",
			"resource {"+name+"} has a dependent object")
	}
	after := func(first, then string) func(*stack) error {
		return func(s *stack) error { return errors.Join(s.w.remove(s.things[first]), s.w.remove(s.things[then])) }
	}
	vpc := everything[:1]
	runRules(t, []rule{
		{name: "VPC with everything", before: everything, act: deleting("vpc"), want: vpcInUse},
		{name: "VPC with a subnet", before: append(vpc[:1:1], subnetIn("s", "us-west-2a", "10.0.0.0/24")),
			act:  deleting("vpc"),
			want: vpcInUse},
		{name: "VPC with an internet gateway", before: everything[:2], act: deleting("vpc"), want: vpcInUse},
		{name: "VPC with a route table", before: append(vpc[:1:1], step{"t", tableType, with(map[string]any{
			"vpcId": from{"vpc", "id"},
		})}), act: deleting("vpc"), want: vpcInUse},
		{name: "VPC with a security group", before: append(vpc[:1:1], step{"g", sgType, with(map[string]any{
			"vpcId": from{"vpc", "id"},
		})}), act: deleting("vpc"), want: vpcInUse},
		{name: "subnet with a NAT gateway", before: networkSteps(), act: deleting("public-0"), want: subnetInUse("public-0")},
		{
			name: "subnet with an endpoint", before: append(networkSteps(), endpointSteps()...), skip: []string{"nat",
				"private-0-route", "private-1-route"}, act: deleting("private-1"), want: subnetInUse("private-1"),
		},
		{
			name: "security group of an endpoint", before: append(networkSteps(), endpointSteps()...),
			act: deleting("endpoint-sg"), want: groupInUse("endpoint-sg"),
		},
		{
			name: "VPC with an endpoint", act: deleting("vpc"), want: vpcInUse,
			before: append(vpc[:1:1], step{"e", endpointType, with(map[string]any{
				"vpcId": from{"vpc", "id"}, "serviceName": "com.amazonaws.us-west-2.s3",
			})}),
		},
		{name: "subnet with a control plane", before: withCluster(), act: deleting("public-1"),
			want: subnetInUse("public-1")},
		{
			name: "subnet with nodes", act: deleting("workers"), want: subnetInUse("workers"),
			before: append(toNodes(), subnetIn("workers", "us-west-2c", "10.0.200.0/24"),
				step{"workers-association", associationType, with(map[string]any{
					"subnetId": from{"workers", "id"}, "routeTableId": from{"private-0-table", "id"},
				})},
				step{"nodes", nodeGroupType, func(s *stack) map[string]any {
					inputs := nodeStep().inputs(s)
					inputs["subnetIds"] = []any{s.id("workers")}
					return inputs
				}}),
		},
		{
			name: "internet gateway with a NAT gateway", before: networkSteps(), act: deleting("igw"),
			want: violation("deleting EC2 Internet Gateway ({igw})", "DetachInternetGateway", "Network {vpc} has some mapped "+
				"public address(es). Please unmap those public address(es) before detaching the gateway."),
		},
		{
			name: "address of a NAT gateway", before: networkSteps(), act: deleting("eip"),
			want: ec2Error("deleting EC2 EIP ({eip})", "ReleaseAddress",
				"InvalidIPAddress.InUse: The address '{eip.publicIp}' is in use."),
		},
		{
			name: "VPC's main route table", before: vpc,
			act: func(s *stack) error {
				return s.w.remove(&thing{token: tableType, name: "main", id: s.text("vpc", "mainRouteTableId")})
			},
			want: violation("deleting EC2 Route Table ({vpc.mainRouteTableId})", "DeleteRouteTable",
				"The routeTable '{vpc.mainRouteTableId}' has dependencies and cannot be deleted."),
		},
		{name: "security group of a control plane", before: withCluster(), act: deleting("cluster-sg"),
			want: groupInUse("cluster-sg")},
		{
			name: "security group in another's rule", before: everything, act: after("nodes", "cluster-sg"),
			want: groupInUse("cluster-sg"),
		},
		{
			name: "cluster with nodes", before: everything, act: deleting("cluster"),
			want: eksError("deleting EKS Cluster (demo)", "DeleteCluster", "409",
				"ResourceInUseException: Cluster has nodegroups attached"),
		},
		{
			name: "role with policies", before: everything, act: deleting("cluster-role"),
			want: iamError("deleting IAM Role (demo-cluster)", "DeleteRole", "409",
				"DeleteConflict: Cannot delete entity, must detach all policies first."),
		},
		{name: "policy that a role has", before: everything, act: deleting("managed-policy"),
			want: iamError("deleting IAM Policy ({managed-policy})", "DeletePolicy", "409",
				"DeleteConflict: Cannot delete a policy attached to entities."),
		},
	})
}

// What AWS lets go although something uses it: the use is broken, or goes as well.
func TestRemovalThatNothingBlocks(t *testing.T) {
	t.Parallel()
	everything := allSteps()
	runRules(t, []rule{
		{name: "NAT gateway with routes", before: everything, act: deleting("nat")},
		{name: "launch template of nodes", before: everything, act: deleting("template")},
		{name: "key of a cluster", before: everything, act: deleting("key")},
		{name: "issuer", before: everything, act: deleting("oidc")},
		{name: "node group", before: everything, act: deleting("nodes")},
		{name: "add-on that nodes need", before: everything, act: deleting("vpc-cni")},
		{name: "policy of live nodes", before: everything, act: deleting("node-role-AmazonEKS_CNI_Policy")},
		{
			name: "VPC with a flow log", before: append(networkSteps()[:1:1], flowLogSteps()[:4]...), act: deleting("vpc"),
		},
		{name: "table with subnets", before: networkSteps(), act: deleting("private-0-table")},
	})
}

// With a cluster goes what hangs on it: its security group, what is in that, add-ons, entries and identities. With a
// subnet goes its association, with a VPC all that AWS made in it.
func TestRemovalCascades(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(allSteps())
	inClusterGroup := w.create(ingressType, "in", map[string]any{
		"securityGroupId": s.text("cluster", "vpcConfig.clusterSecurityGroupId"), "ipProtocol": "tcp", "fromPort": 1,
		"toPort":   1,
		"cidrIpv4": "10.0.0.0/8",
	})
	for _, name := range []string{"nodes", "cluster"} {
		if err := w.remove(s.things[name]); err != nil {
			t.Fatal(err)
		}
	}
	gone := map[string]bool{}
	for _, name := range []string{"vpc-cni", "coredns", "node-entry", "admin-entry", "admin-access", "identity",
		"cluster-sg"} {
		_, _, there := w.read(s.things[name])
		gone[name] = !there
	}
	_, _, there := w.read(inClusterGroup)
	gone["rule in the cluster's group"] = !there
	want := map[string]bool{
		"vpc-cni": true, "coredns": true, "node-entry": true, "admin-entry": true, "admin-access": true, "identity": true,
		"cluster-sg": false, "rule in the cluster's group": true,
	}
	if diff := cmp.Diff(want, gone); diff != "" {
		t.Error(diff)
	}
	// Deleting what has gone is no error, so that a program's own order still works.
	for _, name := range []string{"coredns", "admin-access", "identity"} {
		if err := w.remove(s.things[name]); err != nil {
			t.Errorf("deleting %s after its cluster: %v", name, err)
		}
	}
}
