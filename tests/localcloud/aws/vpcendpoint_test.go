package aws_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// endpointSteps are the VPC endpoints with which nodes do without a way to the internet.
func endpointSteps() []step {
	vpcID := from{"vpc", "id"}
	steps := []step{
		{"endpoint-sg", sgType, with(map[string]any{"vpcId": vpcID, "ingress": []any{map[string]any{
			"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": []any{"10.0.0.0/16"},
		}}})},
		{"endpoint-s3", endpointType, with(map[string]any{
			"vpcId": vpcID, "serviceName": "com.amazonaws.us-west-2.s3",
			"routeTableIds": []any{from{"private-0-table", "id"}, from{"private-1-table", "id"}},
		})},
	}
	for _, service := range []string{"ec2", "ecr.api", "ecr.dkr"} {
		steps = append(steps, step{"endpoint-" + service, endpointType, with(interfaceEndpoint(service))})
	}
	return steps
}

func interfaceEndpoint(service string) map[string]any {
	return map[string]any{
		"vpcId": from{"vpc", "id"}, "serviceName": "com.amazonaws.us-west-2." + service, "vpcEndpointType": "Interface",
		"subnetIds":        []any{from{"private-0", "id"}, from{"private-1", "id"}},
		"securityGroupIds": []any{from{"endpoint-sg", "id"}}, "privateDnsEnabled": true,
	}
}

func TestVPCEndpointRules(t *testing.T) {
	t.Parallel()
	network := slices.Clip(append(networkSteps(), endpointSteps()[0]))
	changed := func(inputs, changes map[string]any) map[string]any {
		change(inputs, changes)
		return inputs
	}
	gateway := func(changes map[string]any) map[string]any {
		return changed(map[string]any{
			"vpcId": from{"vpc", "id"}, "serviceName": "com.amazonaws.us-west-2.s3",
			"routeTableIds": []any{from{"private-0-table", "id"}},
		}, changes)
	}
	sts := func(changes map[string]any) map[string]any { return changed(interfaceEndpoint("sts"), changes) }
	refused := func(service, code string) string {
		return ec2Error("creating EC2 VPC Endpoint (com.amazonaws.us-west-2."+service+")", "CreateVpcEndpoint", code)
	}
	other := []step{
		{"other", vpcType, fixed(map[string]any{"cidrBlock": "10.1.0.0/16"})},
		{"other-table", tableType, with(map[string]any{"vpcId": from{"other", "id"}})},
		{"other-subnet", subnetType, with(map[string]any{"vpcId": from{"other", "id"}, "cidrBlock": "10.1.0.0/24"})},
	}
	runRules(t, []rule{
		{
			name: "in no VPC", act: creating(endpointType, map[string]any{
				"vpcId": "vpc-0", "serviceName": "com.amazonaws.us-west-2.s3",
			}),
			want: refused("s3", "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"),
		},
		{
			name: "unknown service", before: network, act: creating(endpointType, sts(map[string]any{
				"serviceName": "com.amazonaws.us-west-2.sso",
			})),
			want: refused("sso",
				"InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-west-2.sso' does not exist"),
		},
		{
			name: "service of another region", before: network, act: creating(endpointType, sts(map[string]any{
				"serviceName": "com.amazonaws.eu-west-1.sts",
			})),
			want: ec2Error("creating EC2 VPC Endpoint (com.amazonaws.eu-west-1.sts)", "CreateVpcEndpoint",
				"InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.eu-west-1.sts' does not exist"),
		},
		{
			name: "gateway to a service that has none", before: network, act: creating(endpointType, gateway(map[string]any{
				"serviceName": "com.amazonaws.us-west-2.sts",
			})),
			want: refused("sts",
				"InvalidParameter: Endpoint type (Gateway) does not match available service types ([Interface])."),
		},
		{
			name: "gateway in subnets", before: network, act: creating(endpointType, gateway(map[string]any{
				"subnetIds": []any{from{"private-0", "id"}},
			})),
			want: refused("s3", "InvalidParameter: Subnet IDs are only supported for Interface and GatewayLoadBalancer type "+
				"VPC Endpoints"),
		},
		{
			name: "gateway with a security group", before: network, act: creating(endpointType, gateway(map[string]any{
				"securityGroupIds": []any{from{"endpoint-sg", "id"}},
			})),
			want: refused("s3", "InvalidParameter: Security Groups are only supported for Interface type VPC Endpoints"),
		},
		{
			name: "gateway with private DNS", before: network, act: creating(endpointType, gateway(map[string]any{
				"privateDnsEnabled": true,
			})),
			want: refused("s3", "InvalidParameter: Private DNS can only be enabled for Interface type VPC Endpoints"),
		},
		{
			name: "gateway in no table", before: network, act: creating(endpointType, gateway(map[string]any{
				"routeTableIds": []any{"rtb-0"},
			})),
			want: refused("s3", "InvalidRouteTableID.NotFound: The routeTable ID 'rtb-0' does not exist"),
		},
		{
			name: "gateway in a table of another VPC", before: append(network, other...),
			act:  creating(endpointType, gateway(map[string]any{"routeTableIds": []any{from{"other-table", "id"}}})),
			want: refused("s3", "InvalidParameter: Route table {other-table} is not in network {vpc}"),
		},
		{
			name: "two gateways to one service in a table", before: append(network, endpointSteps()[1]),
			act: creating(endpointType, gateway(nil)),
			want: refused("s3", "RouteAlreadyExists: route table {private-0-table} already has a route with "+
				"destination-prefix-list-id {endpoint-s3.prefixListId}"),
		},
		{
			name: "interface with tables", before: network, act: creating(endpointType, sts(map[string]any{
				"routeTableIds": []any{from{"private-0-table", "id"}},
			})),
			want: refused("sts", "InvalidParameter: Route table IDs are only supported for Gateway type VPC Endpoints"),
		},
		{
			name: "interface in no subnet", before: network, act: creating(endpointType, sts(map[string]any{
				"subnetIds": []any{"subnet-0"},
			})),
			want: refused("sts", "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist"),
		},
		{
			name: "interface in a subnet of another VPC", before: append(network, other...),
			act:  creating(endpointType, sts(map[string]any{"subnetIds": []any{from{"other-subnet", "id"}}})),
			want: refused("sts", "InvalidParameter: The subnet {other-subnet} is not in network {vpc}"),
		},
		{
			name: "two interfaces in a zone", before: network, act: creating(endpointType, sts(map[string]any{
				"subnetIds": []any{from{"private-0", "id"}, from{"public-0", "id"}},
			})),
			want: refused("sts", "DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of "+
				"{public-0}."),
		},
		{
			name: "interface in a Local Zone", before: append(network, subnetIn("local", "us-west-2-lax-1a", "10.0.200.0/24")),
			act: creating(endpointType, sts(map[string]any{"subnetIds": []any{from{"local", "id"}}})),
			want: refused("sts", "InvalidParameter: The VPC endpoint service com.amazonaws.us-west-2.sts does not support the "+
				"availability zone of the subnet: {local}."),
		},
		{
			name: "interface with no security group", before: network, act: creating(endpointType, sts(map[string]any{
				"securityGroupIds": []any{"sg-0"},
			})),
			want: refused("sts", "InvalidGroup.NotFound: The security group 'sg-0' does not exist"),
		},
		{
			name:   "private DNS in a VPC without DNS hostnames",
			before: changeStep(network, "vpc", map[string]any{"enableDnsHostnames": false}),
			act:    creating(endpointType, sts(nil)),
			want: refused("sts", "InvalidParameter: Enabling private DNS requires both enableDnsSupport and "+
				"enableDnsHostnames VPC attributes set to true for {vpc}"),
		},
		{
			name: "the same private DNS twice", before: append(network, endpointSteps()[2]),
			act: creating(endpointType, interfaceEndpoint("ec2")),
			want: refused("ec2", "InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting "+
				"DNS domain for ec2.us-west-2.amazonaws.com in the VPC {vpc}"),
		},
		{
			name:   "interface in a full subnet",
			before: append(network, subnetIn("tiny", "us-west-2c", "10.0.200.0/28")),
			act: repeat(12, func(s *stack, _ int) error {
				_, err := s.w.try(endpointType, "endpoint", map[string]any{
					"vpcId": s.id("vpc"), "serviceName": "com.amazonaws.us-west-2.sts", "vpcEndpointType": "Interface",
					"subnetIds": []any{s.id("tiny")},
				})
				return err
			}),
			want: refused("sts", "InsufficientFreeAddressesInSubnet: There are not enough free addresses in subnet '{tiny}' to "+
				"satisfy the requested number of instances."),
		},
		{
			name: "21st gateway", before: network[:1], act: repeat(21, func(s *stack, i int) error {
				_, err := s.w.try(endpointType, fmt.Sprint("endpoint-", i), map[string]any{
					"vpcId": s.id("vpc"), "serviceName": "com.amazonaws.us-west-2.s3",
				})
				return err
			}),
			want: refused("s3", "VpcEndpointLimitExceeded: The maximum number of VPC endpoints (20) has been reached."),
		},
		{
			name: "51st interface in a VPC", before: network[:1], act: repeat(51, func(s *stack, i int) error {
				_, err := s.w.try(endpointType, fmt.Sprint("endpoint-", i), map[string]any{
					"vpcId": s.id("vpc"), "serviceName": "com.amazonaws.us-west-2.sts", "vpcEndpointType": "Interface",
				})
				return err
			}),
			want: refused("sts", "VpcEndpointLimitExceeded: The maximum number of VPC endpoints (50) has been reached."),
		},
	})
}

// An endpoint's network interfaces follow its subnets.
func TestVPCEndpointInterfaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(append(networkSteps(), endpointSteps()...))
	free := func() []any {
		var counts []any
		for _, name := range []string{"private-0", "private-1", "public-1"} {
			result, err := w.invoke("aws:ec2/getSubnet:getSubnet", map[string]any{"id": s.id(name)})
			if err != nil {
				t.Fatal(err)
			}
			counts = append(counts, catalog.Plain(result.Get("availableIpAddressCount")))
		}
		return counts
	}
	if diff := cmp.Diff([]any{4088.0, 4088.0, 251.0}, free()); diff != "" {
		t.Errorf("free addresses with three endpoints:\n%s", diff)
	}
	if err := updating("endpoint-ec2", map[string]any{
		"subnetIds": []any{from{"private-0", "id"}, from{"public-1", "id"}},
	})(s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{4088.0, 4089.0, 250.0}, free()); diff != "" {
		t.Errorf("free addresses after a subnet was exchanged:\n%s", diff)
	}
	if err := w.remove(s.things["endpoint-ec2"]); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{4089.0, 4089.0, 251.0}, free()); diff != "" {
		t.Errorf("free addresses after an endpoint went:\n%s", diff)
	}
}
