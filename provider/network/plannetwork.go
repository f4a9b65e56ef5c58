package network

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
)

// PlanToken is the token of the function planNetwork.
var PlanToken = plugin.Token("planNetwork")

// PlanNetwork is the function that shows an address plan.
type PlanNetwork struct{}

// Annotate describes the function in the schema.
func (f *PlanNetwork) Annotate(a infer.Annotator) {
	a.Describe(&f, "Shows how a Network, or the network of a GitOpsCluster, divides its addresses, and for how many "+
		"nodes there is room. It only calculates: nothing is made and nobody is asked.")
}

// PlanNetworkArgs are the inputs of planNetwork.
type PlanNetworkArgs struct {
	CidrBlock                 *string `pulumi:"cidrBlock,optional"`
	NumberOfAvailabilityZones *int    `pulumi:"numberOfAvailabilityZones,optional"`
	MaxNodes                  *int    `pulumi:"maxNodes,optional"`
}

// Annotate describes the inputs in the schema.
func (p *PlanNetworkArgs) Annotate(a infer.Annotator) {
	a.Describe(&p.CidrBlock, "The IPv4 range of the VPC, from /16 to /20, at a network address. Default: `10.0.0.0/16`.")
	a.Describe(&p.NumberOfAvailabilityZones, "The number of availability zones, from 2 to 6. Default: 3.")
	a.Describe(&p.MaxNodes, "To how many nodes all node groups may grow together. If the plan has no room for them, the "+
		"call fails and says which size would do. Default: not asked.")
}

// PlanNetworkResult is what planNetwork returns.
type PlanNetworkResult struct {
	CidrBlock         string   `pulumi:"cidrBlock"`
	PrivateCidrBlocks []string `pulumi:"privateCidrBlocks"`
	PublicCidrBlocks  []string `pulumi:"publicCidrBlocks"`
	FreeCidrBlock     string   `pulumi:"freeCidrBlock"`
	NodeCapacity      int      `pulumi:"nodeCapacity"`
}

// Annotate describes the outputs in the schema.
func (p *PlanNetworkResult) Annotate(a infer.Annotator) {
	a.Describe(&p.CidrBlock, "The IPv4 range of the VPC.")
	a.Describe(&p.PrivateCidrBlocks, "The ranges of the private subnets, by position of the zone.")
	a.Describe(&p.PublicCidrBlocks, "The ranges of the public subnets, by position of the zone.")
	a.Describe(&p.FreeCidrBlock, "The upper half of the VPC, which no zone ever takes: put your own subnets there.")
	a.Describe(&p.NodeCapacity, "For how many nodes the private subnets have room, at 33 addresses each: the node's own "+
		"and two /28 prefixes for pods.")
}

// spec returns the network that is planned.
func (p PlanNetworkArgs) spec() NetworkSpec {
	return NetworkSpec{CidrBlock: p.CidrBlock, NumberOfAvailabilityZones: p.NumberOfAvailabilityZones}
}

// Validate returns what is wrong with the inputs of planNetwork.
func (p PlanNetworkArgs) Validate() inputs.Violations {
	var found inputs.Violations
	if _, err := parseBlock(p.spec().cidrBlock()); err != nil {
		found.Addf("cidrBlock", "%s", err)
	}
	p.spec().validateZones("", &found)
	plan, err := p.spec().Addresses()
	if err == nil && p.MaxNodes != nil {
		found = append(found, plan.CheckNodes("maxNodes", *p.MaxNodes)...)
	}
	return found
}

// Invoke plans the addresses of a network.
func (PlanNetwork) Invoke(
	_ context.Context, request infer.FunctionRequest[PlanNetworkArgs],
) (infer.FunctionResponse[PlanNetworkResult], error) {
	var response infer.FunctionResponse[PlanNetworkResult]
	plan, err := request.Input.spec().Addresses()
	if err != nil {
		return response, fmt.Errorf("planning addresses: %w", err)
	}
	response.Output = PlanNetworkResult{
		CidrBlock:     plan.VPC.String(),
		FreeCidrBlock: plan.Free().String(),
		NodeCapacity:  plan.Capacity(),
	}
	for _, zone := range plan.Zones {
		response.Output.PrivateCidrBlocks = append(response.Output.PrivateCidrBlocks, zone.Private.String())
		response.Output.PublicCidrBlocks = append(response.Output.PublicCidrBlocks, zone.Public.String())
	}
	return response, nil
}
