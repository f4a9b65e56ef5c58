"""A VPC, an EKS cluster, Flux syncing a repository, and a Backstage catalog-info, as one resource."""

import pulumi
import pulumi_gitops_cluster as gitops

config = pulumi.Config()

platform = gitops.GitOpsCluster(
    "platform",
    # Pinned, so that a new release of the package does not upgrade the cluster.
    version="1.35",
    flux={
        "version": "v2.9.5",
        # How often Flux compares itself with its artifact.
        "interval": config.get("fluxInterval", "10m"),
        # Where Flux's artifact is and whose signature it must carry, where it is not that of the Flux project.
        "artifact": config.get_object("fluxArtifact"),
    },
    # The repository that Flux syncs into the cluster, and the folder in it.
    sync={
        "url": config.require("syncUrl"),
        "path": config.get("syncPath", "./"),
    },
    backstage={"owner": "group:default/platform"},
    tags={"team": "platform"},
)

pulumi.export("clusterName", platform.cluster_name)
pulumi.export("kubeconfig", platform.kubeconfig)
pulumi.export("catalogInfo", platform.catalog_info)
pulumi.export("fluxArtifactDigest", platform.flux_artifact_digest)
