// A VPC, an EKS cluster, Flux syncing a repository, and a Backstage catalog-info, as one resource.
package main

import (
	"cmp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/sdk/go/gitopscluster"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")

		// Where Flux's artifact is and whose signature it must carry, where it is not that of the Flux project.
		var artifact gitopscluster.FluxArtifactSpecArgs
		if err := settings.GetObject("fluxArtifact", &artifact); err != nil {
			return err
		}
		platform, err := gitopscluster.NewGitOpsCluster(ctx, "platform", &gitopscluster.GitOpsClusterArgs{
			// Pinned, so that a new release of the package does not upgrade the cluster.
			Version: pulumi.String("1.35"),
			Flux: &gitopscluster.FluxSpecArgs{
				Version: pulumi.StringRef("v2.9.5"),
				// How often Flux compares itself with its artifact.
				Interval: pulumi.String(cmp.Or(settings.Get("fluxInterval"), "10m")),
				Artifact: &artifact,
			},
			// The repository that Flux syncs into the cluster, and the folder in it.
			Sync: &gitopscluster.SyncSpecArgs{
				Url:  pulumi.String(settings.Require("syncUrl")),
				Path: pulumi.String(cmp.Or(settings.Get("syncPath"), "./")),
			},
			Backstage: &gitopscluster.BackstageSpecArgs{
				Owner: pulumi.StringRef("group:default/platform"),
			},
			Tags: pulumi.StringMap{"team": pulumi.String("platform")},
		})
		if err != nil {
			return err
		}

		ctx.Export("clusterName", platform.ClusterName)
		ctx.Export("kubeconfig", platform.Kubeconfig)
		ctx.Export("catalogInfo", platform.CatalogInfo)
		ctx.Export("fluxArtifactDigest", platform.FluxArtifactDigest)
		return nil
	})
}
