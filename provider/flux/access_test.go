package flux_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/blang/semver"
	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
)

// TestPrivateArtifact follows a password and a certificate to where they are needed: into the installation, and into
// Secrets that Flux reads. The password is a secret everywhere.
func TestPrivateArtifact(t *testing.T) {
	t.Parallel()
	registry := artifacttest.NewPrivate(t, "reader", "hunter2")
	digest := registry.Push(t, "v2.9.5", artifacttest.Flux(t, "v2.9.5"))
	_, recorder, err := construct(t, map[string]property.Value{
		"kubeconfig": property.New("kube").WithSecret(true),
		"artifact": object(map[string]property.Value{
			"url": property.New(registry.URL), "caCertificate": property.New(registry.Certificate),
			"auth": object(map[string]property.Value{
				"username": property.New("reader"), "password": property.New("hunter2").WithSecret(true),
			}),
		}),
	})
	if err != nil {
		t.Fatalf("constructing Flux: %v", err)
	}
	install := recorder.find(t, string(plugin.Token("FluxInstall")), "prod").Inputs
	for field, want := range map[string]any{
		"digest": digest, "caCertificate": registry.Certificate, "username": "reader", "password": secret{"hunter2"},
	} {
		if diff := cmp.Diff(want, goValue(install.Get(field))); diff != "" {
			t.Errorf("%s of the installation (-want +got):\n%s", field, diff)
		}
	}
	source := recorder.find(t, "kubernetes:source.toolkit.fluxcd.io/v1:OCIRepository", "prod-self")
	want := map[string]any{
		"interval": "10m", "url": registry.URL, "ref": map[string]any{"tag": "v2.9.5"},
		"secretRef":     map[string]any{"name": "flux-manifests-auth"},
		"certSecretRef": map[string]any{"name": "flux-manifests-ca"},
	}
	if diff := cmp.Diff(any(want), goValue(source.Inputs.Get("spec"))); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	host := strings.TrimSuffix(strings.TrimPrefix(registry.URL, "oci://"), "/fluxcd/flux-manifests")
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for name, test := range map[string]struct{ objectName, kind, key, content string }{
		"prod-self-auth": {
			"flux-manifests-auth", "kubernetes.io/dockerconfigjson", ".dockerconfigjson",
			`{"auths":{"` + host + `":{"auth":"` + encode("reader:hunter2") + `","password":"hunter2","username":"reader"}}}`,
		},
		"prod-self-ca": {"flux-manifests-ca", "", "ca.crt", registry.Certificate},
	} {
		want := map[string]any{
			"apiVersion": "v1", "kind": "Secret", "data": secret{map[string]any{test.key: encode(test.content)}},
			"metadata": map[string]any{
				"name": test.objectName, "namespace": "flux-system",
				"labels": map[string]any{"reconcile.fluxcd.io/watch": "Enabled"},
			},
		}
		if test.kind != "" {
			want["type"] = test.kind
		}
		registered := recorder.find(t, "kubernetes:core/v1:Secret", name)
		if diff := cmp.Diff(any(want), goValue(property.New(registered.Inputs))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		urn := "$kubernetes:core/v1:Secret::" + name
		found := false
		for _, dependency := range source.RegisterRPC.GetDependencies() {
			found = found || strings.HasSuffix(dependency, urn)
		}
		if !found {
			t.Errorf("the source does not wait for %s: %v", name, source.RegisterRPC.GetDependencies())
		}
	}
}

// TestVerifiedArtifact stays at the digest that was verified.
func TestVerifiedArtifact(t *testing.T) {
	t.Parallel()
	registry := artifacttest.New(t)
	image, _ := mutate.Annotations(artifacttest.Flux(t, "v2.9.5"), map[string]string{"test": t.Name()}).(v1.Image)
	digest := registry.Push(t, "v2.9.5", image)
	key := artifacttest.Key(t)
	registry.Sign(t, digest, artifacttest.Signing{Key: key})
	_, recorder, err := construct(t, map[string]property.Value{
		"kubeconfig": property.New("kube").WithSecret(true),
		"artifact": object(map[string]property.Value{
			"url": property.New(registry.URL), "insecure": property.New(true),
			"verify": object(map[string]property.Value{"publicKey": property.New(artifacttest.PublicKey(t, key))}),
		}),
	})
	if err != nil {
		t.Fatalf("constructing Flux: %v", err)
	}
	source := recorder.find(t, "kubernetes:source.toolkit.fluxcd.io/v1:OCIRepository", "prod-self")
	want := map[string]any{"tag": "v2.9.5", "digest": digest}
	if diff := cmp.Diff(any(want), goValue(source.Inputs.Get("spec").AsMap().Get("ref"))); diff != "" {
		t.Errorf("ref (-want +got):\n%s", diff)
	}
}

// getFluxArtifact calls the function as a program does.
func getFluxArtifact(t *testing.T, inputs map[string]property.Value) (property.Map, error) {
	t.Helper()
	provider, err := infer.NewProviderBuilder().
		WithFunctions(infer.Function(flux.GetFluxArtifact{})).
		WithModuleMap(map[tokens.ModuleName]tokens.ModuleName{"flux": "index"}).
		Build()
	if err != nil {
		t.Fatalf("building the provider: %v", err)
	}
	server, err := integration.NewServer(t.Context(), plugin.Name, semver.MustParse("1.2.3"),
		integration.WithProvider(provider))
	if err != nil {
		t.Fatalf("serving the provider: %v", err)
	}
	response, err := server.Invoke(p.InvokeRequest{
		Token: plugin.Token("getFluxArtifact"), Args: property.NewMap(inputs),
	})
	if len(response.Failures) > 0 {
		t.Fatalf("calling the function: %v", response.Failures)
	}
	return response.Return, err
}

func TestGetFluxArtifact(t *testing.T) {
	t.Parallel()
	registry := artifacttest.New(t)
	image, _ := mutate.Annotations(artifacttest.Flux(t, "v2.9.5"), map[string]string{"test": t.Name()}).(v1.Image)
	digest := registry.Push(t, "v2.9.5", image)
	sigstore := artifacttest.NewSigstore(t)
	registry.SignBundle(t, digest, artifacttest.Signing{
		Sigstore: sigstore, Issuer: "https://token.actions.githubusercontent.com",
		Subject: "https://github.com/fluxcd/flux2/.github/workflows/release.yaml@refs/tags/v2.9.5",
	})
	inputs := map[string]property.Value{
		"url": property.New(registry.URL), "insecure": property.New(true),
		"components": list("source-controller", "kustomize-controller"),
		"verify":     object(map[string]property.Value{"trustedRoot": property.New(sigstore.TrustedRoot(t))}),
	}
	result, err := getFluxArtifact(t, inputs)
	if err != nil {
		t.Fatalf("calling the function: %v", err)
	}
	got, _ := goValue(property.New(result)).(map[string]any)
	objects, _ := got["objects"].([]any)
	delete(got, "objects")
	want := map[string]any{
		"version": "v2.9.5", "url": registry.URL, "digest": digest, "kubernetesMinimum": "1.33", "verified": true,
		"verifiedBy": "https://github.com/fluxcd/flux2/.github/workflows/release.yaml@refs/tags/v2.9.5 " +
			"(issuer https://token.actions.githubusercontent.com)",
		"images": []any{"ghcr.io/fluxcd/kustomize-controller:v1.9.5", "ghcr.io/fluxcd/source-controller:v1.9.5"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	deployments := []any{}
	for _, entry := range objects {
		if object, _ := entry.(map[string]any); object["kind"] == "Deployment" {
			deployments = append(deployments, object)
		}
	}
	deployment := func(name string) map[string]any {
		return map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "flux-system", "name": name}
	}
	both := []any{deployment("source-controller"), deployment("kustomize-controller")}
	if diff := cmp.Diff(both, deployments); diff != "" {
		t.Errorf("deployments (-want +got):\n%s", diff)
	}
}

func TestGetFluxArtifactRefuses(t *testing.T) {
	t.Parallel()
	registry := artifacttest.New(t)
	for name, test := range map[string]struct {
		inputs map[string]property.Value
		want   string
	}{
		"a wrong version": {
			map[string]property.Value{"version": property.New("latest")}, "version: must be a released version",
		},
		"a wrong address": {map[string]property.Value{"url": property.New("https://x")}, "url: must begin with oci://"},
		"a name alone":    {map[string]property.Value{"username": property.New("a")}, "username: and password must be given"},
		"nothing there": {
			map[string]property.Value{"url": property.New(registry.URL), "insecure": property.New(true)},
			"version: is not in the registry",
		},
	} {
		if _, err := getFluxArtifact(t, test.inputs); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}
