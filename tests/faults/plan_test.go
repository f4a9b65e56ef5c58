package faults

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
)

// TestPlan proves that a seed can be repeated, and that a plan goes along its chain: what is refused before what is
// done, and what nobody notices at the end.
func TestPlan(t *testing.T) {
	t.Parallel()
	chain := []string{"aws:ec2/vpc:Vpc", "aws:ec2/internetGateway:InternetGateway"}
	for _, operation := range []string{"create", "delete"} {
		plan := Plan(1, 5, operation, chain)
		if diff := cmp.Diff(plan, Plan(1, 5, operation, chain)); diff != "" {
			t.Errorf("the same seed gives another plan:\n%s", diff)
		}
		if cmp.Equal(plan, Plan(2, 5, operation, chain)) {
			t.Error("another seed gives the same plan")
		}
		if len(plan) != 12 {
			t.Fatalf("there are %d trials, want 12", len(plan))
		}
		for i, trial := range plan {
			if trial.Type != chain[i/6] || trial.Operation != operation {
				t.Errorf("trial %d is %s", i, trial)
			}
			if operation == "delete" && trial.Kind == api.QuotaExceeded {
				t.Errorf("a quota is exceeded by deleting: %s", trial)
			}
			if trial.Survives != (i == 11) {
				t.Errorf("trial %d, %s, survives: %t", i, trial, trial.Survives)
			}
		}
	}
}
