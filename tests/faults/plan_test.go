package faults

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
)

// TestPlan proves that a seed can be repeated, that all kinds are drawn, and none that cannot be for the operation.
func TestPlan(t *testing.T) {
	t.Parallel()
	types := []string{"aws:ec2/vpc:Vpc", "aws:ec2/eip:Eip"}
	first, second := Plan(1, 30, "create", types), Plan(1, 30, "create", types)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the same seed gives another plan:\n%s", diff)
	}
	if cmp.Equal(first, Plan(2, 30, "create", types)) {
		t.Error("another seed gives the same plan")
	}
	drawn := map[Trial]bool{}
	for _, trial := range first {
		trial.Operation, trial.Type = "", ""
		drawn[trial] = true
	}
	if len(drawn) != len(kinds) {
		t.Errorf("%d of %d kinds were drawn", len(drawn), len(kinds))
	}
	for _, trial := range Plan(1, 30, "delete", types) {
		if trial.Kind == api.QuotaExceeded {
			t.Errorf("a quota is exceeded by deleting: %s", trial)
		}
	}
}
