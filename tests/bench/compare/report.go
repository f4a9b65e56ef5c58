package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/bench/spread"
)

// report tells the medians and the spreads in a table in Markdown.
func report(runs int, all []subject) string {
	var text strings.Builder
	total := 0
	for _, count := range all[0].made {
		total += count
	}
	fmt.Fprintf(&text, "%d resources; medians of %d runs in turn (smallest to largest).\n\n", total, runs)
	titles := []string{""}
	for i, s := range all {
		titles = append(titles, s.name)
		if i > 0 {
			titles = append(titles, "ratio")
		}
	}
	write := func(cells []string) { fmt.Fprintf(&text, "| %s |\n", strings.Join(cells, " | ")) }
	write(titles)
	write(slices.Repeat([]string{"---"}, len(titles)))
	for _, step := range steps {
		write(row(step, all, func(s subject) []time.Duration { return s.took[step] }))
		write(row("— processor time", all, func(s subject) []time.Duration { return s.worked[step] }))
	}
	return text.String()
}

func row(what string, all []subject, of func(subject) []time.Duration) []string {
	cells := []string{what}
	first := spread.Of(of(all[0]), time.Duration.Seconds)
	for i, s := range all {
		found := spread.Of(of(s), time.Duration.Seconds)
		cells = append(cells, found.Text("s", 1))
		if i > 0 {
			cells = append(cells, fmt.Sprintf("%.2f", found.Median/first.Median))
		}
	}
	return cells
}
