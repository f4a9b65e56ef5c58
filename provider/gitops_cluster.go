package provider

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/backstage"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/cluster"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/aliases"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/network"
)

// GitOpsCluster is a VPC, an EKS cluster in it, Flux in the cluster syncing a repository, and the description of all
// that for Backstage.
type GitOpsCluster struct {
	pulumi.ResourceState

	ClusterName              pulumi.StringOutput      `pulumi:"clusterName"`
	ClusterArn               pulumi.StringOutput      `pulumi:"clusterArn"`
	Version                  pulumi.StringOutput      `pulumi:"version"`
	Region                   pulumi.StringOutput      `pulumi:"region"`
	AccountId                pulumi.StringOutput      `pulumi:"accountId"`
	Endpoint                 pulumi.StringOutput      `pulumi:"endpoint"`
	CertificateAuthorityData pulumi.StringOutput      `pulumi:"certificateAuthorityData"`
	ClusterSecurityGroupId   pulumi.StringOutput      `pulumi:"clusterSecurityGroupId"`
	OidcIssuerUrl            pulumi.StringOutput      `pulumi:"oidcIssuerUrl"`
	OidcProviderArn          pulumi.StringOutput      `pulumi:"oidcProviderArn"`
	NodeRoleArn              pulumi.StringOutput      `pulumi:"nodeRoleArn"`
	NodeGroupNames           pulumi.StringArrayOutput `pulumi:"nodeGroupNames"`
	KmsKeyArn                pulumi.StringOutput      `pulumi:"kmsKeyArn"`
	LogGroupName             pulumi.StringOutput      `pulumi:"logGroupName"`
	WorkloadRoleArns         pulumi.StringMapOutput   `pulumi:"workloadRoleArns"`
	Kubeconfig               pulumi.StringOutput      `pulumi:"kubeconfig"                provider:"secret"`

	VpcId                pulumi.StringOutput      `pulumi:"vpcId"`
	VpcCidrBlock         pulumi.StringOutput      `pulumi:"vpcCidrBlock"`
	PublicSubnetIds      pulumi.StringArrayOutput `pulumi:"publicSubnetIds"`
	PrivateSubnetIds     pulumi.StringArrayOutput `pulumi:"privateSubnetIds"`
	AvailabilityZones    pulumi.StringArrayOutput `pulumi:"availabilityZones"`
	PublicRouteTableId   pulumi.StringOutput      `pulumi:"publicRouteTableId"`
	PrivateRouteTableIds pulumi.StringArrayOutput `pulumi:"privateRouteTableIds"`
	NatPublicIps         pulumi.StringArrayOutput `pulumi:"natPublicIps"`

	FluxVersion        pulumi.StringOutput      `pulumi:"fluxVersion"`
	FluxArtifactDigest pulumi.StringOutput      `pulumi:"fluxArtifactDigest"`
	FluxImages         pulumi.StringArrayOutput `pulumi:"fluxImages"`
	FluxNamespace      pulumi.StringOutput      `pulumi:"fluxNamespace"`
	SyncName           pulumi.StringOutput      `pulumi:"syncName"`
	SyncRevision       pulumi.StringOutput      `pulumi:"syncRevision"`

	ReceiverWebhookPath pulumi.StringOutput `provider:"secret" pulumi:"receiverWebhookPath"`

	ClusterVariables pulumi.StringMapOutput `pulumi:"clusterVariables"`

	ClusterEntityRef pulumi.StringOutput `pulumi:"clusterEntityRef"`
	CatalogInfo      pulumi.StringOutput `pulumi:"catalogInfo"`
	CatalogEntities  pulumi.ArrayOutput  `pulumi:"catalogEntities"`
	BackstageToken   pulumi.StringOutput `pulumi:"backstageToken"   provider:"secret"`
}

// Annotate describes the component in the schema.
func (g *GitOpsCluster) Annotate(a infer.Annotator) {
	a.Describe(&g, describeGitOpsCluster)
	a.Describe(&g.ClusterName, "The name of the cluster in EKS.")
	a.Describe(&g.ClusterArn, "The ARN of the cluster.")
	a.Describe(&g.Version, "The Kubernetes minor version of the control plane.")
	a.Describe(&g.Region, "The AWS region of the cluster.")
	a.Describe(&g.AccountId, "The AWS account of the cluster.")
	a.Describe(&g.Endpoint, "The URL of the Kubernetes API.")
	a.Describe(&g.CertificateAuthorityData, "The certificate authority of the Kubernetes API: PEM, in base64.")
	a.Describe(&g.ClusterSecurityGroupId, "The id of the security group that EKS made for control plane and nodes.")
	a.Describe(&g.OidcIssuerUrl, "The URL of the cluster's OIDC issuer.")
	a.Describe(&g.OidcProviderArn, "The ARN of the IAM OIDC provider for the cluster's issuer.")
	a.Describe(&g.NodeRoleArn, "The ARN of the nodes' IAM role; node groups with policyArns have others.")
	a.Describe(&g.NodeGroupNames, "The names of the node groups in EKS, in the order of the names in nodeGroups.")
	a.Describe(&g.KmsKeyArn, "The ARN of the KMS key that encrypts Kubernetes Secrets; empty where encryption is not "+
		"enabled.")
	a.Describe(&g.LogGroupName, "The name of the CloudWatch log group of the control plane; empty where no logs are kept.")
	a.Describe(&g.WorkloadRoleArns, "The ARNs of the IAM roles of workloadIdentities, by name.")
	a.Describe(&g.Kubeconfig, "A kubeconfig as JSON. It holds no credentials: the aws program signs in with the "+
		"identity of whoever uses it.")
	a.Describe(&g.VpcId, "The id of the VPC.")
	a.Describe(&g.VpcCidrBlock, "The IPv4 range of the VPC.")
	a.Describe(&g.PublicSubnetIds, "The ids of the public subnets, by position of the zone; for an existing VPC those "+
		"that were given.")
	a.Describe(&g.PrivateSubnetIds, "The ids of the private subnets, in which the nodes are, by position of the zone.")
	a.Describe(&g.AvailabilityZones, "The names of the availability zones of the private subnets, by position.")
	a.Describe(&g.PublicRouteTableId, "The id of the route table of the public subnets; empty for an existing VPC.")
	a.Describe(&g.PrivateRouteTableIds, "The ids of the private subnets' route tables, by position of the zone; empty "+
		"for an existing VPC.")
	a.Describe(&g.NatPublicIps, "The public addresses from which the nodes reach the internet; give them to "+
		"allow-lists. Empty without NAT gateways and for an existing VPC.")
	a.Describe(&g.FluxVersion, "The version of Flux that the cluster runs.")
	a.Describe(&g.FluxArtifactDigest, "The digest of the artifact that Flux was installed from.")
	a.Describe(&g.FluxImages, "The container images that the installed components of Flux run, sorted; copy them into a "+
		"mirror for nodes that do not reach the internet.")
	a.Describe(&g.FluxNamespace, "The namespace of Flux.")
	a.Describe(&g.SyncName, "The name of the sync's source and Kustomization in the cluster; empty without a sync.")
	a.Describe(&g.SyncRevision, "The revision of the repository that was applied first, such as `main@sha1:…`; empty "+
		"without a sync, or when it is not waited for.")
	a.Describe(&g.ReceiverWebhookPath, flux.DescribeReceiverWebhookPath)
	a.Describe(&g.ClusterVariables, "What `${NAME}` in the repository's manifests stands for, without secrets: "+
		describeVariables+", and the values of the input clusterVariables. It is the content of the ConfigMap "+
		"`cluster-variables` in the namespace `flux-system`.")
	a.Describe(&g.ClusterEntityRef, "The Backstage entity reference of the cluster, such as "+
		"`resource:default/payments-prod`.")
	a.Describe(&g.CatalogInfo, "The Backstage catalog-info document: YAML with a Component for the GitOps sync and "+
		"Resources for the cluster and its VPC.")
	a.Describe(&g.CatalogEntities, "The entities of catalogInfo as objects.")
	a.Describe(&g.BackstageToken, "The token of the ServiceAccount that backstage.serviceAccountToken asks for; empty "+
		"without it.")
}

const describeGitOpsCluster = "A VPC, an EKS cluster in it, Flux installed from Flux's own OCI artifact and syncing " +
	"a repository, and a Backstage catalog-info that registers the cluster in the developer portal. Destroying it " +
	"removes what Flux made before the cluster goes. With the defaults it costs about 180 USD a month before traffic " +
	"(list prices, us-east-1): control plane 73, two t3.medium 61, volumes 8, NAT gateway with address 37, KMS key 1; " +
	"the control plane's logs come on top, at 0.50 per GB."

// Token is the type token of GitOpsCluster.
var Token = plugin.Token("GitOpsCluster")

// NewGitOpsCluster registers the cluster called name.
func NewGitOpsCluster(
	ctx *pulumi.Context, name string, args GitOpsClusterArgs, opts ...pulumi.ResourceOption,
) (*GitOpsCluster, error) {
	// Before anything registers: a version that does not exist must not leave half a cluster.
	artifact, violations := flux.Resolve(ctx.Context(), "flux", args.flux(), ctx.DryRun())
	if err := violations.Err("invalid inputs of " + name); err != nil {
		return nil, err
	}
	opts, err := aliases.ForChildren(name, opts)
	if err != nil {
		return nil, err
	}
	component := &GitOpsCluster{}
	if err := ctx.RegisterComponentResource(string(Token), name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering GitOpsCluster %s: %w", name, err)
	}
	parent := pulumi.Parent(component)
	explicitProvider, err := givesProvider(opts)
	if err != nil {
		return nil, err
	}

	vpc, err := network.New(ctx, name+"-network", args.composition(name), args.network(), args.Tags, parent)
	if err != nil {
		return nil, err
	}
	portal := viewers(args.Backstage)
	identities := cluster.WorkloadIdentities(args.WorkloadIdentities)
	eks, err := cluster.New(ctx, component, cluster.Options{
		Base:                  name,
		Name:                  args.clusterName(name, ctx.Stack()),
		Version:               orDefault(args.Version, cluster.DefaultVersion),
		Tags:                  args.Tags,
		NodeGroups:            cluster.NodeGroups(args.NodeGroups),
		Addons:                cluster.NewAddons(args.Addons),
		WorkloadIdentities:    identities,
		Endpoint:              args.Endpoint,
		Logging:               args.Logging,
		Encryption:            args.Encryption,
		IAM:                   args.Iam,
		Access:                args.Access,
		KubeconfigSettings:    args.KubeconfigSettings,
		UpgradePolicy:         args.UpgradePolicy,
		ServiceIPv4CIDR:       args.ServiceIpv4Cidr,
		ExplicitProvider:      explicitProvider,
		VpcID:                 vpc.VpcId,
		PrivateSubnetIDs:      vpc.NodeSubnetIds,
		ControlPlaneSubnetIDs: vpc.ControlPlaneSubnetIds,
		Egress:                vpc.Egress,
		Viewers:               portal,
	})
	if err != nil {
		return nil, err
	}
	component.ClusterVariables = variablesOf(vpc, eks, args.ClusterVariables)
	settings := args.portalSettings(name, ctx.Stack())
	install := args.flux().Args()
	install.Kubeconfig = eks.Kubeconfig
	// New for every cluster that was ever made, and the same for the life of one; a name or an ARN is neither.
	install.ClusterIdentity = eks.OIDCIssuer
	install.Secrets = withChartValues(install.Secrets, identities, vpc, eks)
	install.Sync = args.Sync
	install.ClusterVariables = component.ClusterVariables
	install.SecretClusterVariables = args.SecretClusterVariables
	install.Receiver, install.Alerts = args.Receiver, args.Alerts
	install.Teardown = args.Teardown
	gitops, err := flux.New(ctx, name+"-flux", install, flux.Composition{
		Base:             name,
		Artifact:         &artifact,
		InstallDependsOn: eks.Ready,
		// A cluster that drains needs its way to the API and to AWS until the end.
		TeardownDependsOn: slices.Concat(vpc.Resources, eks.All),
		DeletedWith:       eks.Component,
		Viewers:           groupsOf(portal),
		EventMetadata:     pulumi.StringMap{"cluster": eks.Name, "region": eks.Region},
		ViewerAccount:     args.Backstage.WantsToken(),
		Labels:            portalLabels(settings),
		Probe:             flux.Probe{Command: eks.ProbeCommand(), Evidence: cluster.ProbeEvidence},
	}, parent)
	if err != nil {
		return nil, err
	}
	component.assign(vpc, eks, gitops)
	if err := component.describe(ctx, name, args, settings, vpc); err != nil {
		return nil, err
	}
	return component, nil
}

// givesProvider tells whether the user gives an aws provider in the options of the resource.
func givesProvider(opts []pulumi.ResourceOption) (bool, error) {
	options, err := pulumi.NewResourceOptions(opts...)
	if err != nil {
		return false, fmt.Errorf("reading the options of the resource: %w", err)
	}
	for _, provider := range options.Providers {
		if _, ok := provider.(*aws.Provider); ok {
			return true, nil
		}
	}
	return false, nil
}

func orDefault(given pulumi.StringInput, fallback string) pulumi.StringInput {
	if given == nil {
		return pulumi.String(fallback)
	}
	return given
}

func (g *GitOpsCluster) assign(vpc network.Place, eks *cluster.Cluster, gitops *flux.Flux) {
	g.ClusterName = eks.Name
	g.ClusterArn = eks.Arn
	g.Version = eks.Version
	g.Region = eks.Region
	g.AccountId = eks.AccountID
	g.Endpoint = eks.Endpoint
	g.CertificateAuthorityData = eks.CertificateAuthorityData
	g.ClusterSecurityGroupId = eks.SecurityGroupID
	g.OidcIssuerUrl = eks.OIDCIssuer
	g.OidcProviderArn = eks.OIDCProviderArn
	g.NodeRoleArn = eks.NodeRoleArn
	g.NodeGroupNames = eks.NodeGroupNames
	g.KmsKeyArn = eks.KMSKeyArn
	g.LogGroupName = eks.LogGroupName
	g.WorkloadRoleArns = eks.WorkloadRoleArns
	g.Kubeconfig = eks.Kubeconfig

	g.VpcId = vpc.VpcId
	g.VpcCidrBlock = vpc.VpcCidrBlock
	g.PublicSubnetIds = vpc.PublicSubnetIds
	g.PrivateSubnetIds = vpc.PrivateSubnetIds
	g.AvailabilityZones = vpc.AvailabilityZones
	g.PublicRouteTableId = vpc.PublicRouteTableId
	g.PrivateRouteTableIds = vpc.PrivateRouteTableIds
	g.NatPublicIps = vpc.NatPublicIps

	g.FluxVersion = gitops.FluxVersion
	g.FluxArtifactDigest = gitops.FluxArtifactDigest
	g.FluxImages = gitops.FluxImages
	g.FluxNamespace = gitops.FluxNamespace
	g.SyncName = gitops.SyncName
	g.SyncRevision = gitops.SyncRevision
	g.ReceiverWebhookPath = gitops.ReceiverWebhookPath
	g.BackstageToken = gitops.ViewerToken
}

// describe renders the description for Backstage from the component's own outputs.
func (g *GitOpsCluster) describe(
	ctx *pulumi.Context, name string, args GitOpsClusterArgs, settings backstage.Settings, vpc network.Place,
) error {
	for _, warning := range settings.Warnings() {
		if err := ctx.Log.Warn(warning, &pulumi.LogArgs{Resource: g}); err != nil {
			return fmt.Errorf("warning about the catalog: %w", err)
		}
	}
	source := args.Sync.Source()
	catalog := backstage.NewCatalog(settings, backstage.FactOutputs{
		ClusterName:              g.ClusterName,
		ClusterArn:               g.ClusterArn,
		Version:                  g.Version,
		Region:                   g.Region,
		AccountID:                g.AccountId,
		Endpoint:                 g.Endpoint,
		CertificateAuthorityData: g.CertificateAuthorityData,
		VpcID:                    g.VpcId,
		VpcArn:                   vpc.VpcArn,
		VpcCIDRBlock:             g.VpcCidrBlock,
		SyncURL:                  source.URL,
		SyncRef:                  source.Ref,
		SyncPath:                 source.Path,
		StackSlug:                stackSlug(ctx),
		Given:                    args.Backstage.Given(),
	})
	g.ClusterEntityRef = pulumi.String(settings.ClusterRef()).ToStringOutput()
	g.CatalogInfo = catalog.Info
	g.CatalogEntities = catalog.Entities
	return args.Backstage.Write(ctx, name, settings, catalog.Info, pulumi.Parent(g))
}

// stackSlug names the stack on Pulumi Cloud. Other backends say "organization" where there is none, and Pulumi's
// Backstage plugin shows errors for such a stack.
func stackSlug(ctx *pulumi.Context) string {
	if organization := ctx.Organization(); organization == "" || organization == "organization" {
		return ""
	}
	return ctx.Organization() + "/" + ctx.Project() + "/" + ctx.Stack()
}
