package kube_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
)

// ignore is a progress that nobody reads.
func ignore(string) {}

func kubeconfig(server string) string {
	return fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"clusters": [{"name": "c", "cluster": {"server": %q, "insecure-skip-tls-verify": true}}],
		"contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
		"users": [{"name": "u", "user": {"token": "hunter2"}}]}`, server)
}

// TestWaitForAccess lets an API server answer like that of a new cluster: not at all, then without knowing us, then
// without letting us do anything, and at last as it should.
func TestWaitForAccess(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	var tokens atomic.Value
	status := func(w http.ResponseWriter, code int, reason metav1.StatusReason) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(metav1.Status{
			TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
			Status:   "Failure", Code: int32(code), Reason: reason, Message: string(reason), //nolint:gosec // three digits.
		})
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if !strings.HasSuffix(request.URL.Path, "/selfsubjectaccessreviews") {
			serveDiscovery(w, request)
			return
		}
		tokens.Store(request.Header.Get("Authorization"))
		n := asked.Add(1)
		switch n {
		case 1:
			status(w, http.StatusServiceUnavailable, metav1.StatusReasonServiceUnavailable)
		case 2:
			status(w, http.StatusUnauthorized, metav1.StatusReasonUnauthorized)
		case 3:
			status(w, http.StatusForbidden, metav1.StatusReasonForbidden)
		default:
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusCreated)
			_, _ = fmt.Fprintf(w, `{"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
				"status": {"allowed": %t}}`, n > 4)
		}
	}))
	t.Cleanup(server.Close)
	cluster, err := kube.Connect(kubeconfig(server.URL))
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	var reported []string
	err = kube.WaitForAccess(t.Context(), cluster, time.Minute, func(message string) {
		reported = append(reported, message)
	})
	if err != nil {
		t.Fatalf("waiting: %v", err)
	}
	want := []string{
		"waiting for the API server to let us in: ServiceUnavailable",
		"waiting for the API server to let us in: Unauthorized",
		"waiting for the API server to let us in: Forbidden",
		"waiting for the right to create custom resource definitions, which the identity in the kubeconfig " +
			"does not have (yet)",
	}
	if diff := cmp.Diff(want, reported); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if got := tokens.Load(); got != "Bearer hunter2" {
		t.Errorf("authorization: got %v", got)
	}
}

// serveDiscovery tells of the one kind that is asked for.
func serveDiscovery(w http.ResponseWriter, request *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if strings.HasPrefix(request.URL.Path, "/apis/authorization.k8s.io/v1") {
		_, _ = fmt.Fprint(w, `{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "authorization.k8s.io/v1",
			"resources": [{"name": "selfsubjectaccessreviews", "kind": "SelfSubjectAccessReview", "namespaced": false,
			"verbs": ["create"]}]}`)
		return
	}
	if request.URL.Path == "/apis" {
		_, _ = fmt.Fprint(w, `{"kind": "APIGroupList", "apiVersion": "v1", "groups": [{"name": "authorization.k8s.io",
			"versions": [{"groupVersion": "authorization.k8s.io/v1", "version": "v1"}],
			"preferredVersion": {"groupVersion": "authorization.k8s.io/v1", "version": "v1"}}]}`)
		return
	}
	_, _ = fmt.Fprint(w, `{"kind": "APIVersions", "versions": ["v1"]}`)
}

// TestNobodyThere asks an API server that does not answer: the wait ends, and says what it has waited for.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	cluster, err := kube.Connect(kubeconfig("https://127.0.0.1:1"))
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	err = kube.WaitForAccess(t.Context(), cluster, 2*time.Second, ignore)
	const want = "timed out after 2s waiting for the API server to let us in: "
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v, want %q and the cause", err, want)
	}
}

func TestMissingCredentialPlugin(t *testing.T) {
	t.Parallel()
	config := strings.Replace(kubeconfig("https://127.0.0.1:1"), `{"token": "hunter2"}`,
		`{"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-program",
			"interactiveMode": "Never"}}`, 1)
	cluster, err := kube.Connect(config)
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	begun := time.Now()
	err = kube.WaitForAccess(t.Context(), cluster, time.Minute, ignore)
	if err == nil || !strings.Contains(err.Error(), "no-such-program") || time.Since(begun) > 30*time.Second {
		t.Errorf("got %v after %s, want an error at once that names the program", err, time.Since(begun))
	}
}

func TestRetryable(t *testing.T) {
	t.Parallel()
	resource := schema.GroupResource{Resource: "namespaces"}
	for _, test := range []struct {
		err  error
		want bool
	}{
		{apierrors.NewUnauthorized("who?"), true},
		{apierrors.NewForbidden(resource, "x", errors.New("no")), true},
		{apierrors.NewTooManyRequests("slowly", 1), true},
		{apierrors.NewInternalError(errors.New("oops")), true},
		{fmt.Errorf("wrapped: %w", apierrors.NewServiceUnavailable("soon")), true},
		{errors.New("dial tcp 127.0.0.1:1: connect: connection refused"), true},
		{apierrors.NewBadRequest("what?"), false},
		{apierrors.NewNotFound(resource, "x"), false},
		{apierrors.NewInvalid(schema.GroupKind{Kind: "Namespace"}, "x", nil), false},
		{errors.New("tls: failed to verify certificate: x509: certificate signed by unknown authority"), false},
		{fmt.Errorf("asking: %w", context.Canceled), false},
	} {
		if got := kube.Retryable(test.err); got != test.want {
			t.Errorf("Retryable(%v): got %t, want %t", test.err, got, test.want)
		}
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	step := func(answers ...string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) {
			answer := answers[0]
			if len(answers) > 1 {
				answers = answers[1:]
			}
			if answer == "broken" {
				return "", broken
			}
			return answer, nil
		}
	}
	for name, test := range map[string]struct {
		check    func(context.Context) (string, error)
		want     string
		reported []string
	}{
		"nothing to wait for": {step(""), "", nil},
		"each reason once":    {step("a", "a", "b", ""), "", []string{"waiting for a", "waiting for b"}},
		"broken":              {step("a", "broken"), "broken", []string{"waiting for a"}},
		"too long":            {step("a"), "timed out after 3s waiting for a", []string{"waiting for a"}},
		"cut off": {
			func(ctx context.Context) (string, error) {
				if _, ok := ctx.Deadline(); !ok {
					return "", errors.New("the check has no deadline")
				}
				<-ctx.Done()
				return "", ctx.Err()
			},
			"context deadline exceeded", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var reported []string
			err := kube.Wait(t.Context(), 3*time.Second, func(message string) {
				reported = append(reported, message)
			}, test.check)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("error: got %q, want %q", got, test.want)
			}
			if diff := cmp.Diff(test.reported, reported); diff != "" {
				t.Errorf("progress (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWaitIsCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := kube.Wait(ctx, time.Minute, ignore, func(context.Context) (string, error) { return "a", nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
}
