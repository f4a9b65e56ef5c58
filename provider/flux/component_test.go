package flux_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
)

// given returns inputs that make every child exist, with an artifact from a registry of the test's own.
func given(t *testing.T) (inputs map[string]property.Value, digest string) {
	t.Helper()
	registry := artifacttest.New(t)
	digest = registry.Push(t, "v2.9.5", artifacttest.Flux(t, "v2.9.5"))
	return map[string]property.Value{
		"kubeconfig":      property.New("kube").WithSecret(true),
		"clusterIdentity": property.New("https://issuer.example/1"),
		"artifact": object(map[string]property.Value{
			"url": property.New(registry.URL), "insecure": property.New(true),
		}),
		"sync": object(map[string]property.Value{"url": property.New("https://git.example/repo")}),
	}, digest
}

func TestTree(t *testing.T) {
	t.Parallel()
	inputs, digest := given(t)
	response, recorder, err := construct(t, inputs)
	if err != nil {
		t.Fatalf("constructing Flux: %v", err)
	}
	want := []string{
		"gitops-cluster:index:Flux prod",
		"gitops-cluster:index:FluxInstall prod prod",
		"gitops-cluster:index:GitOpsTeardown prod prod",
		"kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization prod-self prod",
		"kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization prod-sync prod",
		"kubernetes:source.toolkit.fluxcd.io/v1:GitRepository prod-sync prod",
		"kubernetes:source.toolkit.fluxcd.io/v1:OCIRepository prod-self prod",
		"pulumi:providers:kubernetes prod prod",
	}
	if diff := cmp.Diff(want, recorder.tree()); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	wantOutputs := map[string]any{
		"fluxVersion":        "v2.9.5",
		"fluxArtifactDigest": digest,
		"fluxImages": []any{
			"ghcr.io/fluxcd/helm-controller:v1.6.4",
			"ghcr.io/fluxcd/kustomize-controller:v1.9.5",
			"ghcr.io/fluxcd/notification-controller:v1.9.4",
			"ghcr.io/fluxcd/source-controller:v1.9.5",
		},
		"fluxNamespace":       "flux-system",
		"receiverWebhookPath": secret{""},
		"syncName":            "flux-system",
		"syncRevision":        "main@sha1:1234",
	}
	if diff := cmp.Diff(any(wantOutputs), goValue(property.New(response.State))); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
}

func TestTreeWithoutSync(t *testing.T) {
	t.Parallel()
	inputs, digest := given(t)
	delete(inputs, "sync")
	response, recorder, err := construct(t, inputs)
	if err != nil {
		t.Fatalf("constructing Flux: %v", err)
	}
	want := []string{
		"gitops-cluster:index:Flux prod",
		"gitops-cluster:index:FluxInstall prod prod",
		"gitops-cluster:index:GitOpsTeardown prod prod",
		"kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization prod-self prod",
		"kubernetes:source.toolkit.fluxcd.io/v1:OCIRepository prod-self prod",
		"pulumi:providers:kubernetes prod prod",
	}
	if diff := cmp.Diff(want, recorder.tree()); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	if got := goValue(response.State.Get("syncName")); got != "" {
		t.Errorf("syncName: got %q, want it empty", got)
	}
	if got := goValue(response.State.Get("fluxArtifactDigest")); got != digest {
		t.Errorf("fluxArtifactDigest: got %q, want %q", got, digest)
	}
}

// TestTreeManagedByPulumi has nothing by which Flux would manage itself, and nobody waits for it to do so.
func TestTreeManagedByPulumi(t *testing.T) {
	t.Parallel()
	inputs, _ := given(t)
	delete(inputs, "sync")
	inputs["management"] = property.New("Pulumi")
	_, recorder, err := construct(t, inputs)
	if err != nil {
		t.Fatalf("constructing Flux: %v", err)
	}
	want := []string{
		"gitops-cluster:index:Flux prod",
		"gitops-cluster:index:FluxInstall prod prod",
		"gitops-cluster:index:GitOpsTeardown prod prod",
		"pulumi:providers:kubernetes prod prod",
	}
	if diff := cmp.Diff(want, recorder.tree()); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	install := recorder.find(t, string(plugin.Token("FluxInstall")), "prod").Inputs
	if managed := goValue(install.Get("managed")); managed != true {
		t.Errorf("managed of the installation: got %v, want true", managed)
	}
	teardown := recorder.find(t, string(plugin.Token("GitOpsTeardown")), "prod").Inputs
	if _, waits := teardown.GetOk("fluxVersion"); waits {
		t.Error("somebody waits for Flux to upgrade itself")
	}
}

// metadata returns what every object of Flux has.
func metadata(name string) map[string]any {
	return map[string]any{
		"name": name, "namespace": "flux-system", "annotations": map[string]any{
			"pulumi.com/skipAwait": "true", "pulumi.com/deletionPropagationPolicy": "background",
		},
	}
}

// TestChildren compares every input of every child.
func TestChildren(t *testing.T) {
	t.Parallel()
	inputs, digest := given(t)
	url := inputs["artifact"].AsMap().Get("url").AsString()
	_, recorder, err := construct(t, inputs)
	if err != nil {
		t.Fatalf("constructing Flux: %v", err)
	}
	const source, kustomize = "kubernetes:source.toolkit.fluxcd.io/v1:", "kubernetes:kustomize.toolkit.fluxcd.io/v1:"
	components := []any{}
	for _, name := range manifests.DefaultComponents() {
		components = append(components, name)
	}
	for _, test := range []struct {
		token, name string
		want        map[string]any
	}{
		{"gitops-cluster:index:FluxInstall", "prod", map[string]any{
			"kubeconfig":      secret{"kube"},
			"clusterIdentity": "https://issuer.example/1",
			"fluxVersion":     "v2.9.5",
			"url":             url,
			"digest":          digest,
			"insecure":        true,
			"components":      components,
			"owner":           "proj/stack/prod",
		}},
		{"pulumi:providers:kubernetes", "prod", map[string]any{
			"kubeconfig":             secret{"kube"},
			"clusterIdentifier":      "https://issuer.example/1",
			"enableConfigMapMutable": true, "enableSecretMutable": true, "enableServerSideApply": true,
		}},
		{source + "OCIRepository", "prod-self", map[string]any{
			"apiVersion": "source.toolkit.fluxcd.io/v1",
			"kind":       "OCIRepository",
			"metadata":   metadata("flux-manifests"),
			"spec": map[string]any{
				"interval": "10m", "url": url, "ref": map[string]any{"tag": "v2.9.5"}, "insecure": true,
			},
		}},
		{kustomize + "Kustomization", "prod-self", map[string]any{
			"apiVersion": "kustomize.toolkit.fluxcd.io/v1",
			"kind":       "Kustomization",
			"metadata":   metadata("flux"),
			"spec": map[string]any{
				"interval": "10m", "retryInterval": "1m", "timeout": "5m", "path": "./", "prune": true, "wait": true,
				"force": false, "deletionPolicy": "Orphan",
				"sourceRef": map[string]any{"kind": "OCIRepository", "name": "flux-manifests"},
				// The very list that the seed is rendered with.
				"patches": manifests.PatchList(manifests.Patches(manifests.DefaultComponents())),
			},
		}},
		{source + "GitRepository", "prod-sync", map[string]any{
			"apiVersion": "source.toolkit.fluxcd.io/v1",
			"kind":       "GitRepository",
			"metadata":   metadata("flux-system"),
			"spec": map[string]any{
				"interval": "1m", "url": "https://git.example/repo", "ref": map[string]any{"branch": "main"},
			},
		}},
		{kustomize + "Kustomization", "prod-sync", map[string]any{
			"apiVersion": "kustomize.toolkit.fluxcd.io/v1",
			"kind":       "Kustomization",
			"metadata":   metadata("flux-system"),
			"spec": map[string]any{
				"interval": "1m", "retryInterval": "1m", "timeout": "5m", "path": "./", "prune": true, "wait": true,
				"deletionPolicy": "WaitForTermination",
				"sourceRef":      map[string]any{"kind": "GitRepository", "name": "flux-system"},
			},
		}},
		{"gitops-cluster:index:GitOpsTeardown", "prod", map[string]any{
			"kubeconfig":      secret{"kube"},
			"clusterIdentity": "https://issuer.example/1",
			"clusterUid":      "uid-1",
			"syncKind":        "GitRepository",
			"syncName":        "flux-system",
			"syncDigest":      syncDigest,
			"syncTimeout":     "5m",
			"waitForReady":    true,
			"scope":           "Flux",
			"policy":          "Prune",
			"fluxVersion":     "v2.9.5",
			"fluxDigest":      digest,
			"onUnhealthy":     "Fail",
			"timeout":         "30m",
		}},
	} {
		got := goValue(property.New(recorder.find(t, test.token, test.name).Inputs))
		if diff := cmp.Diff(any(test.want), got); diff != "" {
			t.Errorf("inputs of %s %s (-want +got):\n%s", test.token, test.name, diff)
		}
	}
}

// syncDigest changes when what is registered for the default sync does. A new release that changes it makes every
// stack wait for its sync once more, which is right, but should be meant.
const syncDigest = "7847761d05d9c710a69abeeb3795e239cedc9f7fc5b6cbfda97e2e3e6d469215"

// TestOptions looks at how the children hang together.
func TestOptions(t *testing.T) {
	t.Parallel()
	inputs, _ := given(t)
	_, recorder, err := construct(t, inputs)
	if err != nil {
		t.Fatalf("constructing Flux: %v", err)
	}
	for _, test := range []struct {
		token, name string
		want        []string
	}{
		{"gitops-cluster:index:FluxInstall", "prod", nil},
		{"pulumi:providers:kubernetes", "prod", []string{"FluxInstall prod"}},
		{"kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization", "prod-sync", []string{"GitRepository prod-sync"}},
		{"kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization", "prod-self", []string{"OCIRepository prod-self"}},
		{"gitops-cluster:index:GitOpsTeardown", "prod", []string{
			"FluxInstall prod", "GitRepository prod-sync", "Kustomization prod-self", "Kustomization prod-sync",
			"OCIRepository prod-self", "kubernetes prod",
		}},
	} {
		registered := recorder.find(t, test.token, test.name)
		var got []string
		for _, dependency := range registered.RegisterRPC.GetDependencies() {
			urn := resource.URN(dependency)
			got = append(got, string(urn.Type().Name())+" "+urn.Name())
		}
		slices.Sort(got)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("dependencies of %s %s (-want +got):\n%s", test.token, test.name, diff)
		}
		if own := strings.HasPrefix(test.token, plugin.Name); own {
			if got := registered.RegisterRPC.GetPluginDownloadURL(); got != plugin.DownloadURL {
				t.Errorf("plugin of %s: got %q, want %q", test.token, got, plugin.DownloadURL)
			}
		}
	}
}

// TestRefusesArtifact constructs with an artifact that cannot be used: one property error each, nothing registered.
func TestRefusesArtifact(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(inputs map[string]property.Value)
		want   string
	}{
		"unknown version": {
			func(inputs map[string]property.Value) { inputs["version"] = property.New("v2.9.9") },
			"version",
		},
		"another version than the digest's": {
			func(inputs map[string]property.Value) {
				inputs["version"] = property.New("v2.9.4")
				inputs["artifact"] = property.New(inputs["artifact"].AsMap().Set("digest", inputs["digest"]))
			},
			"version",
		},
		"unknown digest": {
			func(inputs map[string]property.Value) {
				inputs["artifact"] = property.New(inputs["artifact"].AsMap().Set("digest",
					property.New("sha256:"+strings.Repeat("0", 64))))
			},
			"artifact.digest",
		},
		"unreachable registry": {
			func(inputs map[string]property.Value) {
				inputs["artifact"] = property.New(inputs["artifact"].AsMap().Set("url",
					property.New("oci://127.0.0.1:1/flux-manifests")))
			},
			"artifact.url",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs, digest := given(t)
			inputs["digest"] = property.New(digest)
			test.change(inputs)
			delete(inputs, "digest")
			_, recorder, err := construct(t, inputs)
			detailed, ok := rpcerror.FromError(err)
			if !ok || len(detailed.InputPropertiesErrors()) != 1 {
				t.Fatalf("got %v, want one property error", err)
			}
			if got := detailed.InputPropertiesErrors()[0].PropertyPath; got != test.want {
				t.Errorf("path: got %q, want %q (%v)", got, test.want, detailed.InputPropertiesErrors()[0].Reason)
			}
			if tree := recorder.tree(); len(tree) > 0 {
				t.Errorf("registered: %v", tree)
			}
		})
	}
}

// TestRegistryDown gives the digest: a preview goes on with a warning, an update does not.
func TestRegistryDown(t *testing.T) {
	t.Parallel()
	for _, preview := range []bool{true, false} {
		inputs, _ := given(t)
		inputs["artifact"] = object(map[string]property.Value{
			"url":    property.New("oci://127.0.0.1:1/flux-manifests"),
			"digest": property.New("sha256:" + strings.Repeat("1", 64)), "insecure": property.New(true),
		})
		server, recorder := serve(t)
		_, err := server.Construct(p.ConstructRequest{
			Urn:    resource.CreateURN("prod", string(plugin.Token("Flux")), "", "proj", "stack"),
			Inputs: property.NewMap(inputs),
			DryRun: preview,
		})
		if preview && (err != nil || len(recorder.tree()) != 8) {
			t.Errorf("preview: got %v and %v, want the whole tree", err, recorder.tree())
		}
		if !preview && (err == nil || len(recorder.tree()) != 0) {
			t.Errorf("update: got %v and %v, want an error and nothing registered", err, recorder.tree())
		}
	}
}

// Whole is a component that has Flux inside, as GitOpsCluster does.
type Whole struct {
	pulumi.ResourceState

	FluxVersion pulumi.StringOutput `pulumi:"fluxVersion"`
}

// WholeArgs are its inputs.
type WholeArgs struct {
	URL string `pulumi:"url"`
}

// part stands for a resource of the whole.
type part struct{ pulumi.CustomResourceState }

// NewWhole registers a cluster, nodes and a network, and Flux among them.
func NewWhole(ctx *pulumi.Context, name string, args WholeArgs, opts ...pulumi.ResourceOption) (*Whole, error) {
	insecure := true
	spec := flux.FluxSpec{Artifact: &flux.FluxArtifactSpec{URL: &args.URL, Insecure: &insecure}}
	resolved, violations := flux.Resolve(ctx.Context(), "flux", spec, ctx.DryRun())
	if err := violations.Err("invalid"); err != nil {
		return nil, err
	}
	whole := &Whole{}
	if err := ctx.RegisterComponentResource("gitops-cluster:index:Whole", name, whole, opts...); err != nil {
		return nil, err
	}
	parts := map[string]*part{"cluster": {}, "nodes": {}, "network": {}}
	for partName, resource := range parts {
		if err := ctx.RegisterResource("test:index:Part", partName, nil, resource, pulumi.Parent(whole)); err != nil {
			return nil, err
		}
	}
	inner, err := flux.New(ctx, name+"-flux", flux.FluxArgs{
		Kubeconfig: pulumi.String("kube"), Artifact: spec.Artifact,
		Sync: &flux.SyncSpec{URL: pulumi.String("https://git.example/repo")},
	}, flux.Composition{
		Base: name, Artifact: &resolved,
		InstallDependsOn:  []pulumi.Resource{parts["nodes"]},
		TeardownDependsOn: []pulumi.Resource{parts["nodes"], parts["network"]},
		DeletedWith:       parts["cluster"],
	}, pulumi.Parent(whole))
	if err != nil {
		return nil, err
	}
	whole.FluxVersion = inner.FluxVersion
	return whole, nil
}

// TestComposition looks at Flux inside another component: the names of the children, and what makes them outlive or
// follow what.
func TestComposition(t *testing.T) {
	t.Parallel()
	registry := artifacttest.New(t)
	registry.Push(t, "v2.9.5", artifacttest.Flux(t, "v2.9.5"))
	server, recorder := serve(t, infer.ComponentF(NewWhole))
	if _, err := server.Construct(p.ConstructRequest{
		Urn:    resource.CreateURN("prod", "gitops-cluster:index:Whole", "", "proj", "stack"),
		Inputs: property.NewMap(map[string]property.Value{"url": property.New(registry.URL)}),
	}); err != nil {
		t.Fatalf("constructing: %v", err)
	}
	want := []string{
		"gitops-cluster:index:Flux prod-flux prod",
		"gitops-cluster:index:FluxInstall prod prod-flux",
		"gitops-cluster:index:GitOpsTeardown prod prod-flux",
		"gitops-cluster:index:Whole prod",
		"kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization prod-self prod-flux",
		"kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization prod-sync prod-flux",
		"kubernetes:source.toolkit.fluxcd.io/v1:GitRepository prod-sync prod-flux",
		"kubernetes:source.toolkit.fluxcd.io/v1:OCIRepository prod-self prod-flux",
		"pulumi:providers:kubernetes prod prod-flux",
		"test:index:Part cluster prod",
		"test:index:Part network prod",
		"test:index:Part nodes prod",
	}
	if diff := cmp.Diff(want, recorder.tree()); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	with := map[string]string{}
	for _, line := range want {
		words := strings.Fields(line)
		if len(words) < 3 || words[2] != "prod-flux" {
			continue
		}
		child := words[0][strings.LastIndex(words[0], ":")+1:] + " " + words[1]
		with[child] = ""
		if urn := resource.URN(recorder.find(t, words[0], words[1]).RegisterRPC.GetDeletedWith()); urn != "" {
			with[child] = urn.Name()
		}
	}
	wantWith := map[string]string{
		"FluxInstall prod": "cluster", "OCIRepository prod-self": "cluster", "Kustomization prod-self": "cluster",
		"GitRepository prod-sync": "cluster", "Kustomization prod-sync": "cluster",
		"GitOpsTeardown prod": "", "kubernetes prod": "",
	}
	if diff := cmp.Diff(wantWith, with); diff != "" {
		t.Errorf("deletedWith (-want +got):\n%s", diff)
	}
	for _, test := range []struct {
		kind string
		want []string
	}{
		{"FluxInstall", []string{"nodes"}},
		{"GitOpsTeardown", []string{"network", "nodes", "prod", "prod", "prod-self", "prod-self", "prod-sync", "prod-sync"}},
	} {
		var got []string
		for _, dependency := range recorder.find(t, string(plugin.Token(test.kind)), "prod").RegisterRPC.GetDependencies() {
			got = append(got, resource.URN(dependency).Name())
		}
		slices.Sort(got)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("dependencies of %s (-want +got):\n%s", test.kind, diff)
		}
	}
}

// TestAPIVersions asks the manifests of Flux whether they serve the versions in which its objects are registered.
func TestAPIVersions(t *testing.T) {
	t.Parallel()
	for _, release := range []string{"v2.9.4", "v2.9.5"} {
		served := map[string]bool{}
		objects, err := manifests.Render(
			map[string][]byte{"a.yaml": artifacttest.Manifests(t, release)}, manifests.Patches(manifests.DefaultComponents()))
		if err != nil {
			t.Fatalf("rendering Flux %s: %v", release, err)
		}
		for _, object := range objects {
			spec, _ := object.Object["spec"].(map[string]any)
			versions, _ := spec["versions"].([]any)
			for _, entry := range versions {
				version := entry.(map[string]any)
				kind := spec["names"].(map[string]any)["kind"]
				served[fmt.Sprintf("%s/%s %s", spec["group"], version["name"], kind)] = version["served"] == true
			}
		}
		for _, want := range []string{
			"source.toolkit.fluxcd.io/v1 OCIRepository", "source.toolkit.fluxcd.io/v1 GitRepository",
			"kustomize.toolkit.fluxcd.io/v1 Kustomization",
		} {
			if !served[want] {
				t.Errorf("Flux %s does not serve %s", release, want)
			}
		}
	}
}
