package engine

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// nested brings up a cluster that syncs a repository of Kustomizations which depend on each other and hold a Service
// that would have a load balancer on AWS.
func nested(t *testing.T, name string) (fixture.Cloud, auto.Stack, fixture.Cluster) {
	t.Helper()
	cloud := fixture.Start(t)
	if _, err := cloud.PushFolder(t.Context(), "nested", "testdata/nested", "Nest Kustomizations"); err != nil {
		t.Fatal(err)
	}
	program, config := example(t, cloud)
	config["syncUrl"], config["syncPath"] = cloud.GitURL("nested"), "./cluster"
	text := strings.Replace(string(program), "config:\n",
		"config:\n  teardownTimeout: { type: string, default: 30m }\n", 1)
	program = []byte(strings.Replace(text, "      backstage:\n",
		"      teardown: { timeout: \"${teardownTimeout}\" }\n      backstage:\n", 1))
	opened := cloud.Open(t, name, program, config)
	fixture.Up(t, opened)
	c := cloud.Connect(t, fixture.Output(t, opened, "kubeconfig"), cloud.AccessKeys[0])
	fixture.Eventually(t, 2*time.Minute, "the synced Service", func() (bool, string) {
		printed, err := c.Try(t, "get", "service", "shop", "--namespace", "web", "--output", "name")
		return err == nil, printed
	})
	return cloud, opened, c
}

func destroy(t *testing.T, opened auto.Stack) string {
	t.Helper()
	var progress bytes.Buffer
	if _, err := opened.Destroy(t.Context(), optdestroy.ProgressStreams(&progress)); err != nil {
		t.Fatalf("%v\n%s", err, &progress)
	}
	return progress.String()
}

// TestTeardown destroys a cluster whose repository holds what must go in an order, and holds something in the account:
// a child is suspended, somebody has made a load balancer and a claim by hand, and the first destroy is broken off.
func TestTeardown(t *testing.T) {
	t.Parallel()
	cloud, opened, c := nested(t, "teardown")
	c.Kubectl(t, "--namespace", "flux-system", "patch", "kustomization", "infra", "--type", "merge",
		"--patch", `{"spec":{"suspend":true}}`)
	c.Kubectl(t, "create", "service", "loadbalancer", "by-hand", "--tcp=80")
	// Held by somebody, so that the destroy cannot get on.
	c.Kubectl(t, "patch", "service", "by-hand", "--type", "merge",
		"--patch", `{"metadata":{"finalizers":["example.com/held"]}}`)
	fixture.Set(t, opened, "teardownTimeout", "1m")
	fixture.Up(t, opened)
	_, err := opened.Destroy(t.Context())
	const held = "Service default/by-hand (held by example.com/held"
	if err == nil || !strings.Contains(err.Error(), held) {
		t.Fatalf("destroy: got %v, want that it waits for %q", err, held)
	}
	t.Run("an up takes it back", func(t *testing.T) {
		if _, err := opened.Up(t.Context(), optup.Refresh()); err != nil {
			t.Fatal(err)
		}
		fixture.Eventually(t, time.Minute, "Flux to apply the Service again", func() (bool, string) {
			printed, err := c.Try(t, "get", "service", "shop", "--namespace", "web", "--output", "name")
			return err == nil, printed
		})
	})
	c.Kubectl(t, "patch", "service", "by-hand", "--type", "merge", "--patch", `{"metadata":{"finalizers":null}}`)
	fixture.Set(t, opened, "teardownTimeout", "30m")
	fixture.Up(t, opened)
	destroy(t, opened)
	cloud.MustBeEmpty(t)
}

// TestClusterIsGone destroys after somebody has deleted the cluster: AWS says that it is gone, and the rest goes.
func TestClusterIsGone(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	program, config := example(t, cloud)
	opened := cloud.Open(t, "gone", program, config)
	fixture.Up(t, opened)
	cloud.DeleteClusters(t)
	if progress := destroy(t, opened); !strings.Contains(progress, "the cluster does not exist any more") {
		t.Errorf("the destroy does not say that the cluster is gone:\n%s", progress)
	}
	cloud.MustBeEmpty(t)
}
