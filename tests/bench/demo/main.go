// Command demo has the graph of the program that this package takes the place of: the same kinds of resources, in the
// order in which that program makes them. `make order` lays it beside the component's, in AWS's time.
//
// Where it departs: the nodes are a managed group with the edges of the group that pulumi-eks made of a launch
// configuration, which new accounts cannot have any more; the CNI is the one that EKS brings, where pulumi-eks applied
// its own with kubectl; whoever creates the cluster enters it by an access entry of EKS's making; the OIDC provider is
// registered here, where pulumi-eks would ask the internet for a certificate.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// base begins the names of the resources.
const base = "demo"

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		network, err := newNetwork(ctx, config.Require(ctx, "aws:region"))
		if err != nil {
			return err
		}
		cluster, err := newCluster(ctx, network)
		if err != nil {
			return err
		}
		return newGitOps(ctx, config.New(ctx, ""), network, cluster)
	})
}
