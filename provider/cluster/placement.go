package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
)

// NodeGroupPlacement is a custom resource that remembers in which subnets a node group is. EKS cannot change them, so a
// network that grows by a zone would replace every node group, had nobody a memory. Ignoring the change instead would
// ignore too much: a subnet that goes, and a VPC that is replaced.
type NodeGroupPlacement struct{}

// NodeGroupPlacementArgs are the inputs of NodeGroupPlacement.
type NodeGroupPlacementArgs struct {
	// Optional, although the component always gives it: of a VPC that is made in the same program the whole list is
	// unknown in a preview, which infer takes for one that is missing.
	SubnetIds []string `pulumi:"subnetIds,optional"`
	NodeKind  string   `pulumi:"nodeKind"`
}

// NodeGroupPlacementState is what is recorded of a NodeGroupPlacement.
type NodeGroupPlacementState struct {
	NodeGroupPlacementArgs
}

var (
	_ infer.CustomResource[NodeGroupPlacementArgs, NodeGroupPlacementState]       = NodeGroupPlacement{}
	_ infer.CustomCheck[NodeGroupPlacementArgs]                                   = NodeGroupPlacement{}
	_ infer.CustomUpdate[NodeGroupPlacementArgs, NodeGroupPlacementState]         = NodeGroupPlacement{}
	_ infer.ExplicitDependencies[NodeGroupPlacementArgs, NodeGroupPlacementState] = NodeGroupPlacement{}
)

// Annotate describes the resource in the schema.
func (p *NodeGroupPlacement) Annotate(a infer.Annotator) {
	a.Describe(&p, "Remembers in which subnets a node group is, so that a network which grows by a zone does not replace "+
		"the group. Made by the component GitOpsCluster; it stands for nothing in AWS and costs nothing.")
}

// Annotate describes the inputs in the schema.
func (p *NodeGroupPlacementArgs) Annotate(a infer.Annotator) {
	a.Describe(&p.SubnetIds, "The ids of the subnets that there are for nodes. Ids that come on top of those that are "+
		"remembered are left out; when one that is remembered is missing, all that are given are remembered, and the "+
		"group is replaced. Default: none.")
	a.Describe(&p.NodeKind, "What the nodes are: something that changes whenever the group has to be replaced anyway. "+
		"The new group then is in all subnets that are given.")
}

// Check keeps the subnets in which the group is.
func (NodeGroupPlacement) Check(
	ctx context.Context, req infer.CheckRequest,
) (infer.CheckResponse[NodeGroupPlacementArgs], error) {
	args, failures, err := infer.DefaultCheck[NodeGroupPlacementArgs](ctx, keepSubnets(req.OldInputs, req.NewInputs))
	return infer.CheckResponse[NodeGroupPlacementArgs]{Inputs: args, Failures: failures}, err
}

// keepSubnets puts the subnets of before in the place of those of now, as long as all of them are still there. In a
// preview now may hold some that are not known yet: those are about to be made, and none of the old.
func keepSubnets(before, now property.Map) property.Map {
	const subnetIDs, nodeKind = "subnetIds", "nodeKind"
	old, given := before.Get(subnetIDs), now.Get(subnetIDs)
	if !old.IsArray() || !given.IsArray() || !before.Get(nodeKind).Equals(now.Get(nodeKind)) {
		return now
	}
	var there []string
	for _, id := range given.AsArray().All {
		if id.IsString() {
			there = append(there, id.AsString())
		}
	}
	for _, id := range old.AsArray().All {
		if !id.IsString() || !slices.Contains(there, id.AsString()) {
			return now
		}
	}
	return now.Set(subnetIDs, old)
}

// Create remembers.
func (NodeGroupPlacement) Create(
	_ context.Context, req infer.CreateRequest[NodeGroupPlacementArgs],
) (infer.CreateResponse[NodeGroupPlacementState], error) {
	return infer.CreateResponse[NodeGroupPlacementState]{
		ID: req.Name, Output: NodeGroupPlacementState{NodeGroupPlacementArgs: req.Inputs},
	}, nil
}

// Update remembers something else.
func (NodeGroupPlacement) Update(
	_ context.Context, req infer.UpdateRequest[NodeGroupPlacementArgs, NodeGroupPlacementState],
) (infer.UpdateResponse[NodeGroupPlacementState], error) {
	return infer.UpdateResponse[NodeGroupPlacementState]{
		Output: NodeGroupPlacementState{NodeGroupPlacementArgs: req.Inputs},
	}, nil
}

// WireDependencies says that the subnets are known in a preview wherever those that are given are.
func (NodeGroupPlacement) WireDependencies(
	f infer.FieldSelector, args *NodeGroupPlacementArgs, state *NodeGroupPlacementState,
) {
	f.OutputField(&state.SubnetIds).DependsOn(f.InputField(&args.SubnetIds))
	f.OutputField(&state.NodeKind).DependsOn(f.InputField(&args.NodeKind))
}

// placementResource is NodeGroupPlacement as the component sees it.
type placementResource struct {
	pulumi.CustomResourceState

	SubnetIds pulumi.StringArrayOutput `pulumi:"subnetIds"`
}

// placement registers the memory of the group called name.
func (r *registration) placement(name string, group NodeGroup) (*placementResource, error) {
	placement := &placementResource{}
	// The version and the place of the plugin let it run on the very plugin that this component runs on.
	err := r.ctx.RegisterResource(string(plugin.Token("NodeGroupPlacement")), name, pulumi.Map{
		"subnetIds": r.PrivateSubnetIDs,
		"nodeKind":  pulumi.String(group.kind()),
	}, placement, r.parent, plugin.Options())
	if err != nil {
		return nil, fmt.Errorf("registering the placement of node group %s: %w", name, err)
	}
	r.keep(placement)
	return placement, nil
}

// kind spells out what EKS can give to a new group only.
func (g NodeGroup) kind() string {
	role := "common role"
	if g.PolicyARNs != nil {
		role = "own role"
	}
	return strings.Join([]string{strings.Join(g.InstanceTypes, ","), string(g.Capacity), string(g.AMI), role}, " ")
}
