package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// report writes the medians and the spreads as a table in Markdown.
func report(to io.Writer, runs int, all []subject) error {
	total := 0
	for _, count := range all[0].made {
		total += count
	}
	text := fmt.Sprintf("%d resources; medians of %d runs in turn (smallest to largest).\n\n| |", total, runs)
	line := "|---|"
	for i, s := range all {
		text += " " + s.name + " |"
		line += "---|"
		if i > 0 {
			text += " ratio |"
			line += "---|"
		}
	}
	text += "\n" + line + "\n"
	for _, step := range steps {
		text += row(step, all, func(s subject) []time.Duration { return s.took[step] })
		text += row("— processor time", all, func(s subject) []time.Duration { return s.worked[step] })
	}
	_, err := io.WriteString(to, text)
	return err
}

func row(what string, all []subject, of func(subject) []time.Duration) string {
	text := "| " + what + " |"
	first := spreadOf(of(all[0]))
	for i, s := range all {
		found := spreadOf(of(s))
		text += " " + found.String() + " |"
		if i > 0 {
			text += fmt.Sprintf(" %.2f |", found.median.Seconds()/first.median.Seconds())
		}
	}
	return text + "\n"
}

// spread is what several measurements amount to.
type spread struct{ median, smallest, largest time.Duration }

func (s spread) String() string {
	return fmt.Sprintf("%.1f s (%.1f to %.1f)", s.median.Seconds(), s.smallest.Seconds(), s.largest.Seconds())
}

func spreadOf(took []time.Duration) spread {
	sorted := slices.Sorted(slices.Values(took))
	if len(sorted) == 0 {
		return spread{}
	}
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return spread{median: median, smallest: sorted[0], largest: sorted[len(sorted)-1]}
}
