package cluster

import (
	"context"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-eks/sdk/v2/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/tags"
)

// Options is what the cluster is made from.
type Options struct {
	// Base is the name that the children's names begin with.
	Base string
	// Name is the cluster's name in EKS.
	Name       string
	Version    pulumi.StringInput
	Tags       pulumi.StringMapInput
	NodeGroups []NodeGroup
	Addons     Addons
	// WorkloadIdentities are the user's; those of the add-ons come by themselves.
	WorkloadIdentities []WorkloadIdentity

	Endpoint   *EndpointSpec
	Logging    *LoggingSpec
	Encryption *EncryptionSpec
	IAM        *IamSpec
	Access     *AccessSpec

	KubeconfigSettings *KubeconfigSpec
	// UpgradePolicy is what EKS does when the standard support of the version ends; nil is to upgrade.
	UpgradePolicy *UpgradePolicy
	// ServiceIPv4CIDR is the range of the Services' addresses; nil leaves it to EKS.
	ServiceIPv4CIDR *string
	// ExplicitProvider tells that the user gives an aws provider, which may have an identity of its own.
	ExplicitProvider bool

	VpcID pulumi.StringInput
	// PrivateSubnetIDs are where new nodes go; groups that are there stay where they are.
	PrivateSubnetIDs pulumi.StringArrayInput
	// ControlPlaneSubnetIDs are where EKS puts the network interfaces of the control plane.
	ControlPlaneSubnetIDs pulumi.StringArrayInput
	// Egress is what nodes need to reach AWS and the internet from their subnets.
	Egress []pulumi.Resource

	Viewers []Viewer
}

// Cluster is a registered cluster.
type Cluster struct {
	// Component is the child of pulumi-eks that holds the control plane.
	Component *eks.Cluster

	Name                     pulumi.StringOutput
	Arn                      pulumi.StringOutput
	Version                  pulumi.StringOutput
	Region                   pulumi.StringOutput
	AccountID                pulumi.StringOutput
	Endpoint                 pulumi.StringOutput
	CertificateAuthorityData pulumi.StringOutput
	SecurityGroupID          pulumi.StringOutput
	OIDCIssuer               pulumi.StringOutput
	OIDCProviderArn          pulumi.StringOutput
	NodeRoleArn              pulumi.StringOutput
	NodeGroupNames           pulumi.StringArrayOutput
	// KMSKeyArn is the key that encrypts Secrets; empty where it is AWS's own.
	KMSKeyArn pulumi.StringOutput
	// LogGroupName is where the control plane logs; empty where it does not.
	LogGroupName pulumi.StringOutput
	// WorkloadRoleArns are the ARNs of the roles of the user's workload identities, by name.
	WorkloadRoleArns pulumi.StringMapOutput
	// Kubeconfig is a secret.
	Kubeconfig pulumi.StringOutput

	// Ready is what must be there before anything is installed: access to the API, nodes, and DNS.
	Ready []pulumi.Resource
	// All holds every resource registered here; what drains the cluster must outlive none of them.
	All []pulumi.Resource
}

// registration is what the steps of registering one cluster share.
type registration struct {
	Options
	*Cluster

	ctx    *pulumi.Context
	parent pulumi.ResourceOrInvokeOption

	partition pulumi.StringOutput
	caller    aws.GetCallerIdentityResultOutput

	clusterRole     *iam.Role
	clusterPolicies []pulumi.Resource
	// beforeCluster is what else must be there when the cluster is made, and still when it is deleted.
	beforeCluster []pulumi.Resource
	// creator is the entry of the identity that creates the cluster; nil where another one stands in its place.
	creator        *awseks.AccessEntry
	nodeRole       *iam.Role
	nodePolicies   []pulumi.Resource
	nodeNetworking []pulumi.Resource
	nodeGroups     []pulumi.Resource
	// workloads is what must be there before pods that need rights in AWS start.
	workloads []pulumi.Resource
}

// New registers the cluster below parent.
func New(ctx *pulumi.Context, parent pulumi.Resource, options Options) (*Cluster, error) {
	if options.Tags == nil {
		options.Tags = pulumi.StringMap{}
	}
	r := &registration{Options: options, Cluster: &Cluster{}, ctx: ctx, parent: pulumi.Parent(parent)}
	for _, text := range append(r.Options.Endpoint.Warnings(),
		r.KubeconfigSettings.UnknownIdentity(r.Options.ExplicitProvider)...) {
		if err := ctx.Log.Warn(text, &pulumi.LogArgs{Resource: parent}); err != nil {
			return nil, fmt.Errorf("warning about the inputs: %w", err)
		}
	}
	r.partition = aws.GetPartitionOutput(ctx, aws.GetPartitionOutputArgs{}, r.parent).Partition()
	r.caller = aws.GetCallerIdentityOutput(ctx, aws.GetCallerIdentityOutputArgs{}, r.parent)
	for _, step := range []func() error{
		r.roles, r.logs, r.encryption, r.controlPlane, r.identities, r.access, r.viewers, r.workloadIdentities,
		r.earlyAddons, r.groups, r.lateAddons,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r.Cluster, nil
}

// keep records a resource that was registered.
func (r *registration) keep(resource pulumi.Resource) { r.All = append(r.All, resource) }

func (r *registration) controlPlane() error {
	group, err := r.securityGroup()
	if err != nil {
		return err
	}
	mode := eks.AuthenticationModeApi
	yes := true
	component, err := eks.NewCluster(r.ctx, r.Base, &eks.ClusterArgs{
		Name:               pulumi.String(r.Options.Name),
		Version:            r.Options.Version.ToStringOutput().ToStringPtrOutput(),
		VpcId:              r.VpcID.ToStringOutput().ToStringPtrOutput(),
		SubnetIds:          r.ControlPlaneSubnetIDs,
		AuthenticationMode: &mode,
		// One of its own pulumi-eks would make when everything else is there, and roles would wait for it to go.
		ClusterSecurityGroup: group,
		// Said even where it is EKS's default: pulumi-eks waits for the API to answer only where this is set.
		EndpointPublicAccess:  pulumi.Bool(r.Options.Endpoint.HasPublicAccess()),
		EndpointPrivateAccess: pulumi.Bool(r.Options.Endpoint.HasPrivateAccess()),
		PublicAccessCidrs:     r.publicAccessCIDRs(),

		EnabledClusterLogTypes:          pulumi.ToStringArray(r.Options.Logging.LogTypes()),
		EncryptionConfigKeyArn:          r.keyInput(),
		KubernetesServiceIpAddressRange: r.serviceRange(),

		ServiceRole: r.clusterRole,
		// pulumi-eks makes the nodes' access entry for this role, and no role of its own.
		InstanceRole: r.nodeRole,
		// The node groups and the CNI are ours: those of pulumi-eks would come before anything we could order.
		SkipDefaultNodeGroup: &yes,
		UseDefaultVpcCni:     &yes,
		// Without it pulumi-eks keeps the output kubeconfig from saying how it authenticates.
		ProviderCredentialOpts: eks.KubeconfigOptionsArgs{},
		Tags:                   r.Options.Tags,
	}, r.parent, pulumi.DependsOn(append(slices.Clip(r.clusterPolicies), r.beforeCluster...)),
		pulumi.Transforms([]pulumi.ResourceTransform{r.completeControlPlane}))
	if err != nil {
		return fmt.Errorf("registering cluster %s: %w", r.Base, err)
	}
	r.keep(component)
	r.Component = component
	made := clusterAlone(r.ctx, component)
	r.Cluster.Name = made.Name()
	r.Arn = made.Arn()
	r.Cluster.Version = made.Version()
	r.Cluster.Endpoint = made.Endpoint()
	r.CertificateAuthorityData = made.CertificateAuthority().Data().Elem()
	r.SecurityGroupID = made.VpcConfig().ClusterSecurityGroupId().Elem()
	r.OIDCIssuer = made.Identities().Index(pulumi.Int(0)).Oidcs().Index(pulumi.Int(0)).Issuer().Elem()
	return nil
}

// securityGroup is what pulumi-eks gives a control plane beside the group that EKS makes, which lets everything through
// between control plane and nodes. It has no rules but those that pulumi-eks adds for its own group of nodes.
func (r *registration) securityGroup() (*ec2.SecurityGroup, error) {
	name := r.Base + "-control-plane"
	group, err := ec2.NewSecurityGroup(r.ctx, name, &ec2.SecurityGroupArgs{
		VpcId:               r.VpcID.ToStringOutput().ToStringPtrOutput(),
		Description:         pulumi.String("Control plane, beside the group that EKS makes"),
		RevokeRulesOnDelete: pulumi.Bool(true),
		Tags:                tags.Named(r.Options.Tags, name, nil),
	}, r.parent)
	if err != nil {
		return nil, fmt.Errorf("registering security group %s: %w", name, err)
	}
	r.keep(group)
	return group, nil
}

func (r *registration) serviceRange() pulumi.StringPtrInput {
	if r.ServiceIPv4CIDR == nil {
		return nil
	}
	return pulumi.String(*r.ServiceIPv4CIDR)
}

func (r *registration) publicAccessCIDRs() pulumi.StringArrayInput {
	if r.Options.Endpoint == nil {
		return nil
	}
	return r.Options.Endpoint.PublicAccessCidrs
}

// completeControlPlane sets what the arguments of pulumi-eks 2 cannot say on what it makes. It is one transformation
// for all of it, because each would be called for each child.
func (r *registration) completeControlPlane(
	_ context.Context, args *pulumi.ResourceTransformArgs,
) *pulumi.ResourceTransformResult {
	switch args.Type {
	case "aws:eks/accessEntry:AccessEntry": // through which the nodes come in
		args.Props["tags"] = r.Options.Tags
	case "aws:eks/cluster:Cluster":
		r.completeCluster(args)
	default:
		return nil
	}
	return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
}

// completeCluster sets the rest of the EKS cluster. The two booleans can be set at creation only, so they are right
// from the first release on:
//   - without bootstrapped add-ons, those of the cluster are exactly the ones that the component manages;
//   - without the creator's implicit access entry (pulumi-eks hard-codes it), that entry is a resource which can be
//     seen and removed; beside the implicit one it would be refused.
func (r *registration) completeCluster(args *pulumi.ResourceTransformArgs) {
	args.Props["upgradePolicy"] = pulumi.Map{"supportType": pulumi.String(r.Options.UpgradePolicy.supportType())}
	args.Props["bootstrapSelfManagedAddons"] = pulumi.Bool(false)
	args.Props["accessConfig"] = pulumi.Map{
		"authenticationMode":                      pulumi.String(eks.AuthenticationModeApi),
		"bootstrapClusterCreatorAdminPermissions": pulumi.Bool(false),
	}
	// AWS cannot change the key. The provider plans an update for another one, and then changes nothing: the cluster would
	// go on with its old key, which is deleted if it was the component's own. The whole object, because in a preview a new
	// key's ARN is not known.
	args.Opts.ReplaceOnChanges = append(args.Opts.ReplaceOnChanges, "encryptionConfig")
	args.Opts.DeleteBeforeReplace = true // the name is the same
}

func (r *registration) identities() error {
	region := aws.GetRegionOutput(r.ctx, aws.GetRegionOutputArgs{}, r.parent)
	r.Region = region.Name()
	r.AccountID = r.caller.AccountId()

	// Ours and not pulumi-eks's: that one opens a connection to the issuer during a preview, for a fingerprint
	// that IAM no longer needs.
	provider, err := iam.NewOpenIdConnectProvider(r.ctx, r.Base, &iam.OpenIdConnectProviderArgs{
		Url:           r.OIDCIssuer,
		ClientIdLists: pulumi.ToStringArray([]string{"sts.amazonaws.com"}),
		Tags:          r.Options.Tags,
	}, r.parent)
	if err != nil {
		return fmt.Errorf("registering OIDC provider %s: %w", r.Base, err)
	}
	r.keep(provider)
	r.OIDCProviderArn = provider.Arn

	r.Kubeconfig = r.kubeconfig()
	return nil
}

// kubeconfig renders the kubeconfig, which is a secret: it says how to reach the cluster.
func (r *registration) kubeconfig() pulumi.StringOutput {
	var settings KubeconfigSpec
	if r.KubeconfigSettings != nil {
		settings = *r.KubeconfigSettings
	}
	config := pulumi.All(
		r.Cluster.Name, r.Region, r.Cluster.Endpoint, r.CertificateAuthorityData,
		orNothing(settings.RoleArn), orNothing(settings.ProfileName), orNothing(settings.ProxyUrl),
	).ApplyT(func(values []any) (string, error) {
		var texts [7]string
		for i, value := range values {
			texts[i], _ = value.(string)
		}
		return Kubeconfig(Connection{
			ClusterName: texts[0], Region: texts[1], Endpoint: texts[2], CertificateAuthorityData: texts[3],
			RoleArn: texts[4], ProfileName: texts[5], ProxyURL: texts[6],
		})
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(config).(pulumi.StringOutput)
}

func orNothing(given pulumi.StringInput) pulumi.StringInput {
	if given == nil {
		return pulumi.String("")
	}
	return given
}
