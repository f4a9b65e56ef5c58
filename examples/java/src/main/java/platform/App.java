package platform;

import com.mybackstagedemo.gitopscluster.GitOpsCluster;
import com.mybackstagedemo.gitopscluster.GitOpsClusterArgs;
import com.mybackstagedemo.gitopscluster.inputs.BackstageSpecArgs;
import com.mybackstagedemo.gitopscluster.inputs.FluxArtifactSpecArgs;
import com.mybackstagedemo.gitopscluster.inputs.FluxSpecArgs;
import com.mybackstagedemo.gitopscluster.inputs.SyncSpecArgs;
import com.pulumi.Context;
import com.pulumi.Pulumi;

import java.util.Map;

public class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    private static void stack(Context ctx) {
        var config = ctx.config();

        var platform = new GitOpsCluster("platform", GitOpsClusterArgs.builder()
            // Pinned, so that a new release of the package does not upgrade the cluster.
            .version("1.35")
            .flux(FluxSpecArgs.builder()
                .version("v2.9.5")
                // How often Flux compares itself with its artifact.
                .interval(config.get("fluxInterval").orElse("10m"))
                // Where Flux's artifact is and whose signature it must carry, where it is not that of the Flux project.
                .artifact(config.getObject("fluxArtifact", FluxArtifactSpecArgs.class).orElse(null))
                .build())
            // The repository that Flux syncs into the cluster, and the folder in it.
            .sync(SyncSpecArgs.builder()
                .url(config.require("syncUrl"))
                .path(config.get("syncPath").orElse("./"))
                .build())
            .backstage(BackstageSpecArgs.builder()
                .owner("group:default/platform")
                .build())
            .tags(Map.of("team", "platform"))
            .build());

        ctx.export("clusterName", platform.clusterName());
        ctx.export("kubeconfig", platform.kubeconfig());
        ctx.export("catalogInfo", platform.catalogInfo());
        ctx.export("fluxArtifactDigest", platform.fluxArtifactDigest());
    }
}
