package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/timeline"
)

// table tells the reports in Markdown, and below it what the longest paths consist of.
func table(subjects []*subject) string {
	var text strings.Builder
	write := func(cells []string) { fmt.Fprintf(&text, "| %s |\n", strings.Join(cells, " | ")) }
	row := func(title string, cell func(*subject) string) {
		cells := make([]string, 0, len(subjects)+1)
		cells = append(cells, title)
		for _, s := range subjects {
			cells = append(cells, cell(s))
		}
		write(cells)
	}
	row("", func(s *subject) string { return s.title })
	write(slices.Repeat([]string{"---"}, len(subjects)+1))
	row("resources in AWS", func(s *subject) string { return fmt.Sprintf("%d", s.resources) })
	operations := []struct {
		title string
		of    latency.Operation
	}{{"up", latency.Create}, {"destroy", latency.Delete}}
	for _, operation := range operations {
		number := func(digits int, of func(timeline.Report) float64) func(*subject) string {
			return func(s *subject) string { return fmt.Sprintf("%.*f", digits, of(s.reports[operation.of])) }
		}
		row(operation.title+": by its graph, s", number(0, func(r timeline.Report) float64 { return r.Graph }))
		row(operation.title+": by AWS's own order, s", number(0, func(r timeline.Report) float64 { return r.Bound }))
		row(operation.title+": ratio", number(3, func(r timeline.Report) float64 { return r.Ratio }))
	}
	for _, operation := range operations {
		for _, s := range subjects {
			var path []string
			for _, line := range s.reports[operation.of].Path {
				path = append(path, fmt.Sprintf("%s %.0f", line.Title, line.End-line.Start))
			}
			fmt.Fprintf(&text, "\nThe longest path of %s, %s: %s.\n", operation.title, s.title, strings.Join(path, ", "))
		}
	}
	return text.String()
}
