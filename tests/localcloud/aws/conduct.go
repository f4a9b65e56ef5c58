package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
)

// conductor lets operations take AWS's time, meet the faults that were ordered, and be remembered.
type conductor struct {
	// scale is how long a second of AWS's takes here, in seconds; with 0 nothing takes time.
	scale float64

	mutex      sync.Mutex
	operations []api.Operation
	faults     []orderedFault
	hidden     []hiddenThing
}

// conduct runs one operation on a resource.
func (c *Cloud) conduct(
	ctx context.Context, operation latency.Operation, request api.Request, run func(context.Context) api.Response,
) api.Response {
	takes := latency.Of(operation, request.Type, c.inputsOf(request))
	number, fault := c.conductor.begin(operation, request, takes)
	response := c.perform(ctx, fault, takes, request, run)
	c.conductor.end(number, orElse(response.ID, request.ID), response.Error)
	return response
}

// inputsOf are the inputs of a request, or those of the thing that it names.
func (c *Cloud) inputsOf(request api.Request) props {
	inputs := props(request.Inputs)
	if inputs == nil {
		c.store.look(func(a *account) {
			if r := c.tx(a).lookup(request.Type, request.ID); r != nil {
				inputs = r.Inputs
			}
		})
	}
	return inputs
}

// perform lets an operation take its time beside what really happens here, which may take some as well.
func (c *Cloud) perform(
	ctx context.Context, fault api.Fault, takes time.Duration, request api.Request,
	run func(context.Context) api.Response,
) api.Response {
	began := time.Now()
	delay, refusal := c.beforehand(fault, request)
	if refusal != nil {
		return failed("calling AWS", refusal)
	}
	if fault.Kind == api.HeldBefore {
		<-ctx.Done()
		return failed("waiting for completion", ctx.Err())
	}
	response := run(ctx)
	if response.Error != "" {
		return response
	}
	if fault.Kind == api.HeldAfter {
		<-ctx.Done()
	}
	if err := c.conductor.pass(ctx, began, takes+delay); err != nil {
		response.Error = failed("waiting for completion", err).Error
		return response
	}
	return c.afterwards(fault, response)
}

// pass waits until an operation that began at a time has taken as long as it takes.
func (c *conductor) pass(ctx context.Context, began time.Time, takes time.Duration) error {
	rest := time.Until(began.Add(time.Duration(float64(takes) * c.scale)))
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rest):
		return nil
	}
}

func (c *conductor) begin(
	operation latency.Operation, request api.Request, takes time.Duration,
) (number int, fault api.Fault) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	fault = c.next(operation, request.Type)
	c.operations = append(c.operations, api.Operation{
		Operation: string(operation), Type: request.Type, ID: request.ID, Start: time.Now(), AWSSeconds: takes.Seconds(),
		Fault: fault.Kind,
	})
	return len(c.operations) - 1, fault
}

func (c *conductor) end(number int, id, failure string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	o := &c.operations[number]
	o.ID, o.End, o.Error = id, time.Now(), failure
}

// Operations are the operations on resources since the Cloud was opened, in the order in which they began.
func (c *Cloud) Operations() []api.Operation {
	c.conductor.mutex.Lock()
	defer c.conductor.mutex.Unlock()
	return append([]api.Operation{}, c.conductor.operations...)
}

// OrderFaults makes faults happen, in the place of those that were ordered before.
func (c *Cloud) OrderFaults(faults []api.Fault) error {
	for i, fault := range faults {
		if !slices.Contains(faultKinds, fault.Kind) {
			return fmt.Errorf("faults[%d].kind must be one of %q; got %q", i, faultKinds, fault.Kind)
		}
		if fault.Type != "" && (c.kinds[fault.Type] == nil || c.kinds[fault.Type].create == nil) {
			return fmt.Errorf("faults[%d].type must be a type that is simulated, such as %s; got %q", i, typeVPC, fault.Type)
		}
	}
	c.conductor.mutex.Lock()
	defer c.conductor.mutex.Unlock()
	c.conductor.faults, c.conductor.hidden = nil, nil
	for _, fault := range faults {
		c.conductor.faults = append(c.conductor.faults, orderedFault{Fault: fault})
	}
	return nil
}

// handleConduct serves what is no operation: who may see the daemon's port may ask, as for the inventory.
func (c *Cloud) handleConduct(mux *http.ServeMux) {
	mux.HandleFunc("GET "+api.OperationsPath, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, c.Operations())
	})
	mux.HandleFunc("POST "+api.FaultsPath, func(w http.ResponseWriter, r *http.Request) {
		var faults []api.Fault
		if err := json.NewDecoder(r.Body).Decode(&faults); err != nil {
			answer(w, http.StatusBadRequest, api.Response{Error: "decoding faults: " + err.Error()})
			return
		}
		if err := c.OrderFaults(faults); err != nil {
			answer(w, http.StatusBadRequest, api.Response{Error: err.Error()})
			return
		}
		answer(w, http.StatusOK, api.Response{})
	})
}
