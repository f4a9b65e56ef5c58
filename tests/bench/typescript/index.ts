// The example as somebody writes it in TypeScript who has no component: see tests/bench/byhand for the same in Go.
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "./cluster";
import { base, Network } from "./network";
import { Own } from "./own";

interface Artifact {
    url: string;
    insecure?: boolean;
    verify?: { publicKey: string };
}

const fluxVersion = "v2.9.5";

export = async () => {
    const settings = new pulumi.Config();
    const artifact = settings.requireObject<Artifact>("fluxArtifact");
    const available = await aws.getAvailabilityZones({
        state: "available",
        excludeZoneIds: ["use1-az3", "usw1-az2", "cac1-az3"],
        filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
    });
    const network = new Network(available.names.slice(0, 3));
    const cluster = new Cluster(network, await aws.getCallerIdentity(), (await aws.getRegion()).name);
    const kubeconfig = pulumi.secret(cluster.eks.kubeconfigJson);
    const { digest } = await pulumi.runtime.invoke("gitops-cluster:index:getFluxArtifact",
        { ...artifact, version: fluxVersion }, { version: "0.1.0" });

    const install = new Own("FluxInstall", base, {
        kubeconfig,
        clusterIdentity: cluster.identity,
        fluxVersion,
        url: artifact.url,
        digest,
        insecure: artifact.insecure,
        components: ["source-controller", "kustomize-controller", "helm-controller", "notification-controller"],
        owner: pulumi.getStack(),
    }, { dependsOn: cluster.ready });
    const provider = new k8s.Provider(base, {
        kubeconfig,
        clusterIdentifier: cluster.identity,
        enableServerSideApply: true,
        enableConfigMapMutable: true,
        enableSecretMutable: true,
    }, { dependsOn: [install] });

    const labels = { "app.kubernetes.io/part-of": "flux" };
    const namespace = "flux-system";
    const object = (
        name: string, apiVersion: string, kind: string, objectName: string, spec: object, dependsOn: pulumi.Resource[],
    ) => new k8s.apiextensions.CustomResource(`${base}-${name}`, {
        apiVersion,
        kind,
        metadata: { name: objectName, namespace, labels, annotations: { "pulumi.com/skipAwait": "true" } },
        spec,
    }, { provider, dependsOn });
    const source = "source.toolkit.fluxcd.io/v1";
    const kustomize = "kustomize.toolkit.fluxcd.io/v1";
    const common = { retryInterval: "1m", timeout: "5m", prune: true, wait: true };

    const interval = settings.require("fluxInterval");
    const selfSource = object("self", source, "OCIRepository", "flux-manifests", {
        interval, url: artifact.url, insecure: artifact.insecure, ref: { tag: fluxVersion, digest },
    }, []);
    const self = object("self", kustomize, "Kustomization", "flux", {
        ...common,
        interval,
        path: "./",
        force: false,
        deletionPolicy: "Orphan",
        sourceRef: { kind: "OCIRepository", name: "flux-manifests" },
        patches: [{
            patch: "$patch: delete\napiVersion: v1\nkind: Any\nmetadata:\n  name: any\n",
            target: {
                labelSelector: "app.kubernetes.io/component in " +
                    "(image-reflector-controller,image-automation-controller,source-watcher)",
            },
        }, {
            patch: "apiVersion: v1\nkind: Any\nmetadata:\n  name: any\n  annotations:\n" +
                "    kustomize.toolkit.fluxcd.io/prune: Disabled\n",
            target: { kind: "(CustomResourceDefinition|Namespace)" },
        }],
    }, [selfSource]);

    const made = cluster.eks.eksCluster;
    const variables = new k8s.core.v1.ConfigMap(`${base}-cluster-variables`, {
        metadata: {
            name: "cluster-variables", namespace, labels: { ...labels, "reconcile.fluxcd.io/watch": "Enabled" },
        },
        data: {
            CLUSTER_NAME: made.name,
            CLUSTER_ENDPOINT: made.endpoint,
            CLUSTER_SECURITY_GROUP_ID: made.vpcConfig.clusterSecurityGroupId,
            AWS_ACCOUNT_ID: (await aws.getCallerIdentity()).accountId,
            VPC_ID: network.vpc.id,
            VPC_CIDR_BLOCK: network.vpc.cidrBlock,
            OIDC_ISSUER_URL: cluster.identity,
            OIDC_PROVIDER_ARN: cluster.issuer.arn,
            NODE_ROLE_ARN: cluster.nodeRole.arn,
        },
    }, { provider });
    const syncSource = object("sync", source, "GitRepository", "flux-system", {
        interval: "1m", url: settings.require("syncUrl"), ref: { branch: "main" },
    }, []);
    const sync = object("sync", kustomize, "Kustomization", "flux-system", {
        ...common,
        interval: "1m",
        path: settings.require("syncPath"),
        deletionPolicy: "WaitForTermination",
        sourceRef: { kind: "GitRepository", name: "flux-system" },
        postBuild: { substituteFrom: [{ kind: "ConfigMap", name: "cluster-variables" }] },
    }, [syncSource, variables]);

    new Own("GitOpsTeardown", base, {
        kubeconfig,
        clusterIdentity: cluster.identity,
        clusterUid: install.clusterUid,
        scope: "Cluster",
        policy: "Prune",
        onUnhealthy: "Fail",
        timeout: "30m",
        fluxVersion,
        fluxDigest: digest,
        syncKind: "GitRepository",
        syncName: "flux-system",
        syncTimeout: "5m",
        waitForReady: true,
    }, {
        dependsOn: [
            ...network.all, ...cluster.all, install, provider, selfSource, self, variables, syncSource, sync,
        ],
    });
    return { clusterName: made.name, kubeconfig };
};
