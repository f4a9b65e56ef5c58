package network

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/tags"
)

// registration is what the steps of registering one network share.
type registration struct {
	ctx         *pulumi.Context
	composition Composition
	base        string
	tags        pulumi.StringMapInput
	parent      pulumi.ResourceOrInvokeOption

	gateway       *ec2.InternetGateway
	publicRoute   *ec2.Route
	publicSubnets []*ec2.Subnet
	// publicAssociations are by position of the zone, like publicSubnets.
	publicAssociations []*ec2.RouteTableAssociation
	nat                []*ec2.NatGateway
}

// refusedZoneIDs are zones in which EKS makes no control plane: it refuses subnets there.
// https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
var refusedZoneIDs = []string{"use1-az3", "usw1-az2", "cac1-az3"}

// zoneNames returns the names by position. Looked up, they stay outputs, so that how many subnets there are never
// depends on what AWS answers.
func (r *registration) zoneNames(spec NetworkSpec) pulumi.StringArray {
	var names pulumi.StringArray
	if spec.AvailabilityZoneNames != nil {
		for _, name := range spec.AvailabilityZoneNames {
			names = append(names, pulumi.String(name))
		}
		return names
	}
	found := aws.GetAvailabilityZonesOutput(r.ctx, aws.GetAvailabilityZonesOutputArgs{
		State:          pulumi.String("available"),
		ExcludeZoneIds: pulumi.ToStringArray(refusedZoneIDs),
		Filters: aws.GetAvailabilityZonesFilterArray{aws.GetAvailabilityZonesFilterArgs{
			// Leaves out Local and Wavelength Zones, which an account opts in to.
			Name:   pulumi.String("opt-in-status"),
			Values: pulumi.ToStringArray([]string{"opt-in-not-required"}),
		}},
	}, r.parent).Names()
	wanted := spec.Zones()
	for position := range wanted {
		names = append(names, found.ApplyT(func(all []string) (pulumi.StringOutput, error) {
			if len(all) == 0 && r.ctx.DryRun() {
				return nobodyKnows(), nil
			}
			if len(all) < wanted {
				return pulumi.StringOutput{}, fmt.Errorf("the region has %d usable availability zones, but network."+
					"numberOfAvailabilityZones asks for %d; ask for fewer", len(all), wanted)
			}
			return pulumi.String(slices.Sorted(slices.Values(all))[position]).ToStringOutput(), nil
		}).(pulumi.StringOutput))
	}
	return names
}

// nobodyKnows is what a preview answers in the place of AWS when the provider cannot be asked yet, because its own
// configuration hangs on what is still to be made, such as a role. Pulumi then answers with nothing at all.
func nobodyKnows() pulumi.StringOutput {
	return pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) string { return "" }).(pulumi.StringOutput)
}

// tagged returns the user's tags with those of a resource of ours.
func (r *registration) tagged(name string, own map[string]string) pulumi.StringMapOutput {
	return tags.Named(r.tags, name, own)
}

func (r *registration) vpc(network *Network, plan AddressPlan) error {
	vpc, err := ec2.NewVpc(r.ctx, r.base, &ec2.VpcArgs{
		CidrBlock: pulumi.String(plan.VPC.String()),
		// Nodes register by their DNS names.
		EnableDnsHostnames: pulumi.Bool(true),
		EnableDnsSupport:   pulumi.Bool(true),
		Tags:               r.tagged(r.base, nil),
	}, r.parent)
	if err != nil {
		return fmt.Errorf("registering VPC %s: %w", r.base, err)
	}
	network.VpcId = vpc.ID().ToStringOutput()
	network.VpcCidrBlock = vpc.CidrBlock
	network.vpcArn = vpc.Arn

	r.gateway, err = ec2.NewInternetGateway(r.ctx, r.base, &ec2.InternetGatewayArgs{
		VpcId: vpc.ID(),
		Tags:  r.tagged(r.base, nil),
	}, r.parent)
	if err != nil {
		return fmt.Errorf("registering internet gateway %s: %w", r.base, err)
	}
	// Adopts the group that AWS makes with the VPC and leaves it without rules, so that nothing is reachable only
	// because somebody forgot to name a group.
	_, err = ec2.NewDefaultSecurityGroup(r.ctx, r.base, &ec2.DefaultSecurityGroupArgs{
		VpcId: vpc.ID(),
		Tags:  r.tagged(r.base+"-default", nil),
	}, r.parent)
	if err != nil {
		return fmt.Errorf("registering default security group %s: %w", r.base, err)
	}
	return nil
}

func (r *registration) publicTier(network *Network, plan AddressPlan, zones pulumi.StringArray) error {
	name := r.base + "-public"
	table, err := r.routeTable(network, name)
	if err != nil {
		return err
	}
	network.PublicRouteTableId = table.ID().ToStringOutput()
	r.publicRoute, err = ec2.NewRoute(r.ctx, name, &ec2.RouteArgs{
		RouteTableId:         table.ID(),
		DestinationCidrBlock: pulumi.String("0.0.0.0/0"),
		GatewayId:            r.gateway.ID(),
	}, r.parent)
	if err != nil {
		return fmt.Errorf("registering route %s: %w", name, err)
	}
	ids := pulumi.StringArray{}
	for zone, addresses := range plan.Zones {
		subnet, association, err := r.subnet(network, subnetPlan{
			name:  name + "-" + strconv.Itoa(zone),
			zone:  zones[zone],
			block: addresses.Public.String(),
			// Load balancers with public addresses are put into subnets with this tag.
			role:  publicRole,
			table: table,
		})
		if err != nil {
			return err
		}
		r.publicSubnets = append(r.publicSubnets, subnet)
		r.publicAssociations = append(r.publicAssociations, association)
		ids = append(ids, subnet.ID())
	}
	network.PublicSubnetIds = ids.ToStringArrayOutput()
	return nil
}

func (r *registration) privateTier(network *Network, plan AddressPlan, zones pulumi.StringArray) error {
	subnets, tables := pulumi.StringArray{}, pulumi.StringArray{}
	for zone, addresses := range plan.Zones {
		name := fmt.Sprintf("%s-private-%d", r.base, zone)
		table, err := r.routeTable(network, name)
		if err != nil {
			return err
		}
		if len(r.nat) > 0 {
			route, err := ec2.NewRoute(r.ctx, name, &ec2.RouteArgs{
				RouteTableId:         table.ID(),
				DestinationCidrBlock: pulumi.String("0.0.0.0/0"),
				NatGatewayId:         r.nat[min(zone, len(r.nat)-1)].ID(),
			}, r.parent)
			if err != nil {
				return fmt.Errorf("registering route %s: %w", name, err)
			}
			network.egress = append(network.egress, route)
		}
		subnet, association, err := r.subnet(network, subnetPlan{
			name:  name,
			zone:  zones[zone],
			block: addresses.Private.String(),
			role:  internalRole,
			table: table,
		})
		if err != nil {
			return err
		}
		network.egress = append(network.egress, association)
		subnets = append(subnets, subnet.ID())
		tables = append(tables, table.ID())
	}
	network.privateSubnets = subnets
	network.PrivateSubnetIds = subnets.ToStringArrayOutput()
	// EKS takes no zone that its control plane was not in from the beginning; those of the first zones never change.
	// https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
	network.controlPlaneSubnetIds = subnets[:MinZones].ToStringArrayOutput()
	network.PrivateRouteTableIds = tables.ToStringArrayOutput()
	return nil
}

func (r *registration) routeTable(network *Network, name string) (*ec2.RouteTable, error) {
	table, err := ec2.NewRouteTable(r.ctx, name, &ec2.RouteTableArgs{
		VpcId: network.VpcId,
		Tags:  r.tagged(name, nil),
	}, r.parent)
	if err != nil {
		return nil, fmt.Errorf("registering route table %s: %w", name, err)
	}
	return table, nil
}

type subnetPlan struct {
	name  string
	zone  pulumi.StringInput
	block string
	// role is the tag by which load balancer controllers find the subnet.
	role  string
	table *ec2.RouteTable
}

func (r *registration) subnet(network *Network, plan subnetPlan) (*ec2.Subnet, *ec2.RouteTableAssociation, error) {
	subnet, err := ec2.NewSubnet(r.ctx, plan.name, &ec2.SubnetArgs{
		VpcId:            network.VpcId,
		AvailabilityZone: plan.zone,
		CidrBlock:        pulumi.String(plan.block),
		Tags:             r.tagged(plan.name, map[string]string{plan.role: "1"}),
	}, r.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("registering subnet %s: %w", plan.name, err)
	}
	association, err := ec2.NewRouteTableAssociation(r.ctx, plan.name, &ec2.RouteTableAssociationArgs{
		RouteTableId: plan.table.ID(),
		SubnetId:     subnet.ID(),
	}, r.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("registering route table association %s: %w", plan.name, err)
	}
	return subnet, association, nil
}
