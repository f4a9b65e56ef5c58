package cluster

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-eks/sdk/v2/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// What an output depends on is what has to be there before, and what has to go after. Where only the first is meant, it
// is awaited here: Pulumi has no option for the one without the other.

// onceMade is a value that is there once some resources are made, and does not depend on them: what is given it is made
// after them, and goes when it likes. In a preview it may be there at once, where nothing is made.
func onceMade(ctx *pulumi.Context, resources []pulumi.Resource, value pulumi.StringOutput) pulumi.StringOutput {
	return value.ApplyT(func(value string) (string, error) {
		for _, resource := range resources {
			if _, err := internals.UnsafeAwaitOutput(ctx.Context(), resource.URN()); err != nil {
				return "", fmt.Errorf("waiting for a resource: %w", err)
			}
		}
		return value, nil
	}).(pulumi.StringOutput)
}

// clusterAlone is the EKS cluster that pulumi-eks makes. The output of its component depends on all that the component
// makes, security groups that nothing uses included: an add-on would keep those, and those the cluster.
func clusterAlone(ctx *pulumi.Context, component *eks.Cluster) awseks.ClusterOutput {
	return pulumi.String("").ToStringOutput().ApplyT(func(string) (awseks.ClusterOutput, error) {
		result, err := internals.UnsafeAwaitOutput(ctx.Context(), component.EksCluster)
		if err != nil {
			return awseks.ClusterOutput{}, fmt.Errorf("waiting for the cluster: %w", err)
		}
		if made, ok := result.Value.(*awseks.Cluster); ok && made != nil {
			return made.ToClusterOutput(), nil
		}
		return component.EksCluster, nil // not known, in a preview
	}).(awseks.ClusterOutput)
}
