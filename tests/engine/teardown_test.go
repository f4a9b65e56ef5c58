package engine

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/guide"
)

// nested brings up a cluster that syncs a repository of Kustomizations which depend on each other. What they apply has
// load balancers and volumes in the account, and some of it comes from a chart.
func nested(t *testing.T, name string) (fixture.Cloud, auto.Stack, fixture.Cluster) {
	t.Helper()
	fixture.NeedsSimulator(t, "load balancers and volumes for the Services and claims of a cluster")
	cloud := fixture.Start(t)
	if _, err := cloud.PushFolder(t.Context(), "nested", "testdata/nested", "Nest Kustomizations"); err != nil {
		t.Fatal(err)
	}
	program, config := cloud.Example(t)
	config["syncUrl"], config["syncPath"] = cloud.GitURL("nested"), "./cluster"
	text := strings.Replace(string(program), "config:\n",
		"config:\n  teardownTimeout: { type: string, default: 30m }\n", 1)
	program = []byte(strings.Replace(text, "      backstage:\n",
		"      teardown: { timeout: \"${teardownTimeout}\" }\n      backstage:\n", 1))
	opened := cloud.Open(t, name, program, config)
	fixture.Up(t, opened)
	c := cloud.Connect(t, fixture.Output(t, opened, "kubeconfig"), cloud.AccessKeys[0])
	allApplied(t, c)
	return cloud, opened, c
}

// allApplied waits until everything of the repository is there, down to what comes last.
func allApplied(t *testing.T, c fixture.Cluster) {
	t.Helper()
	for _, last := range []string{"service/shop", "helmrelease/stall", "service/stall", "pvc/data-stall-0"} {
		namespace := "web"
		if strings.HasPrefix(last, "helmrelease") {
			namespace = "flux-system"
		}
		fixture.Eventually(t, 2*time.Minute, last, func() (bool, string) {
			printed, err := c.Try(t, "get", last, "--namespace", namespace, "--output", "jsonpath={.status}")
			ready := map[string]string{
				"service": `"hostname":`, "helmrelease": `"status":"True","type":"Ready"`, "pvc": `"phase":"Bound"`,
			}
			kind, _, _ := strings.Cut(last, "/")
			return err == nil && strings.Contains(printed, ready[kind]), printed
		})
	}
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
// a child is suspended, somebody has made a load balancer by hand, and the first destroy runs out of time.
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
	t.Run("an up takes it back, as the guide says", func(t *testing.T) {
		guide.Open(t, "examples/teardown/README.md", "Broken off").Follow(t, guide.In(opened), "")
		allApplied(t, c)
	})
	c.Kubectl(t, "patch", "service", "by-hand", "--type", "merge", "--patch", `{"metadata":{"finalizers":null}}`)
	fixture.Set(t, opened, "teardownTimeout", "30m")
	fixture.Up(t, opened)
	gone := cloud.WatchDepartures(t, fixture.Output(t, opened, "clusterName"),
		schema.GroupVersionKind{Group: "kustomize.toolkit.fluxcd.io", Version: "v1", Kind: "KustomizationList"},
		schema.GroupVersionKind{Group: "helm.toolkit.fluxcd.io", Version: "v2", Kind: "HelmReleaseList"},
		schema.GroupVersionKind{Version: "v1", Kind: "ServiceList"},
		schema.GroupVersionKind{Version: "v1", Kind: "PersistentVolumeList"},
		schema.GroupVersionKind{Version: "v1", Kind: "PodList"})
	account := cloud.WatchAccount(t)
	destroy(t, opened)
	wentInOrder(t, gone.List())
	account.InOrder(t, "aws:elb/loadBalancer:LoadBalancer", "aws:ebs/volume:Volume", "aws:eks/nodeGroup:NodeGroup",
		"aws:eks/cluster:Cluster", "aws:ec2/vpc:Vpc")
	cloud.MustBeEmpty(t)
}

// wentInOrder looks at what has gone from a cluster: load balancers, then what Flux has applied, dependents first, then
// the last volumes, and only then what did all that.
func wentInOrder(t *testing.T, gone []string) {
	t.Helper()
	var appliers []string
	count := map[string]int{}
	for _, object := range gone {
		kind, name, _ := strings.Cut(object, " ")
		count[kind]++
		switch {
		case kind == "Kustomization" || kind == "HelmRelease":
			appliers = append(appliers, object)
		case kind == "Service" && len(appliers) > 0 && !strings.HasPrefix(name, "kube-system/"):
			t.Errorf("%s has gone after %v", object, appliers)
		case kind == "Pod" && (count["PersistentVolume"] < 2 || len(appliers) < 5) &&
			(strings.HasPrefix(name, "flux-system/") || strings.HasPrefix(name, "kube-system/")):
			t.Errorf("%s has gone before what it was to remove: only %v have gone until then", object, appliers)
		}
	}
	want := []string{
		"HelmRelease flux-system/stall", "Kustomization flux-system/releases", "Kustomization flux-system/apps",
		"Kustomization flux-system/infra", "Kustomization flux-system/flux-system",
	}
	if diff := cmp.Diff(want, appliers); diff != "" {
		t.Errorf("what Flux has applied with (-want +got):\n%s", diff)
	}
	for _, balanced := range []string{"Service web/shop", "Service web/stall"} {
		if !slices.Contains(gone, balanced) {
			t.Errorf("%s has not gone", balanced)
		}
	}
	if count["PersistentVolume"] != 2 {
		t.Errorf("two volumes were to go; gone have %v", gone)
	}
}

// TestKilledDestroy kills destroys, at the worst moments, and goes on with an up and with another destroy.
func TestKilledDestroy(t *testing.T) {
	t.Parallel()
	cloud, opened, c := nested(t, "killed")
	c.Kubectl(t, "create", "service", "loadbalancer", "by-hand", "--tcp=80")
	c.Kubectl(t, "patch", "service", "by-hand", "--type", "merge",
		"--patch", `{"metadata":{"finalizers":["example.com/held"]}}`)
	cloud.KillDestroy(t, opened, "load balancers to go", func() (bool, string) {
		printed, err := c.Try(t, "get", "services", "--all-namespaces", "--output", "jsonpath={.items[*].metadata.name}")
		return err == nil && !strings.Contains(printed, "shop") && !strings.Contains(printed, "stall"), printed
	})
	c.Kubectl(t, "patch", "service", "by-hand", "--type", "merge", "--patch", `{"metadata":{"finalizers":null}}`)
	t.Run("an up takes it back", func(t *testing.T) { //nolint:paralleltest // what follows needs it.
		if _, err := opened.Up(t.Context(), optup.Refresh()); err != nil {
			t.Fatal(err)
		}
		allApplied(t, c)
	})
	cloud.KillDestroy(t, opened, "the nodes to go", func() (bool, string) {
		return !cloud.Has(t, "aws:eks/nodeGroup:NodeGroup"), "a node group"
	})
	t.Run("an up makes again what has gone", func(t *testing.T) { //nolint:paralleltest // as above.
		if _, err := opened.Up(t.Context(), optup.Refresh()); err != nil {
			t.Fatal(err)
		}
		c := cloud.Connect(t, fixture.Output(t, opened, "kubeconfig"), cloud.AccessKeys[0])
		allApplied(t, c)
	})
	cloud.KillDestroy(t, opened, "the cluster to go", func() (bool, string) {
		return !cloud.Has(t, "aws:eks/cluster:Cluster"), "a cluster"
	})
	destroy(t, opened)
	cloud.MustBeEmpty(t)
}

// TestDeadControllers destroys a cluster in which nothing is left that could remove what Flux has applied: the destroy
// says so, and goes on without it when it is told to. What still works does its part.
func TestDeadControllers(t *testing.T) {
	t.Parallel()
	cloud, opened, c := nested(t, "dead")
	c.Kubectl(t, "--namespace", "flux-system", "delete", "deployment", "kustomize-controller")
	_, err := opened.Destroy(t.Context())
	for _, words := range []string{
		`deployments.apps "kustomize-controller" not found`, flux.TeardownVariable + "=Force",
		flux.TeardownVariable + "=Orphan",
	} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("destroy: got %v, want an error with %q", err, words)
		}
	}
	allApplied(t, c)
	opened.Workspace().SetEnvVar(flux.TeardownVariable, "Force")
	if progress := destroy(t, opened); strings.Contains(progress, "were not uninstalled") {
		t.Errorf("helm-controller works, and yet a release was not uninstalled:\n%s", progress)
	}
	cloud.MustBeEmpty(t)
}

// TestUnreachableCluster destroys a cluster that exists and does not answer: nobody may take that for one that is gone.
func TestUnreachableCluster(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	program, config := cloud.Example(t)
	proxy := fixture.StartProxy(t)
	program = []byte(strings.Replace(string(program), "      backstage:\n",
		"      kubeconfigSettings: { proxyUrl: \""+proxy.URL+"\" }\n      backstage:\n", 1))
	opened := cloud.Open(t, "unreachable", program, config)
	fixture.Up(t, opened)
	proxy.Close()
	_, err := opened.Destroy(t.Context())
	for _, words := range []string{
		"removing what Flux has applied: ", "run it again when the cluster answers", flux.TeardownVariable + "=Orphan",
	} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("destroy: got %v, want an error with %q", err, words)
		}
	}
	for _, kept := range []string{"aws:eks/nodeGroup:NodeGroup", "aws:eks/cluster:Cluster", "aws:ec2/vpc:Vpc"} {
		if !cloud.Has(t, kept) {
			t.Errorf("the destroy has failed and yet deleted %s", kept)
		}
	}
	opened.Workspace().SetEnvVar(flux.TeardownVariable, "Orphan")
	progress := destroy(t, opened)
	if want := "the cluster does not answer; what Flux has applied is left as it is"; !strings.Contains(progress, want) {
		t.Errorf("the destroy does not say %q:\n%s", want, progress)
	}
	cloud.MustBeEmpty(t)
}

// TestClusterIsGone has somebody delete the cluster, twice: refresh and up make another one with everything in it, and
// destroy takes the rest away, because AWS says that the cluster is gone.
func TestClusterIsGone(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	program, config := cloud.Example(t)
	opened := cloud.Open(t, "gone", program, config)
	fixture.Up(t, opened)
	before := urns(t, opened)

	cloud.DeleteClusters(t)
	var progress bytes.Buffer
	if _, err := opened.Refresh(t.Context(), optrefresh.ProgressStreams(&progress)); err == nil {
		t.Error("without being told to, a refresh forgets what is in a cluster that does not answer")
	}
	if advice := "`PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh`"; !strings.Contains(progress.String(), advice) {
		t.Errorf("the refresh does not say %s:\n%s", advice, &progress)
	}
	guide.Open(t, "examples/troubleshooting/README.md", "`the cluster does not exist any more`").
		Follow(t, guide.In(opened), "")
	if diff := cmp.Diff(before, urns(t, opened)); diff != "" {
		t.Errorf("resources (-before +after):\n%s", diff)
	}
	c := cloud.Connect(t, fixture.Output(t, opened, "kubeconfig"), cloud.AccessKeys[0])
	syncedAndManaged(t, c)
	if _, err := opened.Up(t.Context(), optup.ExpectNoChanges()); err != nil {
		t.Error(err)
	}

	cloud.DeleteClusters(t)
	if progress := destroy(t, opened); !strings.Contains(progress, "the cluster does not exist any more") {
		t.Errorf("the destroy does not say that the cluster is gone:\n%s", progress)
	}
	cloud.MustBeEmpty(t)
}
