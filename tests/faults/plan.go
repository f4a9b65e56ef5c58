package faults

import (
	"fmt"
	"math/rand/v2"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
)

// Trial is one fault, and whether the command that meets it succeeds all the same.
type Trial struct {
	localcloud.Fault
	// Survives is true where the real provider's retries bear the fault, so that nobody notices.
	Survives bool
}

// Kills says whether Pulumi is to be killed when the fault holds an operation.
func (t Trial) Kills() bool { return t.Kind == api.HeldBefore }

// String is how a report calls the trial.
func (t Trial) String() string {
	name := fmt.Sprintf("%s of %s number %d: %s", t.Operation, t.Type, max(t.Nth, 1), t.Kind)
	if t.Kills() {
		name += ", and killed"
	}
	if t.Seconds > 0 {
		name += fmt.Sprintf(" for %.0f s", t.Seconds)
	}
	return name
}

// kinds are the faults that are drawn. Those of an operation that was held after its effect are not among them: what
// AWS has made and Pulumi never heard of stays, whatever the program, and Pulumi says so itself.
var kinds = []Trial{
	{localcloud.Fault{Kind: api.Throttled, Seconds: 60}, true},
	{localcloud.Fault{Kind: api.Throttled, Seconds: 500}, false},
	{localcloud.Fault{Kind: api.Outage, Seconds: 300}, true},
	{localcloud.Fault{Kind: api.Outage, Seconds: 600}, false},
	{localcloud.Fault{Kind: api.QuotaExceeded}, false},
	{localcloud.Fault{Kind: api.FailedAfterwards}, false},
	{localcloud.Fault{Kind: api.Slow, Seconds: 600}, true},
	{localcloud.Fault{Kind: api.Slow, Seconds: 1200}, false},
	{localcloud.Fault{Kind: api.HeldBefore}, false},
}

// Plan draws count trials of an operation on some of the given types. The same seed gives the same plan, and no kind
// comes twice before each has come once.
func Plan(seed uint64, count int, operation string, types []string) []Trial {
	random := rand.New(rand.NewPCG(seed, uint64(len(operation)))) //nolint:gosec // to be repeated, not to be secret
	var plan []Trial
	for len(plan) < count {
		for _, kind := range random.Perm(len(kinds)) {
			trial := kinds[kind]
			if trial.Kind == api.QuotaExceeded && operation == "delete" {
				continue // nothing is too much to delete
			}
			trial.Operation, trial.Type = operation, types[random.IntN(len(types))]
			if plan = append(plan, trial); len(plan) == count {
				break
			}
		}
	}
	return plan
}
