package fluxcontrollers_test

import (
	"context"
	"testing"
	"testing/fstest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/gitserver"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
)

var chart = fstest.MapFS{
	"chart/Chart.yaml": {Data: []byte("apiVersion: v2\nname: greeting\nversion: 1.0.0\n")},
	"chart/templates/greeting.yaml": {Data: []byte(`apiVersion: v1
kind: ConfigMap
metadata: {name: greeting}
data: {greeting: {{ .Values.greeting | quote }}}
`)},
}

// checkRelease has helm-controller install a chart from git.
func checkRelease(t *testing.T, cluster *kube.Cluster) {
	t.Helper()
	url := serveGit(t) + "/charts.git"
	if _, err := gitserver.Push(t.Context(), url, chart, "Add a chart"); err != nil {
		t.Fatal(err)
	}
	source := applyAs(t, cluster, "release", "source.toolkit.fluxcd.io/v1", "GitRepository", map[string]any{
		"url": url, "interval": "1m", "ref": map[string]any{"branch": gitserver.Branch},
	})
	release := applyAs(t, cluster, "release", "helm.toolkit.fluxcd.io/v2", "HelmRelease", map[string]any{
		"interval": "1m", "releaseName": "greeting", "targetNamespace": "default",
		"values": map[string]any{"greeting": "hello"},
		"chart": map[string]any{"spec": map[string]any{
			"chart":     "./chart",
			"sourceRef": map[string]any{"kind": source.GetKind(), "name": source.GetName()},
		}},
	})
	awaitReady(t, cluster, release, func() bool { return true })
	greeting, err := cluster.Clientset.CoreV1().ConfigMaps("default").Get(t.Context(), "greeting", metav1.GetOptions{})
	if err != nil || greeting.Data["greeting"] != "hello" {
		t.Errorf("the release has installed %v (%v)", greeting.Data, err)
	}
	// Deleted, so that it is gone when the namespace is.
	if err := cluster.Client.Delete(t.Context(), release); err != nil {
		t.Fatal(err)
	}
	err = wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, 30*time.Second, true,
		func(ctx context.Context) (bool, error) {
			err := cluster.Client.Get(ctx, client.ObjectKeyFromObject(release), release)
			return client.IgnoreNotFound(err) == nil && err != nil, client.IgnoreNotFound(err)
		})
	if err != nil {
		t.Errorf("waiting for the release to be gone: %v", err)
	}
}
