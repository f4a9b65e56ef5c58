import * as pulumi from "@pulumi/pulumi";

// A custom resource of the package, whose SDK for TypeScript is not installed here.
export class Own extends pulumi.CustomResource {
    // Outputs of some of them.
    readonly subnetIds!: pulumi.Output<string[]>;
    readonly clusterUid!: pulumi.Output<string>;

    constructor(kind: string, name: string, properties: pulumi.Inputs, options: pulumi.CustomResourceOptions = {}) {
        super(`gitops-cluster:index:${kind}`, name, { subnetIds: undefined, clusterUid: undefined, ...properties },
            { version: "0.1.0", ...options });
    }
}
