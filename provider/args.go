package provider

import (
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
	ClusterName *string                          `pulumi:"clusterName,optional"`
	Version     pulumi.StringInput               `pulumi:"version,optional"`
	Tags        pulumi.StringMapInput            `pulumi:"tags,optional"`
	Network     *network.NetworkSpec             `pulumi:"network,optional"`
	Endpoint    *cluster.EndpointSpec            `pulumi:"endpoint,optional"`
	NodeGroups  map[string]cluster.NodeGroupSpec `pulumi:"nodeGroups,optional"`
	Flux        *flux.FluxSpec                   `pulumi:"flux,optional"`
	Sync        *flux.SyncSpec                   `pulumi:"sync,optional"`
	Backstage   *backstage.BackstageSpec         `pulumi:"backstage,optional"`

	ClusterVariables       pulumi.StringMapInput `inputs:"notShown" pulumi:"clusterVariables,optional"`
	SecretClusterVariables pulumi.StringMapInput `provider:"secret" pulumi:"secretClusterVariables,optional"`
}

// Annotate describes the inputs in the schema.
func (g *GitOpsClusterArgs) Annotate(a infer.Annotator) {
	a.Describe(&g.ClusterName, "The name of the cluster in EKS: at most 100 letters, digits, hyphens and underscores, "+
		"a letter or digit first. Default: the name of the resource and the name of the stack, with a hyphen between. "+
		"Changing it replaces the cluster.")
	a.Describe(&g.Version, "The Kubernetes minor version, such as `1.35`. Default: `1.35`; the default changes only in "+
		"a major release of this package. Raise it by one minor at a time; EKS cannot go back. Nodes follow.")
	a.Describe(&g.Tags, "Tags for every AWS resource that can carry them, the nodes' instances and volumes included. "+
		"Default: none beside the tag Name.")
	a.Describe(&g.Network, "The VPC. Default: 10.0.0.0/16 in three availability zones, with one NAT gateway.")
	a.Describe(&g.Endpoint, "From where the Kubernetes API can be reached. Default: from the internet, which IAM "+
		"guards, and from the VPC.")
	a.Describe(&g.NodeGroups, "The managed node groups by name. Default: one called `default`, of two to four "+
		"`t3.medium`. A name is at most 32 lower-case letters, digits and hyphens.")
	a.Describe(&g.Flux, "Flux itself: its version, components and artifact. Default: the release that this version of "+
		"the package was tested with.")
	a.Describe(&g.Sync, "The repository that Flux syncs into the cluster. Default: none; Flux is installed and waits "+
		"for sources that somebody else gives it.")
	a.Describe(&g.ClusterVariables, "Values for `${NAME}` in what is synced, by name, beside those that are always "+
		"there: "+describeVariables+". A name holds letters, digits and underscores and does not begin with a digit; a value is one "+
		"line. A secret is refused. They are in the ConfigMap `cluster-variables` in the namespace `flux-system`, to which "+
		"Kustomizations in the repository can refer as well. From v2.9 on Flux fails at a `${NAME}` that it does not know "+
		"and that has no default; an object with other people's `${…}` is left alone with the annotation "+
		"`kustomize.toolkit.fluxcd.io/substitute: disabled`. Default: none.")
	a.Describe(&g.SecretClusterVariables, "The same for values that are secret: they are in a Secret of the same name. "+
		"What the repository puts them into decides who can read them. Default: none.")
	a.Describe(&g.Backstage, "How the cluster appears in the Backstage developer portal. The outputs catalogInfo and "+
		"catalogEntities are always produced.")
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

func (g GitOpsClusterArgs) flux() flux.FluxSpec {
	if g.Flux == nil {
		return flux.FluxSpec{}
	}
	return *g.Flux
}

// maxBase leaves room in the shortest limit of the names that are made from the resource's name: 63 characters for a
// node group, less a group's name of up to 32, a hyphen, and the suffix of 8 by which Pulumi keeps names apart.
const maxBase = 63 - 32 - 1 - 8

// validate applies the rules of GitOpsCluster.
func validate(resource inputs.Resource, args GitOpsClusterArgs, raw property.Map) inputs.Violations {
	var found inputs.Violations
	if len(resource.Name) > maxBase {
		found.Addf("clusterName", "does not help: AWS names begin with the name of the resource, which must be at most "+
			"%d characters; got %q, rename the resource", maxBase, resource.Name)
	}
	found = append(found, cluster.ValidateName("clusterName", args.clusterName(resource.Name, resource.Stack))...)
	if version, ok := raw.GetOk("version"); ok && version.IsString() {
		found = append(found, cluster.ValidateVersion("version", version.AsString())...)
	}
	spec := args.network()
	found = append(found, spec.Validate("network")...)
	found = append(found, args.Endpoint.Validate("endpoint")...)
	found = append(found, cluster.ValidateNodeGroups("nodeGroups", args.NodeGroups)...)
	if plan, err := spec.Addresses(); err == nil {
		found = append(found, plan.CheckNodes("network.cidrBlock", cluster.MaxNodes(args.NodeGroups))...)
	}
	found = append(found, args.Backstage.Validate("backstage")...)
	if args.Flux != nil {
		found = append(found, args.Flux.Validate("flux", raw.Get("flux").AsMap())...)
	}
	found = append(found, args.Sync.Validate("sync", raw.Get("sync"), args.flux())...)
	// The names of the workload identities come here, once there are any.
	found = append(found, flux.ValidateClusterVariables(raw, takenVariables(nil))...)
	return found
}
