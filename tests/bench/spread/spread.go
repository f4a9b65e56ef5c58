// Package spread says what several measurements of the same thing amount to.
package spread

import (
	"fmt"
	"slices"
)

// Spread is what there is to say about several measurements.
type Spread struct{ Least, Median, Most float64 }

// Of takes at least one measurement.
func Of[S any](samples []S, value func(S) float64) Spread {
	values := make([]float64, 0, len(samples))
	for _, sample := range samples {
		values = append(values, value(sample))
	}
	slices.Sort(values)
	middle := len(values) / 2
	median := values[middle]
	if len(values)%2 == 0 {
		median = (values[middle-1] + values[middle]) / 2
	}
	return Spread{values[0], median, values[len(values)-1]}
}

// Text writes it with so many digits behind the point.
func (s Spread) Text(unit string, digits int) string {
	return fmt.Sprintf("%.*f %s (%.*f to %.*f)", digits, s.Median, unit, digits, s.Least, digits, s.Most)
}
