package cluster

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Defaults of a node group.
const (
	DefaultNodeGroup    = "default"
	DefaultInstanceType = "t3.medium"
	DefaultMinSize      = 2
	DefaultMaxSize      = 4
	DefaultDiskSize     = 50 // GiB
	// DefaultMaxUnavailable is the percentage of nodes that an update replaces at a time.
	DefaultMaxUnavailable = 33
)

// CapacityType says how EC2 charges for the nodes of a group.
type CapacityType string

// The capacity types.
const (
	CapacityOnDemand CapacityType = "ON_DEMAND"
	CapacitySpot     CapacityType = "SPOT"
)

// Values lists the capacity types for the schema and the guard.
func (CapacityType) Values() []infer.EnumValue[CapacityType] {
	return []infer.EnumValue[CapacityType]{
		{Name: "OnDemand", Value: CapacityOnDemand, Description: "At the list price, for as long as you like."},
		{Name: "Spot", Value: CapacitySpot, Description: "Spare capacity at a changing price, often less than half of " +
			"the list price. EC2 takes a node back with two minutes' notice."},
	}
}

// TaintEffect says what a taint does to pods that do not tolerate it.
type TaintEffect string

// The effects of taints, as EKS spells them.
const (
	TaintNoSchedule       TaintEffect = "NO_SCHEDULE"
	TaintNoExecute        TaintEffect = "NO_EXECUTE"
	TaintPreferNoSchedule TaintEffect = "PREFER_NO_SCHEDULE"
)

// Values lists the effects for the schema and the guard.
func (TaintEffect) Values() []infer.EnumValue[TaintEffect] {
	return []infer.EnumValue[TaintEffect]{
		{Name: "NoSchedule", Value: TaintNoSchedule, Description: "No new pod comes to the node."},
		{Name: "NoExecute", Value: TaintNoExecute, Description: "No new pod comes to the node, and those that run there " +
			"have to go."},
		{Name: "PreferNoSchedule", Value: TaintPreferNoSchedule, Description: "Pods come to the node only when there is " +
			"no room elsewhere."},
	}
}

// NodeTaintSpec describes a taint of the nodes of a group.
type NodeTaintSpec struct {
	Key    pulumi.StringInput `pulumi:"key"`
	Value  pulumi.StringInput `pulumi:"value,optional"`
	Effect TaintEffect        `pulumi:"effect"`
}

// Annotate describes the type in the schema.
func (s *NodeTaintSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A Kubernetes taint: pods that do not tolerate it keep away from the nodes of the group.")
	a.Describe(&s.Key, "The key of the taint, such as `nvidia.com/gpu`: at most 63 characters.")
	a.Describe(&s.Value, "The value of the taint: at most 63 letters, digits, hyphens, underscores and dots. Default: "+
		"none.")
	a.Describe(&s.Effect, "What the taint does to pods that do not tolerate it: `NO_SCHEDULE`, `NO_EXECUTE` or "+
		"`PREFER_NO_SCHEDULE`.")
}

// NodeGroupSpec describes a group of like nodes.
type NodeGroupSpec struct {
	InstanceTypes            []string                `pulumi:"instanceTypes,optional"`
	MinSize                  *int                    `pulumi:"minSize,optional"`
	MaxSize                  *int                    `pulumi:"maxSize,optional"`
	DesiredSize              *int                    `pulumi:"desiredSize,optional"`
	CapacityType             *CapacityType           `pulumi:"capacityType,optional"`
	AmiType                  *AmiType                `pulumi:"amiType,optional"`
	DiskSize                 *int                    `pulumi:"diskSize,optional"`
	Labels                   pulumi.StringMapInput   `pulumi:"labels,optional"`
	Taints                   []NodeTaintSpec         `pulumi:"taints,optional"`
	PolicyArns               pulumi.StringArrayInput `pulumi:"policyArns,optional"`
	MaxUnavailablePercentage *int                    `pulumi:"maxUnavailablePercentage,optional"`
}

// Annotate describes the type in the schema.
func (s *NodeGroupSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A managed node group: EC2 instances of the same kind, kept at their number by EKS. They run in the "+
		"private subnets, with the cluster's Kubernetes version, encrypted gp3 volumes, and IMDSv2 required. A group is "+
		"in the zones that the network had when the group was created: to use a zone that came later, add a group, or "+
		"replace one, for example under another name. What replaces a group makes the new one first and then drains the "+
		"old one.")
	a.Describe(&s.InstanceTypes, "The EC2 instance types that the group may use, in order of preference, all for the "+
		"same kind of AMI. Default: `t3.medium` (about 30 USD a month each, list price, us-east-1). Changing "+
		"it replaces the group.")
	a.Describe(&s.MinSize, "The least number of nodes. Default: 2, or less where maxSize or desiredSize is less. EKS "+
		"refuses a number above that of the nodes that there are: give the new number as desiredSize too.")
	a.Describe(&s.MaxSize, "The greatest number of nodes, at most 450. Default: 4, or more where minSize or desiredSize "+
		"is more. EKS refuses a number below that of the nodes that there are: give the new number as desiredSize too.")
	a.Describe(&s.DesiredSize, "The number of nodes that there are to be. What somebody else makes of it is undone by "+
		"the next update that sees it, so leave it out with an autoscaler. Default: none: the group begins with minSize, "+
		"and later changes of the number, by an autoscaler or by hand, are left alone. Giving it for one update and leaving "+
		"it out again changes the number once.")
	a.Describe(&s.CapacityType, "How EC2 charges for the nodes: `ON_DEMAND` (the default) or `SPOT`, which is cheaper "+
		"and can be taken back at any time: name several instance types. Changing it replaces the group.")
	a.Describe(&s.AmiType, "The kind of machine image. Default: Amazon Linux 2023 for the instance types: for Arm "+
		"(such as t4g), with NVIDIA drivers (such as g5), with Neuron drivers (such as inf2), or else for x86. One that "+
		"does not fit the instance types is refused. Changing it replaces the group.")
	a.Describe(&s.DiskSize, "The size in GiB of the volume that holds images and the pods' own files, from 20 to 16384. "+
		"Default: 50 (about 4 USD a month for each node, list price, us-east-1). Changing it replaces the nodes one after "+
		"the other, but not the group.")
	a.Describe(&s.Labels, "Kubernetes labels of the nodes; at most 50. EKS keeps keys in the domains kubernetes.io, "+
		"k8s.io and eks.amazonaws.com for itself. Default: none but those of EKS. Changes reach nodes that run.")
	a.Describe(&s.Taints, "Kubernetes taints of the nodes; at most 50. One group at least must take pods that tolerate "+
		"nothing, for DNS and Flux are such. Default: none. Changes reach nodes that run.")
	a.Describe(&s.PolicyArns, "The ARNs of IAM policies that the nodes of this group have beside those that every node "+
		"needs. Pods cannot use them, unless they run in the network of their node: for pods there are "+
		"workloadIdentities. Default: none. With it the group has an IAM role of its own, so that no other group gains; "+
		"hence giving it for the first time, or taking it away, replaces the group, and changing it does not.")
	a.Describe(&s.MaxUnavailablePercentage, "The percentage of the nodes, from 1 to 100, that an update replaces at a "+
		"time; at least one node. Default: 33.")
}

// NodeGroup is a node group with its defaults filled in.
type NodeGroup struct {
	Name              string
	InstanceTypes     []string
	Min, Desired, Max int
	// Floats says that the number of nodes is an autoscaler's affair once the group is there.
	Floats         bool
	Capacity       CapacityType
	AMI            AmiType
	DiskSize       int // GiB
	MaxUnavailable int // percent

	Labels pulumi.StringMapInput
	Taints []NodeTaintSpec
	// PolicyARNs is nil for a group that shares the role of all others.
	PolicyARNs pulumi.StringArrayInput
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

func withDefaults(name string, spec NodeGroupSpec) NodeGroup {
	group := NodeGroup{
		Name:           name,
		InstanceTypes:  spec.InstanceTypes,
		Capacity:       orElse(spec.CapacityType, CapacityOnDemand),
		DiskSize:       orElse(spec.DiskSize, DefaultDiskSize),
		MaxUnavailable: orElse(spec.MaxUnavailablePercentage, DefaultMaxUnavailable),
		Labels:         spec.Labels,
		Taints:         spec.Taints,
		PolicyARNs:     spec.PolicyArns,
	}
	if len(group.InstanceTypes) == 0 {
		group.InstanceTypes = []string{DefaultInstanceType}
	}
	group.AMI = orElse(spec.AmiType, defaultAMIType(machineOf(group.InstanceTypes[0])))
	group.size(spec)
	return group
}

// size fills in the sizes such that what is given wins: a default never contradicts it.
func (g *NodeGroup) size(spec NodeGroupSpec) {
	g.Min, g.Max = DefaultMinSize, DefaultMaxSize
	if spec.MaxSize != nil {
		g.Max = *spec.MaxSize
		g.Min = min(g.Min, g.Max)
	}
	if spec.DesiredSize != nil {
		g.Min = min(g.Min, *spec.DesiredSize)
	}
	g.Min = orElse(spec.MinSize, g.Min)
	g.Floats = spec.DesiredSize == nil
	g.Desired = orElse(spec.DesiredSize, g.Min)
	if spec.MaxSize == nil {
		g.Max = max(g.Max, g.Min, g.Desired)
	}
}

// takesAnyPod returns whether pods that tolerate nothing come to the nodes.
func (g NodeGroup) takesAnyPod() bool {
	return !slices.ContainsFunc(g.Taints, func(taint NodeTaintSpec) bool {
		return taint.Effect == TaintNoSchedule || taint.Effect == TaintNoExecute
	})
}

// MaxNodes returns to how many nodes the groups may grow together.
func MaxNodes(specs map[string]NodeGroupSpec) int {
	sum := 0
	for _, group := range NodeGroups(specs) {
		sum += group.Max
	}
	return sum
}

func orElse[T any](given *T, fallback T) T {
	if given == nil {
		return fallback
	}
	return *given
}
