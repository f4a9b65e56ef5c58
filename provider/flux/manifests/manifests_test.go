package manifests_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// version is the release whose manifests are rendered.
const version = "v2.9.5"

const pruneAnnotation = "kustomize.toolkit.fluxcd.io/prune"

func render(t testing.TB, components []string) []*unstructured.Unstructured {
	t.Helper()
	files := map[string][]byte{"gotk-components.yaml": artifacttest.Manifests(t, version)}
	objects, err := manifests.Render(files, manifests.Patches(components))
	if err != nil {
		t.Fatalf("rendering Flux %s with %v: %v", version, components, err)
	}
	return objects
}

// names returns "Kind namespace/name" of each object, sorted.
func names(objects []*unstructured.Unstructured) []string {
	lines := make([]string, 0, len(objects))
	for _, object := range objects {
		line := object.GetKind() + " " + object.GetName()
		if object.GetNamespace() != "" {
			line = object.GetKind() + " " + object.GetNamespace() + "/" + object.GetName()
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

func TestRenderGolden(t *testing.T) {
	t.Parallel()
	objects := render(t, manifests.DefaultComponents())
	got := strings.Join(names(objects), "\n") + "\n"
	golden := filepath.Join("testdata", version+"-default.golden")
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatalf("updating %s: %v", golden, err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("reading %s: %v", golden, err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("rendered objects (-want +got):\n%s", diff)
	}
}

// TestRenderSelections leaves out each component by itself, and all at once: what is selected is whole, what is not
// leaves no trace, and nothing that would take user data with it is ever pruned.
func TestRenderSelections(t *testing.T) {
	t.Parallel()
	required := []string{manifests.SourceController, manifests.KustomizeController}
	selections := [][]string{required, manifests.Components()}
	for _, left := range manifests.Components()[2:] {
		selections = append(selections, slices.DeleteFunc(manifests.Components(), func(name string) bool {
			return name == left
		}))
	}
	all := render(t, manifests.Components())
	for _, selected := range selections {
		var want []*unstructured.Unstructured
		for _, object := range all {
			component := object.GetLabels()["app.kubernetes.io/component"]
			if component == "" || slices.Contains(selected, component) {
				want = append(want, object)
			}
		}
		got := render(t, selected)
		if diff := cmp.Diff(names(want), names(got)); diff != "" {
			t.Errorf("objects with %v (-want +got):\n%s", selected, diff)
		}
		for _, object := range got {
			keep := object.GetKind() == "CustomResourceDefinition" || object.GetKind() == "Namespace"
			if disabled := object.GetAnnotations()[pruneAnnotation] == "Disabled"; disabled != keep {
				t.Errorf("%s %s: prune disabled = %t, want %t", object.GetKind(), object.GetName(), disabled, keep)
			}
		}
	}
}

// TestComponentsAreThoseOfTheArtifact keeps the list of names in step with what Flux ships.
func TestComponentsAreThoseOfTheArtifact(t *testing.T) {
	t.Parallel()
	var got []string
	for _, object := range render(t, manifests.Components()) {
		if object.GetKind() == "Deployment" {
			got = append(got, object.GetName())
		}
	}
	want := manifests.Components()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deployments (-want +got):\n%s", diff)
	}
}

func TestPatches(t *testing.T) {
	t.Parallel()
	keep := manifests.Patch{
		Target: map[string]string{"kind": "(CustomResourceDefinition|Namespace)"},
		Patch: "apiVersion: v1\nkind: Any\nmetadata:\n  name: any\n" +
			"  annotations:\n    kustomize.toolkit.fluxcd.io/prune: Disabled\n",
	}
	if diff := cmp.Diff([]manifests.Patch{keep}, manifests.Patches(manifests.Components())); diff != "" {
		t.Errorf("patches of all components (-want +got):\n%s", diff)
	}
	want := []manifests.Patch{{
		Target: map[string]string{
			"labelSelector": "app.kubernetes.io/component in " +
				"(image-reflector-controller,image-automation-controller,source-watcher)",
		},
		Patch: "$patch: delete\napiVersion: v1\nkind: Any\nmetadata:\n  name: any\n",
	}, keep}
	if diff := cmp.Diff(want, manifests.Patches(manifests.DefaultComponents())); diff != "" {
		t.Errorf("patches of the default components (-want +got):\n%s", diff)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	labelled := "metadata: {name: a, labels: {app.kubernetes.io/version: v2.7.1}}\n"
	for name, test := range map[string]struct {
		files map[string][]byte
		want  string
	}{
		"release":            {map[string][]byte{"gotk-components.yaml": artifacttest.Manifests(t, "v2.9.4")}, "v2.9.4"},
		"comment first":      {map[string][]byte{"a.yaml": []byte("---\n# only words\n---\n" + labelled)}, "v2.7.1"},
		"later file":         {map[string][]byte{"a.yml": []byte("kind: A\n"), "b.yaml": []byte(labelled)}, "v2.7.1"},
		"no label":           {map[string][]byte{"a.yaml": []byte("kind: Namespace\n")}, ""},
		"no manifests":       {map[string][]byte{"README.md": []byte(labelled)}, ""},
		"not YAML":           {map[string][]byte{"a.yaml": []byte("{")}, ""},
		"not even an object": {map[string][]byte{"a.yaml": []byte("- 1\n")}, ""},
	} {
		if got := manifests.Version(test.files); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string][]byte{
		"what is not YAML":      {"a.yaml": []byte("{")},
		"a remote base":         {"kustomization.yaml": []byte("resources: [https://example.com/a.yaml]\n")},
		"a base outside of it":  {"kustomization.yaml": []byte("resources: [../../../etc]\n")},
		"a missing local file":  {"kustomization.yaml": []byte("resources: [missing.yaml]\n")},
		"two objects of a name": {"a.yaml": []byte(twice)},
	} {
		if objects, err := manifests.Render(files, nil); err == nil {
			t.Errorf("%s: got %v, want an error", name, names(objects))
		}
	}
}

const twice = `apiVersion: v1
kind: Namespace
metadata: {name: a}
---
apiVersion: v1
kind: Namespace
metadata: {name: a}
`
