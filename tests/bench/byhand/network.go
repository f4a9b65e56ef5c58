package main

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const zones = 3

// network is what the cluster needs of it.
type network struct {
	vpc             *ec2.Vpc
	zones           []string
	public, private pulumi.StringArray
	// egress is what nodes need to reach anything.
	egress []pulumi.Resource
	all    []pulumi.Resource
}

func named(name string, more ...string) pulumi.StringMap {
	all := maps.Clone(tags)
	all["Name"] = name
	for _, key := range more {
		all[key] = "1"
	}
	return pulumi.ToStringMap(all)
}

func newNetwork(ctx *pulumi.Context) (*network, error) {
	available, err := aws.GetAvailabilityZones(ctx, &aws.GetAvailabilityZonesArgs{
		State:          new("available"),
		ExcludeZoneIds: []string{"use1-az3", "usw1-az2", "cac1-az3"},
		Filters: []aws.GetAvailabilityZonesFilter{
			{Name: "opt-in-status", Values: []string{"opt-in-not-required"}},
		},
	})
	if err != nil {
		return nil, err
	}
	n := &network{zones: available.Names[:zones]}
	if n.vpc, err = ec2.NewVpc(ctx, base, &ec2.VpcArgs{
		CidrBlock:          pulumi.String("10.0.0.0/16"),
		EnableDnsHostnames: pulumi.Bool(true),
		EnableDnsSupport:   pulumi.Bool(true),
		Tags:               named(base),
	}); err != nil {
		return nil, err
	}
	gateway, err := ec2.NewInternetGateway(ctx, base, &ec2.InternetGatewayArgs{VpcId: n.vpc.ID(), Tags: named(base)})
	if err != nil {
		return nil, err
	}
	group, err := ec2.NewDefaultSecurityGroup(ctx, base, &ec2.DefaultSecurityGroupArgs{
		VpcId: n.vpc.ID(), Tags: named(base + "-default"),
	})
	if err != nil {
		return nil, err
	}
	n.all = append(n.all, n.vpc, gateway, group)
	nat, err := n.publicTier(ctx, gateway)
	if err != nil {
		return nil, err
	}
	return n, n.privateTier(ctx, nat)
}

// publicTier makes the public subnets, and a NAT gateway in the first one.
func (n *network) publicTier(ctx *pulumi.Context, gateway *ec2.InternetGateway) (*ec2.NatGateway, error) {
	const name = base + "-public"
	table, err := ec2.NewRouteTable(ctx, name, &ec2.RouteTableArgs{VpcId: n.vpc.ID(), Tags: named(name)})
	if err != nil {
		return nil, err
	}
	route, err := ec2.NewRoute(ctx, name, &ec2.RouteArgs{
		RouteTableId:         table.ID(),
		DestinationCidrBlock: pulumi.String("0.0.0.0/0"),
		GatewayId:            gateway.ID(),
	})
	if err != nil {
		return nil, err
	}
	n.all = append(n.all, table, route)
	ready := []pulumi.Resource{route}
	for i := range zones {
		block := fmt.Sprintf("10.0.%d.0/24", 96+i)
		id, association, err := n.subnet(ctx, fmt.Sprintf("%s-%d", name, i), i, block, "kubernetes.io/role/elb", table)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			ready = append(ready, association)
		}
		n.public = append(n.public, id)
	}
	address, err := ec2.NewEip(ctx, base+"-0", &ec2.EipArgs{Domain: pulumi.String("vpc"), Tags: named(base + "-0")})
	if err != nil {
		return nil, err
	}
	nat, err := ec2.NewNatGateway(ctx, base+"-0", &ec2.NatGatewayArgs{
		AllocationId: address.ID(),
		SubnetId:     n.public[0],
		Tags:         named(base + "-0"),
	}, pulumi.DependsOn(ready))
	n.all = append(n.all, address, nat)
	return nat, err
}

func (n *network) privateTier(ctx *pulumi.Context, nat *ec2.NatGateway) error {
	for i := range zones {
		name := fmt.Sprintf("%s-private-%d", base, i)
		table, err := ec2.NewRouteTable(ctx, name, &ec2.RouteTableArgs{VpcId: n.vpc.ID(), Tags: named(name)})
		if err != nil {
			return err
		}
		route, err := ec2.NewRoute(ctx, name, &ec2.RouteArgs{
			RouteTableId:         table.ID(),
			DestinationCidrBlock: pulumi.String("0.0.0.0/0"),
			NatGatewayId:         nat.ID(),
		})
		if err != nil {
			return err
		}
		block := fmt.Sprintf("10.0.%d.0/20", 16*i)
		id, association, err := n.subnet(ctx, name, i, block, "kubernetes.io/role/internal-elb", table)
		if err != nil {
			return err
		}
		n.private = append(n.private, id)
		n.egress = append(n.egress, route, association)
		n.all = append(n.all, table, route)
	}
	return nil
}

func (n *network) subnet(
	ctx *pulumi.Context, name string, zone int, block, role string, table *ec2.RouteTable,
) (pulumi.StringInput, pulumi.Resource, error) {
	subnet, err := ec2.NewSubnet(ctx, name, &ec2.SubnetArgs{
		VpcId:            n.vpc.ID(),
		AvailabilityZone: pulumi.String(n.zones[zone]),
		CidrBlock:        pulumi.String(block),
		Tags:             named(name, role),
	})
	if err != nil {
		return nil, nil, err
	}
	association, err := ec2.NewRouteTableAssociation(ctx, name, &ec2.RouteTableAssociationArgs{
		RouteTableId: table.ID(),
		SubnetId:     subnet.ID(),
	})
	n.all = append(n.all, subnet, association)
	return subnet.ID().ToStringOutput(), association, err
}
