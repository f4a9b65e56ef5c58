package flux

import (
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// syncs are the values of the input sync.
type syncs = map[string]any

// TestAuth syncs from servers that let in only who signs in, in every way that a server here can ask for. A first sync
// that is not let in, and syncs that cannot be applied, fail with what Flux says. The program is that of the example.
func TestAuth(t *testing.T) {
	t.Parallel()
	h := start(t)
	gate := guard(t, h.Endpoint)
	git := strings.Replace(h.GitURL(fixture.Sample), h.Endpoint, gate.URL, 1)
	images := guard(t, "http://"+h.RegistryHost)
	push(t, "oci://"+h.RegistryHost+"/acme/fleet:latest", map[string]string{
		"namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: from-registry}\n",
	})
	ssh := serveSSH(t, h.GitURL(fixture.Sample))
	bucket := serveBucket(t)
	h.pushManifests(t, "broken", "apiVersion: v1\nkind: Namespace\nmetadata: {name: Not a name}\n")
	h.pushManifests(t, "stuck", stuck)

	program, err := os.ReadFile(filepath.Join("..", "..", "examples", "flux-only", "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := os.ReadFile(h.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	basic := func(password string) syncs {
		return syncs{"basic": syncs{"username": user, "password": password}, "tls": syncs{"ca": certificateOf(gate)}}
	}
	config := h.SignedArtifact("fluxArtifact")
	maps.Copy(config, map[string]string{"syncUrl": h.GitURL(fixture.Sample), "syncPath": "./apps"})
	opened := h.Open(t, "auth", program, config)
	secret := auto.ConfigValue{Value: string(kubeconfig), Secret: true}
	if err := opened.SetConfig(t.Context(), "kubeconfig", secret); err != nil {
		t.Fatal(err)
	}
	//nolint:paralleltest // each changes what the one before has made.
	for _, step := range []struct {
		name string
		sync syncs
		// fails is a part of the error; empty for a sync that becomes ready.
		fails string
	}{
		{
			"a wrong password, at first", syncs{"url": git, "path": "./apps", "auth": basic("wrong")},
			"authentication required",
		},
		{"a password over HTTPS", syncs{"url": git, "path": "./apps", "auth": basic(password)}, ""},
		{"a token over HTTPS", syncs{"url": git, "path": "./apps", "auth": syncs{
			"bearerToken": password, "tls": syncs{"ca": certificateOf(gate)},
		}}, ""},
		{"an unknown host", syncs{"url": ssh.url, "path": "./apps", "auth": syncs{
			"ssh": syncs{
				"identity": ssh.identity, "knownHosts": strings.Replace(ssh.knownHosts, "127.0.0.1", "127.0.0.2", 1),
			},
		}}, "knownhosts: key is unknown"},
		{"a key over SSH", syncs{"url": ssh.url, "path": "./apps", "auth": syncs{
			"ssh": syncs{"identity": ssh.identity, "knownHosts": ssh.knownHosts},
		}}, ""},
		{"a registry with a password", syncs{
			"kind": "OCIRepository", "url": "oci://" + strings.TrimPrefix(images.URL, "https://") + "/acme/fleet",
			"auth": syncs{
				"basic": syncs{"username": user, "password": password}, "tls": syncs{"ca": certificateOf(images)},
			},
		}, ""},
		{"a bucket with an access key", syncs{
			"kind": "Bucket", "bucket": syncs{"name": "fleet", "endpoint": bucket, "region": "us-east-1"}, "insecure": true,
			"auth": syncs{"bucket": syncs{"accessKey": user, "secretKey": password}},
		}, ""},
		{"a broken manifest", syncs{"url": h.GitURL("broken")}, `Invalid value: "Not a name"`},
		{"an application that does not start", syncs{"url": h.GitURL("stuck"), "timeout": "5s"}, "Deployment/stuck/stuck"},
		{"the example", nil, ""},
	} {
		t.Run(step.name, func(t *testing.T) {
			if step.sync == nil {
				rewrite(t, opened, program, "", "")
			} else {
				step.sync["interval"] = "5s"
				rewrite(t, opened, program, exampleSync, "      sync: "+printed(t, step.sync)+"\n")
			}
			_, err := opened.Up(t.Context())
			switch {
			case step.fails == "" && err != nil:
				t.Errorf("up: %v", err)
			case step.fails != "" && (err == nil || !strings.Contains(err.Error(), step.fails)):
				t.Errorf("up: got %v, want an error with %q", err, step.fails)
			case step.fails == "" && fixture.Output(t, opened, "syncRevision") == "":
				t.Error("there is no revision")
			}
		})
	}
}

// exampleSync is what the example says about the repository.
const exampleSync = "      sync:\n        url: ${syncUrl}\n        path: ${syncPath}\n"

// stuck is an application that no node can run.
const stuck = `apiVersion: v1
kind: Namespace
metadata:
  name: stuck
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: stuck
  namespace: stuck
spec:
  selector: {matchLabels: {app: stuck}}
  template:
    metadata: {labels: {app: stuck}}
    spec:
      nodeSelector: {there: is-none}
      containers: [{name: app, image: registry.example/app}]
`

// Who is let in; the password is token, password and secret key.
const user, password = "somebody", "open-sesame"

// guard serves what is at an address over TLS to those who sign in.
func guard(t *testing.T, address string) *httptest.Server {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, given, _ := r.BasicAuth()
		if (name != user || given != password) && r.Header.Get("Authorization") != "Bearer "+password {
			w.Header().Set("WWW-Authenticate", `Basic realm="for members only"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.Header.Del("Authorization")
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// certificateOf is the certificate of a server, which vouches for itself.
func certificateOf(server *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

// serveBucket serves a bucket with a manifest, and checks the signatures of all requests.
func serveBucket(t *testing.T) (endpoint string) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(t.Context(), "fleet"); err != nil {
		t.Fatal(err)
	}
	manifest := "apiVersion: v1\nkind: Namespace\nmetadata: {name: from-bucket}\n"
	_, err := backend.PutObject(t.Context(), "fleet", "namespace.yaml", map[string]string{}, strings.NewReader(manifest),
		int64(len(manifest)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithV4Auth(map[string]string{user: password})).Server())
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func printed(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
