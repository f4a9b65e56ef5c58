package network

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// NatGatewayStrategy says how many NAT gateways a network has.
type NatGatewayStrategy string

// The strategies for NAT gateways.
const (
	NatGatewaySingle   NatGatewayStrategy = "Single"
	NatGatewayOnePerAz NatGatewayStrategy = "OnePerAz"
)

// Values lists the strategies for the schema and the guard.
func (NatGatewayStrategy) Values() []infer.EnumValue[NatGatewayStrategy] {
	return []infer.EnumValue[NatGatewayStrategy]{
		{Name: "Single", Value: NatGatewaySingle, Description: "One NAT gateway for all zones (about 37 USD a month " +
			"with its address): if its zone fails, no node reaches the internet."},
		{Name: "OnePerAz", Value: NatGatewayOnePerAz, Description: "One NAT gateway in each zone (about 37 USD a " +
			"month each): zones do not depend on each other, and no traffic crosses zones on its way out."},
	}
}

// NatGatewaysSpec chooses the NAT gateways through which private subnets reach the internet.
type NatGatewaysSpec struct {
	Strategy *NatGatewayStrategy `pulumi:"strategy,optional"`
}

// Annotate describes the type in the schema.
func (s *NatGatewaysSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "The NAT gateways through which private subnets reach the internet.")
	a.Describe(&s.Strategy, "How many NAT gateways there are: `Single` (the default) or `OnePerAz`. Each costs about "+
		"37 USD a month with its public address, before traffic (list price, us-east-1). `None` is not offered yet: "+
		"nodes could not pull images.")
}

// NetworkSpec describes the VPC of a cluster.
type NetworkSpec struct {
	CidrBlock                 *string          `pulumi:"cidrBlock,optional"`
	NumberOfAvailabilityZones *int             `pulumi:"numberOfAvailabilityZones,optional"`
	AvailabilityZoneNames     []string         `pulumi:"availabilityZoneNames,optional"`
	NatGateways               *NatGatewaysSpec `pulumi:"natGateways,optional"`
}

// Annotate describes the type in the schema.
func (s *NetworkSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "The VPC: its addresses, its availability zones and its way to the internet.")
	a.Describe(&s.CidrBlock, describeCIDRBlock)
	a.Describe(&s.NumberOfAvailabilityZones, describeNumberOfZones)
	a.Describe(&s.AvailabilityZoneNames, describeZoneNames)
	a.Describe(&s.NatGateways, describeNatGateways)
}

// NetworkArgs are the inputs of the Network component.
type NetworkArgs struct {
	CidrBlock                 *string               `pulumi:"cidrBlock,optional"`
	NumberOfAvailabilityZones *int                  `pulumi:"numberOfAvailabilityZones,optional"`
	AvailabilityZoneNames     []string              `pulumi:"availabilityZoneNames,optional"`
	NatGateways               *NatGatewaysSpec      `pulumi:"natGateways,optional"`
	Tags                      pulumi.StringMapInput `pulumi:"tags,optional"`
}

// Annotate describes the inputs in the schema.
func (n *NetworkArgs) Annotate(a infer.Annotator) {
	a.Describe(&n.CidrBlock, describeCIDRBlock)
	a.Describe(&n.NumberOfAvailabilityZones, describeNumberOfZones)
	a.Describe(&n.AvailabilityZoneNames, describeZoneNames)
	a.Describe(&n.NatGateways, describeNatGateways)
	a.Describe(&n.Tags, "Tags for every resource of the network that can carry them. Default: none.")
}

const (
	describeCIDRBlock = "The IPv4 range of the VPC, from /16 to /20, at a network address. Default: `10.0.0.0/16`. A " +
		"sixteenth of it goes to the private and a 256th to the public subnet of each zone; the upper half stays " +
		"free. Changing it replaces the VPC and with it the cluster."
	describeNumberOfZones = "The number of availability zones, from 2 to 6. Default: 3. The zones are the region's " +
		"first ones by name, without Local Zones and those that EKS refuses. A higher number only adds subnets. Not " +
		"together with `availabilityZoneNames`."
	describeZoneNames = "The availability zones by name, in order, such as `us-west-2a`: from 2 to 6. Append to grow; " +
		"another order replaces subnets. Default: chosen by `numberOfAvailabilityZones`."
	describeNatGateways = "The NAT gateways through which private subnets reach the internet. Default: a single one."
)

// Spec returns the description of the network that the arguments hold.
func (n NetworkArgs) Spec() NetworkSpec {
	return NetworkSpec{
		CidrBlock:                 n.CidrBlock,
		NumberOfAvailabilityZones: n.NumberOfAvailabilityZones,
		AvailabilityZoneNames:     n.AvailabilityZoneNames,
		NatGateways:               n.NatGateways,
	}
}

// Args returns the arguments of the component that makes the network.
func (s NetworkSpec) Args(tags pulumi.StringMapInput) NetworkArgs {
	return NetworkArgs{
		CidrBlock:                 s.CidrBlock,
		NumberOfAvailabilityZones: s.NumberOfAvailabilityZones,
		AvailabilityZoneNames:     s.AvailabilityZoneNames,
		NatGateways:               s.NatGateways,
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

// natGateways returns the number of NAT gateways.
func (s NetworkSpec) natGateways() int {
	if s.NatGateways != nil && s.NatGateways.Strategy != nil && *s.NatGateways.Strategy == NatGatewayOnePerAz {
		return s.Zones()
	}
	return 1
}

// Validate applies the network's rules; path is where the description stands among the inputs.
func (s NetworkSpec) Validate(path string) inputs.Violations {
	var found inputs.Violations
	if _, err := parseBlock(s.cidrBlock()); err != nil {
		found.Addf(inputs.Join(path, "cidrBlock"), "%s", err)
	}
	zonesPath := inputs.Join(path, "numberOfAvailabilityZones")
	if s.AvailabilityZoneNames != nil {
		zonesPath = inputs.Join(path, "availabilityZoneNames")
		if s.NumberOfAvailabilityZones != nil {
			found.Addf(zonesPath, "cannot be given together with numberOfAvailabilityZones; remove one of the two")
		}
		seen := map[string]bool{}
		for i, name := range s.AvailabilityZoneNames {
			if name == "" || seen[name] {
				found.Addf(inputs.Index(zonesPath, i), "must name another zone, such as us-west-2a; got %q", name)
			}
			seen[name] = true
		}
	}
	if _, err := PlanAddresses(DefaultCIDRBlock, s.Zones()); err != nil {
		found.Addf(zonesPath, "%s", err)
	}
	return found
}
