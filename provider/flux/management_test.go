package flux

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// TestRemoveOthers leaves what is wanted, what is somebody else's, and whatever would take user data with it.
func TestRemoveOthers(t *testing.T) {
	t.Parallel()
	part := map[string]string{manifests.PartOfLabel: manifests.PartOf}
	cluster := newFakeCluster(
		made("apps/v1", "Deployment", manifests.Namespace, "source-controller", part, map[string]any{}),
		made("apps/v1", "Deployment", manifests.Namespace, "image-reflector-controller", part, map[string]any{}),
		made("apps/v1", "Deployment", manifests.Namespace, "theirs", nil, map[string]any{}),
		made("apps/v1", "Deployment", "other", "image-reflector-controller", part, map[string]any{}),
		made("v1", "ServiceAccount", manifests.Namespace, "image-reflector-controller", part, map[string]any{}),
		made("rbac.authorization.k8s.io/v1", "ClusterRole", "", "old", part, map[string]any{}),
		made(crdAPIVersion, crdKind, "", "imagepolicies.image.toolkit.fluxcd.io", part, map[string]any{}),
		made("v1", "Namespace", "", manifests.Namespace, part, map[string]any{}),
	)
	wanted := []*unstructured.Unstructured{
		kube.Object("apps/v1", "Deployment", manifests.Namespace, "source-controller"),
	}
	if err := removeOthers(t.Context(), cluster, wanted); err != nil {
		t.Fatal(err)
	}
	slices.Sort(cluster.deleted)
	want := []string{
		"ClusterRole old", "Deployment flux-system/image-reflector-controller",
		"ServiceAccount flux-system/image-reflector-controller",
	}
	if diff := cmp.Diff(want, cluster.deleted); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
}
