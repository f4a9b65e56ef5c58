package flux

import (
	"maps"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// TestSettle meets the Flux of others on a cluster.
func TestSettle(t *testing.T) {
	t.Parallel()
	namespace := func(owner string) client.Object {
		object := kube.Object("v1", "Namespace", "", manifests.Namespace)
		if owner != "" {
			object.SetAnnotations(map[string]string{ownerMark: owner})
		}
		return object
	}
	sources := kube.Object(crdAPIVersion, crdKind, "", sourceDefinition)
	controller := func(version string, labels map[string]string) client.Object {
		all := map[string]string{manifests.VersionLabel: version}
		maps.Copy(all, labels)
		return made("apps/v1", "Deployment", manifests.Namespace, manifests.KustomizeController, all, map[string]any{})
	}
	old := defined("imagepolicies", []string{"v1beta2"}, "v1beta2", "v1beta2")
	for name, test := range map[string]struct {
		found []client.Object
		adopt bool
		want  string
	}{
		"nobody's":    {nil, false, ""},
		"a namespace": {[]client.Object{namespace("")}, false, ""},
		"ours":        {[]client.Object{namespace("me"), sources}, false, ""},
		"somebody's": {
			[]client.Object{namespace(""), sources}, false, "installed by somebody else: uninstall it first",
		},
		"another stack's": {
			[]client.Object{namespace("you"), sources}, false, "installed by you: uninstall it first",
		},
		"somebody's, to be adopted": {[]client.Object{namespace(""), sources, controller("v2.9.4", nil)}, true, ""},
		"another stack's, to be adopted": {
			[]client.Object{namespace("you"), sources, controller("v2.9.5", by(selfName))}, true, "",
		},
		"half of one": {[]client.Object{sources}, true, ""},
		"a repository": {
			[]client.Object{namespace(""), sources, controller("v2.9.5", by("flux-system"))}, true,
			"its own Kustomization flux-system/flux-system keeps applying it from a repository",
		},
		"a newer one": {
			[]client.Object{namespace(""), sources, controller("v2.10.1", nil)}, true,
			"flux v2.10.1 cannot be taken back to v2.9.5",
		},
		"a newer one from a chart": {
			[]client.Object{namespace(""), sources, controller("2.10.1", nil)}, true,
			"flux v2.10.1 cannot be taken back to v2.9.5",
		},
		"one from a chart that is too old": {
			[]client.Object{namespace(""), sources, controller("2.6.4", nil), old}, true, "set the version to v2.8.8 first",
		},
		"one that is too old": {
			[]client.Object{namespace(""), sources, controller("v2.6.4", nil), old}, true, "set the version to v2.8.8 first",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var copies []client.Object
			for _, object := range test.found {
				copied, _ := object.DeepCopyObject().(client.Object)
				copies = append(copies, copied)
			}
			args := FluxInstallArgs{Owner: "me", FluxVersion: "v2.9.5", Adopt: &test.adopt}
			target := read(t, `{kind: CustomResourceDefinition, metadata: {name: imagepolicies.image.toolkit.fluxcd.io},
				spec: {versions: [{name: v1, storage: true}]}}`)
			err := settle(t.Context(), newFakeCluster(copies...), args, []*unstructured.Unstructured{target}, func(string) {})
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
