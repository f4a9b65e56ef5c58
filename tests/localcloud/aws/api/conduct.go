package api

import "time"

// Paths of what the control plane tells and takes beside its operations.
const (
	// OperationsPath answers GET with the operations so far, as a list of Operation.
	OperationsPath = "/operations"
	// FaultsPath takes a list of Fault by POST, in the place of those that were ordered before.
	FaultsPath = "/faults"
)

// Operation is one operation on a resource, as the control plane has seen it.
type Operation struct {
	// Operation is create, update or delete.
	Operation string `json:"operation"`
	Type      string `json:"type"`
	// ID is empty when nothing was created.
	ID    string    `json:"id,omitempty"`
	Start time.Time `json:"start"`
	// End is zero while it is under way.
	End time.Time `json:"end,omitzero"`
	// AWSSeconds is how long AWS takes for it.
	AWSSeconds float64 `json:"awsSeconds"`
	Error      string  `json:"error,omitempty"`
	// Fault is the kind of the fault that it met.
	Fault FaultKind `json:"fault,omitempty"`
}

// FaultKind says what goes wrong.
type FaultKind string

// The kinds of faults. The plugin stands where the real provider stands, above its retries: what they bear takes time
// and succeeds, and only what goes on for longer fails.
const (
	// Throttled is AWS saying "slow down" for a while.
	Throttled FaultKind = "throttled"
	// Outage is a service that does not answer for a while.
	Outage FaultKind = "outage"
	// QuotaExceeded refuses, whatever the quota.
	QuotaExceeded FaultKind = "quota"
	// FailedAfterwards does what was asked for, and fails then, as a waiter does that loses its connection.
	FailedAfterwards FaultKind = "failed afterwards"
	// NotYetVisible hides what was created for a while from the first operation that names it.
	NotYetVisible FaultKind = "not yet visible"
	// Slow takes longer than usual.
	Slow FaultKind = "slow"
	// HeldBefore and HeldAfter keep the operation until its caller is gone, before and after it has had its effect:
	// somebody then kills the caller.
	HeldBefore FaultKind = "held before"
	HeldAfter  FaultKind = "held after"
)

// Fault is ordered for operations that are still to come.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Operation and Type say which operations it is for; empty is any.
	Operation string `json:"operation,omitempty"`
	Type      string `json:"type,omitempty"`
	// Nth is which of those operations it hits first, counted from 1; 0 is the first.
	Nth int `json:"nth,omitempty"`
	// Times is how many it hits in a row; 0 is one.
	Times int `json:"times,omitempty"`
	// Seconds is how long it goes on, in AWS's time.
	Seconds float64 `json:"seconds,omitempty"`
}
