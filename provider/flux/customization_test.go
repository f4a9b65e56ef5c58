package flux_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
)

// customized are inputs that change everything that can be changed of Flux's manifests.
func customized(patch string) map[string]property.Value {
	return map[string]property.Value{
		"registry": property.New("mirror.example/flux"), "networkPolicy": property.New(false), "adopt": property.New(true),
		"tolerations": property.New(property.NewArray([]property.Value{
			object(map[string]property.Value{"key": property.New("dedicated"), "operator": property.New("Exists")}),
		})),
		"patches": property.New(property.NewArray([]property.Value{object(map[string]property.Value{
			"patch":  property.New(patch),
			"target": object(map[string]property.Value{"kind": property.New("Deployment")}),
		})})),
	}
}

const argument = "- {op: add, path: /spec/template/spec/containers/0/args/-, value: --concurrent=20}\n"

// TestCustomization hands the same to the installation and to Flux itself, and tells of the images in the mirror.
func TestCustomization(t *testing.T) {
	t.Parallel()
	inputs, _ := given(t)
	maps.Copy(inputs, customized(argument))
	inputs["multitenancy"] = object(map[string]property.Value{"defaultServiceAccount": property.New("tenant")})
	response, recorder, err := construct(t, inputs)
	if err != nil {
		t.Fatalf("constructing Flux: %v", err)
	}
	install := recorder.find(t, string(plugin.Token("FluxInstall")), "prod").Inputs
	for field, value := range customized(argument) {
		if diff := cmp.Diff(goValue(value), goValue(install.Get(field))); diff != "" {
			t.Errorf("%s of the installation (-want +got):\n%s", field, diff)
		}
	}
	if diff := cmp.Diff(any("tenant"), goValue(install.Get("tenantServiceAccount"))); diff != "" {
		t.Errorf("the tenants' account (-want +got):\n%s", diff)
	}
	specOf := func(name string) map[string]any {
		object := recorder.find(t, "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization", name).Inputs
		spec, _ := goValue(object.Get("spec")).(map[string]any)
		return spec
	}
	for _, name := range []string{"prod-self", "prod-sync"} {
		if account := specOf(name)["serviceAccountName"]; account != "kustomize-controller" {
			t.Errorf("%s applies as %v, want kustomize-controller, which stands above the tenants", name, account)
		}
	}
	spec := specOf("prod-self")
	patches, _ := spec["patches"].([]any)
	if len(patches) != 8 {
		t.Fatalf("got %d patches, want 8: components, network policies, tolerations, three against tenants, the user's, and "+
			"against pruning", len(patches))
	}
	want := map[string]any{"patch": argument, "target": map[string]any{"kind": "Deployment"}}
	if diff := cmp.Diff(any(want), patches[6]); diff != "" {
		t.Errorf("the user's patch (-want +got):\n%s", diff)
	}
	images, _ := spec["images"].([]any)
	image := map[string]any{
		"name": "ghcr.io/fluxcd/source-controller", "newName": "mirror.example/flux/source-controller",
	}
	if len(images) != 8 || !cmp.Equal(any(image), images[0]) {
		t.Errorf("images: got %v, want eight that begin with %v", images, image)
	}
	for _, image := range response.State.Get("fluxImages").AsArray().All {
		if !strings.HasPrefix(image.AsString(), "mirror.example/flux/") {
			t.Errorf("fluxImages: got %s", image.AsString())
		}
	}
}

func TestCustomizationRefused(t *testing.T) {
	t.Parallel()
	inputs, _ := given(t)
	inputs["patches"] = customized("- {op: remove, path: /spec/nothing}\n")["patches"]
	_, recorder, err := construct(t, inputs)
	detailed, _ := rpcerror.FromError(err)
	if refused := detailed.InputPropertiesErrors(); len(refused) != 1 || refused[0].PropertyPath != "patches[0]" ||
		!strings.Contains(refused[0].Reason, "cannot be applied") {
		t.Errorf("got %v (%v), want patches[0] refused", refused, err)
	}
	if tree := recorder.tree(); len(tree) > 0 {
		t.Errorf("something was registered: %v", tree)
	}
	text := property.New[string]
	patch := func(fields map[string]property.Value) map[string]property.Value {
		return map[string]property.Value{"patches": property.New(property.NewArray([]property.Value{object(fields)}))}
	}
	toleration := func(fields map[string]property.Value) map[string]property.Value {
		return map[string]property.Value{"tolerations": property.New(property.NewArray([]property.Value{object(fields)}))}
	}
	for name, test := range map[string]struct {
		inputs map[string]property.Value
		want   refusal
	}{
		"a scheme": {
			map[string]property.Value{"registry": text("https://mirror.example/flux")},
			refusal{"registry", "must be a registry and a path, without a scheme"},
		},
		"a patch of words": {
			patch(map[string]property.Value{"patch": text("hello")}),
			refusal{"patches[0].patch", "must be an object"},
		},
		"operations without a target": {
			patch(map[string]property.Value{"patch": text("[]")}), refusal{"patches[0].target", "must be given for a list"},
		},
		"a patch of nobody": {
			patch(map[string]property.Value{"patch": text("spec: {}")}), refusal{"patches[0].target", "must be given unless"},
		},
		"an empty target": {
			patch(map[string]property.Value{"patch": text("[]"), "target": object(nil)}),
			refusal{"patches[0].target", "must select something"},
		},
		"a toleration of nothing": {
			toleration(nil), refusal{"tolerations[0].key", "must be given unless operator is Exists"},
		},
		"another effect": {
			toleration(map[string]property.Value{"key": text("a"), "effect": text("Never")}),
			refusal{"tolerations[0].effect", "must be one of NoSchedule"},
		},
		"another operator": {
			toleration(map[string]property.Value{"key": text("a"), "operator": text("In")}),
			refusal{"tolerations[0].operator", "must be one of Equal"},
		},
		"an account that cannot be": {
			map[string]property.Value{"multitenancy": object(map[string]property.Value{"defaultServiceAccount": text("A b")})},
			refusal{"multitenancy.defaultServiceAccount", "cannot name a service account"},
		},
		"an account for nobody": {
			map[string]property.Value{"multitenancy": object(map[string]property.Value{
				"defaultServiceAccount": text("a"), "enabled": property.New(false),
			})},
			refusal{"multitenancy.defaultServiceAccount", "does nothing where multitenancy.enabled is false"},
		},
		"a value of all": {
			toleration(map[string]property.Value{"key": text("a"), "operator": text("Exists"), "value": text("b")}),
			refusal{"tolerations[0].value", "must not be given"},
		},
	} {
		got := validate(t, test.inputs)
		if len(got) != 1 || got[0].Path != test.want.path || !strings.Contains(got[0].Reason, test.want.reason) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
