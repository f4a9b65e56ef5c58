package network

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Place is the network that a cluster is put into: one that was made for it, or one that exists.
type Place struct {
	VpcId                pulumi.StringOutput
	VpcArn               pulumi.StringOutput
	VpcCidrBlock         pulumi.StringOutput
	PublicSubnetIds      pulumi.StringArrayOutput
	PrivateSubnetIds     pulumi.StringArrayOutput
	AvailabilityZones    pulumi.StringArrayOutput
	PublicRouteTableId   pulumi.StringOutput
	PrivateRouteTableIds pulumi.StringArrayOutput
	NatPublicIps         pulumi.StringArrayOutput
	// NodeSubnetIds are the private subnets, one by one where that can be: those that are there are then known in a
	// preview in which another is not.
	NodeSubnetIds pulumi.StringArrayInput
	// ControlPlaneSubnetIds are where EKS puts the network interfaces of the control plane.
	ControlPlaneSubnetIds pulumi.StringArrayOutput

	// Egress is what a node in a private subnet needs to reach AWS and, if it can at all, the internet.
	Egress []pulumi.Resource
	// Resources is all that was registered; what drains a cluster must outlive none of it.
	Resources []pulumi.Resource
}

// Composition is what another component that contains a network says about its children.
type Composition struct {
	// Base is the name that the children's names begin with.
	Base string
	// RolePath and PermissionsBoundary are those of every role that is made; nil for IAM's defaults.
	RolePath            pulumi.StringInput
	PermissionsBoundary pulumi.StringInput
}

// New registers the network called name inside another component, or looks up the one that spec names.
func New(
	ctx *pulumi.Context, name string, composition Composition, spec NetworkSpec, tags pulumi.StringMapInput,
	parent pulumi.ResourceOrInvokeOption,
) (Place, error) {
	if spec.VpcId != nil {
		return existing(ctx, composition, spec, parent)
	}
	network, err := register(ctx, name, composition, spec.Args(tags), parent)
	if err != nil {
		return Place{}, err
	}
	if err := network.registerOutputs(ctx, name); err != nil {
		return Place{}, err
	}
	return Place{
		VpcId:                 network.VpcId,
		VpcArn:                network.vpcArn,
		VpcCidrBlock:          network.VpcCidrBlock,
		PublicSubnetIds:       network.PublicSubnetIds,
		PrivateSubnetIds:      network.PrivateSubnetIds,
		AvailabilityZones:     network.AvailabilityZones,
		PublicRouteTableId:    network.PublicRouteTableId,
		PrivateRouteTableIds:  network.PrivateRouteTableIds,
		NatPublicIps:          network.NatPublicIps,
		NodeSubnetIds:         network.privateSubnets,
		ControlPlaneSubnetIds: network.controlPlaneSubnetIds,
		Egress:                network.egress,
		Resources:             []pulumi.Resource{network},
	}, nil
}
