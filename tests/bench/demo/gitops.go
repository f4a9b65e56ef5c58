package main

import (
	"maps"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

const fluxNamespace = "flux-system"

// gitOps makes what is in the cluster.
type gitOps struct {
	ctx      *pulumi.Context
	settings *config.Config
	provider pulumi.ResourceOption
}

func newGitOps(ctx *pulumi.Context, settings *config.Config, network *network, c *cluster) error {
	role, err := c.controllerRole(ctx)
	if err != nil {
		return err
	}
	provider, err := kubernetes.NewProvider(ctx, base, &kubernetes.ProviderArgs{
		Kubeconfig: c.eks.KubeconfigJson, EnableServerSideApply: pulumi.Bool(true),
	}, pulumi.DependsOn([]pulumi.Resource{c.nodes}))
	if err != nil {
		return err
	}
	g := gitOps{ctx, settings, pulumi.Provider(provider)}
	release, err := g.register("helm.sh/v3:Release", "flux", pulumi.Map{
		"chart":           pulumi.String("oci://ghcr.io/fluxcd-community/charts/flux2"),
		"namespace":       pulumi.String(fluxNamespace),
		"createNamespace": pulumi.Bool(true),
	})
	if err != nil {
		return err
	}
	values := pulumi.Sprintf("clusterName: %s\nvpcId: %s\nserviceAccount: {annotations: {role-arn: %s}}\n",
		c.eks.EksCluster.Name(), network.vpc.ID(), role.Arn)
	if err := g.secret("aws-load-balancer-controller-values", fluxNamespace, pulumi.StringMap{"values.yaml": values},
		release); err != nil {
		return err
	}
	namespace, err := g.object("v1", "Namespace", "pulumi-operator", "", nil)
	if err != nil {
		return err
	}
	if err := g.secret("pulumi-access-token", "pulumi-operator", pulumi.StringMap{"token": pulumi.String("none")},
		namespace); err != nil {
		return err
	}
	if err := g.sync(release); err != nil {
		return err
	}
	return g.portal()
}

// register registers a resource of the Kubernetes provider by the name of its type: the packages with types for all of
// them take minutes to compile.
func (g gitOps) register(
	kind, name string, properties pulumi.Map, needs ...pulumi.Resource,
) (pulumi.Resource, error) {
	made := &thing{}
	err := g.ctx.RegisterResource("kubernetes:"+kind, base+"-"+name, properties, made, g.provider, pulumi.DependsOn(needs))
	return made, err
}

type thing struct{ pulumi.CustomResourceState }

// object is an object in the cluster.
func (g gitOps) object(
	apiVersion, kind, name, namespace string, properties pulumi.Map, needs ...pulumi.Resource,
) (pulumi.Resource, error) {
	metadata := pulumi.StringMap{"name": pulumi.String(name)}
	if namespace != "" {
		metadata["namespace"] = pulumi.String(namespace)
	}
	all := pulumi.Map{"apiVersion": pulumi.String(apiVersion), "kind": pulumi.String(kind), "metadata": metadata}
	maps.Copy(all, properties)
	group := apiVersion
	if apiVersion == "v1" {
		group = "core/v1"
	}
	return g.register(group+":"+kind, name, all, needs...)
}

func (g gitOps) secret(name, namespace string, data pulumi.StringMap, needs pulumi.Resource) error {
	_, err := g.object("v1", "Secret", name, namespace, pulumi.Map{"stringData": data}, needs)
	return err
}

// sync is what Flux syncs the repository with.
func (g gitOps) sync(release pulumi.Resource) error {
	source, err := g.object("source.toolkit.fluxcd.io/v1", "GitRepository", "bootstrap-repo", fluxNamespace, pulumi.Map{
		"spec": pulumi.Map{
			"interval": pulumi.String("1m"),
			"url":      pulumi.String(g.settings.Require("syncUrl")),
			"ref":      pulumi.Map{"branch": pulumi.String("main")},
		},
	}, release)
	if err != nil {
		return err
	}
	_, err = g.object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "bootstrap-kustomization", fluxNamespace,
		pulumi.Map{"spec": pulumi.Map{
			"interval":  pulumi.String("1m"),
			"path":      pulumi.String(g.settings.Require("syncPath")),
			"prune":     pulumi.Bool(true),
			"sourceRef": pulumi.Map{"kind": pulumi.String("GitRepository"), "name": pulumi.String("bootstrap-repo")},
		}}, source)
	return err
}

// portal is the account by which the portal looks into the cluster.
func (g gitOps) portal() error {
	account, err := g.object("v1", "ServiceAccount", "backstage", "default", nil)
	if err != nil {
		return err
	}
	if _, err := g.object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "backstage", "", pulumi.Map{
		"subjects": pulumi.Array{pulumi.StringMap{
			"kind": pulumi.String("ServiceAccount"), "name": pulumi.String("backstage"), "namespace": pulumi.String("default"),
		}},
		"roleRef": pulumi.StringMap{
			"apiGroup": pulumi.String("rbac.authorization.k8s.io"),
			"kind":     pulumi.String("ClusterRole"),
			"name":     pulumi.String("cluster-admin"),
		},
	}, account); err != nil {
		return err
	}
	_, err = g.register("core/v1:Secret", "backstage-token", pulumi.Map{
		"apiVersion": pulumi.String("v1"),
		"kind":       pulumi.String("Secret"),
		"metadata": pulumi.Map{
			"name":        pulumi.String("backstage-token"),
			"namespace":   pulumi.String("default"),
			"annotations": pulumi.StringMap{"kubernetes.io/service-account.name": pulumi.String("backstage")},
		},
		"type": pulumi.String("kubernetes.io/service-account-token"),
	}, account)
	return err
}
