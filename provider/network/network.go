package network

import (
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/aliases"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
)

// Network is a VPC with a public and a private subnet in each zone, a way out for each, and an emptied default
// security group.
type Network struct {
	pulumi.ResourceState

	VpcId                pulumi.StringOutput      `pulumi:"vpcId"`
	VpcCidrBlock         pulumi.StringOutput      `pulumi:"vpcCidrBlock"`
	PublicSubnetIds      pulumi.StringArrayOutput `pulumi:"publicSubnetIds"`
	PrivateSubnetIds     pulumi.StringArrayOutput `pulumi:"privateSubnetIds"`
	AvailabilityZones    pulumi.StringArrayOutput `pulumi:"availabilityZones"`
	PublicRouteTableId   pulumi.StringOutput      `pulumi:"publicRouteTableId"`
	PrivateRouteTableIds pulumi.StringArrayOutput `pulumi:"privateRouteTableIds"`
	NatPublicIps         pulumi.StringArrayOutput `pulumi:"natPublicIps"`
	VpcEndpointIds       pulumi.StringMapOutput   `pulumi:"vpcEndpointIds"`

	// egress is what a node in a private subnet needs to reach AWS and, if it can at all, the internet.
	egress []pulumi.Resource
	// vpcArn identifies the VPC for those who describe it elsewhere.
	vpcArn pulumi.StringOutput
	// privateSubnets are the ids of the private subnets one by one.
	privateSubnets pulumi.StringArray
	// controlPlaneSubnetIds are the private subnets of the first zones.
	controlPlaneSubnetIds pulumi.StringArrayOutput
}

// Annotate describes the component in the schema.
func (n *Network) Annotate(a infer.Annotator) {
	a.Describe(&n, "A VPC for a Kubernetes cluster: a public and a private subnet in each availability zone, an "+
		"internet gateway, NAT gateways, VPC endpoints and flow logs where they are asked for, and a default security "+
		"group without rules. With the defaults it costs about 37 USD a month before traffic (list price, us-east-1), "+
		"for its NAT gateway with its address.")
	a.Describe(&n.VpcId, "The id of the VPC.")
	a.Describe(&n.VpcCidrBlock, "The IPv4 range of the VPC.")
	a.Describe(&n.PublicSubnetIds, "The ids of the public subnets, by position of the zone.")
	a.Describe(&n.PrivateSubnetIds, "The ids of the private subnets, by position of the zone.")
	a.Describe(&n.AvailabilityZones, "The names of the availability zones, by position.")
	a.Describe(&n.PublicRouteTableId, "The id of the route table of the public subnets.")
	a.Describe(&n.PrivateRouteTableIds, "The ids of the private subnets' route tables, by position of the zone.")
	a.Describe(&n.NatPublicIps, "The public addresses from which the nodes reach the internet; give them to "+
		"allow-lists. Empty without NAT gateways.")
	a.Describe(&n.VpcEndpointIds, "The ids of the VPC endpoints by their services, such as `s3`.")
}

// Token is the type token of the Network component.
var Token = plugin.Token("Network")

// NewNetwork registers a network that stands by itself.
func NewNetwork(
	ctx *pulumi.Context, name string, args NetworkArgs, opts ...pulumi.ResourceOption,
) (*Network, error) {
	opts, err := aliases.ForChildren(name, opts)
	if err != nil {
		return nil, err
	}
	return register(ctx, name, Composition{Base: name}, args, opts...)
}

// registerOutputs does what the framework does for the component that it constructs, and only for that one.
func (n *Network) registerOutputs(ctx *pulumi.Context, name string) error {
	if err := ctx.RegisterResourceOutputs(n, pulumi.Map{
		"vpcId":                n.VpcId,
		"vpcCidrBlock":         n.VpcCidrBlock,
		"publicSubnetIds":      n.PublicSubnetIds,
		"privateSubnetIds":     n.PrivateSubnetIds,
		"availabilityZones":    n.AvailabilityZones,
		"publicRouteTableId":   n.PublicRouteTableId,
		"privateRouteTableIds": n.PrivateRouteTableIds,
		"natPublicIps":         n.NatPublicIps,
		"vpcEndpointIds":       n.VpcEndpointIds,
	}); err != nil {
		return fmt.Errorf("registering the outputs of %s: %w", name, err)
	}
	return nil
}

func register(
	ctx *pulumi.Context, name string, composition Composition, args NetworkArgs, opts ...pulumi.ResourceOption,
) (*Network, error) {
	spec := args.Spec()
	plan, err := spec.Addresses()
	if err != nil {
		return nil, fmt.Errorf("planning addresses of %s: %w", name, err)
	}
	network := &Network{}
	if err := ctx.RegisterComponentResource(string(Token), name, network, opts...); err != nil {
		return nil, fmt.Errorf("registering network %s: %w", name, err)
	}
	r := registration{
		ctx: ctx, composition: composition, base: composition.Base, tags: args.Tags, parent: pulumi.Parent(network),
	}
	zones := r.zoneNames(spec)
	for _, step := range []func() error{
		func() error { return r.vpc(network, plan) },
		func() error { return r.publicTier(network, plan, zones) },
		func() error { return r.natGateways(network, spec.NatGateways, spec.Zones()) },
		func() error { return r.privateTier(network, plan, zones) },
		func() error { return r.vpcEndpoints(network, plan, spec.VpcEndpoints) },
		func() error { return r.flowLogs(network, spec.FlowLogs) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	network.AvailabilityZones = zones.ToStringArrayOutput()
	return network, nil
}
