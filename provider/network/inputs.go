package network

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NetworkSpec describes the VPC of a cluster: a new one, or one that exists.
type NetworkSpec struct {
	CidrBlock                 *string              `pulumi:"cidrBlock,optional"`
	NumberOfAvailabilityZones *int                 `pulumi:"numberOfAvailabilityZones,optional"`
	AvailabilityZoneNames     []string             `pulumi:"availabilityZoneNames,optional"`
	NatGateways               *NatGatewaysSpec     `pulumi:"natGateways,optional"`
	VpcEndpoints              []VpcEndpointService `pulumi:"vpcEndpoints,optional"`
	FlowLogs                  *FlowLogsSpec        `pulumi:"flowLogs,optional"`

	VpcId                 pulumi.StringInput      `pulumi:"vpcId,optional"`
	PrivateSubnetIds      pulumi.StringArrayInput `pulumi:"privateSubnetIds,optional"`
	PublicSubnetIds       pulumi.StringArrayInput `pulumi:"publicSubnetIds,optional"`
	ControlPlaneSubnetIds pulumi.StringArrayInput `pulumi:"controlPlaneSubnetIds,optional"`
	TagSubnets            *bool                   `pulumi:"tagSubnets,optional"`
}

// Annotate describes the type in the schema.
func (s *NetworkSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "The VPC: a new one with its addresses, its availability zones and its way to the internet, or one "+
		"that exists, by its id and those of its subnets.")
	a.Describe(&s.CidrBlock, describeCIDRBlock)
	a.Describe(&s.NumberOfAvailabilityZones, describeNumberOfZones)
	a.Describe(&s.AvailabilityZoneNames, describeZoneNames)
	a.Describe(&s.NatGateways, describeNatGateways)
	a.Describe(&s.VpcEndpoints, describeVpcEndpoints)
	a.Describe(&s.FlowLogs, describeFlowLogs)
	a.Describe(&s.VpcId, "The id of an existing VPC, in which the cluster is put instead of into a new one; "+
		"`privateSubnetIds` is then required, and what describes a new VPC is refused. DNS hostnames and DNS support "+
		"of the VPC must be on. If the VPC is made by the same program, let this resource depend on all of it "+
		"(option `dependsOn`): the cluster needs its way out until it is drained. Default: a new VPC. Changing it "+
		"replaces the cluster.")
	a.Describe(&s.PrivateSubnetIds, "The ids of the existing subnets in which the nodes are: at least two, in "+
		"different availability zones, with a route to a NAT gateway or with the VPC endpoints that nodes need. "+
		"More of them are for node groups that are new or replaced for another reason; fewer replace those that are in "+
		"what is missing. Only together with `vpcId`, which requires it. Default: none.")
	a.Describe(&s.PublicSubnetIds, "The ids of the existing subnets for load balancers with public addresses. "+
		"Default: none. Only together with `vpcId`.")
	a.Describe(&s.ControlPlaneSubnetIds, "The ids of the existing subnets in which EKS puts the network interfaces of "+
		"the control plane: at least two, in different availability zones. EKS lets them change later within the same "+
		"zones only, so before privateSubnetIds get one in another zone, give the old ones here. Default: "+
		"privateSubnetIds. Only together with `vpcId`.")
	a.Describe(&s.TagSubnets, "Whether existing subnets get the tags by which load balancer controllers find them: "+
		"`kubernetes.io/role/internal-elb` on the private and `kubernetes.io/role/elb` on the public ones. The ids "+
		"must then be given one by one, each of which may be an output. Do not use it where the program that makes "+
		"the subnets sets their tags: each would take the other's away. Add to the "+
		"lists at their ends: a subnet that goes from within a list leaves those after it untagged until `pulumi up "+
		"--refresh`. Default: false. Only together with `vpcId`.")
}

// NetworkArgs are the inputs of the Network component.
type NetworkArgs struct {
	CidrBlock                 *string               `pulumi:"cidrBlock,optional"`
	NumberOfAvailabilityZones *int                  `pulumi:"numberOfAvailabilityZones,optional"`
	AvailabilityZoneNames     []string              `pulumi:"availabilityZoneNames,optional"`
	NatGateways               *NatGatewaysSpec      `pulumi:"natGateways,optional"`
	VpcEndpoints              []VpcEndpointService  `pulumi:"vpcEndpoints,optional"`
	FlowLogs                  *FlowLogsSpec         `pulumi:"flowLogs,optional"`
	Tags                      pulumi.StringMapInput `pulumi:"tags,optional"`
}

// Annotate describes the inputs in the schema.
func (n *NetworkArgs) Annotate(a infer.Annotator) {
	a.Describe(&n.CidrBlock, describeCIDRBlock)
	a.Describe(&n.NumberOfAvailabilityZones, describeNumberOfZones)
	a.Describe(&n.AvailabilityZoneNames, describeZoneNames)
	a.Describe(&n.NatGateways, describeNatGateways)
	a.Describe(&n.VpcEndpoints, describeVpcEndpoints)
	a.Describe(&n.FlowLogs, describeFlowLogs)
	a.Describe(&n.Tags, "Tags for every resource of the network that can carry them. Default: none.")
}

const (
	describeCIDRBlock = "The IPv4 range of the VPC, from /16 to /20, at a network address. Default: `10.0.0.0/16`. A " +
		"sixteenth of it goes to the private and a 256th to the public subnet of each zone; the upper half stays " +
		"free. In a /20 the public subnets have 11 addresses each, enough for one or two load balancers. Changing it " +
		"replaces the VPC and with it the cluster."
	describeNumberOfZones = "The number of availability zones, from 2 to 6. Default: 3. The zones are the region's " +
		"first ones by name, without Local Zones and those that EKS refuses. A higher number only adds subnets; the " +
		"control plane stays in the first two, and node groups that are there stay in their zones until they are " +
		"replaced. Not together with `availabilityZoneNames`."
	describeZoneNames = "The availability zones by name, in order, such as `us-west-2a`: from 2 to 6. Append to grow. " +
		"Another order replaces subnets, which fails as long as others have their addresses. Default: chosen by " +
		"`numberOfAvailabilityZones`."
	describeNatGateways = "The NAT gateways through which private subnets reach the internet. Default: a single one."
)

// Spec returns the description of the network that the arguments hold.
func (n NetworkArgs) Spec() NetworkSpec {
	return NetworkSpec{
		CidrBlock:                 n.CidrBlock,
		NumberOfAvailabilityZones: n.NumberOfAvailabilityZones,
		AvailabilityZoneNames:     n.AvailabilityZoneNames,
		NatGateways:               n.NatGateways,
		VpcEndpoints:              n.VpcEndpoints,
		FlowLogs:                  n.FlowLogs,
	}
}

// Args returns the arguments of the component that makes the network.
func (s NetworkSpec) Args(tags pulumi.StringMapInput) NetworkArgs {
	return NetworkArgs{
		CidrBlock:                 s.CidrBlock,
		NumberOfAvailabilityZones: s.NumberOfAvailabilityZones,
		AvailabilityZoneNames:     s.AvailabilityZoneNames,
		NatGateways:               s.NatGateways,
		VpcEndpoints:              s.VpcEndpoints,
		FlowLogs:                  s.FlowLogs,
		Tags:                      tags,
	}
}

// Zones returns the number of availability zones that are asked for.
func (s NetworkSpec) Zones() int {
	switch {
	case s.AvailabilityZoneNames != nil:
		return len(s.AvailabilityZoneNames)
	case s.NumberOfAvailabilityZones != nil:
		return *s.NumberOfAvailabilityZones
	}
	return DefaultZones
}

// Addresses returns the address plan of the network.
func (s NetworkSpec) Addresses() (AddressPlan, error) {
	return PlanAddresses(s.cidrBlock(), s.Zones())
}

func (s NetworkSpec) cidrBlock() string {
	if s.CidrBlock == nil {
		return DefaultCIDRBlock
	}
	return *s.CidrBlock
}

// IsIsolated reports whether the network is a new one without a way to the internet for its nodes.
func (s NetworkSpec) IsIsolated() bool { return s.NatGateways.strategy() == NatGatewayNone }
