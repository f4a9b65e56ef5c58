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

// refusing are the faults that have no effect, so that the operation is still to be done. Those of an operation that
// was held after its effect are not among them: what AWS has made and Pulumi never heard of stays, whatever the
// program, and Pulumi says so itself.
var refusing = []Trial{
	{localcloud.Fault{Kind: api.Throttled, Seconds: 500}, false},
	{localcloud.Fault{Kind: api.Outage, Seconds: 600}, false},
	{localcloud.Fault{Kind: api.QuotaExceeded}, false},
	{localcloud.Fault{Kind: api.HeldBefore}, false},
}

// lasting are the faults after which the operation has been done.
var lasting = []Trial{
	{localcloud.Fault{Kind: api.FailedAfterwards}, false},
	{localcloud.Fault{Kind: api.Slow, Seconds: 1200}, false},
}

// bearable are the faults that the real provider's retries hide.
var bearable = []Trial{
	{localcloud.Fault{Kind: api.Throttled, Seconds: 60}, true},
	{localcloud.Fault{Kind: api.Outage, Seconds: 300}, true},
	{localcloud.Fault{Kind: api.Slow, Seconds: 600}, true},
}

// Plan draws trials of an operation. chain are types of which each needs the one before, so that a run that fails at
// one never gets to the next, and every fault is met: at each of them some faults without an effect, and one with it;
// at the last one those that nobody notices. The same seed gives the same plan.
func Plan(seed uint64, refusals int, operation string, chain []string) []Trial {
	random := rand.New(rand.NewPCG(seed, uint64(len(operation)))) //nolint:gosec // to be repeated, not to be secret
	var plan []Trial
	add := func(trial Trial, token string) {
		trial.Operation, trial.Type = operation, token
		plan = append(plan, trial)
	}
	for i, token := range chain {
		drawn := 0
		for drawn < refusals {
			for _, kind := range random.Perm(len(refusing)) {
				// Nothing is too much to delete.
				if drawn < refusals && (operation != "delete" || refusing[kind].Kind != api.QuotaExceeded) {
					add(refusing[kind], token)
					drawn++
				}
			}
		}
		if i < len(chain)-1 {
			add(lasting[random.IntN(len(lasting))], token)
		} else {
			add(bearable[random.IntN(len(bearable))], token)
		}
	}
	return plan
}
