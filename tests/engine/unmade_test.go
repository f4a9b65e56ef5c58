package engine

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
)

// TestUnmadeNodes lets AWS refuse the nodes: that is all that the user is told, and the add-ons that run on nodes, of
// which no edge says that they come later, are not asked for.
func TestUnmadeNodes(t *testing.T) {
	fixture.NeedsSimulator(t, "faults on order")
	t.Parallel()
	cloud := fixture.Start(t)
	program, config := cloud.Example(t)
	opened := cloud.Open(t, "unmade", program, config)
	const nodeGroup = "aws:eks/nodeGroup:NodeGroup"
	err := cloud.OrderFaults(t.Context(), localcloud.Fault{
		Kind: api.QuotaExceeded, Operation: "create", Type: nodeGroup,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, failure := opened.Up(t.Context())
	if failure == nil {
		t.Fatal("there were no nodes, and up did not notice")
	}
	failed := regexp.MustCompile(`aws:\S+ \S+ \*\*creating failed\*\*`).FindAllString(failure.Error(), -1)
	if diff := cmp.Diff([]string{"aws:eks:NodeGroup platform-default **creating failed**"}, failed); diff != "" {
		t.Errorf("what failed (-want +got):\n%s\n%v", diff, failure)
	}
	late := []string{"platform-coredns", "platform-aws-ebs-csi-driver"}
	for _, state := range states(t, opened) {
		if slices.Contains(late, state.URN.Name()) && state.ID != "" {
			t.Errorf("%s was made without nodes", state.URN.Name())
		}
	}
	fixture.Up(t, opened)
	destroy(t, opened)
	cloud.MustBeEmpty(t)
}
