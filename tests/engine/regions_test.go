package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/guide"
)

// TestRegions brings up the example with two clusters of one name in two regions, as its guide says, and takes it away
// again. The region of the stack is one that the simulated AWS does not have: whatever did not use its cluster's
// provider would fail.
func TestRegions(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	program, err := os.ReadFile(filepath.Join("..", "..", "examples", "multi-region", "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	config := cloud.SignedArtifact("fluxArtifact")
	config["syncPath"], config["aws:region"] = "./apps", "sa-east-1"
	opened := cloud.Open(t, "regions", program, config)
	shell := guide.In(opened).Where("https://github.com/acme/fleet", cloud.GitURL(fixture.Sample))
	guide.Open(t, "examples/multi-region/README.md").Follow(t, shell, "")

	t.Run("each cluster is in its region", func(t *testing.T) { //nolint:paralleltest // what follows changes them.
		for name, region := range map[string]string{"oregon": "us-west-2", "ireland": "eu-west-1"} {
			if got, want := fixture.Output(t, opened, name+"Arn"), ":eks:"+region+":"; !strings.Contains(got, want) {
				t.Errorf("the cluster %s is %s, not in %s", name, got, region)
			}
			c := cloud.Connect(t, fixture.Output(t, opened, name+"Kubeconfig"), cloud.AccessKeys[0])
			zones := c.Kubectl(t, "get", "nodes", "--output",
				`jsonpath={range .items[*]}{.metadata.labels.topology\.kubernetes\.io/region} {end}`)
			if diff := cmp.Diff(strings.Repeat(region+" ", 2), zones); diff != "" {
				t.Errorf("regions of the nodes of %s (-want +got):\n%s", name, diff)
			}
			var variables struct {
				Data map[string]string `json:"data"`
			}
			c.Get(t, &variables, "configmap", "cluster-variables", "--namespace", "flux-system")
			if got := variables.Data["AWS_REGION"]; got != region {
				t.Errorf("AWS_REGION of %s: got %q, want %q", name, got, region)
			}
			syncedAndManaged(t, c)
		}
	})
	t.Run("everything is made with the provider of its cluster", func(t *testing.T) { //nolint:paralleltest // as above.
		count := map[string]int{}
		for _, state := range states(t, opened) {
			if !strings.HasPrefix(string(state.Type), "aws:") {
				continue
			}
			cluster := clusterOf(state.Parent)
			provider := "::pulumi:providers:aws::aws-" + cluster + "::"
			if !strings.Contains(state.Provider, provider) {
				t.Errorf("%s %s of %s is made with %s", state.Type, state.URN.Name(), cluster, state.Provider)
			}
			count[cluster]++
		}
		if count["oregon"] != count["ireland"] || count["oregon"] < 50 {
			t.Errorf("resources in AWS: got %v, want the same in both, and all of them", count)
		}
	})
	t.Run("a second up changes nothing", func(t *testing.T) { //nolint:paralleltest // as above.
		if _, err := opened.Up(t.Context(), optup.ExpectNoChanges()); err != nil {
			t.Error(err)
		}
	})
	t.Run("destroy leaves nothing", func(t *testing.T) { //nolint:paralleltest // the end.
		destroy(t, opened)
		cloud.MustBeEmpty(t)
	})
}

// clusterOf is the first part of the name of a child's parent, which begins with the cluster's.
func clusterOf(parent resource.URN) string {
	name, _, _ := strings.Cut(parent.Name(), "-")
	return name
}
