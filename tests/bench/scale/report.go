package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/bench/spread"
)

// points is how many numbers of clusters it takes to see whether a line through them is straight.
const points = 3

// rows are what is said of each step.
var rows = []struct {
	title, unit string
	digits      int
	of          func(sample) float64
}{
	{"", "s", 1, func(s sample) float64 { return s.took.Seconds() }},
	{"— processor time", "s", 1, func(s sample) float64 { return s.total() }},
	{"— of that, of our plugin", "s", 1, func(s sample) float64 { return s.processes[plugin].worked.Seconds() }},
	{"— memory of our plugin", "MB", 0, func(s sample) float64 { return s.processes[plugin].most }},
	{"— of that, its own and not a file's", "MB", 0, func(s sample) float64 { return s.processes[plugin].own }},
	{"— memory of the engine", "MB", 0, func(s sample) float64 { return s.processes[engine].most }},
}

// total is the processor time of pulumi and its plugins, without that of the local cloud.
func (s sample) total() float64 {
	var worked float64
	for name, u := range s.processes {
		if name != localCloud {
			worked += u.worked.Seconds()
		}
	}
	return worked
}

// report tells the medians and the spreads in a table in Markdown.
func report(runs int, all []*subject) string {
	var text strings.Builder
	few, many := all[0], all[points-1]
	titles, counts := make([]string, 1, len(all)+points), make([]string, 0, len(all))
	for _, s := range all {
		titles = append(titles, fmt.Sprintf("%d", s.clusters))
		counts = append(counts, fmt.Sprintf("%d", s.resources))
	}
	titles = append(titles, fmt.Sprintf("each of %d / of %d", many.clusters, few.clusters), "one more, late / early")
	fmt.Fprintf(&text, "%s resources in AWS; medians of %d runs in turn (smallest to largest).\n\n",
		strings.Join(counts, ", "), runs)
	write := func(cells []string) { fmt.Fprintf(&text, "| %s |\n", strings.Join(cells, " | ")) }
	write(titles)
	write(slices.Repeat([]string{"---"}, len(titles)))
	for _, step := range steps {
		for _, row := range rows {
			title := row.title
			if title == "" {
				title = step
			}
			cells, medians := make([]string, 0, len(titles)), make([]float64, 0, len(all))
			cells = append(cells, title)
			for _, s := range all {
				found := spread.Of(s.steps[step], row.of)
				cells, medians = append(cells, found.Text(row.unit, row.digits)), append(medians, found.Median)
			}
			write(append(cells, share(all, medians), straightness(all, medians)))
		}
	}
	return text.String()
}

// share is what each of many clusters takes by the side of each of few. What there is once for all of them, such as the
// start of the plugins, is in both, and makes it smaller.
func share(all []*subject, medians []float64) string {
	few, many := 0, points-1
	if medians[few] == 0 {
		return "–" // too little to be measured
	}
	return fmt.Sprintf("%.2f", medians[many]/float64(all[many].clusters)/(medians[few]/float64(all[few].clusters)))
}

// straightness is what one more cluster takes where there are many already, by the side of what it takes where there
// are few: 1 if what all of them take is a straight line, whatever there is once for all.
func straightness(all []*subject, medians []float64) string {
	more := func(from, to int) float64 {
		return (medians[to] - medians[from]) / float64(all[to].clusters-all[from].clusters)
	}
	early, late := more(0, 1), more(1, points-1)
	if early <= 0 {
		return "–" // nothing that could be told from chance
	}
	return fmt.Sprintf("%.2f", late/early)
}
