// Command component is the example written with the component, for `make compare`. It says by their names what the
// package for Go, a module of its own, has types for.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

type gitOpsCluster struct {
	pulumi.ResourceState

	ClusterName pulumi.StringOutput `pulumi:"clusterName"`
	Kubeconfig  pulumi.StringOutput `pulumi:"kubeconfig"`
}

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")
		var artifact map[string]any
		if err := settings.GetObject("fluxArtifact", &artifact); err != nil {
			return err
		}
		platform := &gitOpsCluster{}
		if err := ctx.RegisterRemoteComponentResource("gitops-cluster:index:GitOpsCluster", "platform", pulumi.Map{
			"version": pulumi.String("1.35"),
			"flux": pulumi.Map{
				"version":  pulumi.String("v2.9.5"),
				"interval": pulumi.String(settings.Require("fluxInterval")),
				"artifact": pulumi.Any(artifact),
			},
			"sync": pulumi.Map{
				"url":  pulumi.String(settings.Require("syncUrl")),
				"path": pulumi.String(settings.Require("syncPath")),
			},
			"backstage": pulumi.Map{"owner": pulumi.String("group:default/platform")},
			"tags":      pulumi.StringMap{"team": pulumi.String("platform")},
		}, platform, pulumi.Version("0.1.0")); err != nil {
			return err
		}
		ctx.Export("clusterName", platform.ClusterName)
		ctx.Export("kubeconfig", platform.Kubeconfig)
		return nil
	})
}
