package cluster

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// object makes a property value of an object from pairs of name and value.
func object(pairs ...any) property.Value {
	entries := map[string]property.Value{}
	for pair := range slices.Chunk(pairs, 2) {
		entries[pair[0].(string)] = value(pair[1])
	}
	return property.New(property.NewMap(entries))
}

func list(elements ...any) property.Value {
	values := make([]property.Value, len(elements))
	for i := range elements {
		values[i] = value(elements[i])
	}
	return property.New(property.NewArray(values))
}

func value(from any) property.Value {
	if text, ok := from.(string); ok {
		return property.New(text)
	}
	return from.(property.Value)
}

func TestValidateNodeGroups(t *testing.T) {
	t.Parallel()
	ami := func(name AmiType) *AmiType { return &name }
	one := func(spec NodeGroupSpec) map[string]NodeGroupSpec { return map[string]NodeGroupSpec{"a": spec} }
	long := strings.Repeat("a", 29)
	labels := func(pairs ...any) property.Value { return object("a", object("labels", object(pairs...))) }
	taint := func(pairs ...any) property.Value { return object("a", object("taints", list(object(pairs...)))) }
	many := map[string]property.Value{}
	for i := range 51 {
		many[fmt.Sprintf("label%d", i)] = property.New("x")
	}
	tests := map[string]struct {
		groups map[string]NodeGroupSpec
		raw    property.Value
		want   []string
	}{
		"none given": {},
		"no group": {
			groups: map[string]NodeGroupSpec{},
			want: []string{"nodeGroups: must hold at least one group, for Flux needs nodes; leave it out for the " +
				"default group"},
		},
		"minimum above maximum": {
			groups: one(NodeGroupSpec{MinSize: new(5), MaxSize: new(3)}),
			want:   []string{`nodeGroups["a"].minSize: must not be greater than maxSize; got 5 > 3`},
		},
		"number outside": {
			groups: one(NodeGroupSpec{MinSize: new(2), DesiredSize: new(1), MaxSize: new(3)}),
			want: []string{
				`nodeGroups["a"].desiredSize: must be from minSize to maxSize; got 1, allowed are 2 to 3`,
			},
		},
		"negative": {
			groups: one(NodeGroupSpec{MinSize: new(-1)}),
			want:   []string{`nodeGroups["a"].minSize: must not be negative; got -1`},
		},
		"no room": {
			groups: one(NodeGroupSpec{MaxSize: new(0)}),
			want:   []string{`nodeGroups["a"].maxSize: must be at least 1; got 0`},
		},
		"above the quota": {
			groups: one(NodeGroupSpec{MaxSize: new(451)}),
			want:   []string{`nodeGroups["a"].maxSize: must be at most 450; got 451, make several groups`},
		},
		"bad names": {
			groups: map[string]NodeGroupSpec{"A_b": {InstanceTypes: []string{"large"}}},
			want: []string{
				`nodeGroups["A_b"]: must be a name of at most 32 lower-case letters, digits and hyphens; got "A_b"`,
				`nodeGroups["A_b"].instanceTypes[0]: must be an EC2 instance type such as t3.medium; got "large"`,
			},
		},
		"mixed processors": {
			groups: one(NodeGroupSpec{InstanceTypes: []string{"m7i.large", "m7g.large"}}),
			want: []string{`nodeGroups["a"].instanceTypes[1]: must be for the same kind of AMI as m7i.large, which is x86; ` +
				`got "m7g.large", which is Arm: make a group of its own for it`},
		},
		"mixed processors with an AMI": {
			groups: one(NodeGroupSpec{InstanceTypes: []string{"t4g.large", "t3.large"}, AmiType: ami("BOTTLEROCKET_ARM_64")}),
			want: []string{`nodeGroups["a"].instanceTypes[1]: must be for the same kind of AMI as t4g.large, which is Arm; ` +
				`got "t3.large", which is x86: make a group of its own for it`},
		},
		"GPUs and none": {
			groups: one(NodeGroupSpec{InstanceTypes: []string{"m7i.large", "g5.xlarge"}}),
			want: []string{`nodeGroups["a"].instanceTypes[1]: must be for the same kind of AMI as m7i.large, which is x86; ` +
				`got "g5.xlarge", which is x86 with NVIDIA: make a group of its own for it`},
		},
		"GPUs and none with an AMI that takes both": {groups: one(NodeGroupSpec{
			InstanceTypes: []string{"m7i.large", "g5.xlarge"}, AmiType: ami("AL2023_x86_64_STANDARD"),
		})},
		"AMI for another processor": {
			groups: one(NodeGroupSpec{InstanceTypes: []string{"m7g.large"}, AmiType: ami("AL2023_x86_64_STANDARD")}),
			want: []string{`nodeGroups["a"].amiType: must be for Arm, as m7g.large is; got "AL2023_x86_64_STANDARD", use for ` +
				`example AL2023_ARM_64_STANDARD or leave it out`},
		},
		"AMI with drivers for nothing": {
			groups: one(NodeGroupSpec{AmiType: ami("AL2023_x86_64_NVIDIA")}),
			want: []string{`nodeGroups["a"].amiType: must be for x86, as t3.medium is; got "AL2023_x86_64_NVIDIA", use for ` +
				`example AL2023_x86_64_STANDARD or leave it out`},
		},
		"no memory": {
			groups: one(NodeGroupSpec{InstanceTypes: []string{"t3.micro"}}),
			want: []string{`nodeGroups["a"].instanceTypes[0]: must have more than 1 GiB of memory, which the node keeps for ` +
				`itself; got "t3.micro", use for example t3.medium`},
		},
		"machines that are too old": {
			groups: one(NodeGroupSpec{InstanceTypes: []string{"a1.large"}}),
			want: []string{`nodeGroups["a"].instanceTypes[0]: must be newer than the family a1, on which Amazon Linux 2023 ` +
				`does not start; got "a1.large", use for example m6g.large, or the amiType BOTTLEROCKET_ARM_64`},
		},
		"machines that are old with a system that starts on them": {
			groups: one(NodeGroupSpec{InstanceTypes: []string{"a1.large"}, AmiType: ami("BOTTLEROCKET_ARM_64")}),
		},
		"small disk": {
			groups: one(NodeGroupSpec{DiskSize: new(10)}),
			want:   []string{`nodeGroups["a"].diskSize: must be from 20 to 16384 GiB; got 10`},
		},
		"nothing replaced": {
			groups: one(NodeGroupSpec{MaxUnavailablePercentage: new(0)}),
			want:   []string{`nodeGroups["a"].maxUnavailablePercentage: must be from 1 to 100; got 0`},
		},
		"nodes that take no pod": {
			groups: one(NodeGroupSpec{Taints: []NodeTaintSpec{{Effect: TaintNoSchedule}}}),
			want: []string{"nodeGroups: must hold a group that starts with a node and has no taint but PREFER_NO_SCHEDULE, " +
				"for DNS and Flux tolerate no other; add one"},
		},
		"no node to start with": {
			groups: one(NodeGroupSpec{MinSize: new(0)}),
			want: []string{"nodeGroups: must hold a group that starts with a node and has no taint but PREFER_NO_SCHEDULE, " +
				"for DNS and Flux tolerate no other; add one"},
		},
		"another group for the other pods": {groups: map[string]NodeGroupSpec{
			"a": {Taints: []NodeTaintSpec{{Effect: TaintNoSchedule}}, MinSize: new(0)},
			"b": {Taints: []NodeTaintSpec{{Effect: TaintPreferNoSchedule}}},
		}},
		"long name with policies": {
			groups: map[string]NodeGroupSpec{long: {}},
			raw:    object(long, object("policyArns", property.New(property.Computed))),
			want: []string{`nodeGroups["` + long + `"]: must be a name of at most 28 characters when it has policyArns, ` +
				`for its IAM role is called after it; got "` + long + `"`},
		},
		"no ARN of a policy": {
			groups: one(NodeGroupSpec{}),
			raw: object("a", object("policyArns", list("AmazonSSMManagedInstanceCore", property.New(property.Computed),
				"arn:aws-us-gov:iam::123456789012:policy/team/logs"))),
			want: []string{`nodeGroups["a"].policyArns[0]: must be the ARN of an IAM policy, such as ` +
				`arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore; got "AmazonSSMManagedInstanceCore"`},
		},
		"labels": {groups: one(NodeGroupSpec{}), raw: labels("tier", "web", "acme.com/tier", property.New(property.Computed),
			"secret", property.New("not a label").WithSecret(true))},
		"labels of EKS": {
			groups: one(NodeGroupSpec{}), raw: labels("node-role.kubernetes.io/worker", "x", "eks.amazonaws.com/a", "x"),
			want: []string{
				`nodeGroups["a"].labels["eks.amazonaws.com/a"]: must not have a key in the domain eks.amazonaws.com, which EKS ` +
					"keeps for itself; use a domain of your own, such as acme.com/role",
				`nodeGroups["a"].labels["node-role.kubernetes.io/worker"]: must not have a key in the domain kubernetes.io, ` +
					"which EKS keeps for itself; use a domain of your own, such as acme.com/role",
			},
		},
		"labels that Kubernetes does not take": {
			groups: one(NodeGroupSpec{}), raw: labels("-tier", "x", "tier", "", strings.Repeat("a", 64), "x"),
			want: []string{
				`nodeGroups["a"].labels["-tier"]: must have a key that is a Kubernetes name of at most 63 characters, such as ` +
					`tier or acme.com/tier; got "-tier"`,
				`nodeGroups["a"].labels["` + strings.Repeat("a", 64) + `"]: must have a key that is a Kubernetes name of at ` +
					`most 63 characters, such as tier or acme.com/tier; got "` + strings.Repeat("a", 64) + `"`,
				`nodeGroups["a"].labels["tier"]: must be 1 to 63 letters, digits, hyphens, underscores and dots, with a ` +
					`letter or digit at both ends; got ""`,
			},
		},
		"too many labels": {
			groups: one(NodeGroupSpec{}), raw: object("a", object("labels", property.New(property.NewMap(many)))),
			want: []string{`nodeGroups["a"].labels: must be at most 50; got 51`},
		},
		"taints": {groups: one(NodeGroupSpec{}), raw: taint("key", "nvidia.com/gpu", "value", "", "effect", "NO_SCHEDULE")},
		"taints that Kubernetes does not take": {
			groups: one(NodeGroupSpec{}), raw: taint("key", "a b", "value", "c d", "effect", "NO_SCHEDULE"),
			want: []string{
				`nodeGroups["a"].taints[0].key: must be a Kubernetes name of at most 63 characters, such as nvidia.com/gpu; ` +
					`got "a b"`,
				`nodeGroups["a"].taints[0].value: must be at most 63 letters, digits, hyphens, underscores and dots, with a ` +
					`letter or digit at both ends; got "c d"`,
			},
		},
		"a taint twice": {
			groups: one(NodeGroupSpec{}),
			raw: object("a", object("taints", list(
				object("key", "a", "effect", "NO_SCHEDULE"), object("key", "a", "effect", "NO_EXECUTE"),
				object("key", "a", "effect", "NO_SCHEDULE", "value", "b"),
			))),
			want: []string{`nodeGroups["a"].taints[2].key: must not stand twice with one effect; got "a" with NO_SCHEDULE, ` +
				"remove one of the two"},
		},
		"too many taints": {
			groups: one(NodeGroupSpec{}),
			raw:    object("a", object("taints", list(make51()...))),
			want:   []string{`nodeGroups["a"].taints: must be at most 50; got 51`},
		},
		"nothing known": {
			groups: one(NodeGroupSpec{}),
			raw: object("a", object("labels", property.New(property.Computed), "policyArns", property.New(property.Computed),
				"taints", list(object("key", property.New(property.Computed), "effect", "NO_EXECUTE")))),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compareViolations(t, test.want, ValidateNodeGroups("nodeGroups", test.groups, test.raw))
		})
	}
}

// make51 makes one taint more than a group may have.
func make51() []any {
	taints := make([]any, 51)
	for i := range taints {
		taints[i] = object("key", fmt.Sprintf("key%d", i), "effect", "NO_SCHEDULE")
	}
	return taints
}

func TestMachines(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, name := range []string{
		"t3.medium", "m7i-flex.large", "c5n.xlarge", "u-6tb1.metal", "u7i-12tb.224xlarge", "z1d.large", "g4ad.xlarge",
		"a1.large", "t4g.medium", "m7gd.large", "c6gn.large", "im4gn.large", "is4gen.large", "x2gd.large", "hpc7g.4xlarge",
		"g4dn.xlarge", "g6e.xlarge", "gr6.4xlarge", "p5en.48xlarge", "p6-b200.48xlarge", "g5g.xlarge", "p6e-gb200.36xlarge",
		"inf2.xlarge", "trn1n.32xlarge",
	} {
		m := machineOf(name)
		ami := defaultAMIType(m)
		if !ami.fits(m) {
			t.Errorf("%s does not fit its default %s", name, ami)
		}
		fmt.Fprintf(&got, "%s: %s, %s\n", name, m, ami)
	}
	want := `t3.medium: x86, AL2023_x86_64_STANDARD
m7i-flex.large: x86, AL2023_x86_64_STANDARD
c5n.xlarge: x86, AL2023_x86_64_STANDARD
u-6tb1.metal: x86, AL2023_x86_64_STANDARD
u7i-12tb.224xlarge: x86, AL2023_x86_64_STANDARD
z1d.large: x86, AL2023_x86_64_STANDARD
g4ad.xlarge: x86, AL2023_x86_64_STANDARD
a1.large: Arm, AL2023_ARM_64_STANDARD
t4g.medium: Arm, AL2023_ARM_64_STANDARD
m7gd.large: Arm, AL2023_ARM_64_STANDARD
c6gn.large: Arm, AL2023_ARM_64_STANDARD
im4gn.large: Arm, AL2023_ARM_64_STANDARD
is4gen.large: Arm, AL2023_ARM_64_STANDARD
x2gd.large: Arm, AL2023_ARM_64_STANDARD
hpc7g.4xlarge: Arm, AL2023_ARM_64_STANDARD
g4dn.xlarge: x86 with NVIDIA, AL2023_x86_64_NVIDIA
g6e.xlarge: x86 with NVIDIA, AL2023_x86_64_NVIDIA
gr6.4xlarge: x86 with NVIDIA, AL2023_x86_64_NVIDIA
p5en.48xlarge: x86 with NVIDIA, AL2023_x86_64_NVIDIA
p6-b200.48xlarge: x86 with NVIDIA, AL2023_x86_64_NVIDIA
g5g.xlarge: Arm with NVIDIA, AL2023_ARM_64_NVIDIA
p6e-gb200.36xlarge: Arm with NVIDIA, AL2023_ARM_64_NVIDIA
inf2.xlarge: x86 with Neuron, AL2023_x86_64_NEURON
trn1n.32xlarge: x86 with Neuron, AL2023_x86_64_NEURON
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("machines (-want +got):\n%s", diff)
	}
}
