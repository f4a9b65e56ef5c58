package kube

import (
	"context"
	"fmt"
	"time"
)

// Progress tells the user what is being waited for.
type Progress func(message string)

// Interval is how often a state is looked at while it is waited for. Each look is one or a few cheap requests.
const Interval = 500 * time.Millisecond

// Wait looks again and again until check has nothing left to wait for. Check says what it still waits for, or fails
// for good. Each new reason is reported, and the last one is the cause when the time is up.
func Wait(
	ctx context.Context, timeout time.Duration, progress Progress,
	check func(ctx context.Context) (waitingFor string, err error),
) error {
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	const nothing = "a first answer"
	reported := nothing
	ticker := time.NewTicker(Interval)
	defer ticker.Stop()
	for {
		waitingFor, err := check(bounded)
		switch {
		// A request that the deadline cut off says nothing new: what was waited for before is the cause.
		case err != nil && (bounded.Err() == nil || reported == nothing):
			return err
		case err == nil && waitingFor == "":
			return nil
		case err == nil && bounded.Err() == nil && waitingFor != reported:
			reported = waitingFor
			progress("waiting for " + waitingFor)
		}
		select {
		case <-bounded.Done():
			if ctx.Err() != nil {
				return fmt.Errorf("cancelled while waiting for %s: %w", reported, ctx.Err())
			}
			return fmt.Errorf("timed out after %s waiting for %s", timeout, reported)
		case <-ticker.C:
		}
	}
}
