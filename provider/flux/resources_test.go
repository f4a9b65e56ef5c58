package flux_test

import (
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
)

func urn(kind string) resource.URN {
	return resource.CreateURN("prod", string(plugin.Token(kind)), "", "proj", "stack")
}

// installInputs are the inputs of a FluxInstall, checked by the engine.
func installInputs() property.Map {
	return property.NewMap(map[string]property.Value{
		"kubeconfig":      property.New("kube").WithSecret(true),
		"clusterIdentity": property.New("https://issuer.example/1"),
		"fluxVersion":     property.New("v2.9.5"),
		"url":             property.New("oci://ghcr.io/fluxcd/flux-manifests"),
		"digest":          property.New("sha256:" + strings.Repeat("a", 64)),
		"insecure":        property.New(false),
		"components":      list("source-controller", "kustomize-controller"),
		"owner":           property.New("proj/stack/prod"),
		"probeCommand":    list("aws", "eks"),
		"probeEvidence":   property.New("ResourceNotFoundException"),
	})
}

func teardownInputs() property.Map {
	return property.NewMap(map[string]property.Value{
		"kubeconfig":      property.New("kube").WithSecret(true),
		"clusterIdentity": property.New("https://issuer.example/1"),
		"clusterUid":      property.New("uid-1"),
		"syncKind":        property.New("GitRepository"),
		"syncName":        property.New("flux-system"),
		"syncDigest":      property.New("d1"),
		"syncTimeout":     property.New("5m"),
		"fluxVersion":     property.New("v2.9.5"),
		"fluxDigest":      property.New("sha256:" + strings.Repeat("a", 64)),
		"waitForReady":    property.New(true),
		"scope":           property.New("Cluster"),
		"policy":          property.New("Prune"),
		"onUnhealthy":     property.New("Fail"),
		"timeout":         property.New("30m"),
		"probeCommand":    list("aws", "eks"),
		"probeEvidence":   property.New("ResourceNotFoundException"),
	})
}

// ours are the two custom resources, with what their state has beside their inputs.
func ours() map[string]struct{ inputs, outputs property.Map } {
	return map[string]struct{ inputs, outputs property.Map }{
		"FluxInstall": {installInputs(), property.NewMap(map[string]property.Value{
			"clusterUid": property.New("uid-1"), "installedVersion": property.New("v2.9.5"),
		})},
		"GitOpsTeardown": {teardownInputs(), property.NewMap(map[string]property.Value{
			"syncRevision": property.New("main@sha1:1"), "synced": property.New(true),
		})},
	}
}

func merge(a, b property.Map) property.Map {
	for key, value := range b.All {
		a = a.Set(key, value)
	}
	return a
}

// other returns another value of the same type.
func other(value property.Value) property.Value {
	secret := value.Secret()
	value = value.WithSecret(false)
	switch {
	case value.IsString():
		value = property.New(value.AsString() + "x")
	case value.IsBool():
		value = property.New(!value.AsBool())
	default:
		value = property.New(value.AsArray().Append(property.New("another")))
	}
	return value.WithSecret(secret)
}

// TestNothingReplaces changes each input by itself, to another value and to one that is not known yet. Only another
// cluster replaces: a replacement would uninstall Flux and remove what it has applied.
func TestNothingReplaces(t *testing.T) {
	t.Parallel()
	server, _ := serve(t)
	for kind, resource := range ours() {
		for key, value := range resource.inputs.All {
			for name, changed := range map[string]property.Value{
				"another": other(value), "unknown": property.New(property.Computed).WithSecret(value.Secret()),
			} {
				diff, err := server.Diff(p.DiffRequest{
					ID: "prod", Urn: urn(kind), State: merge(resource.inputs, resource.outputs),
					OldInputs: resource.inputs, Inputs: resource.inputs.Set(key, changed),
				})
				if err != nil {
					t.Fatalf("%s, %s %s: %v", kind, name, key, err)
				}
				want := map[string]p.PropertyDiff{key: {Kind: p.Update}}
				if key == "clusterIdentity" {
					want = map[string]p.PropertyDiff{key: {Kind: p.UpdateReplace}}
				}
				if value.IsArray() && name == "another" {
					want = map[string]p.PropertyDiff{key + "[2]": {Kind: p.Add}}
				}
				if diff := cmp.Diff(want, diff.DetailedDiff); diff != "" {
					t.Errorf("%s, %s %s (-want +got):\n%s", kind, name, key, diff)
				}
			}
		}
	}
}

// TestIdentityCounts checks inputs in which the identity of the cluster comes and goes.
func TestIdentityCounts(t *testing.T) {
	t.Parallel()
	server, _ := serve(t)
	const key = "clusterIdentity"
	unknown := property.New(property.Computed)
	for kind, resource := range ours() {
		with, without := resource.inputs, resource.inputs.Delete(key)
		for name, test := range map[string]struct {
			before, now property.Map
			want        any
		}{
			"new, without":        {property.Map{}, without, nil},
			"new, with":           {property.Map{}, with, "https://issuer.example/1"},
			"new, not known yet":  {property.Map{}, with.Set(key, unknown), unknownValue},
			"still without":       {without, without, nil},
			"given later":         {without, with, nil},
			"given later, later":  {without, with.Set(key, unknown), nil},
			"taken away":          {with, without, "https://issuer.example/1"},
			"another":             {with, with.Set(key, property.New("2")), "2"},
			"another, soon known": {with, with.Set(key, unknown), unknownValue},
		} {
			checked, err := server.Check(p.CheckRequest{Urn: urn(kind), State: test.before, Inputs: test.now})
			if err != nil || len(checked.Failures) > 0 {
				t.Fatalf("%s, %s: %v %v", kind, name, err, checked.Failures)
			}
			if diff := cmp.Diff(test.want, goValue(checked.Inputs.Get(key))); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", kind, name, diff)
			}
			if got := goValue(checked.Inputs.Get("kubeconfig")); got != (secret{"kube"}) {
				t.Errorf("%s, %s: the kubeconfig is %v, want it secret", kind, name, got)
			}
		}
	}
}

// TestPreviewCreate previews a creation on a cluster that does not exist yet, so that nothing about it is known.
func TestPreviewCreate(t *testing.T) {
	t.Parallel()
	server, _ := serve(t)
	for kind, resource := range ours() {
		inputs := resource.inputs.
			Set("kubeconfig", property.New(property.Computed).WithSecret(true)).
			Set("clusterIdentity", property.New(property.Computed))
		created, err := server.Create(p.CreateRequest{Urn: urn(kind), Properties: inputs, DryRun: true})
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		want := goValue(property.New(inputs)).(map[string]any)
		for key := range resource.outputs.All {
			want[key] = unknownValue
		}
		if diff := cmp.Diff(any(want), goValue(property.New(created.Properties))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
}

// TestPreviewUpdate previews the change of each input: what does not hang on it stays known, so that what depends on
// this resource is not taken for changed.
func TestPreviewUpdate(t *testing.T) {
	t.Parallel()
	server, _ := serve(t)
	for kind, resource := range ours() {
		for key, value := range resource.inputs.All {
			inputs := resource.inputs.Set(key, other(value))
			updated, err := server.Update(p.UpdateRequest{
				ID: "prod", Urn: urn(kind), State: merge(resource.inputs, resource.outputs), OldInputs: resource.inputs,
				Inputs: inputs, DryRun: true,
			})
			if err != nil {
				t.Fatalf("%s, %s: %v", kind, key, err)
			}
			want := goValue(property.New(merge(inputs, resource.outputs))).(map[string]any)
			switch {
			case kind == "FluxInstall" && key == "clusterIdentity":
				want["clusterUid"], want["installedVersion"] = unknownValue, unknownValue
			case kind == "GitOpsTeardown" && key == "syncDigest":
				want["syncRevision"], want["synced"] = unknownValue, unknownValue
			}
			if diff := cmp.Diff(any(want), goValue(property.New(updated.Properties))); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", kind, key, diff)
			}
		}
	}
}

// TestDowngrade is refused when it is previewed, unless it stays within the minor version.
func TestDowngrade(t *testing.T) {
	t.Parallel()
	server, _ := serve(t)
	resource := ours()["FluxInstall"]
	for _, test := range []struct {
		from, to string
		refused  bool
	}{
		{"v2.9.5", "v2.9.6", false},
		{"v2.9.5", "v2.10.0", false},
		{"v2.9.5", "v2.9.4", false},
		{"v2.9.5", "v2.8.8", true},
		{"v2.10.0", "v2.9.5", true},
	} {
		before := resource.inputs.Set("fluxVersion", property.New(test.from))
		for _, preview := range []bool{true, false} {
			_, err := server.Update(p.UpdateRequest{
				ID: "prod", Urn: urn("FluxInstall"), State: merge(before, resource.outputs), OldInputs: before,
				Inputs: before.Set("fluxVersion", property.New(test.to)), DryRun: preview,
			})
			// Nobody answers for the cluster, which a preview forgives.
			refused := err != nil && (preview || strings.Contains(err.Error(), "cannot be taken back"))
			if refused != test.refused {
				t.Errorf("%s to %s, preview %t: got %v, want refused = %t", test.from, test.to, preview, err, test.refused)
			}
		}
	}
}

// TestKubeconfigIsNotTold gives a kubeconfig that cannot be used: the error does not quote it.
func TestKubeconfigIsNotTold(t *testing.T) {
	t.Parallel()
	server, _ := serve(t)
	for kind, resource := range ours() {
		for _, kubeconfig := range []string{
			"hunter2", "hunter2: [", "clusters: hunter2", `{"apiVersion": "hunter2"}`,
			"apiVersion: v1\nkind: Config\ncurrent-context: hunter2\n",
			"apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: hunter2, user: u}}]\n",
		} {
			state := merge(resource.inputs, resource.outputs).Set("kubeconfig", property.New(kubeconfig).WithSecret(true))
			err := server.Delete(p.DeleteRequest{ID: "prod", Urn: urn(kind), Properties: state})
			if err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s with %q: got %v, want an error that does not quote it", kind, kubeconfig, err)
			}
		}
	}
}

// TestTeardownWithoutCluster reads a teardown whose cluster does not answer: only a cluster that is proven to be gone
// takes it out of the state.
func TestTeardownWithoutCluster(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once.
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	kubeconfig := `{"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"clusters": [{"name": "c", "cluster": {"server": "http://` + address + `"}}],
		"contexts": [{"name": "c", "context": {"cluster": "c", "user": ""}}]}`
	server, _ := serve(t)
	for said, want := range map[string]string{"ResourceNotFoundException": "", "AccessDeniedException": "prod"} {
		resource := ours()["GitOpsTeardown"]
		inputs := resource.inputs.
			Set("kubeconfig", property.New(kubeconfig).WithSecret(true)).
			Set("probeCommand", list("sh", "-c", "echo "+said+"; exit 254"))
		read, err := server.Read(p.ReadRequest{
			ID: "prod", Urn: urn("GitOpsTeardown"), Inputs: inputs, Properties: merge(inputs, resource.outputs),
		})
		if err != nil {
			t.Fatal(err)
		}
		if read.ID != want {
			t.Errorf("when AWS says %s, the teardown is read as %q, want %q", said, read.ID, want)
		}
	}
}
