package engine

import (
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// TestKilledUp kills an up when a part of the cluster stands. Whoever does not want the rest any more can destroy what
// there is; whoever does gets it with a second up.
func TestKilledUp(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	program, config := cloud.Example(t)
	for _, point := range []struct{ name, token string }{ //nolint:paralleltest // the account must be empty after each.
		{"after-the-cluster", "aws:eks/cluster:Cluster"},
		{"after-an-add-on", "aws:eks/addon:Addon"},
		{"after-a-node-group", "aws:eks/nodeGroup:NodeGroup"},
	} {
		t.Run(point.name, func(t *testing.T) {
			opened := cloud.Open(t, point.name, program, config)
			cloud.KillUp(t, opened, point.token)
			if !cloud.Has(t, point.token) {
				t.Fatalf("the up was killed before there was a %s", point.token)
			}
			destroy(t, opened)
			cloud.MustBeEmpty(t)

			cloud.KillUp(t, opened, point.token)
			fixture.Up(t, opened)
			syncedAndManaged(t, cloud.Connect(t, fixture.Output(t, opened, "kubeconfig"), cloud.AccessKeys[0]))
			destroy(t, opened)
			cloud.MustBeEmpty(t)
		})
	}
}
