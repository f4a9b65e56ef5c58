package provider

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/backstage"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/cluster"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/network"
)

// GitOpsClusterArgs are the inputs of GitOpsCluster.
type GitOpsClusterArgs struct {
	ClusterName        *string                                 `pulumi:"clusterName,optional"`
	Version            pulumi.StringInput                      `pulumi:"version,optional"`
	Tags               pulumi.StringMapInput                   `pulumi:"tags,optional"`
	Network            *network.NetworkSpec                    `pulumi:"network,optional"`
	Endpoint           *cluster.EndpointSpec                   `pulumi:"endpoint,optional"`
	Logging            *cluster.LoggingSpec                    `pulumi:"logging,optional"`
	Encryption         *cluster.EncryptionSpec                 `pulumi:"encryption,optional"`
	UpgradePolicy      *cluster.UpgradePolicy                  `pulumi:"upgradePolicy,optional"`
	ServiceIpv4Cidr    *string                                 `pulumi:"serviceIpv4Cidr,optional"`
	Iam                *cluster.IamSpec                        `pulumi:"iam,optional"`
	Access             *cluster.AccessSpec                     `pulumi:"access,optional"`
	NodeGroups         map[string]cluster.NodeGroupSpec        `pulumi:"nodeGroups,optional"`
	Addons             map[string]cluster.AddonSpec            `pulumi:"addons,optional"`
	WorkloadIdentities map[string]cluster.WorkloadIdentitySpec `pulumi:"workloadIdentities,optional"`
	KubeconfigSettings *cluster.KubeconfigSpec                 `pulumi:"kubeconfigSettings,optional"`
	Flux               *flux.FluxSpec                          `pulumi:"flux,optional"`
	Sync               *flux.SyncSpec                          `pulumi:"sync,optional"`
	Receiver           *flux.ReceiverSpec                      `inputs:"notShown" pulumi:"receiver,optional"`
	Alerts             map[string]flux.AlertSpec               `inputs:"notShown" pulumi:"alerts,optional"`
	Teardown           *flux.TeardownSpec                      `pulumi:"teardown,optional"`
	Backstage          *backstage.BackstageSpec                `pulumi:"backstage,optional"`

	ClusterVariables       pulumi.StringMapInput `inputs:"notShown" pulumi:"clusterVariables,optional"`
	SecretClusterVariables pulumi.StringMapInput `provider:"secret" pulumi:"secretClusterVariables,optional"`
}

// Annotate describes the inputs in the schema.
func (g *GitOpsClusterArgs) Annotate(a infer.Annotator) {
	a.Describe(&g.ClusterName, "The name of the cluster in EKS: at most 100 letters, digits, hyphens and underscores, "+
		"a letter or digit first. Default: the name of the resource and the name of the stack, with a hyphen between. "+
		"Changing it replaces the cluster; name it here before you give the resource another name.")
	a.Describe(&g.Version, "The Kubernetes minor version, such as `1.35`. Default: `1.35`; the default changes only in "+
		"a major release of this package. Raise it by one minor at a time; EKS cannot go back. Nodes follow.")
	a.Describe(&g.Tags, "Tags for every AWS resource that can carry them, the nodes' instances and volumes included. "+
		"Default: none beside the tag Name.")
	a.Describe(&g.Network, "The VPC, new or existing. Default: a new one, 10.0.0.0/16 in three availability zones, "+
		"with one NAT gateway.")
	a.Describe(&g.Endpoint, "From where the Kubernetes API can be reached. Default: from the internet, which IAM "+
		"guards, with a warning, and from the VPC.")
	a.Describe(&g.Logging, "Which logs of the control plane are kept, and for how long. Default: `audit`, `api` and "+
		"`authenticator`, for 90 days, in a log group of the cluster's own.")
	a.Describe(&g.Encryption, "With which KMS key Kubernetes Secrets are encrypted. Default: one made for the cluster "+
		"(about 1 USD a month). Changing it replaces the cluster.")
	a.Describe(&g.UpgradePolicy, "What EKS does when the standard support of the Kubernetes version ends: `STANDARD` "+
		"upgrades the control plane, `EXTENDED` keeps the version for up to 12 months more, in which the control plane "+
		"costs about 438 instead of 73 USD a month (list price, us-east-1). Default: `STANDARD`. It can be changed at any "+
		"time.")
	a.Describe(&g.ServiceIpv4Cidr, "The IPv4 range of the Services' addresses in the cluster, such as `172.20.0.0/16`: "+
		"from /12 to /24, in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, and apart from the VPC and all networks that "+
		"pods talk to. Default: 172.20.0.0/16 or 10.100.0.0/16, whichever EKS finds apart from the VPC. Changing it "+
		"replaces the cluster.")
	a.Describe(&g.Iam, "What holds for every IAM role that is made: a permissions boundary, a path. Default: neither.")
	a.Describe(&g.Access, "Who may enter the cluster. Default: the identity that creates it, as its administrator.")
	a.Describe(&g.KubeconfigSettings, "How the kubeconfig signs in and reaches the cluster. Default: as whoever uses it, "+
		"directly.")
	a.Describe(&g.NodeGroups, "The managed node groups by name. Default: one called `default`, of two to four "+
		"`t3.medium`. A name is at most 32 lower-case letters, digits and hyphens.")
	a.Describe(&g.Addons, "The EKS add-ons by EKS's names. Default: `vpc-cni`, `kube-proxy`, `eks-pod-identity-agent`, "+
		"`coredns` and `aws-ebs-csi-driver`, which are there unless they are switched off. Others, such as "+
		"`metrics-server`, are added by naming them.")
	a.Describe(&g.WorkloadIdentities, "IAM roles for workloads by a name of your choice: at most 32 lower-case letters, "+
		"digits and hyphens. Default: none. The output workloadRoleArns has their ARNs. To give one another name, leave it "+
		"out for one update: a service account has one identity.")
	a.Describe(&g.Flux, "Flux itself: its version, components and artifact. Default: the release that this version of "+
		"the package was tested with.")
	a.Describe(&g.Sync, "The repository that Flux syncs into the cluster. Default: none; Flux is installed and waits "+
		"for sources that somebody else gives it.")
	a.Describe(&g.ClusterVariables, "Values for `${NAME}` in what is synced, by name, beside those that are always "+
		"there: "+describeVariables+". A name holds letters, digits and underscores and does not begin with a digit; "+
		"a value is one line. A secret is refused. They are in the ConfigMap `cluster-variables` in the namespace "+
		"`flux-system`, to which Kustomizations in the repository can refer as well. From v2.9 on Flux fails at a `${NAME}` "+
		"that it does not know and that has no default; an object with other people's `${…}` is left alone with the "+
		"annotation `kustomize.toolkit.fluxcd.io/substitute: disabled`. Default: none.")
	a.Describe(&g.SecretClusterVariables, "The same for values that are secret: they are in a Secret of the same name. "+
		"What the repository puts them into decides who can read them. Default: none.")
	a.Describe(&g.Receiver, flux.DescribeReceiver)
	a.Describe(&g.Alerts, flux.DescribeAlerts+" Each message says which cluster it is from.")
	a.Describe(&g.Teardown, "How the cluster is drained before it is destroyed: everything in it that holds something "+
		"in the AWS account goes first, load balancers and volumes with their data too. Default: within 30 minutes, "+
		"and the destroy fails if Flux does not work.")
	a.Describe(&g.Backstage, "How the cluster appears in the Backstage developer portal. The outputs catalogInfo and "+
		"catalogEntities are always produced. Default: as a cluster of the owner `unknown`, with a warning.")
}

// clusterName returns the name of the cluster for the resource called name.
func (g GitOpsClusterArgs) clusterName(name, stack string) string {
	if g.ClusterName != nil {
		return *g.ClusterName
	}
	return name + "-" + stack
}

func (g GitOpsClusterArgs) network() network.NetworkSpec {
	if g.Network == nil {
		return network.NetworkSpec{}
	}
	return *g.Network
}

// composition says what the network of the cluster called name has from the cluster.
func (g GitOpsClusterArgs) composition(name string) network.Composition {
	composition := network.Composition{Base: name}
	if g.Iam != nil {
		composition.RolePath, composition.PermissionsBoundary = g.Iam.Path, g.Iam.PermissionsBoundary
	}
	return composition
}

func (g GitOpsClusterArgs) flux() flux.FluxSpec {
	if g.Flux == nil {
		return flux.FluxSpec{}
	}
	return *g.Flux
}

// maxBase leaves room in the shortest limit of the names that are made from the resource's name: 63 characters for a
// node group, less a group's name of up to 32, a hyphen, and the suffix of 8 by which Pulumi keeps names apart.
const maxBase = 63 - 32 - 1 - 8

// fitsAWS says whether names in AWS can begin with a name. A node group's have the form of a cluster's; a security
// group's can hold more, but not begin with sg-.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
func fitsAWS(name string) bool {
	return len(name) <= maxBase && cluster.IsName(name) && !strings.HasPrefix(name, "sg-")
}

// validate applies the rules of GitOpsCluster.
func validate(resource inputs.Resource, args GitOpsClusterArgs, raw property.Map) inputs.Violations {
	var found inputs.Violations
	if !fitsAWS(resource.Name) {
		found.Addf("clusterName", "does not help: AWS names begin with the name of the resource, which must begin with a "+
			"letter or digit, and not with sg-, and hold at most %d letters, digits, hyphens and underscores; got %q, rename "+
			"the resource", maxBase, resource.Name)
	}
	found = append(found, cluster.ValidateName("clusterName", args.clusterName(resource.Name, resource.Stack))...)
	if version, ok := raw.GetOk("version"); ok && version.IsString() {
		found = append(found, cluster.ValidateVersion("version", version.AsString())...)
	}
	found = append(found, args.network().Validate("network", nested(raw, "network"))...)
	found = append(found, args.validateControlPlane(raw)...)
	found = append(found, cluster.ValidateNodeGroups("nodeGroups", args.NodeGroups, raw.Get("nodeGroups"))...)
	found = append(found, cluster.ValidateAddons("addons", args.Addons, raw.Get("addons"),
		cluster.PodIdentityUsers("workloadIdentities", args.WorkloadIdentities))...)
	found = append(found, cluster.ValidateWorkloadIdentities("workloadIdentities", args.WorkloadIdentities,
		raw.Get("workloadIdentities"), args.Addons)...)
	found = append(found, validateRoom(args, raw)...)
	found = append(found, validateReach(args, raw)...)
	found = append(found, args.Backstage.Validate("backstage", raw.Get("backstage"))...)
	found = append(found, args.validateViewers(raw)...)
	found = append(found, validateForeignVPC(raw)...)
	if args.Flux != nil {
		found = append(found, args.Flux.Validate("flux", raw.Get("flux").AsMap())...)
	}
	found = append(found, args.Sync.Validate("sync", raw.Get("sync"), args.flux())...)
	found = append(found, flux.ValidateReceiver(args.Receiver, args.Sync, raw, args.flux())...)
	found = append(found, flux.ValidateAlerts(args.Alerts, raw, args.flux())...)
	identities := slices.Sorted(maps.Keys(args.WorkloadIdentities))
	found = append(found, flux.ValidateClusterVariables(raw, takenVariables(identities))...)
	return append(found, args.Teardown.Validate("teardown")...)
}

// validateControlPlane applies the rules of what the control plane is made with and who may reach it.
func (g GitOpsClusterArgs) validateControlPlane(raw property.Map) inputs.Violations {
	var found inputs.Violations
	found = append(found, g.Endpoint.Validate("endpoint", raw.Get("endpoint"))...)
	found = append(found, g.Logging.Validate("logging", raw.Get("logging"))...)
	found = append(found, g.Encryption.Validate("encryption", raw.Get("encryption"))...)
	found = append(found, g.Iam.Validate("iam", raw.Get("iam"))...)
	found = append(found, g.Access.Validate("access", raw.Get("access"))...)
	found = append(found, g.KubeconfigSettings.Validate("kubeconfigSettings", raw.Get("kubeconfigSettings"))...)
	found = append(found, g.validateKubeconfigRole(raw)...)
	var vpcRange netip.Prefix
	if plan, planned := g.addresses(raw); planned {
		vpcRange = plan.VPC
	}
	return append(found, cluster.ValidateServiceCIDR("serviceIpv4Cidr", g.ServiceIpv4Cidr, vpcRange)...)
}

// validateKubeconfigRole refuses an access entry for the role that has the entry kubeconfig by default.
func (g GitOpsClusterArgs) validateKubeconfigRole(raw property.Map) inputs.Violations {
	role := textAt(raw, "kubeconfigSettings", "roleArn")
	if role == "" || g.Access == nil {
		return nil
	}
	if _, given := g.Access.Entries[cluster.KubeconfigEntry]; given {
		return nil
	}
	var found inputs.Violations
	for _, name := range slices.Sorted(maps.Keys(g.Access.Entries)) {
		if role == textAt(raw, "access", "entries", name, "principalArn") {
			found.Addf(inputs.Join(inputs.Key("access.entries", name), "principalArn"), "is that of "+
				"kubeconfigSettings.roleArn too, which has the entry %s already, and EKS takes one entry for each identity; "+
				"call your entry %[1]s and it takes the place of that one", cluster.KubeconfigEntry)
		}
	}
	return found
}

// validateRoom refuses a new VPC that has too few addresses for the nodes; of an existing one nothing is known.
func validateRoom(args GitOpsClusterArgs, raw property.Map) inputs.Violations {
	plan, planned := args.addresses(raw)
	if !planned {
		return nil
	}
	return plan.CheckNodes("network.cidrBlock", cluster.MaxNodes(args.NodeGroups))
}

// addresses returns the plan of a new VPC. There is none of an existing one, or where what is wrong is said already.
func (g GitOpsClusterArgs) addresses(raw property.Map) (network.AddressPlan, bool) {
	if network.IsExisting(nested(raw, "network")) {
		return network.AddressPlan{}, false
	}
	plan, err := g.network().Addresses()
	return plan, err == nil
}

// nested returns the object at name, which is empty where there is none.
func nested(raw property.Map, name string) property.Map {
	if value := raw.Get(name); value.IsMap() {
		return value.AsMap()
	}
	return property.Map{}
}

// textAt returns the text at a path, empty where there is none, it is not known, or it is a secret.
func textAt(raw property.Map, path ...string) string {
	value := inputs.At(property.New(raw), path...)
	if !value.IsString() || value.Secret() {
		return ""
	}
	return value.AsString()
}
