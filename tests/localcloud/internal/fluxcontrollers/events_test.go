package fluxcontrollers_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
)

// listen has the notification controller tell what kustomize-controller does to a server, which passes it on.
func listen(t *testing.T, cluster *kube.Cluster) (told <-chan string) {
	t.Helper()
	// Nobody reads what comes after the first thing that was waited for.
	events := make(chan string, 100)
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		event, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading what the notification controller tells: %v", err)
			return
		}
		select {
		case events <- string(event):
		default:
		}
	}))
	t.Cleanup(web.Close)
	const version = "notification.toolkit.fluxcd.io/v1beta3"
	apply(t, cluster, version, "Provider", map[string]any{"type": "generic", "address": web.URL})
	apply(t, cluster, version, "Alert", map[string]any{
		"providerRef":  map[string]any{"name": "sample"},
		"eventSources": []any{map[string]any{"kind": "Kustomization", "name": "*"}},
	})
	return events
}

// awaitTold waits until somebody has told of a commit.
func awaitTold(t *testing.T, told <-chan string, commit string) {
	t.Helper()
	heard := []string{}
	for limit := time.After(30 * time.Second); ; {
		select {
		case event := <-told:
			if strings.Contains(event, commit) {
				return
			}
			heard = append(heard, event)
		case <-limit:
			t.Fatalf("the notification controller did not tell of commit %s, only of %q", commit, heard)
		}
	}
}

// checkReceiver has the notification controller take a webhook, which makes it ask for a new reconciliation.
func checkReceiver(t *testing.T, b *bed) {
	t.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "webhook"}, StringData: map[string]string{"token": "open sesame"},
	}
	_, err := b.cluster.Clientset.CoreV1().Secrets("flux-system").Create(t.Context(), secret, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	source := map[string]any{"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "name": "sample"}
	receiver := apply(t, b.cluster, "notification.toolkit.fluxcd.io/v1", "Receiver", map[string]any{
		"type": "generic", "secretRef": map[string]any{"name": "webhook"}, "resources": []any{source},
	})
	// The controller writes the conditions first and the rest of the status after them.
	path := ""
	awaitReady(t, b.cluster, receiver, func() bool {
		path, _, err = unstructured.NestedString(receiver.Object, "status", "webhookPath")
		return err == nil && path != ""
	})
	// The controller finds receivers in its cache, which may lag a moment behind the status that it has written itself.
	answer := ""
	err = wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, 10*time.Second, true,
		func(ctx context.Context) (bool, error) {
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.manager.Receiver("flux")+path, nil)
			if err != nil {
				return false, err
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				return false, err
			}
			answer = response.Status
			return response.StatusCode == http.StatusOK, response.Body.Close()
		})
	if err != nil {
		t.Fatalf("sending a webhook to %q: %v; the last answer was %s", path, err, answer)
	}
	notified := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": source["apiVersion"], "kind": source["kind"],
	}}
	key := client.ObjectKey{Namespace: "flux-system", Name: "sample"}
	if err := b.cluster.Client.Get(t.Context(), key, notified); err != nil {
		t.Fatal(err)
	}
	if notified.GetAnnotations()["reconcile.fluxcd.io/requestedAt"] == "" {
		t.Errorf("after the webhook the source has the annotations %v", notified.GetAnnotations())
	}
}
