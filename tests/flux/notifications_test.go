package flux

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// listener is somebody whom Flux tells what happens.
type listener struct {
	url    string
	events chan string
}

func listen(t *testing.T) listener {
	t.Helper()
	told := listener{events: make(chan string, 1000)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if event, err := io.ReadAll(r.Body); err == nil && r.URL.Path == "/planted-alert" {
			told.events <- string(event)
		}
	}))
	t.Cleanup(server.Close)
	told.url = server.URL
	return told
}

// await waits until Flux has told something.
func (l listener) await(t *testing.T, words string) {
	t.Helper()
	fixture.Eventually(t, 30*time.Second, "Flux to tell "+words, func() (bool, string) {
		select {
		case event := <-l.events:
			return strings.Contains(event, words), event
		default:
			return false, "nothing"
		}
	})
}

// callReceiver calls the webhook, as the host of a repository does, and has Flux look at the source.
func callReceiver(t *testing.T, h host, opened auto.Stack) {
	t.Helper()
	path := fixture.Output(t, opened, "receiverWebhookPath")
	fixture.Eventually(t, 30*time.Second, "the path that Flux serves the webhook at", func() (bool, string) {
		served := h.Kubectl(t, "--namespace", "flux-system", "get", "receiver", "flux-system",
			"--output", "jsonpath={.status.webhookPath}")
		return served == path, served
	})
	report, err := h.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	asked := func() string {
		return h.Kubectl(t, "--namespace", "flux-system", "get", "ocirepository", "flux-system", "--output",
			`jsonpath={.metadata.annotations.reconcile\.fluxcd\.io/requestedAt}`)
	}
	before := asked()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, report.Clusters[0].Receiver+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("the webhook answers %s", response.Status)
	}
	if after := asked(); after == before {
		t.Errorf("the source was not asked to look again: still %q", after)
	}
}

// asAsked looks at what is said about Flux itself, which it has applied itself by now: no controller has been started
// twice for it. What the images are pulled with can change at any time.
func asAsked(t *testing.T, h host, opened auto.Stack) {
	t.Helper()
	for _, name := range []string{"source-controller", "kustomize-controller", "helm-controller"} {
		printed := h.Kubectl(t, "--namespace", "flux-system", "get", "deployment", name, "--output",
			`jsonpath={.metadata.labels.team} {.spec.template.spec.imagePullSecrets[*].name} `+
				`{.spec.template.spec.containers[0].resources.limits.memory} `+
				`{.metadata.annotations.deployment\.kubernetes\.io/revision}`)
		if diff := cmp.Diff("platform flux-image-pull 2Gi 1", printed); diff != "" {
			t.Errorf("label, pull secret, memory and revision of %s (-want +got):\n%s", name, diff)
		}
	}
	holds := func(password string) {
		t.Helper()
		encoded := h.Kubectl(t, "--namespace", "flux-system", "get", "secret", "flux-image-pull", "--output",
			`jsonpath={.data.\.dockerconfigjson}`)
		config, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || !strings.Contains(string(config), `"ghcr.io":{`) || !strings.Contains(string(config), password) {
			t.Errorf("the pull secret does not hold %s for ghcr.io (%v)", password, err)
		}
	}
	holds("planted-pull")
	fixture.Set(t, opened, "pullPassword", "planted-pull-2")
	fixture.Up(t, opened)
	holds("planted-pull-2")
}
