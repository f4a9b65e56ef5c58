package aws_test

import (
	"fmt"
	"testing"
)

func TestVPCRules(t *testing.T) {
	t.Parallel()
	vpcs := networkSteps()[:1]
	runRules(t, []rule{
		{
			name: "sixth VPC",
			act: repeat(6, func(s *stack, i int) error {
				_, err := s.w.try(vpcType, fmt.Sprintf("vpc-%d", i), map[string]any{"cidrBlock": "10.0.0.0/16"})
				return err
			}),
			want: ec2Error("creating EC2 VPC", "CreateVpc",
				"VpcLimitExceeded: The maximum number of VPCs (5) has been reached."),
		},
		{
			name: "dedicated tenancy afterwards", before: vpcs, act: updating("vpc",
				map[string]any{"instanceTenancy": "dedicated"}),
			want: ec2Error("updating EC2 VPC ({vpc})", "ModifyVpcAttribute",
				"UnsupportedTenancy: The tenancy of a VPC can only be changed from dedicated to default."),
		},
		{
			name: "subnet in no VPC", act: creating(subnetType, map[string]any{"vpcId": "vpc-0", "cidrBlock": "10.0.0.0/24"}),
			want: ec2Error("creating EC2 Subnet", "CreateSubnet", "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"),
		},
		{
			name: "subnet outside the VPC", before: vpcs,
			act:  creating(subnetType, map[string]any{"vpcId": from{"vpc", "id"}, "cidrBlock": "10.1.0.0/24"}),
			want: ec2Error("creating EC2 Subnet", "CreateSubnet", "InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid."),
		},
		{
			name: "overlapping subnets", before: networkSteps(),
			act: creating(subnetType, map[string]any{"vpcId": from{"vpc", "id"}, "cidrBlock": "10.0.96.128/25"}),
			want: ec2Error("creating EC2 Subnet", "CreateSubnet",
				"InvalidSubnet.Conflict: The CIDR '10.0.96.128/25' conflicts with another subnet"),
		},
		{
			name: "unknown zone", before: vpcs,
			act: creating(subnetType, map[string]any{
				"vpcId": from{"vpc", "id"}, "cidrBlock": "10.0.0.0/24", "availabilityZone": "us-west-2z",
			}),
			want: ec2Error("creating EC2 Subnet", "CreateSubnet", "InvalidParameterValue: Value (us-west-2z) for parameter "+
				"availabilityZone is invalid. Subnets can currently only be created in the following availability zones: "+
				"us-west-2a, us-west-2b, us-west-2c, us-west-2d, us-west-2-lax-1a."),
		},
		{
			name: "201st subnet", before: vpcs,
			act: repeat(201, func(s *stack, i int) error {
				_, err := s.w.try(subnetType, "subnet", map[string]any{
					"vpcId": s.id("vpc"), "cidrBlock": fmt.Sprintf("10.0.%d.0/28", i),
				})
				return err
			}),
			want: ec2Error("creating EC2 Subnet", "CreateSubnet",
				"SubnetLimitExceeded: The maximum number of subnets (200) has been reached."),
		},
		{
			name: "second internet gateway of a VPC", before: networkSteps()[:2],
			act: creating(igwType, map[string]any{"vpcId": from{"vpc", "id"}}),
			want: ec2Error("creating EC2 Internet Gateway", "AttachInternetGateway",
				"InvalidParameterValue: Network {vpc} already has an internet gateway attached"),
		},
		{
			name: "internet gateway of no VPC", act: creating(igwType, map[string]any{"vpcId": "vpc-0"}),
			want: ec2Error("creating EC2 Internet Gateway", "AttachInternetGateway",
				"InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"),
		},
		{
			name: "sixth internet gateway",
			act: repeat(6, func(s *stack, i int) error {
				_, err := s.w.try(igwType, fmt.Sprintf("igw-%d", i), map[string]any{})
				return err
			}),
			want: ec2Error("creating EC2 Internet Gateway", "CreateInternetGateway",
				"InternetGatewayLimitExceeded: The maximum number of internet gateways (5) has been reached."),
		},
		{
			name: "51 tags",
			act: func(s *stack) error {
				tags := map[string]any{}
				for i := range 51 {
					tags[fmt.Sprint(i)] = "x"
				}
				_, err := s.w.try(vpcType, "vpc", map[string]any{"cidrBlock": "10.0.0.0/16", "tags": tags})
				return err
			},
			want: ec2Error("creating EC2 VPC", "CreateVpc",
				"TagLimitExceeded: The resource has 51 tags; at most 50 are allowed."),
		},
		{
			name: "tag of AWS's own",
			act:  creating(vpcType, map[string]any{"cidrBlock": "10.0.0.0/16", "tags": map[string]any{"aws:x": "y"}}),
			want: ec2Error("creating EC2 VPC", "CreateVpc", "InvalidTagKey.Malformed: Tag keys starting with 'aws:' are "+
				"reserved for internal use and empty keys are not allowed: \"aws:x\"."),
		},
	})
}

func TestRouteRules(t *testing.T) {
	t.Parallel()
	network := networkSteps()
	toGateway := map[string]any{
		"routeTableId": from{"private-0-table", "id"}, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": from{"igw", "id"},
	}
	otherVPC := step{"other", vpcType, fixed(map[string]any{"cidrBlock": "10.1.0.0/16"})}
	otherTable := step{"other-table", tableType, with(map[string]any{"vpcId": from{"other", "id"}})}
	runRules(t, []rule{
		{
			name: "table in no VPC", act: creating(tableType, map[string]any{"vpcId": "vpc-0"}),
			want: ec2Error("creating EC2 Route Table", "CreateRouteTable",
				"InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"),
		},
		{
			name: "201st table", before: network[:1],
			act: repeat(201, func(s *stack, _ int) error {
				_, err := s.w.try(tableType, "table", map[string]any{"vpcId": s.id("vpc")})
				return err
			}),
			want: ec2Error("creating EC2 Route Table", "CreateRouteTable",
				"RouteTableLimitExceeded: The maximum number of route tables (200) has been reached."),
		},
		{
			name: "route in no table",
			act: creating(routeType, map[string]any{
				"routeTableId": "rtb-0", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-0",
			}),
			want: ec2Error("creating EC2 Route", "CreateRoute",
				"InvalidRouteTableID.NotFound: The routeTable ID 'rtb-0' does not exist"),
		},
		{
			name: "same destination twice", before: network, act: creating(routeType, toGateway),
			want: ec2Error("creating EC2 Route", "CreateRoute",
				"RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists."),
		},
		{
			name: "destination inside the VPC", before: network,
			act: creating(routeType, map[string]any{
				"routeTableId": from{"private-0-table", "id"}, "destinationCidrBlock": "10.0.0.0/24",
				"gatewayId": from{"igw", "id"},
			}),
			want: ec2Error("creating EC2 Route", "CreateRoute", "InvalidParameterValue: The destination CIDR block 10.0.0.0/24 "+
				"is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an "+
				"instance."),
		},
		{
			name: "to no gateway", before: network,
			act: creating(routeType, map[string]any{
				"routeTableId": from{"public-table", "id"}, "destinationCidrBlock": "1.0.0.0/8", "gatewayId": "igw-0",
			}),
			want: ec2Error("creating EC2 Route", "CreateRoute",
				"InvalidGatewayID.NotFound: The gateway ID 'igw-0' does not exist"),
		},
		{
			name: "to no NAT gateway", before: network,
			act: creating(routeType, map[string]any{
				"routeTableId": from{"public-table", "id"}, "destinationCidrBlock": "1.0.0.0/8", "natGatewayId": "nat-0",
			}),
			want: ec2Error("creating EC2 Route", "CreateRoute",
				"InvalidNatGatewayID.NotFound: The natGateway ID 'nat-0' does not exist"),
		},
		{
			name: "to another VPC's gateway", before: append(network, otherVPC, otherTable),
			act: creating(routeType, map[string]any{
				"routeTableId": from{"other-table", "id"}, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": from{"igw", "id"},
			}),
			want: ec2Error("creating EC2 Route", "CreateRoute",
				"InvalidParameterValue: route table and network gateway {igw} belong to different networks"),
		},
		{
			name: "to another VPC's NAT gateway", before: append(network, otherVPC, otherTable),
			act: creating(routeType, map[string]any{
				"routeTableId": from{"other-table", "id"}, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": from{"nat", "id"},
			}),
			want: ec2Error("creating EC2 Route", "CreateRoute",
				"InvalidParameterValue: route table and NAT gateway {nat} belong to different networks"),
		},
		{
			name: "51st route", before: network,
			act: repeat(50, func(s *stack, i int) error {
				_, err := s.w.try(routeType, "route", map[string]any{
					"routeTableId": s.id("public-table"), "destinationCidrBlock": fmt.Sprintf("%d.0.0.0/8", 100+i),
					"gatewayId": s.id("igw"),
				})
				return err
			}),
			want: ec2Error("creating EC2 Route", "CreateRoute",
				"RouteLimitExceeded: The maximum number of routes (50) in the route table has been reached."),
		},
		{
			name: "inline route to no gateway", before: network,
			act: creating(tableType, map[string]any{
				"vpcId": from{"vpc", "id"}, "routes": []any{map[string]any{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-0"}},
			}),
			want: ec2Error("creating EC2 Route Table", "CreateRouteTable",
				"InvalidGatewayID.NotFound: The gateway ID 'igw-0' does not exist"),
		},
		{
			name: "second table of a subnet", before: network,
			act: creating(associationType, map[string]any{
				"subnetId": from{"public-0", "id"}, "routeTableId": from{"private-0-table", "id"},
			}),
			want: ec2Error("creating EC2 Route Table Association", "AssociateRouteTable", "Resource.AlreadyAssociated: the "+
				"specified association for route table {private-0-table} conflicts with an existing association"),
		},
		{
			name: "table of another VPC", before: append(network, otherVPC, otherTable), skip: []string{"public-0-association"},
			act: creating(associationType, map[string]any{
				"subnetId": from{"public-0", "id"}, "routeTableId": from{"other-table", "id"},
			}),
			want: ec2Error("creating EC2 Route Table Association", "AssociateRouteTable", "InvalidParameterValue: route table "+
				"{other-table} and subnet {public-0} belong to different networks"),
		},
		{
			name: "association of no subnet", before: network,
			act: creating(associationType, map[string]any{"subnetId": "subnet-0", "routeTableId": from{"public-table", "id"}}),
			want: ec2Error("creating EC2 Route Table Association", "AssociateRouteTable",
				"InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist"),
		},
	})
}

// A route whose target has gone stays, and leads nowhere.
func TestRouteBlackhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(networkSteps())
	if err := w.remove(s.things["nat"]); err != nil {
		t.Fatal(err)
	}
	_, state, ok := w.read(s.things["private-0-route"])
	if !ok || state.Get("state").AsString() != "blackhole" {
		t.Errorf("state is %v, there: %v", state.Get("state"), ok)
	}
}

func TestNATRules(t *testing.T) {
	t.Parallel()
	network := networkSteps()
	waiting := "creating EC2 NAT Gateway: waiting for EC2 NAT Gateway ({any}) create: unexpected state 'failed', wanted " +
		"target 'available'. last error: "
	second := map[string]any{"subnetId": from{"public-1", "id"}, "allocationId": from{"eip", "id"}}
	runRules(t, []rule{
		{
			name: "sixth address",
			act: repeat(6, func(s *stack, i int) error {
				_, err := s.w.try(eipType, fmt.Sprintf("eip-%d", i), map[string]any{"domain": "vpc"})
				return err
			}),
			want: ec2Error("creating EC2 EIP", "AllocateAddress",
				"AddressLimitExceeded: The maximum number of addresses (5) has been reached."),
		},
		{
			name: "no subnet", before: network, act: creating(natType,
				map[string]any{"subnetId": "subnet-0", "allocationId": "x"}),
			want: ec2Error("creating EC2 NAT Gateway", "CreateNatGateway",
				"InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist"),
		},
		{
			name: "no internet gateway", before: network,
			skip: []string{"igw", "public-route", "nat", "private-0-route", "private-1-route"}, act: creating(natType, second),
			want: waiting + "Gateway.NotAttached: Network {vpc} has no Internet gateway attached",
		},
		{
			name: "no address", before: network,
			act:  creating(natType, map[string]any{"subnetId": from{"public-1", "id"}, "allocationId": "eipalloc-0"}),
			want: waiting + "InvalidAllocationID.NotFound: Elastic IP address could not be associated with this NAT gateway",
		},
		{
			name: "address in use", before: network, act: creating(natType, second),
			want: waiting + "Resource.AlreadyAssociated: Elastic IP address [{eip}] is already associated",
		},
		{
			name: "Local Zone", before: append(network, step{"local", subnetType, with(map[string]any{
				"vpcId": from{"vpc", "id"}, "cidrBlock": "10.0.200.0/24", "availabilityZone": "us-west-2-lax-1a",
			})}),
			act: creating(natType, map[string]any{"subnetId": from{"local", "id"}, "allocationId": from{"eip", "id"}}),
			want: ec2Error("creating EC2 NAT Gateway", "CreateNatGateway",
				"NotAvailableInZone: Nat Gateway is not available in this availability zone: us-west-2-lax-1a"),
		},
		{
			name: "sixth in a zone", before: network,
			act: repeat(5, func(s *stack, i int) error {
				_, err := s.w.try(natType, fmt.Sprintf("nat-%d", i), map[string]any{
					"subnetId": s.id("public-0"), "connectivityType": "private",
				})
				return err
			}),
			want: ec2Error("creating EC2 NAT Gateway", "CreateNatGateway", "NatGatewayLimitExceeded: The maximum number of NAT "+
				"gateways (5) in the availability zone has been reached."),
		},
	})
}
