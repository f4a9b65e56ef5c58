using System.Collections.Generic;
using System.Text.Json.Serialization;
using MyBackstageDemo.GitopsCluster;
using MyBackstageDemo.GitopsCluster.Inputs;
using Pulumi;

return await Deployment.RunAsync(() =>
{
    var config = new Config();
    var artifact = config.GetObject<Artifact>("fluxArtifact") ?? new Artifact();

    var platform = new GitOpsCluster("platform", new GitOpsClusterArgs
    {
        // Pinned, so that a new release of the package does not upgrade the cluster.
        Version = "1.35",
        Flux = new FluxSpecArgs
        {
            Version = "v2.9.5",
            // How often Flux compares itself with its artifact.
            Interval = config.Get("fluxInterval") ?? "10m",
            Artifact = new FluxArtifactSpecArgs
            {
                Url = artifact.Url,
                Insecure = artifact.Insecure,
                Verify = artifact.Verify is null
                    ? null
                    : new FluxVerificationSpecArgs { PublicKey = artifact.Verify.PublicKey },
            },
        },
        // The repository that Flux syncs into the cluster, and the folder in it.
        Sync = new SyncSpecArgs
        {
            Url = config.Require("syncUrl"),
            Path = config.Get("syncPath") ?? "./",
        },
        Backstage = new BackstageSpecArgs { Owner = "group:default/platform" },
        Tags = { ["team"] = "platform" },
    });

    return new Dictionary<string, object?>
    {
        ["clusterName"] = platform.ClusterName,
        ["kubeconfig"] = platform.Kubeconfig,
        ["catalogInfo"] = platform.CatalogInfo,
        ["fluxArtifactDigest"] = platform.FluxArtifactDigest,
    };
});

// Where Flux's artifact is and whose signature it must carry, where it is not that of the Flux project.
record Artifact
{
    [JsonPropertyName("url")] public string? Url { get; init; }
    [JsonPropertyName("insecure")] public bool? Insecure { get; init; }
    [JsonPropertyName("verify")] public Verification? Verify { get; init; }
}

record Verification
{
    [JsonPropertyName("publicKey")] public string? PublicKey { get; init; }
}
