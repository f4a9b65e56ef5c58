package fuzzed_test

import (
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/fuzzed"
)

// failures counts them.
type failures struct {
	*testing.T
	count int
}

// Errorf implements fuzzed.Failing.
func (f *failures) Errorf(string, ...any) { f.count++ }

// TestBounded proves that the bound can be broken, and by what is not kept too.
func TestBounded(t *testing.T) { //nolint:paralleltest // what others take would count.
	var kept []byte
	for name, test := range map[string]struct {
		times, size, want int
	}{
		"little":       {times: 1, size: 1 << 20, want: 0},
		"much at once": {times: 1, size: 9 << 20, want: 1},
		"much in all":  {times: 9, size: 1 << 20, want: 1},
	} {
		seen := &failures{T: t}
		fuzzed.Bounded(seen, 8<<20, func() {
			for range test.times {
				kept = make([]byte, test.size)
			}
		})
		if seen.count != test.want {
			t.Errorf("%s: got %d failures, want %d", name, seen.count, test.want)
		}
	}
	_ = kept
}
