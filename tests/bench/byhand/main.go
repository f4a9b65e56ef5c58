// Command byhand is the example as somebody writes it who has no component: the same resources, each registered
// directly. `make compare` measures how much the component adds to what they take.
//
// The package's own resources (the memory of the node group's subnets, the installation of Flux, the teardown) are
// among them, although nobody would register these by hand: what is compared is the component, not what it is made of.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

const (
	// base begins the names of all resources.
	base              = "platform"
	kubernetesVersion = "1.35"
	fluxVersion       = "v2.9.5"
)

// tags are on everything that can have some.
var tags = map[string]string{"team": "platform"}

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")
		network, err := newNetwork(ctx)
		if err != nil {
			return err
		}
		cluster, err := newCluster(ctx, network)
		if err != nil {
			return err
		}
		if err := newGitOps(ctx, settings, network, cluster); err != nil {
			return err
		}
		ctx.Export("clusterName", cluster.eks.EksCluster.Name())
		ctx.Export("kubeconfig", cluster.kubeconfig())
		return nil
	})
}
