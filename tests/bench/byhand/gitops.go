package main

import (
	"maps"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

const packageVersion = "0.1.0"

// own registers a custom resource of the package.
func own(
	ctx *pulumi.Context, kind, name string, properties pulumi.Map, resource pulumi.CustomResource,
	opts ...pulumi.ResourceOption,
) error {
	return ctx.RegisterResource("gitops-cluster:index:"+kind, name, properties, resource,
		append(opts, pulumi.Version(packageVersion))...)
}

type placement struct {
	pulumi.CustomResourceState

	SubnetIDs pulumi.StringArrayOutput `pulumi:"subnetIds"`
}

type installation struct {
	pulumi.CustomResourceState

	ClusterUID pulumi.StringOutput `pulumi:"clusterUid"`
}

type teardown struct{ pulumi.CustomResourceState }

// artifact says where Flux is, and tells what is there.
type artifact struct {
	URL      string            `json:"url"      pulumi:"url"`
	Insecure bool              `json:"insecure" pulumi:"insecure"`
	Verify   map[string]string `json:"verify"   pulumi:"verify"`
	Version  string            `json:"-"        pulumi:"version"`
}

type artifactFacts struct {
	Digest string `pulumi:"digest"`
}

// gitOps installs Flux, which then syncs the repository.
type gitOps struct {
	ctx      *pulumi.Context
	settings *config.Config
	artifact artifact
	digest   string
	cluster  *cluster
	// inCluster are the options of what is in the cluster.
	inCluster pulumi.ResourceOption
	all       []pulumi.Resource
}

func newGitOps(ctx *pulumi.Context, settings *config.Config, network *network, cluster *cluster) error {
	g := &gitOps{ctx: ctx, settings: settings, cluster: cluster}
	if err := settings.GetObject("fluxArtifact", &g.artifact); err != nil {
		return err
	}
	g.artifact.Version = fluxVersion
	var facts artifactFacts
	if err := ctx.Invoke("gitops-cluster:index:getFluxArtifact", &g.artifact, &facts,
		pulumi.Version(packageVersion)); err != nil {
		return err
	}
	g.digest = facts.Digest
	install := &installation{}
	if err := own(ctx, "FluxInstall", base, pulumi.Map{
		"kubeconfig":      cluster.kubeconfig(),
		"clusterIdentity": cluster.identity,
		"fluxVersion":     pulumi.String(fluxVersion),
		"url":             pulumi.String(g.artifact.URL),
		"digest":          pulumi.String(g.digest),
		"insecure":        pulumi.Bool(g.artifact.Insecure),
		"components": pulumi.ToStringArray([]string{
			"source-controller", "kustomize-controller", "helm-controller", "notification-controller",
		}),
		"owner": pulumi.String(ctx.Stack()),
	}, install, pulumi.DependsOn(cluster.ready)); err != nil {
		return err
	}
	provider, err := kubernetes.NewProvider(ctx, base, &kubernetes.ProviderArgs{
		Kubeconfig:             cluster.kubeconfig(),
		ClusterIdentifier:      cluster.identity,
		EnableServerSideApply:  pulumi.Bool(true),
		EnableConfigMapMutable: pulumi.Bool(true),
		EnableSecretMutable:    pulumi.Bool(true),
	}, pulumi.DependsOn([]pulumi.Resource{install}))
	if err != nil {
		return err
	}
	g.inCluster = pulumi.Provider(provider)
	g.all = append(g.all, install, provider)
	if err := g.self(); err != nil {
		return err
	}
	if err := g.sync(network); err != nil {
		return err
	}
	g.all = append(append(g.all, network.all...), cluster.all...)
	return own(ctx, "GitOpsTeardown", base, pulumi.Map{
		"kubeconfig":      cluster.kubeconfig(),
		"clusterIdentity": cluster.identity,
		"clusterUid":      install.ClusterUID,
		"scope":           pulumi.String("Cluster"),
		"policy":          pulumi.String("Prune"),
		"onUnhealthy":     pulumi.String("Fail"),
		"timeout":         pulumi.String("30m"),
		"fluxVersion":     pulumi.String(fluxVersion),
		"fluxDigest":      pulumi.String(g.digest),
		"syncKind":        pulumi.String("GitRepository"),
		"syncName":        pulumi.String("flux-system"),
		"syncTimeout":     pulumi.String("5m"),
		"waitForReady":    pulumi.Bool(true),
	}, &teardown{}, pulumi.DependsOn(g.all))
}

func (c *cluster) kubeconfig() pulumi.StringOutput {
	return pulumi.ToSecret(c.eks.KubeconfigJson).(pulumi.StringOutput)
}

// self is what Flux manages itself with.
func (g *gitOps) self() error {
	interval := pulumi.String(g.settings.Require("fluxInterval"))
	source, err := g.object("self", "source.toolkit.fluxcd.io/v1", "OCIRepository", "flux-manifests", pulumi.Map{
		"interval": interval,
		"url":      pulumi.String(g.artifact.URL),
		"insecure": pulumi.Bool(g.artifact.Insecure),
		"ref":      pulumi.Map{"tag": pulumi.String(fluxVersion), "digest": pulumi.String(g.digest)},
	})
	if err != nil {
		return err
	}
	_, err = g.object("self", "kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux", pulumi.Map{
		"interval":       interval,
		"retryInterval":  pulumi.String("1m"),
		"timeout":        pulumi.String("5m"),
		"path":           pulumi.String("./"),
		"prune":          pulumi.Bool(true),
		"wait":           pulumi.Bool(true),
		"force":          pulumi.Bool(false),
		"deletionPolicy": pulumi.String("Orphan"),
		"sourceRef":      pulumi.Map{"kind": pulumi.String("OCIRepository"), "name": pulumi.String("flux-manifests")},
		"patches": pulumi.Array{
			pulumi.Map{
				"patch": pulumi.String("$patch: delete\napiVersion: v1\nkind: Any\nmetadata:\n  name: any\n"),
				"target": pulumi.Map{"labelSelector": pulumi.String("app.kubernetes.io/component in " +
					"(image-reflector-controller,image-automation-controller,source-watcher)")},
			},
			pulumi.Map{
				"patch": pulumi.String("apiVersion: v1\nkind: Any\nmetadata:\n  name: any\n  annotations:\n" +
					"    kustomize.toolkit.fluxcd.io/prune: Disabled\n"),
				"target": pulumi.Map{"kind": pulumi.String("(CustomResourceDefinition|Namespace)")},
			},
		},
	}, source)
	return err
}

// sync is what Flux syncs the repository with.
func (g *gitOps) sync(network *network) error {
	c := g.cluster
	made := c.eks.EksCluster
	variables := &variables{}
	if err := g.ctx.RegisterResource("kubernetes:core/v1:ConfigMap", base+"-cluster-variables", pulumi.Map{
		"apiVersion": pulumi.String("v1"),
		"kind":       pulumi.String("ConfigMap"),
		"metadata": pulumi.Map{
			"name":      pulumi.String("cluster-variables"),
			"namespace": pulumi.String("flux-system"),
			"labels":    labels(pulumi.StringMap{"reconcile.fluxcd.io/watch": pulumi.String("Enabled")}),
		},
		"data": pulumi.StringMap{
			"CLUSTER_NAME":              made.Name(),
			"CLUSTER_ENDPOINT":          made.Endpoint(),
			"CLUSTER_SECURITY_GROUP_ID": made.VpcConfig().ClusterSecurityGroupId().Elem(),
			"AWS_ACCOUNT_ID":            pulumi.String(c.caller.AccountId),
			"VPC_ID":                    network.vpc.ID().ToStringOutput(),
			"VPC_CIDR_BLOCK":            network.vpc.CidrBlock,
			"OIDC_ISSUER_URL":           c.identity,
			"OIDC_PROVIDER_ARN":         c.issuer.Arn,
			"NODE_ROLE_ARN":             c.nodeRole.Arn,
		},
	}, variables, g.inCluster); err != nil {
		return err
	}
	source, err := g.object("sync", "source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", pulumi.Map{
		"interval": pulumi.String("1m"),
		"url":      pulumi.String(g.settings.Require("syncUrl")),
		"ref":      pulumi.Map{"branch": pulumi.String("main")},
	})
	if err != nil {
		return err
	}
	_, err = g.object("sync", "kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", pulumi.Map{
		"interval":       pulumi.String("1m"),
		"retryInterval":  pulumi.String("1m"),
		"timeout":        pulumi.String("5m"),
		"path":           pulumi.String(g.settings.Require("syncPath")),
		"prune":          pulumi.Bool(true),
		"wait":           pulumi.Bool(true),
		"deletionPolicy": pulumi.String("WaitForTermination"),
		"sourceRef":      pulumi.Map{"kind": pulumi.String("GitRepository"), "name": pulumi.String("flux-system")},
		"postBuild": pulumi.Map{"substituteFrom": pulumi.Array{
			pulumi.Map{"kind": pulumi.String("ConfigMap"), "name": pulumi.String("cluster-variables")},
		}},
	}, source, variables)
	g.all = append(g.all, variables)
	return err
}

type variables struct{ pulumi.CustomResourceState }

func labels(more pulumi.StringMap) pulumi.StringMap {
	all := pulumi.StringMap{"app.kubernetes.io/part-of": pulumi.String("flux")}
	maps.Copy(all, more)
	return all
}

func (g *gitOps) object(
	name, apiVersion, kind, objectName string, spec pulumi.Map, needs ...pulumi.Resource,
) (pulumi.Resource, error) {
	object, err := apiextensions.NewCustomResource(g.ctx, base+"-"+name, &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String(apiVersion),
		Kind:       pulumi.String(kind),
		Metadata: metav1.ObjectMetaArgs{
			Name:        pulumi.String(objectName),
			Namespace:   pulumi.String("flux-system"),
			Annotations: pulumi.StringMap{"pulumi.com/skipAwait": pulumi.String("true")},
			Labels:      labels(nil),
		},
		OtherFields: kubernetes.UntypedArgs{"spec": spec},
	}, g.inCluster, pulumi.DependsOn(needs))
	g.all = append(g.all, object)
	return object, err
}
