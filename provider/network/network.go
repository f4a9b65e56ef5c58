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

	// egress is what a node in a private subnet needs to reach the internet.
	egress []pulumi.Resource
	// vpcArn identifies the VPC for those who describe it elsewhere.
	vpcArn pulumi.StringOutput
}

// Annotate describes the component in the schema.
func (n *Network) Annotate(a infer.Annotator) {
	a.Describe(&n, "A VPC for a Kubernetes cluster: a public and a private subnet in each availability zone, an "+
		"internet gateway, NAT gateways, and a default security group without rules.")
	a.Describe(&n.VpcId, "The id of the VPC.")
	a.Describe(&n.VpcCidrBlock, "The IPv4 range of the VPC.")
	a.Describe(&n.PublicSubnetIds, "The ids of the public subnets, by position of the zone.")
	a.Describe(&n.PrivateSubnetIds, "The ids of the private subnets, by position of the zone.")
	a.Describe(&n.AvailabilityZones, "The names of the availability zones, by position.")
	a.Describe(&n.PublicRouteTableId, "The id of the route table of the public subnets.")
	a.Describe(&n.PrivateRouteTableIds, "The ids of the private subnets' route tables, by position of the zone.")
	a.Describe(&n.NatPublicIps, "The public addresses from which the nodes reach the internet; give them to "+
		"allow-lists.")
}

// Egress returns the resources without which a node in a private subnet has no way out.
func (n *Network) Egress() []pulumi.Resource { return n.egress }

// VpcArn returns the ARN of the VPC.
func (n *Network) VpcArn() pulumi.StringOutput { return n.vpcArn }

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
	return register(ctx, name, name, args, opts...)
}

// New registers the network called name inside another component; its children are called after base.
func New(
	ctx *pulumi.Context, name, base string, args NetworkArgs, opts ...pulumi.ResourceOption,
) (*Network, error) {
	network, err := register(ctx, name, base, args, opts...)
	if err != nil {
		return nil, err
	}
	// The framework does this for the component that it constructs, and only for that one.
	if err := ctx.RegisterResourceOutputs(network, pulumi.Map{
		"vpcId":                network.VpcId,
		"vpcCidrBlock":         network.VpcCidrBlock,
		"publicSubnetIds":      network.PublicSubnetIds,
		"privateSubnetIds":     network.PrivateSubnetIds,
		"availabilityZones":    network.AvailabilityZones,
		"publicRouteTableId":   network.PublicRouteTableId,
		"privateRouteTableIds": network.PrivateRouteTableIds,
		"natPublicIps":         network.NatPublicIps,
	}); err != nil {
		return nil, fmt.Errorf("registering the outputs of %s: %w", name, err)
	}
	return network, nil
}

func register(
	ctx *pulumi.Context, name, base string, args NetworkArgs, opts ...pulumi.ResourceOption,
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
	r := registration{ctx: ctx, base: base, tags: args.Tags, parent: pulumi.Parent(network)}
	zones := r.zoneNames(spec)
	if err := r.vpc(network, plan); err != nil {
		return nil, err
	}
	if err := r.publicTier(network, plan, zones); err != nil {
		return nil, err
	}
	if err := r.natGateways(network, spec.natGateways()); err != nil {
		return nil, err
	}
	if err := r.privateTier(network, plan, zones); err != nil {
		return nil, err
	}
	network.AvailabilityZones = zones.ToStringArrayOutput()
	return network, nil
}
