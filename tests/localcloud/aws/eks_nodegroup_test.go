package aws_test

import (
	"slices"
	"testing"
)

// toNodes are the steps up to, and without, the node group.
func toNodes() []step {
	steps := nodeSteps()
	before := slices.IndexFunc(steps, func(s step) bool { return s.name == "nodes" })
	return slices.Clip(slices.Concat(networkSteps(), clusterSteps(), steps[:before]))
}

func withNodes() []step { return slices.Clip(append(toNodes(), nodeStep())) }

func nodeStep() step {
	steps := nodeSteps()
	return steps[slices.IndexFunc(steps, func(s step) bool { return s.name == "nodes" })]
}

func template(inputs map[string]any) step { return step{"template", templateType, with(inputs)} }

// replaceStep is the steps with one of them another.
func replaceStep(steps []step, other step) []step {
	replaced := slices.Clone(steps)
	replaced[slices.IndexFunc(steps, func(s step) bool { return s.name == other.name })] = other
	return replaced
}

// changeStep is the steps with one of them changed.
func changeStep(steps []step, name string, changes map[string]any) []step {
	i := slices.IndexFunc(steps, func(s step) bool { return s.name == name })
	return replaceStep(steps, step{name, steps[i].token, func(s *stack) map[string]any {
		inputs := steps[i].inputs(s)
		change(inputs, with(changes)(s))
		return inputs
	}})
}

func creatingNodes(changes map[string]any) func(*stack) error {
	return creatingStep([]step{nodeStep()}, "nodes", changes)
}

// Rules that EKS checks before it starts an instance.
func TestNodeGroupRules(t *testing.T) {
	t.Parallel()
	before := toNodes()
	doing := "creating EKS Node Group (default)"
	invalid := func(text string) string {
		return eksError(doing, "CreateNodegroup", "400", "InvalidParameterException: "+text)
	}
	otherVPC := step{"other", vpcType, fixed(map[string]any{"cidrBlock": "10.1.0.0/16"})}
	otherSubnet := step{"other-subnet", subnetType, with(map[string]any{"vpcId": from{"other", "id"},
		"cidrBlock": "10.1.0.0/24"})}
	templated := func(inputs map[string]any) []step { return replaceStep(before, template(inputs)) }
	runRules(t, []rule{
		{
			name: "no cluster", act: creating(nodeGroupType, map[string]any{
				"clusterName": "none", "nodeGroupName": "default", "nodeRoleArn": "arn:aws:iam::123456789012:role/x",
				"subnetIds":     []any{"subnet-0"},
				"scalingConfig": map[string]any{"minSize": 1, "maxSize": 1, "desiredSize": 1},
			}),
			want: eksError(doing, "CreateNodegroup", "404", "ResourceNotFoundException: No cluster found for name: none."),
		},
		{
			name: "name twice", before: withNodes(), act: creatingNodes(nil),
			want: eksError(doing, "CreateNodegroup", "409",
				"ResourceInUseException: NodeGroup already exists with name default and cluster name demo"),
		},
		{
			name: "no role", before: before,
			act: creatingNodes(map[string]any{"nodeRoleArn": "arn:aws:iam::123456789012:role/none"}),
			want: invalid("Role with arn: arn:aws:iam::123456789012:role/none, could not be assumed because it does not exist " +
				"or the trusted entity is not correct"),
		},
		{
			name: "cluster's role", before: before, act: creatingNodes(map[string]any{"nodeRoleArn": from{"cluster-role",
				"arn"}}),
			want: eksError(doing, "CreateNodegroup", "400",
				"InvalidRequestException: The role {cluster-role.arn} is the cluster's own and may not be used for nodes"),
		},
		{
			name: "role that EC2 may not assume",
			before: append(before, step{"pods", roleType, fixed(map[string]any{
				"assumeRolePolicy": trust("pods.eks.amazonaws.com"),
			})}),
			act: creatingNodes(map[string]any{"nodeRoleArn": from{"pods", "arn"}}),
			want: invalid("Following required service principals [ec2.amazonaws.com] were not found in the trust " +
				"relationships " +
				"of nodeRole {pods.arn}"),
		},
		{
			name: "no subnet", before: before, act: creatingNodes(map[string]any{"subnetIds": []any{"subnet-0"}}),
			want: invalid("The subnet ID 'subnet-0' does not exist"),
		},
		{
			name: "another VPC's subnet", before: append(before, otherVPC, otherSubnet),
			act:  creatingNodes(map[string]any{"subnetIds": []any{from{"other-subnet", "id"}}}),
			want: invalid("Subnet {other-subnet} is not in the VPC {vpc} of the cluster"),
		},
		{
			name: "desired below minimum", before: before,
			act:  creatingNodes(map[string]any{"scalingConfig": map[string]any{"desiredSize": 1}}),
			want: invalid("Minimum capacity 2 can't be greater than desired size 1"),
		},
		{
			name: "desired above maximum", before: before,
			act:  creatingNodes(map[string]any{"scalingConfig": map[string]any{"desiredSize": 5}}),
			want: invalid("desired capacity 5 can't be greater than max size 4"),
		},
		{
			name: "451 nodes", before: before,
			act: creatingNodes(map[string]any{"scalingConfig": map[string]any{"maxSize": 451}}),
			want: eksError(doing, "CreateNodegroup", "400",
				"ResourceLimitExceededException: At most 450 nodes per node group, maxSize is 451."),
		},
		{
			name: "another Kubernetes version", before: before, act: creatingNodes(map[string]any{"version": "1.34"}),
			want: invalid("Requested Nodegroup Kubernetes version 1.34 is invalid. Allowed kubernetes version is - 1.35"),
		},
		{
			name: "Amazon Linux 2", before: before, act: creatingNodes(map[string]any{"amiType": "AL2_x86_64"}),
			want: invalid("AMI Type AL2_x86_64 is only supported for kubernetes versions 1.32 or earlier"),
		},
		{
			name: "no such instance type", before: before, act: creatingNodes(map[string]any{"instanceTypes": []any{"t9.huge"}}),
			want: invalid("The following supplied instance types do not exist: [t9.huge]"),
		},
		{
			name: "Arm on an x86 image", before: before,
			act:  creatingNodes(map[string]any{"instanceTypes": []any{"t4g.medium"}}),
			want: invalid("[t4g.medium] is not a valid instance type for requested amiType AL2023_x86_64_STANDARD"),
		},
		{
			name: "x86 on an Arm image", before: before, act: creatingNodes(map[string]any{"amiType": "AL2023_ARM_64_STANDARD"}),
			want: invalid("[t3.medium] is not a valid instance type for requested amiType AL2023_ARM_64_STANDARD"),
		},
		{
			name: "image with drivers for nothing", before: before,
			act:  creatingNodes(map[string]any{"amiType": "AL2023_x86_64_NVIDIA"}),
			want: invalid("[t3.medium] is not a valid instance type for requested amiType AL2023_x86_64_NVIDIA"),
		},
		{
			name: "image with drivers for another accelerator", before: before,
			act:  creatingNodes(map[string]any{"amiType": "AL2023_x86_64_NEURON", "instanceTypes": []any{"g5.xlarge"}}),
			want: invalid("[g5.xlarge] is not a valid instance type for requested amiType AL2023_x86_64_NEURON"),
		},
		{
			name: "label of Kubernetes", before: before,
			act: creatingNodes(map[string]any{"labels": map[string]any{"node-role.kubernetes.io/x": "y"}}),
			want: invalid("Label cannot contain reserved prefixes [kubernetes.io/, k8s.io/, eks.amazonaws.com/]: " +
				"node-role.kubernetes.io/x"),
		},
		{
			name: "label without a value", before: before,
			act: creatingNodes(map[string]any{"labels": map[string]any{"tier": ""}}),
			want: invalid("Invalid value:  : field must consist of alphanumeric characters, '-', '_' or '.', and must start " +
				"and end with an alphanumeric character"),
		},
		{
			name: "label with a space", before: before,
			act: creatingNodes(map[string]any{"labels": map[string]any{"my tier": "x"}}),
			want: invalid("Invalid value: my tier : field must consist of alphanumeric characters, '-', '_' or '.', and must " +
				"start and end with an alphanumeric character"),
		},
		{
			name: "taint twice", before: before,
			act: creatingNodes(map[string]any{"taints": []any{
				map[string]any{"key": "a", "effect": "NO_SCHEDULE"},
				map[string]any{"key": "a", "value": "b", "effect": "NO_SCHEDULE"},
			}}),
			want: invalid("Taints must be unique by key and effect: a:NO_SCHEDULE"),
		},
		{
			name: "taint with a space", before: before,
			act: creatingNodes(map[string]any{"taints": []any{
				map[string]any{"key": "a", "value": "b c", "effect": "NO_EXECUTE"},
			}}),
			want: invalid("Invalid value: b c : field must consist of alphanumeric characters, '-', '_' or '.', and must " +
				"start and end with an alphanumeric character"),
		},
		{
			name: "no launch template", before: before,
			act:  creatingNodes(map[string]any{"launchTemplate": map[string]any{"id": "lt-0"}}),
			want: invalid("Launch template lt-0 does not exist"),
		},
		{
			name: "no version of the template", before: before,
			act:  creatingNodes(map[string]any{"launchTemplate": map[string]any{"version": "9"}}),
			want: invalid("Could not find the specified version 9 for the launch template {template}."),
		},
		{
			name: "template with a profile", act: creatingNodes(nil),
			before: templated(map[string]any{"iamInstanceProfile": map[string]any{"name": "x"}}),
			want: invalid("Launch template {template} should not specify an instance profile. The noderole in your request " +
				"will be used to construct an instance profile."),
		},
		{
			name: "template with a subnet", act: creatingNodes(nil),
			before: templated(map[string]any{"networkInterfaces": []any{map[string]any{"subnetId": from{"private-0", "id"}}}}),
			want:   invalid("Launch template {template} should not specify subnets. The subnets in your request will be used."),
		},
		{
			name: "template with shutdown behavior", act: creatingNodes(nil),
			before: templated(map[string]any{"instanceInitiatedShutdownBehavior": "stop"}),
			want:   invalid("Launch template {template} should not specify shutdown or hibernate behavior."),
		},
		{
			name: "template with market options", act: creatingNodes(nil),
			before: templated(map[string]any{"instanceMarketOptions": map[string]any{"marketType": "spot"}}),
			want: invalid("Launch template {template} should not specify market options. Use the capacityType of the node " +
				"group."),
		},
		{
			name: "disk size beside a template", before: before, act: creatingNodes(map[string]any{"diskSize": 50}),
			want: invalid("Disk size must be specified within the launch template."),
		},
		{
			name: "instance type in both", before: templated(map[string]any{"instanceType": "t3.large"}),
			act:  creatingNodes(nil),
			want: invalid("Cannot specify instance types in launch template and API request"),
		},
		{
			name: "image of one's own beside a type of image", before: templated(map[string]any{"imageId": "ami-1"}),
			act:  creatingNodes(map[string]any{"amiType": "AL2023_x86_64_STANDARD"}),
			want: invalid("You cannot specify amiType, version or releaseVersion with a custom AMI in the launch template."),
		},
		{
			name: "custom image that is not there", before: before, act: creatingNodes(map[string]any{"amiType": "CUSTOM"}),
			want: invalid("Launch template {template} must specify an AMI for amiType CUSTOM."),
		},
		{
			name: "template taken away", before: withNodes(),
			act: func(s *stack) error {
				s.things["nodes"].given = s.things["nodes"].given.Delete("launchTemplate")
				return updating("nodes", nil)(s)
			},
			want: eksError("updating EKS Node Group (demo:default)", "UpdateNodegroupConfig", "400",
				"InvalidParameterException: "+
					"You cannot add a launch template to, or remove it from, an existing node group."),
		},
		{
			name: "access entry that EKS has made", before: withNodes(), skip: []string{"node-entry"},
			act: creatingStep(clusterSteps(), "node-entry", nil),
			want: eksError("creating EKS Access Entry ({node-role.arn})", "CreateAccessEntry", "409",
				"ResourceInUseException: The specified access entry resource is already in use on this cluster."),
		},
	})
}

// How many pods its nodes take is decided when a group is made, by what the CNI is set to then. What the CNI is set to
// later counts when the group's instances are made anew.
func TestPodsOfNodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(withNodes())
	prefixes := func(when string, want bool) {
		t.Helper()
		if got := w.backend.groups["demo:default"].Prefixes; got != want {
			t.Errorf("%s: pods by prefixes is %t, want %t", when, got, want)
		}
	}
	does := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	prefixes("a group made beside a CNI without prefixes", false)
	does(w.update(s.things["vpc-cni"], map[string]any{
		"configurationValues": `{"env":{"ENABLE_PREFIX_DELEGATION":"true"}}`,
	}))
	does(w.update(s.things["nodes"], map[string]any{
		"scalingConfig": map[string]any{"minSize": 2, "desiredSize": 3, "maxSize": 4},
	}))
	prefixes("one more node", false)
	does(w.update(s.things["template"], map[string]any{"metadataOptions": map[string]any{"httpTokens": "optional"}}))
	does(w.update(s.things["nodes"], map[string]any{
		"launchTemplate": map[string]any{"id": s.id("template"), "version": "2"},
	}))
	prefixes("other instances", true)
}
