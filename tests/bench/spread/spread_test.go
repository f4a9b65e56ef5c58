package spread

import "testing"

func TestSpread(t *testing.T) {
	t.Parallel()
	for want, samples := range map[string][]float64{
		"3.0 s (3.0 to 3.0)": {3},
		"2.5 s (1.0 to 4.0)": {4, 1, 3, 2},
		"2.0 s (1.0 to 9.0)": {9, 1, 2},
	} {
		if got := Of(samples, func(s float64) float64 { return s }).Text("s", 1); got != want {
			t.Errorf("%v: got %q, want %q", samples, got, want)
		}
	}
}
