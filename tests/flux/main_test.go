// Package flux uses the component Flux alone, on a cluster that somebody else has made, with the real engine, the real
// Kubernetes provider and the real controllers of Flux on the local cloud.
package flux

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// host is a local cloud with one cluster on it, seen by the cluster's administrator.
type host struct {
	fixture.Cloud
	fixture.Cluster

	kubeconfig string
}

// start makes a cluster that ends with the test.
func start(t *testing.T) host {
	t.Helper()
	cloud := fixture.Start(t)
	// It is not destroyed: the account is gone with the local cloud, and it is not what is tested here.
	opened := cloud.OpenForGood(t, clusterName, []byte("name: somebodys-cluster\nruntime: yaml\n"), nil)
	opened.Workspace().SetProgram(somebodysCluster)
	fixture.Up(t, opened)
	kubeconfig, err := cloud.AdminKubeconfig(t.Context(), clusterName)
	if err != nil {
		t.Fatal(err)
	}
	h := host{Cloud: cloud, Cluster: cloud.ConnectFile(kubeconfig), kubeconfig: kubeconfig}
	h.Kubectl(t, "apply", "--filename", "theirs.yaml")
	fixture.Eventually(t, time.Minute, "somebody's load balancer and volume", func() (bool, string) {
		printed := h.Kubectl(t, "--namespace", "theirs", "get", "services,pvc", "--output",
			"jsonpath={.items[*].status.loadBalancer.ingress[0].hostname} {.items[*].status.phase}")
		return strings.Contains(printed, "elb.amazonaws.com") && strings.Contains(printed, "Bound"), printed
	})
	return h
}

// open makes a stack of program.yaml that is destroyed when the test ends, however it ends.
func (h host) open(t *testing.T, name string, config map[string]string) auto.Stack {
	t.Helper()
	program, err := os.ReadFile("program.yaml")
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := os.ReadFile(h.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		"kubeconfig": string(kubeconfig), "syncUrl": h.GitURL(fixture.Sample),
	}
	maps.Copy(values, h.SignedArtifact("artifact"))
	maps.Copy(values, config)
	return h.Open(t, name, program, values)
}

// bookkeeping is what the API server and the controller manager keep for themselves. The address of a Service whose
// creation was cut off stays taken until the API server's own repair finds it, minutes later; the Services themselves
// are listed.
var bookkeeping = []string{"events", "leases", "componentstatuses", "ipaddresses"}

// everything lists what is in the cluster, without what comes and goes by itself, and what the cluster has in the
// account. By their uids: what was deleted and made again is not what was there.
func (h host) everything(t *testing.T) []string {
	t.Helper()
	kinds := slices.DeleteFunc(h.Words(t, "api-resources", "--verbs", "list", "--output", "name"), func(kind string) bool {
		name, _, _ := strings.Cut(kind, ".")
		return slices.Contains(bookkeeping, name)
	})
	listed := h.Words(t, "get", strings.Join(kinds, ","), "--all-namespaces", "--output",
		`jsonpath={range .items[*]}{.apiVersion}/{.kind}/{.metadata.namespace}/{.metadata.name}/{.metadata.uid}{"\n"}{end}`)
	resources, err := h.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, resource := range resources {
		listed = append(listed, resource.Type+"/"+resource.ID)
	}
	slices.Sort(listed)
	return listed
}

// asBefore fails unless the cluster holds what it held before. Kubernetes itself takes a moment to clear up behind what
// was deleted, such as the EndpointSlices of a Service.
func (h host) asBefore(t *testing.T, before []string) {
	t.Helper()
	fixture.Eventually(t, 20*time.Second, "what the cluster held (-before +after)", func() (bool, string) {
		diff := cmp.Diff(before, h.everything(t))
		return diff == "", diff
	})
}

// apply applies manifests.
func (h host) apply(t *testing.T, manifests string) {
	t.Helper()
	h.Kubectl(t, "apply", "--filename", h.written(t, manifests))
}

// written writes manifests into a file.
func (h host) written(t *testing.T, manifests string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "manifests.yaml")
	if err := os.WriteFile(file, []byte(manifests), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// pushManifests makes manifests the whole content of a repository.
func (h host) pushManifests(t *testing.T, repository, manifests string) {
	t.Helper()
	files := fstest.MapFS{"manifests.yaml": {Data: []byte(manifests), Mode: 0o644}}
	if _, err := h.PushFiles(t.Context(), repository, files, "Change the manifests"); err != nil {
		t.Fatal(err)
	}
}
