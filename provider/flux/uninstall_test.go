package flux

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
)

// TestHurry has the API server look again at a kind that it could not delete, and only at such a one, and not all the
// time.
func TestHurry(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := map[string]struct {
		reason string
		mark   string
		want   string
	}{
		"it goes by itself": {reason: "InstanceDeletionInProgress"},
		"it failed":         {reason: "InstanceDeletionFailed", want: "2026-01-02T03:04:05Z"},
		"it failed, and was hurried a moment ago": {
			reason: "InstanceDeletionFailed", mark: "2026-01-02T03:04:01Z", want: "2026-01-02T03:04:01Z",
		},
		"it failed, and was hurried a while ago": {
			reason: "InstanceDeletionFailed", mark: "2026-01-02T03:04:00Z", want: "2026-01-02T03:04:05Z",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			definition := kube.Object(crdAPIVersion, crdKind, "", "buckets.source.toolkit.fluxcd.io")
			if test.mark != "" {
				definition.SetAnnotations(map[string]string{hurriedMark: test.mark})
			}
			if err := unstructured.SetNestedSlice(definition.Object, []any{map[string]any{
				"type": "Terminating", "status": "True", "reason": test.reason,
				"message": "could not list instances: storage is (re)initializing",
			}}, "status", "conditions"); err != nil {
				t.Fatal(err)
			}
			cluster := newFake().WithObjects(definition.DeepCopy()).Build()
			live := definition.DeepCopy()
			if err := cluster.Get(t.Context(), client.ObjectKeyFromObject(live), live); err != nil {
				t.Fatal(err)
			}
			if err := hurry(t.Context(), cluster, live, now); err != nil {
				t.Fatal(err)
			}
			after := definition.DeepCopy()
			if err := cluster.Get(t.Context(), client.ObjectKeyFromObject(after), after); err != nil {
				t.Fatal(err)
			}
			if got := after.GetAnnotations()[hurriedMark]; got != test.want {
				t.Errorf("mark: got %q, want %q", got, test.want)
			}
		})
	}
}
