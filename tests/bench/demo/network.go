package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// network has public subnets only.
type network struct {
	vpc     *ec2.Vpc
	subnets pulumi.StringArray
	// egress is what nodes need to reach anything. The program never said so, and never had to: the cluster takes longer.
	egress []pulumi.Resource
}

func newNetwork(ctx *pulumi.Context, region string) (*network, error) {
	vpc, err := ec2.NewVpc(ctx, base, &ec2.VpcArgs{
		CidrBlock: pulumi.String("10.0.0.0/24"), EnableDnsHostnames: pulumi.Bool(true), EnableDnsSupport: pulumi.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	gateway, err := ec2.NewInternetGateway(ctx, base, &ec2.InternetGatewayArgs{VpcId: vpc.ID()})
	if err != nil {
		return nil, err
	}
	table, err := ec2.NewRouteTable(ctx, base, &ec2.RouteTableArgs{
		VpcId: vpc.ID(),
		Routes: ec2.RouteTableRouteArray{
			ec2.RouteTableRouteArgs{CidrBlock: pulumi.String("0.0.0.0/0"), GatewayId: gateway.ID()},
		},
	})
	if err != nil {
		return nil, err
	}
	n := &network{vpc: vpc}
	for zone, block := range map[string]string{"a": "10.0.0.0/27", "b": "10.0.0.32/27"} {
		name := base + "-" + zone
		subnet, err := ec2.NewSubnet(ctx, name, &ec2.SubnetArgs{
			VpcId:               vpc.ID(),
			CidrBlock:           pulumi.String(block),
			AvailabilityZone:    pulumi.String(region + zone),
			MapPublicIpOnLaunch: pulumi.Bool(true),
		})
		if err != nil {
			return nil, err
		}
		association, err := ec2.NewRouteTableAssociation(ctx, name, &ec2.RouteTableAssociationArgs{
			SubnetId: subnet.ID(), RouteTableId: table.ID(),
		})
		if err != nil {
			return nil, err
		}
		n.subnets, n.egress = append(n.subnets, subnet.ID()), append(n.egress, association)
	}
	return n, nil
}
