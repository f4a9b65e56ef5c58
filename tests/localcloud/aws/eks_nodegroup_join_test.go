package aws_test

import (
	"errors"
	"slices"
	"testing"
)

// Nodes that start and never become Ready: EKS finds out after many minutes, and tells little.
func TestNodesThatDoNotJoin(t *testing.T) {
	t.Parallel()
	before := toNodes()
	failed := func(issue, why string) string {
		return "creating EKS Node Group (default): waiting for EKS Node Group (demo:default) create: unexpected state " +
			"'CREATE_FAILED', wanted target 'ACTIVE'. last error: " + issue + " (local cloud: " + why + ")"
	}
	notJoined := func(why string) string {
		return failed("NodeCreationFailure: Instances failed to join the kubernetes cluster", why)
	}
	public := map[string]any{"subnetIds": []any{from{"public-0", "id"}}}
	runRules(t, []rule{
		{
			name: "no route out", before: before, skip: []string{"private-1-route"}, act: creatingNodes(nil),
			want: notJoined("subnet {private-1} has no active route 0.0.0.0/0"),
		},
		{
			name: "no table of the subnet's own", before: before, skip: []string{"private-0-association"},
			act:  creatingNodes(nil),
			want: notJoined("subnet {private-0} has no active route 0.0.0.0/0"),
		},
		{
			name: "endpoints that are too few", before: isolated(), skip: []string{"endpoint-s3"}, act: creatingNodes(nil),
			want: notJoined("subnet {private-0} has no active route 0.0.0.0/0, and no VPC endpoint that it can use leads to s3"),
		},
		{
			name: "gateway endpoint without the table of a subnet", act: creatingNodes(nil),
			before: changeStep(isolated(), "endpoint-s3",
				map[string]any{"routeTableIds": []any{from{"private-0-table", "id"}}}),
			want: notJoined("subnet {private-1} has no active route 0.0.0.0/0, and no VPC endpoint that it can use leads to s3"),
		},
		{
			name: "endpoint without private DNS", act: creatingNodes(nil),
			before: changeStep(isolated(), "endpoint-ecr.api", map[string]any{"privateDnsEnabled": false}),
			want: notJoined("subnet {private-0} has no active route 0.0.0.0/0, and no VPC endpoint that it can use leads to " +
				"ecr.api"),
		},
		{
			name: "endpoints that let nobody in", act: creatingNodes(nil),
			before: changeStep(isolated(), "endpoint-sg", map[string]any{"ingress": []any{map[string]any{
				"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": []any{"10.0.96.0/24"},
			}}}),
			want: notJoined("subnet {private-0} has no active route 0.0.0.0/0, and no VPC endpoint that it can use leads to " +
				"ec2, ecr.api, ecr.dkr"),
		},
		{
			name: "endpoints, and an API server that is public only", act: creatingNodes(nil),
			before: changeStep(isolated(), "cluster", map[string]any{
				"vpcConfig": map[string]any{"endpointPrivateAccess": false},
			}),
			want: notJoined("the API server is not reachable from subnet {private-0}: private access is off, and there is no " +
				"way out"),
		},
		{
			name: "NAT gateway without a way out", before: before, skip: []string{"public-0-association"},
			act: creatingNodes(nil),
			want: notJoined("NAT gateway {nat} of subnet {private-0} is not in a subnet with an active route to an internet " +
				"gateway"),
		},
		{
			name: "NAT gateway gone", before: before,
			act:  func(s *stack) error { return errors.Join(s.w.remove(s.things["nat"]), creatingNodes(nil)(s)) },
			want: notJoined("subnet {private-0} has no active route 0.0.0.0/0"),
		},
		{
			name: "public subnet without addresses", before: changeStep(before, "public-0",
				map[string]any{"mapPublicIpOnLaunch": false}),
			act: creatingNodes(public),
			want: failed("Ec2SubnetInvalidConfiguration: One or more Amazon EC2 Subnets of [{public-0}] for node group does "+
				"not "+
				"automatically assign public IP addresses to instances launched into it.", "mapPublicIpOnLaunch is off"),
		},
		{
			name: "no DNS hostnames", before: changeStep(before, "vpc", map[string]any{"enableDnsHostnames": false}),
			act:  creatingNodes(nil),
			want: notJoined("nodes cannot register unless DNS support and DNS hostnames of the VPC are on"),
		},
		{
			name: "API server closed to the nodes",
			before: changeStep(before, "cluster", map[string]any{"vpcConfig": map[string]any{
				"endpointPrivateAccess": false, "publicAccessCidrs": []any{"44.0.0.0/8"},
			}}),
			act: creatingNodes(nil),
			want: notJoined("the API server is not reachable from subnet {private-0}: private access is off, and " +
				"publicAccessCidrs do not have the address that the nodes come from"),
		},
		{
			name: "no node policy", before: before, skip: []string{"node-role-AmazonEKSWorkerNodePolicy"},
			act:  creatingNodes(nil),
			want: notJoined("the node role has no AmazonEKSWorkerNodePolicy"),
		},
		{
			name: "no registry policy", before: before, skip: []string{"node-role-AmazonEC2ContainerRegistryPullOnly"},
			act:  creatingNodes(nil),
			want: notJoined("the node role has no policy to pull from ECR, such as AmazonEC2ContainerRegistryPullOnly"),
		},
		{
			name: "no network policy", before: before, skip: []string{"node-role-AmazonEKS_CNI_Policy"}, act: creatingNodes(nil),
			want: notJoined("neither the node role nor an identity of vpc-cni has AmazonEKS_CNI_Policy"),
		},
		{
			name: "no network plugin", before: before, skip: []string{"vpc-cni"}, act: creatingNodes(nil),
			want: notJoined("nodes are never Ready without vpc-cni: neither is it an add-on of the cluster, nor has " +
				"bootstrapSelfManagedAddons put it there"),
		},
		{
			name: "no kube-proxy", before: before, skip: []string{"kube-proxy"}, act: creatingNodes(nil),
			want: notJoined("nodes are never Ready without kube-proxy: neither is it an add-on of the cluster, nor has " +
				"bootstrapSelfManagedAddons put it there"),
		},
		{
			name: "access entry of another type", before: changeStep(before, "node-entry", map[string]any{"type": "STANDARD"}),
			act:  creatingNodes(nil),
			want: notJoined("the access entry of the node role is of type STANDARD instead of EC2_LINUX"),
		},
		{
			name:   "security groups that nothing lets in",
			before: replaceStep(before, template(map[string]any{"vpcSecurityGroupIds": []any{from{"node-sg", "id"}}})),
			act:    creatingNodes(nil),
			want: notJoined("the launch template names security groups [{node-sg}], and none of the control plane's groups " +
				"lets them in"),
		},
		{
			name: "too few addresses",
			before: append(before, subnetIn("tiny", "us-west-2c", "10.0.200.0/28"), step{"tiny-association", associationType,
				with(map[string]any{"subnetId": from{"tiny", "id"}, "routeTableId": from{"private-0-table", "id"}})}),
			act: creatingNodes(map[string]any{
				"subnetIds": []any{from{"tiny", "id"}}, "scalingConfig": map[string]any{"desiredSize": 12, "maxSize": 12},
			}),
			want: failed("InsufficientFreeAddresses: One or more of the subnets associated with your cluster does not have "+
				"enough available IP addresses", "11 addresses are free in [{tiny}]"),
		},
		{
			name: "instances that the backend cannot start", before: before,
			act: func(s *stack) error {
				s.w.backend.fail["ApplyNodeGroup"] = errors.New("no node came up")
				return creatingNodes(nil)(s)
			},
			want: notJoined("no node came up"),
		},
		{
			name: "NAT gateway in a subnet that nodes have filled",
			before: append(before, subnetIn("tiny", "us-west-2c", "10.0.200.0/28"), step{"tiny-association", associationType,
				with(map[string]any{"subnetId": from{"tiny", "id"}, "routeTableId": from{"private-0-table", "id"}})}),
			act: func(s *stack) error {
				return errors.Join(creatingNodes(map[string]any{
					"subnetIds": []any{from{"tiny", "id"}}, "scalingConfig": map[string]any{"desiredSize": 11, "maxSize": 11},
				})(s), creating(natType, map[string]any{"subnetId": from{"tiny", "id"}, "connectivityType": "private"})(s))
			},
			want: "creating EC2 NAT Gateway: waiting for EC2 NAT Gateway ({any}) create: unexpected state 'failed', wanted " +
				"target " +
				"'available'. last error: InsufficientFreeAddressesInSubnet: Subnet has insufficient free addresses to create " +
				"this NAT gateway",
		},
	})
}

// isolated is all that nodes need where there is no way to the internet.
func isolated() []step {
	steps := slices.DeleteFunc(append(toNodes(), endpointSteps()...), func(s step) bool {
		return slices.Contains([]string{"nat", "eip", "private-0-route", "private-1-route"}, s.name)
	})
	return slices.Clip(steps)
}

// What makes nodes join that would not without it.
func TestNodesThatJoin(t *testing.T) {
	t.Parallel()
	before := toNodes()
	podRole := step{"cni-role", roleType, fixed(map[string]any{
		"assumeRolePolicy": trust("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"),
	})}
	runRules(t, []rule{
		{
			name: "network policy on a pod identity", skip: []string{"node-role-AmazonEKS_CNI_Policy"},
			before: append(before, podRole, attach("cni-role", "AmazonEKS_CNI_Policy"), step{"cni-identity", identityType,
				with(map[string]any{
					"clusterName": from{"cluster", "id"}, "namespace": "kube-system", "serviceAccount": "aws-node",
					"roleArn": from{"cni-role", "arn"},
				})}),
			act: creatingNodes(nil),
		},
		{
			name: "network policy on the add-on's identity", skip: []string{"node-role-AmazonEKS_CNI_Policy", "vpc-cni"},
			before: append(before, podRole, attach("cni-role", "AmazonEKS_CNI_Policy"), step{"cni", addonType,
				with(map[string]any{
					"clusterName": from{"cluster", "id"}, "addonName": "vpc-cni",
					"podIdentityAssociations": []any{map[string]any{"serviceAccount": "aws-node", "roleArn": from{"cni-role", "arn"}}},
				})}),
			act: creatingNodes(nil),
		},
		{
			name: "self-managed add-ons", skip: []string{"vpc-cni", "kube-proxy"},
			before: changeStep(before, "cluster", map[string]any{"bootstrapSelfManagedAddons": true}), act: creatingNodes(nil),
		},
		{name: "endpoints and no way out", before: isolated(), act: creatingNodes(nil)},
		{
			name: "public subnet with addresses", before: before,
			act: creatingNodes(map[string]any{"subnetIds": []any{from{"public-0", "id"}}}),
		},
		{
			name: "API server open to the NAT gateway", act: creatingNodes(nil),
			before: changeStep(before, "cluster", map[string]any{"vpcConfig": map[string]any{
				"endpointPrivateAccess": false, "publicAccessCidrs": []any{"203.0.113.0/24"},
			}}),
		},
		{
			name: "security groups that the cluster's lets in", act: creatingNodes(nil),
			before: append(replaceStep(before, template(map[string]any{"vpcSecurityGroupIds": []any{from{"node-sg", "id"}}})),
				step{"in", ruleType, with(map[string]any{
					"type": "ingress", "fromPort": 443, "toPort": 443, "protocol": "tcp",
					"securityGroupId": from{"cluster-sg", "id"}, "sourceSecurityGroupId": from{"node-sg", "id"},
				})}),
		},
		{
			name: "no nodes at all", before: before, skip: []string{"private-0-route", "vpc-cni"},
			act: creatingNodes(map[string]any{"scalingConfig": map[string]any{"minSize": 0, "desiredSize": 0}}),
		},
	})
}

// A failed group exists and can be deleted; once there are nodes, a degraded add-on recovers.
func TestNodeGroupAfterFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(toNodes(), "private-0-route")
	group, err := w.try(nodeGroupType, "nodes", nodeStep().inputs(s))
	if err == nil || group == nil || group.text("status") != "CREATE_FAILED" {
		t.Fatalf("got %v, %+v", err, group)
	}
	if err := w.remove(group); err != nil {
		t.Fatal(err)
	}
	coredns, err := w.try(addonType, "coredns", addonStep("coredns").inputs(s))
	if err == nil || coredns == nil {
		t.Fatalf("coredns without nodes: %v, %+v", err, coredns)
	}
	for _, step := range networkSteps() {
		if step.name == "private-0-route" {
			w.create(step.token, step.name, step.inputs(s))
		}
	}
	w.create(nodeGroupType, "nodes", nodeStep().inputs(s))
	if _, ok := w.backend.addons["demo:coredns"]; !ok {
		t.Error("the degraded add-on was not tried again when nodes came")
	}
}

// EKS lets a group's nodes in by an access entry of its own, which goes with the role's last group.
func TestNodeGroupAccessEntry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(withNodes(), "node-entry")
	entry := &thing{token: entryType, name: "eks", id: "demo:" + s.text("node-role", "arn")}
	if _, state, ok := w.read(entry); !ok || state.Get("type").AsString() != "EC2_LINUX" {
		t.Fatalf("EKS's entry is %v, there: %v", state, ok)
	}
	if err := w.remove(s.things["nodes"]); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := w.read(entry); ok {
		t.Error("EKS's entry is there after the last group of its role")
	}
}

func TestNodeGroupUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(withNodes())
	if err := w.update(s.things["nodes"], map[string]any{
		"scalingConfig": map[string]any{"minSize": 1, "desiredSize": 3, "maxSize": 4}, "labels": map[string]any{"a": "b"},
	}); err != nil {
		t.Fatal(err)
	}
	if got := w.backend.groups["demo:default"]; got.Size != 3 || got.Labels["a"] != "b" || len(got.Labels) != 1 {
		t.Errorf("the backend was asked for %+v", got)
	}
}
