package aws

import (
	"fmt"
	"slices"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
)

var faultKinds = []api.FaultKind{
	api.Throttled, api.Outage, api.QuotaExceeded, api.FailedAfterwards, api.NotYetVisible, api.Slow, api.HeldBefore,
	api.HeldAfter,
}

// What the real provider bears before it gives up.
const (
	// retries is how long it calls again when AWS is throttling or does not answer: 25 attempts, up to 20 s apart.
	// https://registry.terraform.io/providers/hashicorp/aws/latest/docs#max_retries-1
	retries = 400 * time.Second
	// propagation is how long it waits for what was just made in IAM to be known elsewhere (internal/service/iam).
	propagation = 2 * time.Minute
	// patience is how long it waits for a state: the shortest of what deleting a subnet, a gateway or a cluster is given.
	patience = 15 * time.Minute
)

// orderedFault is a fault with what has happened to it.
type orderedFault struct {
	api.Fault
	// seen counts the operations that it could have been for.
	seen int
}

// hiddenThing is something that was created and is not yet visible.
type hiddenThing struct {
	names   []string
	seconds float64
}

// next finds the fault that an operation meets. The lock is held.
func (c *conductor) next(operation latency.Operation, token string) api.Fault {
	var hit api.Fault
	for i := range c.faults {
		f := &c.faults[i]
		if f.Operation != "" && f.Operation != string(operation) || f.Type != "" && f.Type != token {
			continue
		}
		f.seen++
		first := max(f.Nth, 1)
		if hit.Kind == "" && f.seen >= first && f.seen < first+max(f.Times, 1) {
			hit = f.Fault
		}
	}
	return hit
}

// beforehand says what a fault does before an operation: it takes longer, or is refused.
func (c *Cloud) beforehand(fault api.Fault, request api.Request) (delay time.Duration, refusal error) {
	k := c.kinds[request.Type]
	t := &tx{service: k.service, call: k.calls.create}
	if request.ID != "" {
		t.call = k.calls.remove
	}
	lasts := time.Duration(fault.Seconds * float64(time.Second))
	switch fault.Kind {
	case api.Throttled:
		if lasts > retries {
			return 0, t.throttled()
		}
		return lasts, nil
	case api.Outage:
		if lasts > retries {
			return 0, fmt.Errorf("%w: exceeded maximum number of attempts, 25",
				t.fail("ServiceUnavailableException", "Service is unavailable"))
		}
		return lasts, nil
	case api.QuotaExceeded:
		code := "LimitExceeded"
		if k.quota != nil {
			code = k.quota.code
		}
		return 0, t.fail(code, "Cannot exceed the quota of this account for %s", k.title)
	case api.Slow:
		return lasts, nil
	default:
		return c.hiddenFrom(t, request)
	}
}

func (t *tx) throttled() error {
	err := t.fail("ThrottlingException", "Rate exceeded")
	if t.service == ec2 {
		err = t.fail("RequestLimitExceeded", "Request limit exceeded.")
	}
	return fmt.Errorf("%w: exceeded maximum number of attempts, 25", err)
}

// hiddenFrom makes an operation wait that names something which is not yet visible, or fail if that goes on for longer
// than the provider tries again. Afterwards it is visible.
func (c *Cloud) hiddenFrom(t *tx, request api.Request) (time.Duration, error) {
	c.conductor.mutex.Lock()
	defer c.conductor.mutex.Unlock()
	for i, thing := range c.conductor.hidden {
		if !mentions(request.Inputs, thing.names) {
			continue
		}
		c.conductor.hidden = append(c.conductor.hidden[:i:i], c.conductor.hidden[i+1:]...)
		lasts := time.Duration(thing.seconds * float64(time.Second))
		if lasts > propagation {
			return 0, t.fail(invalidParameter, "%s cannot be found", thing.names[0])
		}
		return lasts, nil
	}
	return 0, nil
}

// afterwards says what a fault makes of an operation that has had its effect.
func (c *Cloud) afterwards(fault api.Fault, response api.Response) api.Response {
	switch {
	case fault.Kind == api.FailedAfterwards:
		response.Error = "waiting for completion: RequestError: send request failed: connection reset by peer"
	case fault.Kind == api.Slow && fault.Seconds > patience.Seconds():
		response.Error = fmt.Sprintf("waiting for completion: timeout while waiting for state to change (timeout: %s)",
			patience)
	case fault.Kind == api.NotYetVisible && response.ID != "":
		thing := hiddenThing{names: []string{response.ID}, seconds: fault.Seconds}
		for _, name := range []string{"arn", "name"} {
			if text := props(response.State).str(name); text != "" {
				thing.names = append(thing.names, text)
			}
		}
		c.conductor.mutex.Lock()
		c.conductor.hidden = append(c.conductor.hidden, thing)
		c.conductor.mutex.Unlock()
	}
	return response
}

// mentions says whether one of the names stands anywhere in a value.
func mentions(value any, wanted []string) bool {
	switch value := value.(type) {
	case string:
		return slices.Contains(wanted, value)
	case map[string]any:
		for _, inner := range value {
			if mentions(inner, wanted) {
				return true
			}
		}
	case []any:
		for _, inner := range value {
			if mentions(inner, wanted) {
				return true
			}
		}
	}
	return false
}
