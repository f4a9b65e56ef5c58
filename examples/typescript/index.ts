import * as pulumi from "@pulumi/pulumi";
import { GitOpsCluster, types } from "@my-backstage-demo/gitops-cluster";

const config = new pulumi.Config();

const platform = new GitOpsCluster("platform", {
    // Pinned, so that a new release of the package does not upgrade the cluster.
    version: "1.35",
    flux: {
        version: "v2.9.5",
        // How often Flux compares itself with its artifact.
        interval: config.get("fluxInterval") ?? "10m",
        // Where Flux's artifact is and whose signature it must carry, where it is not that of the Flux project.
        artifact: config.getObject<types.input.FluxArtifactSpecArgs>("fluxArtifact"),
    },
    // The repository that Flux syncs into the cluster, and the folder in it.
    sync: {
        url: config.require("syncUrl"),
        path: config.get("syncPath") ?? "./",
    },
    backstage: { owner: "group:default/platform" },
    tags: { team: "platform" },
});

export const clusterName = platform.clusterName;
export const kubeconfig = platform.kubeconfig;
export const catalogInfo = platform.catalogInfo;
export const fluxArtifactDigest = platform.fluxArtifactDigest;
