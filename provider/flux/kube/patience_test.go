package kube_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
)

// listen starts an API server on an address, which a server before it may have had.
func listen(t *testing.T, address string, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Error(err)
		return nil
	}
	server := httptest.NewUnstartedServer(handler)
	_ = server.Listener.Close()
	server.Listener = listener
	server.StartTLS()
	return server
}

// TestRestart asks an API server that goes away and comes back, refusing everybody at first: nobody notices.
func TestRestart(t *testing.T) {
	t.Parallel()
	var patched atomic.Value
	serve := func(w http.ResponseWriter, request *http.Request) {
		if request.URL.Path != "/api/v1/namespaces/kube-system" {
			_, _ = fmt.Fprint(w, `{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "v1", "resources": [
				{"name": "namespaces", "kind": "Namespace", "namespaced": false, "verbs": ["get", "patch"]}]}`)
			return
		}
		if body, err := io.ReadAll(request.Body); err == nil && request.Method == http.MethodPatch {
			patched.Store(string(body))
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "uid": "7"}}`)
	}
	server := listen(t, "127.0.0.1:0", serve)
	address := server.Listener.Addr().String()
	cluster, err := kube.Connect(kubeconfig(server.URL))
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	if _, err := kube.UID(t.Context(), cluster); err != nil {
		t.Fatalf("asking an API server that is there: %v", err)
	}

	server.CloseClientConnections()
	server.Close()
	back := make(chan *httptest.Server, 1)
	go func() {
		time.Sleep(time.Second)
		var ready atomic.Int32
		back <- listen(t, address, func(w http.ResponseWriter, request *http.Request) {
			switch asked := ready.Load(); {
			case request.URL.Path == "/readyz" && asked < 2:
				ready.Add(1)
				w.WriteHeader(http.StatusInternalServerError)
			case request.URL.Path == "/readyz":
			case asked < 2:
				w.WriteHeader(http.StatusForbidden)
			default:
				serve(w, request)
			}
		})
	}()
	namespace := kube.Object("v1", "Namespace", "", "kube-system")
	const patch = `{"metadata":{"labels":{"a":"b"}}}`
	err = cluster.Patch(t.Context(), namespace, client.RawPatch(types.MergePatchType, []byte(patch)))
	if err != nil {
		t.Errorf("patching while the API server is away: %v", err)
	}
	if got := patched.Load(); got != patch {
		t.Errorf("the API server was sent %v, want %s", got, patch)
	}
	if server := <-back; server != nil {
		server.CloseClientConnections()
		server.Close()
	}

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	began := time.Now()
	_, err = kube.UID(ctx, cluster)
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("asking an API server that has gone for good: got %v, want that it refuses the connection", err)
	}
	if took := time.Since(began); took < 2*time.Second || took > 10*time.Second {
		t.Errorf("an API server that has gone was waited for for %s", took)
	}
}

// TestNeverThere asks an API server that has never answered: whoever asks is told at once.
func TestNeverThere(t *testing.T) {
	t.Parallel()
	cluster, err := kube.Connect(kubeconfig("https://127.0.0.1:1"))
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	began := time.Now()
	if _, err := kube.UID(t.Context(), cluster); err == nil {
		t.Error("an API server that is not there answers")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("an API server that has never answered was waited for for %s", took)
	}
}
