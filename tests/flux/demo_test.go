package flux

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"
)

// demo is what matters here of the program from which the guide leads away: Flux from a chart, and what it syncs, as
// resources of Pulumi's.
type demo struct {
	kubeconfig, chart, url string
	// retained is how far the guide has come: what it takes over may be forgotten.
	retained bool
	// handedOver is that the program does without it.
	handedOver bool
}

func (d *demo) run(ctx *pulumi.Context) error {
	provider, err := kubernetes.NewProvider(ctx, "kubernetes-provider", &kubernetes.ProviderArgs{
		Kubeconfig: pulumi.String(d.kubeconfig), EnableServerSideApply: pulumi.Bool(true),
	})
	if err != nil {
		return err
	}
	if d.handedOver {
		return values(ctx, provider, pulumi.String("flux-system"))
	}
	options := []pulumi.ResourceOption{pulumi.Provider(provider), pulumi.RetainOnDelete(d.retained)}
	var flux release
	if err := ctx.RegisterResource("kubernetes:helm.sh/v3:Release", "pulumi-backstage-flux-gitops-aws-flux2", pulumi.Map{
		"chart": pulumi.String(d.chart), "namespace": pulumi.String("flux-system"), "createNamespace": pulumi.Bool(true),
	}, &flux, options...); err != nil {
		return err
	}
	if err := values(ctx, provider, flux.Namespace); err != nil {
		return err
	}
	options = append(options, pulumi.DependsOn([]pulumi.Resource{&flux}))
	if err := custom(ctx, "source.toolkit.fluxcd.io/v1", "GitRepository", "bootstrap-repo", pulumi.Map{
		"interval": pulumi.String("1m"), "ref": pulumi.Map{"branch": pulumi.String("main")},
		"timeout": pulumi.String("60s"), "url": pulumi.String(d.url),
	}, options); err != nil {
		return err
	}
	return custom(ctx, "kustomize.toolkit.fluxcd.io/v1", "Kustomization", "bootstrap-kustomization", pulumi.Map{
		"force": pulumi.Bool(false), "interval": pulumi.String("1m"), "prune": pulumi.Bool(!d.retained),
		"path": pulumi.String("./flux/clusters/aws-gitops-platform"),
		"sourceRef": pulumi.Map{
			"kind": pulumi.String("GitRepository"), "name": pulumi.String("bootstrap-repo"),
			"namespace": pulumi.String("flux-system"),
		},
		"targetNamespace": pulumi.String("flux-system"),
	}, options)
}

// release is a chart that Helm has installed. Compiled, Pulumi's packages for charts and Secrets would take minutes.
type release struct {
	pulumi.CustomResourceState

	Namespace pulumi.StringOutput `pulumi:"namespace"`
}

// values is a Secret that the repository needs, and that stays with the demo's program.
func values(ctx *pulumi.Context, provider pulumi.ProviderResource, namespace pulumi.StringInput) error {
	var secret pulumi.CustomResourceState
	return ctx.RegisterResource("kubernetes:core/v1:Secret", "aws-lb-controller-secret", pulumi.Map{
		"apiVersion": pulumi.String("v1"), "kind": pulumi.String("Secret"),
		"metadata":   pulumi.Map{"name": pulumi.String("aws-load-balancer-controller-values"), "namespace": namespace},
		"stringData": pulumi.Map{"values.yaml": pulumi.String("clusterName: " + clusterName + "\n")},
	}, &secret, pulumi.Provider(provider))
}

func custom(
	ctx *pulumi.Context, apiVersion, kind, name string, spec pulumi.Map, options []pulumi.ResourceOption,
) error {
	_, err := apiextensions.NewCustomResource(ctx, "pulumi-backstage-flux-gitops-aws-"+name,
		&apiextensions.CustomResourceArgs{
			ApiVersion: pulumi.String(apiVersion), Kind: pulumi.String(kind),
			Metadata: metav1.ObjectMetaArgs{
				Name: pulumi.String(name), Namespace: pulumi.String("flux-system"),
				Labels: pulumi.StringMap{"backstage.io/kubernetes-id": pulumi.String("gitops-cluster")},
			},
			OtherFields: kubernetes.UntypedArgs{"spec": spec},
		}, options...)
	return err
}

// chart writes a chart of Flux as the demo's is: what the community's chart of that version holds, with its names and
// labels, made from the manifests of the version of Flux that it installs.
func (h host) chart(t *testing.T) string {
	t.Helper()
	manifests, err := os.ReadFile(filepath.Join(h.Tree.Tools, "flux-manifests", "v2.2.3", "gotk-components.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name string, text []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(folder, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("Chart.yaml", []byte("apiVersion: v2\nname: flux2\nversion: 2.12.4\nappVersion: 2.2.3\n"))
	for document := range strings.SplitSeq(string(manifests), "\n---\n") {
		var object map[string]any
		// It has them under names without the namespace's.
		text := strings.NewReplacer(
			"crd-controller-flux-system", "crd-controller", "cluster-reconciler-flux-system", "cluster-reconciler",
			"flux-edit-flux-system", "flux-edit", "flux-view-flux-system", "flux-view",
		).Replace(document)
		if err := yaml.Unmarshal([]byte(text), &object); err != nil {
			t.Fatal(err)
		}
		kind, metadata := object["kind"].(string), object["metadata"].(map[string]any)
		if kind == "Namespace" || kind == "ResourceQuota" {
			continue
		}
		labels, _ := metadata["labels"].(map[string]any)
		if labels == nil {
			labels = map[string]any{}
			metadata["labels"] = labels
		}
		labels["app.kubernetes.io/managed-by"], labels["helm.sh/chart"] = "Helm", "flux2-2.12.4"
		labels["app.kubernetes.io/version"] = "2.2.3"
		if kind == "Deployment" {
			labels["backstage.io/kubernetes-id"] = "gitops-cluster"
			if metadata["name"] == "source-controller" {
				object["spec"].(map[string]any)["strategy"] = map[string]any{"type": "Recreate"}
			}
		}
		written, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		write(filepath.Join("templates", strings.ToLower(kind)+"-"+metadata["name"].(string)+".yaml"), written)
	}
	return folder
}
