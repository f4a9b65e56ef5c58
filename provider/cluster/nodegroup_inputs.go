package cluster

import (
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// Defaults of a node group.
const (
	DefaultNodeGroup    = "default"
	DefaultInstanceType = "t3.medium"
	DefaultMinSize      = 2
	DefaultMaxSize      = 4
)

// NodeGroupSpec describes a group of like nodes.
type NodeGroupSpec struct {
	InstanceTypes []string `pulumi:"instanceTypes,optional"`
	MinSize       *int     `pulumi:"minSize,optional"`
	MaxSize       *int     `pulumi:"maxSize,optional"`
	DesiredSize   *int     `pulumi:"desiredSize,optional"`
}

// Annotate describes the type in the schema.
func (s *NodeGroupSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A managed node group: EC2 instances of the same kind, kept at their number by EKS. They run Amazon "+
		"Linux 2023 in the private subnets, with the cluster's Kubernetes version, an encrypted 50 GiB gp3 volume "+
		"and IMDSv2 required.")
	a.Describe(&s.InstanceTypes, "The EC2 instance types that the group may use, in order of preference. Default: "+
		"`t3.medium` (about 30 USD a month each, list price, us-east-1). Changing it replaces the group.")
	a.Describe(&s.MinSize, "The least number of nodes. Default: 2, or less where maxSize or desiredSize is less.")
	a.Describe(&s.MaxSize, "The greatest number of nodes. Default: 4, or more where minSize or desiredSize is more.")
	a.Describe(&s.DesiredSize, "The number of nodes at creation. Default: minSize. Later changes of the number, by "+
		"an autoscaler or by hand, are left alone, and so are later changes of this input: use minSize and maxSize.")
}

// NodeGroup is a node group with its defaults filled in.
type NodeGroup struct {
	Name              string
	InstanceTypes     []string
	Min, Desired, Max int
}

// NodeGroups returns the node groups by name, in the order of their names; one called default where none is given.
func NodeGroups(specs map[string]NodeGroupSpec) []NodeGroup {
	if len(specs) == 0 {
		specs = map[string]NodeGroupSpec{DefaultNodeGroup: {}}
	}
	groups := make([]NodeGroup, 0, len(specs))
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		groups = append(groups, withDefaults(name, specs[name]))
	}
	return groups
}

// withDefaults fills in the sizes such that what is given wins: a default never contradicts it.
func withDefaults(name string, spec NodeGroupSpec) NodeGroup {
	group := NodeGroup{
		Name:          name,
		InstanceTypes: spec.InstanceTypes,
		Min:           DefaultMinSize,
		Max:           DefaultMaxSize,
	}
	if len(group.InstanceTypes) == 0 {
		group.InstanceTypes = []string{DefaultInstanceType}
	}
	if spec.MaxSize != nil {
		group.Max = *spec.MaxSize
		group.Min = min(group.Min, group.Max)
	}
	if spec.DesiredSize != nil {
		group.Min = min(group.Min, *spec.DesiredSize)
	}
	if spec.MinSize != nil {
		group.Min = *spec.MinSize
	}
	group.Desired = group.Min
	if spec.DesiredSize != nil {
		group.Desired = *spec.DesiredSize
	}
	if spec.MaxSize == nil {
		group.Max = max(group.Max, group.Min, group.Desired)
	}
	return group
}

var nodeGroupName = regexp.MustCompile(`^[0-9a-z]([0-9a-z-]{0,30}[0-9a-z])?$`)

// ValidateNodeGroups applies the rules of node groups; path is where the map stands among the inputs.
func ValidateNodeGroups(path string, specs map[string]NodeGroupSpec) inputs.Violations {
	var found inputs.Violations
	if specs != nil && len(specs) == 0 {
		found.Addf(path, "must hold at least one group, for Flux needs nodes; leave it out for the default group")
	}
	for _, group := range NodeGroups(specs) {
		at := inputs.Key(path, group.Name)
		if !nodeGroupName.MatchString(group.Name) {
			found.Addf(at, "must be a name of at most 32 lower-case letters, digits and hyphens; got %q", group.Name)
		}
		for i, instanceType := range group.InstanceTypes {
			if !instanceTypeName.MatchString(instanceType) {
				found.Addf(inputs.Index(inputs.Join(at, "instanceTypes"), i),
					"must be an EC2 instance type such as %s; got %q", DefaultInstanceType, instanceType)
			}
		}
		group.validateSizes(at, &found)
	}
	return found
}

var instanceTypeName = regexp.MustCompile(`^[a-z][a-z0-9-]*\.[a-z0-9-]+$`)

func (g NodeGroup) validateSizes(at string, found *inputs.Violations) {
	switch {
	case g.Min < 0:
		found.Addf(inputs.Join(at, "minSize"), "must not be negative; got %d", g.Min)
	case g.Max < 1:
		found.Addf(inputs.Join(at, "maxSize"), "must be at least 1; got %d", g.Max)
	case g.Min > g.Max:
		found.Addf(inputs.Join(at, "minSize"), "must not be greater than maxSize; got %d > %d", g.Min, g.Max)
	case g.Desired < g.Min || g.Desired > g.Max:
		found.Addf(inputs.Join(at, "desiredSize"), "must be from minSize to maxSize; got %d, allowed are %d to %d",
			g.Desired, g.Min, g.Max)
	}
}

// MaxNodes returns to how many nodes the groups may grow together.
func MaxNodes(specs map[string]NodeGroupSpec) int {
	sum := 0
	for _, group := range NodeGroups(specs) {
		sum += group.Max
	}
	return sum
}
