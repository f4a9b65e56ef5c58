package main

import (
	"fmt"
	"io"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/bench/spread"
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
	first := spread.Of(of(all[0]), time.Duration.Seconds)
	for i, s := range all {
		found := spread.Of(of(s), time.Duration.Seconds)
		text += " " + found.Text("s", 1) + " |"
		if i > 0 {
			text += fmt.Sprintf(" %.2f |", found.Median/first.Median)
		}
	}
	return text + "\n"
}
