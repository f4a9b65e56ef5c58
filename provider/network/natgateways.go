package network

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NatGatewayStrategy says how many NAT gateways a network has.
type NatGatewayStrategy string

// The strategies for NAT gateways.
const (
	NatGatewayNone     NatGatewayStrategy = "None"
	NatGatewaySingle   NatGatewayStrategy = "Single"
	NatGatewayOnePerAz NatGatewayStrategy = "OnePerAz"
)

// Values lists the strategies for the schema and the guard.
func (NatGatewayStrategy) Values() []infer.EnumValue[NatGatewayStrategy] {
	return []infer.EnumValue[NatGatewayStrategy]{
		{Name: "None", Value: NatGatewayNone, Description: "No NAT gateway, and nothing to pay for one: nodes reach " +
			"what is inside the VPC, and AWS's services through VPC endpoints."},
		{Name: "Single", Value: NatGatewaySingle, Description: "One NAT gateway for all zones (about 37 USD a month " +
			"with its address): if its zone fails, no node reaches the internet."},
		{Name: "OnePerAz", Value: NatGatewayOnePerAz, Description: "One NAT gateway in each zone (about 37 USD a " +
			"month each): zones do not depend on each other, and no traffic crosses zones on its way out."},
	}
}

// NatGatewaysSpec chooses the NAT gateways through which private subnets reach the internet.
type NatGatewaysSpec struct {
	Strategy               *NatGatewayStrategy     `pulumi:"strategy,optional"`
	ElasticIpAllocationIds pulumi.StringArrayInput `pulumi:"elasticIpAllocationIds,optional"`
}

// Annotate describes the type in the schema.
func (s *NatGatewaysSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "The NAT gateways through which private subnets reach the internet.")
	a.Describe(&s.Strategy, "How many NAT gateways there are: `None`, `Single` (the default) or `OnePerAz`. Each costs "+
		"about 37 USD a month with its public address, before traffic (list price, us-east-1). With `None` nodes have "+
		"no way to the internet: a cluster is refused unless `network.vpcEndpoints`, `flux.artifact.url`, "+
		"`flux.registry` and `sync.url` keep all that it needs inside.")
	a.Describe(&s.ElasticIpAllocationIds, "The allocation ids of elastic IPs of your own, such as "+
		"`eipalloc-0123456789abcdef0`, one for each NAT gateway by position of its zone: addresses that stand in "+
		"allow-lists already, and that outlive the network. Default: new addresses, which go with the network. "+
		"Changing one replaces its NAT gateway and interrupts what is on its way out.")
}

// strategy returns how many NAT gateways there are to be.
func (s *NatGatewaysSpec) strategy() NatGatewayStrategy {
	if s == nil || s.Strategy == nil {
		return NatGatewaySingle
	}
	return *s.Strategy
}

// count returns the number of NAT gateways over a number of zones.
func (s *NatGatewaysSpec) count(zones int) int {
	switch s.strategy() {
	case NatGatewayNone:
		return 0
	case NatGatewayOnePerAz:
		return zones
	case NatGatewaySingle:
	}
	return 1
}

func (r *registration) natGateways(network *Network, spec *NatGatewaysSpec, zones int) error {
	addresses := pulumi.StringArray{}
	for zone := range spec.count(zones) {
		name := r.base + "-" + strconv.Itoa(zone)
		allocation, err := r.allocation(name, spec, zone)
		if err != nil {
			return err
		}
		// AWS fails a NAT gateway in a VPC whose internet gateway is not attached yet. The route says more than
		// the gateway: it is what the traffic takes, and on destroy it must outlive the NAT gateway.
		gateway, err := ec2.NewNatGateway(r.ctx, name, &ec2.NatGatewayArgs{
			AllocationId: allocation,
			SubnetId:     r.publicSubnets[zone].ID(),
			Tags:         r.tagged(name, nil),
		}, r.parent, pulumi.DependsOn([]pulumi.Resource{r.publicRoute, r.publicAssociations[zone]}))
		if err != nil {
			return fmt.Errorf("registering NAT gateway %s: %w", name, err)
		}
		r.nat = append(r.nat, gateway)
		addresses = append(addresses, gateway.PublicIp)
	}
	network.NatPublicIps = addresses.ToStringArrayOutput()
	return nil
}

// allocation returns the elastic IP of the NAT gateway called name: the user's, or a new one.
func (r *registration) allocation(name string, spec *NatGatewaysSpec, zone int) (pulumi.StringPtrInput, error) {
	if spec != nil && spec.ElasticIpAllocationIds != nil {
		given := spec.ElasticIpAllocationIds.ToStringArrayOutput().Index(pulumi.Int(zone))
		return given.ToStringPtrOutput(), nil
	}
	address, err := ec2.NewEip(r.ctx, name, &ec2.EipArgs{
		Domain: pulumi.String("vpc"),
		Tags:   r.tagged(name, nil),
	}, r.parent)
	if err != nil {
		return nil, fmt.Errorf("registering elastic IP %s: %w", name, err)
	}
	return address.ID(), nil
}
