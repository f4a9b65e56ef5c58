import * as aws from "@pulumi/aws";
import * as eks from "@pulumi/eks";
import * as pulumi from "@pulumi/pulumi";
import { base, named, Network, tags } from "./network";
import { Own } from "./own";

const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });

const trust = (service: string) =>
    policy({ Action: "sts:AssumeRole", Effect: "Allow", Principal: { Service: service } });

export class Cluster {
    readonly name = `${base}-${pulumi.getStack()}`;
    readonly eks: eks.Cluster;
    readonly identity: pulumi.Output<string>;
    readonly issuer: aws.iam.OpenIdConnectProvider;
    readonly nodeRole: aws.iam.Role;
    // What must be there before anything is installed.
    readonly ready: pulumi.Resource[] = [];
    readonly all: pulumi.Resource[] = [];

    constructor(network: Network, private readonly caller: aws.GetCallerIdentityResult, region: string) {
        const clusterRole = this.role("cluster", trust("eks.amazonaws.com"));
        const clusterPolicy = this.attach("cluster-policy", clusterRole, "AmazonEKSClusterPolicy");
        this.nodeRole = this.role("node", trust("ec2.amazonaws.com"));
        const nodePolicies = Object.entries({
            "node-worker": "AmazonEKSWorkerNodePolicy",
            "node-cni": "AmazonEKS_CNI_Policy",
            "node-registry": "AmazonEC2ContainerRegistryPullOnly",
        }).map(([name, arn]) => this.attach(name, this.nodeRole, arn));

        const controlPlane = this.keep(new aws.ec2.SecurityGroup(`${base}-control-plane`, {
            vpcId: network.vpc.id,
            description: "Control plane, beside the group that EKS makes",
            revokeRulesOnDelete: true,
            tags: { ...tags, Name: `${base}-control-plane` },
        }));
        this.eks = new eks.Cluster(base, {
            name: this.name,
            version: "1.35",
            vpcId: network.vpc.id,
            subnetIds: network.privateSubnets.slice(0, 2).map((subnet) => subnet.id),
            authenticationMode: "API",
            endpointPublicAccess: true,
            endpointPrivateAccess: true,
            enabledClusterLogTypes: ["api", "audit", "authenticator"],
            encryptionConfigKeyArn: this.key(clusterRole).arn,
            serviceRole: clusterRole,
            instanceRole: this.nodeRole,
            skipDefaultNodeGroup: true,
            useDefaultVpcCni: true,
            clusterSecurityGroup: controlPlane,
            providerCredentialOpts: {},
            tags,
        }, { dependsOn: [clusterPolicy, this.logs(clusterRole)], transforms: [withoutBootstrap] });
        this.all.push(this.eks);
        const made = this.eks.eksCluster;
        this.identity = made.identities[0].oidcs[0].issuer;
        this.issuer = this.keep(new aws.iam.OpenIdConnectProvider(base, {
            url: this.identity, clientIdLists: ["sts.amazonaws.com"], tags,
        }));
        this.access();
        const workloads = this.volumes(region);

        const early = ["kube-proxy", "eks-pod-identity-agent"].map((name) => this.addon(name, [], undefined));
        early.push(this.addon("vpc-cni", [],
            JSON.stringify({ env: { ENABLE_PREFIX_DELEGATION: "true", WARM_PREFIX_TARGET: "1" } })));
        const group = this.nodeGroup(network, [this.eks, ...network.egress, ...nodePolicies, ...early]);
        this.ready.push(group, this.addon("coredns", [group]), ...workloads);
        this.addon("aws-ebs-csi-driver", [group, ...workloads]);
    }

    private keep<T extends pulumi.Resource>(resource: T): T {
        this.all.push(resource);
        return resource;
    }

    private role(name: string, assumeRolePolicy: string): aws.iam.Role {
        return this.keep(new aws.iam.Role(`${base}-${name}`, { assumeRolePolicy, forceDetachPolicies: true, tags }));
    }

    private attach(name: string, role: aws.iam.Role, policyName: string): pulumi.Resource {
        return this.keep(new aws.iam.RolePolicyAttachment(`${base}-${name}`, {
            role: role.name, policyArn: `arn:aws:iam::aws:policy/${policyName}`,
        }));
    }

    // The log group, and what keeps EKS from making it anew after it was deleted.
    private logs(clusterRole: aws.iam.Role): pulumi.Resource {
        const denied = this.keep(new aws.iam.RolePolicy(`${base}-cluster-log-groups`, {
            role: clusterRole.name,
            policy: policy({ Sid: "NoLogGroups", Effect: "Deny", Action: ["logs:CreateLogGroup"], Resource: ["*"] }),
        }));
        return this.keep(new aws.cloudwatch.LogGroup(base, {
            name: `/aws/eks/${this.name}/cluster`, retentionInDays: 90, tags,
        }, { dependsOn: [denied] }));
    }

    private key(clusterRole: aws.iam.Role): aws.kms.Key {
        const key = this.keep(new aws.kms.Key(base, {
            description: `Secrets of the EKS cluster ${this.name}`,
            enableKeyRotation: true,
            deletionWindowInDays: 30,
            policy: clusterRole.arn.apply((role) => policy({
                Sid: "Administration",
                Effect: "Allow",
                Principal: { AWS: `arn:aws:iam::${this.caller.accountId}:root` },
                Action: ["CancelKeyDeletion", "Create*", "Delete*", "Describe*", "Disable*", "Enable*", "Get*", "List*",
                    "Put*", "Revoke*", "RotateKeyOnDemand", "ScheduleKeyDeletion", "TagResource", "UntagResource",
                    "Update*"].map((action) => `kms:${action}`),
                Resource: ["*"],
            }, {
                Sid: "Secrets",
                Effect: "Allow",
                Principal: { AWS: role },
                Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"],
                Resource: ["*"],
            })),
            tags,
        }));
        this.keep(new aws.kms.Alias(base, { namePrefix: `alias/eks/${this.name}-`, targetKeyId: key.keyId }));
        return key;
    }

    // Lets in whoever runs the program.
    private access() {
        const clusterName = this.eks.eksCluster.name;
        const session = aws.iam.getSessionContextOutput({ arn: this.caller.arn });
        const entry = this.keep(new aws.eks.AccessEntry(`${base}-creator`, {
            clusterName, principalArn: session.issuerArn, tags,
        }));
        this.ready.push(this.keep(new aws.eks.AccessPolicyAssociation(`${base}-creator`, {
            clusterName,
            principalArn: entry.principalArn,
            policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            accessScope: { type: "cluster" },
        }, { dependsOn: [entry] })));
    }

    // The identity of the EBS CSI driver.
    private volumes(region: string): pulumi.Resource[] {
        const role = this.role("ebs-csi", policy({
            Sid: "PodIdentity",
            Effect: "Allow",
            Principal: { Service: "pods.eks.amazonaws.com" },
            Action: ["sts:AssumeRole", "sts:TagSession"],
            Condition: {
                StringEquals: {
                    "aws:RequestTag/eks-cluster-arn": [
                        `arn:aws:eks:${region}:${this.caller.accountId}:cluster/${this.name}`,
                    ],
                    "aws:RequestTag/kubernetes-namespace": ["kube-system"],
                    "aws:RequestTag/kubernetes-service-account": ["ebs-csi-controller-sa"],
                },
            },
        }));
        const policies = this.keep(new aws.iam.RolePolicyAttachmentsExclusive(`${base}-ebs-csi`, {
            roleName: role.name,
            policyArns: ["arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"],
        }));
        const association = this.keep(new aws.eks.PodIdentityAssociation(`${base}-ebs-csi`, {
            clusterName: this.eks.eksCluster.name,
            namespace: "kube-system",
            serviceAccount: "ebs-csi-controller-sa",
            roleArn: role.arn,
            tags,
        }, { dependsOn: [policies] }));
        return [policies, association];
    }

    private addon(addonName: string, dependsOn: pulumi.Resource[], configurationValues?: string): pulumi.Resource {
        const made = this.eks.eksCluster;
        return this.keep(new aws.eks.Addon(`${base}-${addonName}`, {
            clusterName: made.name,
            addonName,
            addonVersion: aws.eks.getAddonVersionOutput({ addonName, kubernetesVersion: made.version }).version,
            configurationValues,
            resolveConflictsOnCreate: "OVERWRITE",
            resolveConflictsOnUpdate: "PRESERVE",
            tags,
        }, { dependsOn }));
    }

    private nodeGroup(network: Network, dependsOn: pulumi.Resource[]): aws.eks.NodeGroup {
        const name = `${base}-default`;
        const template = this.keep(new aws.ec2.LaunchTemplate(name, {
            blockDeviceMappings: [{
                deviceName: "/dev/xvda",
                ebs: { deleteOnTermination: "true", encrypted: "true", volumeSize: 50, volumeType: "gp3" },
            }],
            metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
            tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags: named(name) })),
            tags,
        }));
        const placement = this.keep(new Own("NodeGroupPlacement", name, {
            subnetIds: network.privateSubnets.map((subnet) => subnet.id),
            nodeKind: "t3.medium ON_DEMAND AL2023_x86_64_STANDARD common role",
        }));
        return this.keep(new aws.eks.NodeGroup(name, {
            clusterName: this.eks.eksCluster.name,
            version: this.eks.eksCluster.version,
            nodeRoleArn: this.nodeRole.arn,
            subnetIds: placement.subnetIds,
            amiType: "AL2023_x86_64_STANDARD",
            capacityType: "ON_DEMAND",
            instanceTypes: ["t3.medium"],
            scalingConfig: { minSize: 2, desiredSize: 2, maxSize: 4 },
            updateConfig: { maxUnavailablePercentage: 33 },
            launchTemplate: { id: template.id, version: pulumi.interpolate`${template.latestVersion}` },
            tags,
        }, { dependsOn, ignoreChanges: ["scalingConfig.desiredSize"] }));
    }
}

// What pulumi-eks cannot be told.
const withoutBootstrap: pulumi.ResourceTransform = (args) => {
    if (args.type !== "aws:eks/cluster:Cluster") {
        return undefined;
    }
    return {
        props: {
            ...args.props,
            upgradePolicy: { supportType: "STANDARD" },
            bootstrapSelfManagedAddons: false,
            accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
        },
        opts: args.opts,
    };
};
