package flux

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// TestAskAgain has Flux look again at what it has a verdict on, once, and believes it only when it has.
func TestAskAgain(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	const token = "2026-01-02T03:04:05Z"
	refused := func(observed int) string {
		return fmt.Sprintf(`{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, metadata: {name: s, namespace:
			flux-system, generation: 2}, status: {lastHandledReconcileAt: before, conditions: [{type: Ready, status: "False",
			observedGeneration: %d, reason: AuthenticationFailed, message: "invalid credentials"}]}}`, observed)
	}
	for name, test := range map[string]struct {
		object    string
		again     bool
		takesOver bool
		asks      bool
	}{
		"the first time":    {object: refused(2)},
		"another time":      {object: refused(2), again: true, asks: true},
		"not looked at yet": {object: refused(1), again: true},
		"not looked at yet what others have applied": {object: refused(1), again: true, takesOver: true, asks: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := newFake().WithObjects(read(t, test.object)).Build()
			watch := syncWatch{
				cluster: cluster, kind: "GitRepository", names: []string{"s"}, now: func() time.Time { return now },
				again: test.again, takesOver: test.takesOver, asked: map[string]string{},
			}
			look := func() *unstructured.Unstructured {
				t.Helper()
				live, err := kube.Get(t.Context(), cluster, sourceAPIVersion, "GitRepository", manifests.Namespace, "s")
				if err != nil {
					t.Fatal(err)
				}
				return live
			}
			ask := func() string {
				t.Helper()
				waitingFor, err := watch.askAgain(t.Context(), look())
				if err != nil {
					t.Fatal(err)
				}
				return waitingFor
			}
			if got := ask() != ""; got != test.asks {
				t.Errorf("asks: got %t, want %t", got, test.asks)
			}
			live := look()
			if got := live.GetAnnotations()[requestAnnotation] == token; got != test.asks {
				t.Errorf("the object is asked: got %t (%v), want %t", got, live.GetAnnotations(), test.asks)
			}
			if got := ask() != ""; got != test.asks {
				t.Errorf("waits for the answer: got %t, want %t", got, test.asks)
			}
			live = look()
			if err := unstructured.SetNestedField(live.Object, token, "status", "lastHandledReconcileAt"); err != nil {
				t.Fatal(err)
			}
			if err := cluster.Update(t.Context(), live, &client.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
			if got := ask(); got != "" {
				t.Errorf("answered: still waits for %q", got)
			}
		})
	}
}
