package main

import (
	"strings"
	"testing"
	"time"
)

// TestReport proves that what grows with the clusters shows as straight, whatever there is once for all of them, and
// that what grows with their square does not.
func TestReport(t *testing.T) {
	t.Parallel()
	for want, of := range map[string]func(clusters int) int{
		"| 0.39 | 1.00 |":  func(clusters int) int { return 5 + 3*clusters },
		"| 50.00 | 5.45 |": func(clusters int) int { return clusters * clusters },
		"| 0.02 | – |":     func(int) int { return 7 },
	} {
		var all []*subject
		for _, clusters := range []int{1, 10, 50} {
			s := &subject{clusters: clusters, steps: map[string][]sample{}}
			for _, step := range steps {
				s.steps[step] = []sample{{took: time.Duration(of(clusters)) * time.Second}}
			}
			all = append(all, s)
		}
		if got := report(1, all); strings.Count(got, want) < len(steps) {
			t.Errorf("the report lacks %q for each step:\n%s", want, got)
		}
	}
}
