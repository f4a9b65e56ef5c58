package fluxcontrollers_test

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/gitserver"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/sample"
)

// serveGit starts a git server and returns where its repositories are.
func serveGit(t *testing.T) string {
	t.Helper()
	git, err := gitserver.New(filepath.Join(t.TempDir(), "git"), "/git", nil)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(git)
	t.Cleanup(web.Close)
	return web.URL + "/git"
}

// checkSync has the controllers sync the sample application from git, with no rights but those of Flux's own manifests.
func checkSync(t *testing.T, cluster *kube.Cluster) {
	t.Helper()
	url := serveGit(t) + "/platform.git"
	told := listen(t, cluster)
	commit, err := gitserver.Push(t.Context(), url, sample.Files, "Add the sample application")
	if err != nil {
		t.Fatal(err)
	}
	apply(t, cluster, "source.toolkit.fluxcd.io/v1", "GitRepository", map[string]any{
		"url": url, "interval": "1m", "ref": map[string]any{"branch": gitserver.Branch},
	})
	synced := apply(t, cluster, "kustomize.toolkit.fluxcd.io/v1", "Kustomization", map[string]any{
		"sourceRef": map[string]any{"kind": "GitRepository", "name": "sample"}, "path": "./apps", "prune": true,
		"interval": "1m", "wait": true,
	})
	awaitSynced(t, cluster, synced, gitserver.Branch+"@sha1:"+commit)
	awaitTold(t, told, commit)
	deployment, err := cluster.Clientset.AppsV1().Deployments("hello").Get(t.Context(), "hello", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if deployment.Status.AvailableReplicas != 2 || deployment.Labels["kustomize.toolkit.fluxcd.io/name"] != "sample" {
		t.Errorf("the application has %d replicas and labels %v", deployment.Status.AvailableReplicas, deployment.Labels)
	}
}

// apply applies an object of Flux's with the name that all of them have here but those of the release.
func apply(
	t *testing.T, cluster *kube.Cluster, apiVersion, kind string, spec map[string]any,
) *unstructured.Unstructured {
	t.Helper()
	return applyAs(t, cluster, "sample", apiVersion, kind, spec)
}

func applyAs(
	t *testing.T, cluster *kube.Cluster, name, apiVersion, kind string, spec map[string]any,
) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": apiVersion, "kind": kind,
		"metadata": map[string]any{"name": name, "namespace": "flux-system"}, "spec": spec,
	}}
	err := cluster.Client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("test"))
	if err != nil {
		t.Fatal(err)
	}
	return object
}

// awaitSynced waits for a Kustomization to be ready with a revision.
func awaitSynced(t *testing.T, cluster *kube.Cluster, object *unstructured.Unstructured, revision string) {
	t.Helper()
	awaitReady(t, cluster, object, func() bool {
		applied, _, err := unstructured.NestedString(object.Object, "status", "lastAppliedRevision")
		return err == nil && applied == revision
	})
}

// awaitReady waits for an object of Flux's to be ready, and for what else it is to be.
func awaitReady(t *testing.T, cluster *kube.Cluster, object *unstructured.Unstructured, holds func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, time.Minute, true,
		func(ctx context.Context) (bool, error) {
			if err := cluster.Client.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
				return false, err
			}
			conditions, _, err := unstructured.NestedSlice(object.Object, "status", "conditions")
			return holds() && slices.ContainsFunc(conditions, func(condition any) bool {
				fields, ok := condition.(map[string]any)
				return ok && fields["type"] == "Ready" && fields["status"] == "True"
			}), err
		})
	if err != nil {
		t.Fatalf("waiting for %s %s to be ready: %v; its status is %v", object.GetKind(), object.GetName(), err,
			object.Object["status"])
	}
}
