package flux

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// defined returns a definition of Flux's: the versions that it knows, the one that it stores, and those that are
// stored.
func defined(plural string, versions []string, storage string, stored ...string) *unstructured.Unstructured {
	var known []any
	for _, version := range versions {
		known = append(known, map[string]any{"name": version, "storage": version == storage})
	}
	group := "image.toolkit.fluxcd.io"
	kind := map[string]string{
		"imagepolicies": "ImagePolicy", "imagerepositories": "ImageRepository",
		"imageupdateautomations": "ImageUpdateAutomation",
	}[plural]
	object, _ := made(crdAPIVersion, crdKind, "", plural+"."+group, map[string]string{
		manifests.PartOfLabel: manifests.PartOf,
	}, map[string]any{"spec": map[string]any{
		"group": group, "versions": known, "names": map[string]any{"kind": kind, "plural": plural},
	}}).(*unstructured.Unstructured)
	if len(stored) > 0 {
		_ = unstructured.SetNestedStringSlice(object.Object, stored, "status", "storedVersions")
	}
	return object
}

// TestCheckHop goes from one release of Flux to another, with the versions that those have for ImagePolicies.
func TestCheckHop(t *testing.T) {
	t.Parallel()
	old, middle := []string{"v1beta1", "v1beta2"}, []string{"v1", "v1beta2"}
	for name, test := range map[string]struct {
		from, to string
		live     *unstructured.Unstructured
		target   []string
		want     string
	}{
		"to the next": {"v2.6.4", "v2.8.8", defined("imagepolicies", old, "v1beta2"), middle, ""},
		"and on":      {"v2.8.8", "v2.9.5", defined("imagepolicies", middle, "v1"), []string{"v1"}, ""},
		"too far": {
			"v2.6.4", "v2.9.5", defined("imagepolicies", old, "v1beta2"), []string{"v1"},
			"flux v2.6.4 cannot be upgraded to v2.9.5 at once: the cluster stores imagepolicies.image.toolkit.fluxcd.io as " +
				"v1beta2, which v2.9.5 no longer knows; set the version to v2.8.8 first and run `pulumi up`, then to v2.9.5",
		},
		"no way": {
			"v2.8.8", "v2.9.5", defined("imagepolicies", old, "v1beta2"), []string{"v1"},
			"flux v2.8.8 cannot be upgraded to v2.9.5 at once: the cluster stores imagepolicies.image.toolkit.fluxcd.io as " +
				"v1beta2, which v2.9.5 no longer knows; uninstall Flux first, or stay at v2.8.8",
		},
		"left out": {"v2.6.4", "v2.9.5", defined("imagepolicies", old, "v1beta2"), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var target []*unstructured.Unstructured
			if test.target != nil {
				target = append(target, defined("imagepolicies", test.target, test.target[0]))
			}
			err := checkHop(test.from, test.to, []definition{definitionOf(test.live)}, target)
			if got := fmt.Sprint(err); got != test.want && (err != nil || test.want != "") {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestMigrateStorage has each object of a kind written anew of which one may be stored in an old version, and of the
// others those whose fields are owned in another version.
func TestMigrateStorage(t *testing.T) {
	t.Parallel()
	const apiVersion = "image.toolkit.fluxcd.io/v1"
	object := func(kind, name, managed string) client.Object {
		object := made(apiVersion, kind, "apps", name, nil, map[string]any{})
		if managed != "" {
			object.SetManagedFields([]metav1.ManagedFieldsEntry{{
				Manager: "flux", Operation: metav1.ManagedFieldsOperationApply, APIVersion: managed,
				FieldsType: "FieldsV1", FieldsV1: &metav1.FieldsV1{Raw: []byte("{}")},
			}})
		}
		return object
	}
	old := defined("imagepolicies", []string{"v1beta2", "v1"}, "v1", "v1beta2", "v1")
	present := defined("imagerepositories", []string{"v1"}, "v1", "v1")
	settled := defined("imageupdateautomations", []string{"v1beta2", "v1"}, "v1", "v1")
	var written []string
	cluster := newFake().WithObjects(old, present, settled, object("ImagePolicy", "plain", ""),
		object("ImagePolicy", "managed", "image.toolkit.fluxcd.io/v1beta2"),
		object("ImageUpdateAutomation", "new", apiVersion),
		object("ImageUpdateAutomation", "owned", "image.toolkit.fluxcd.io/v1beta2")).
		WithStatusSubresource(old).WithReturnManagedFields().WithInterceptorFuncs(interceptor.Funcs{
		Patch: func(
			_ context.Context, _ client.WithWatch, object client.Object, patch client.Patch, _ ...client.PatchOption,
		) error {
			content, err := patch.Data(object)
			written = append(written, object.GetName()+" "+string(patch.Type())+" "+string(content))
			return err
		},
	}).Build()
	if err := migrateStorage(t.Context(), cluster, func(string) {}); err != nil {
		t.Fatal(err)
	}
	live, err := listDefinitions(t.Context(), cluster)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range live {
		if diff := cmp.Diff([]string{"v1"}, found.stored); diff != "" {
			t.Errorf("stored versions of %s (-want +got):\n%s", found.object.GetName(), diff)
		}
	}
	owned := func(line, name string) bool {
		return strings.HasPrefix(line, name+" application/json-patch+json") &&
			strings.Contains(line, `"apiVersion":"`+apiVersion+`"`)
	}
	if len(written) != 3 || !owned(written[0], "managed") || written[1] != "plain application/merge-patch+json {}" ||
		!owned(written[2], "owned") {
		t.Errorf("written: %s", strings.Join(written, "\n"))
	}
}

// TestCheckKubernetes asks API servers of several versions.
func TestCheckKubernetes(t *testing.T) {
	t.Parallel()
	for given, test := range map[string]struct{ flux, want string }{
		"v1.33.0":             {"v2.9.5", ""},
		"v1.35.2-eks-1a2b3c4": {"v2.9.5", ""},
		"v1.30.14":            {"v2.10.0", ""},
		"v1.32.9-eks-1a2b3c4": {
			"v2.9.5", "flux v2.9.5 needs Kubernetes 1.33 or later, and the cluster has v1.32.9-eks-1a2b3c4",
		},
		"2": {"v2.9.5", ""},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]string{"gitVersion": given})
		}))
		t.Cleanup(server.Close)
		kubeconfig := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "c",
			"clusters": [{"name": "c", "cluster": {"server": %q}}],
			"contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
			"users": [{"name": "u", "user": {"token": "t"}}]}`, server.URL)
		err := checkKubernetes(t.Context(), FluxInstallArgs{Kubeconfig: kubeconfig, FluxVersion: test.flux})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("Kubernetes %s for Flux %s: got %v, want %q", given, test.flux, err, test.want)
		}
	}
}
