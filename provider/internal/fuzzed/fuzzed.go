// Package fuzzed bounds what the parsers of outside data take while they are fuzzed.
package fuzzed

import (
	"fmt"
	"runtime/metrics"
	"time"
)

// Failing is what a fuzzer and rapid have in common.
type Failing interface {
	Helper()
	Errorf(format string, args ...any)
}

// Bounded runs what parses outside data, and fails if it asks for more than a number of bytes in all, kept or not. One
// that goes on asking is not waited for: the process ends, and the fuzzer keeps the input that has ended it.
//
// What other goroutines ask for meanwhile counts too: a target must not run beside other tests.
func Bounded(t Failing, limit float64, parse func()) {
	t.Helper()
	before := allocated()
	watching := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for {
			select {
			case <-watching:
				return
			case <-time.After(50 * time.Millisecond):
			}
			if took := allocated() - before; took > 2*limit {
				//nolint:forbidigo // Nothing else ends what does not end by itself.
				panic(fmt.Sprintf("%.0f bytes were asked for, and there is no end of it; the limit is %.0f", took, limit))
			}
		}
	}()
	parse()
	close(watching)
	<-watched
	if took := allocated() - before; took > limit {
		t.Errorf("%.0f bytes were asked for; the limit is %.0f", took, limit)
	}
}

// allocated is how many bytes this process has asked for since it was started.
func allocated() float64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return float64(sample[0].Value.Uint64())
}
