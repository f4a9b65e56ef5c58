package timeline

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
)

// Report is what there is to say about one operation on a whole stack. All times are in seconds of AWS's.
type Report struct {
	Operation latency.Operation `json:"operation"`
	// Graph is how long AWS takes in the order of the stack's own dependencies, Bound in the order that AWS imposes.
	Graph float64 `json:"graphSeconds"`
	Bound float64 `json:"boundSeconds"`
	// Ratio is how many times longer than AWS imposes.
	Ratio float64 `json:"ratio"`
	// Seen is from the beginning of the first operation to the end of the last in the run, with the machine in it.
	Seen float64 `json:"seenSeconds,omitempty"`
	// Path is the longest path of the graph, and BoundPath that of AWS's own order.
	Path      []Line `json:"path"`
	BoundPath []Line `json:"boundPath"`
	// Lines are AWS's resources in the order in which the graph lets them begin.
	Lines []Line `json:"resources"`
}

// Line is one resource.
type Line struct {
	Title string `json:"title"`
	// Start and End are by the graph.
	Start float64 `json:"start"`
	End   float64 `json:"end"`
	// WaitedFor is the resource that it waited for last; resources that take no time are passed over.
	WaitedFor string `json:"waitedFor,omitempty"`
	// BoundStart is when it could begin if only AWS ordered.
	BoundStart float64 `json:"boundStart"`
	// SeenStart and SeenEnd are from the run; Idle is what it waited there for no edge.
	SeenStart float64 `json:"seenStart,omitempty"`
	SeenEnd   float64 `json:"seenEnd,omitempty"`
	Idle      float64 `json:"idle,omitempty"`
	Critical  bool    `json:"critical"`
}

// New makes the report of creating or deleting the resources of a stack.
func New(operation latency.Operation, resources []Resource, run Run) Report {
	tasks := make([]task, len(resources))
	for i, r := range resources {
		tasks[i] = task{after: r.needs}
		if operation == latency.Create {
			tasks[i].after = slices.Concat(r.needs, r.awaits)
		}
	}
	if operation == latency.Delete {
		tasks = reversed(tasks)
	}
	for i, r := range resources {
		tasks[i].takes = r.takes(operation)
	}
	spans, limits := schedule(tasks), schedule(bound(resources, operation))
	seen := run.seen(resources, operation)
	report := Report{Operation: operation, Graph: total(spans).Seconds(), Bound: total(limits).Seconds()}
	if report.Bound > 0 {
		report.Ratio = report.Graph / report.Bound
	}
	critical := longest(spans)
	line := func(position int, s span, spans []span) Line {
		made := Line{
			Title: resources[position].Title(), Start: s.start.Seconds(), End: s.end.Seconds(),
			BoundStart: limits[position].start.Seconds(), Critical: slices.Contains(critical, position),
		}
		behind := s.behind
		for behind != nothing && !resources[behind].FromAWS() {
			behind = spans[behind].behind
		}
		if behind != nothing {
			made.WaitedFor = resources[behind].Title()
		}
		if in := seen[position]; in != nil {
			made.SeenStart, made.SeenEnd = in.start.Seconds(), in.end.Seconds()
			made.Idle = idle(tasks, seen, position).Seconds()
			report.Seen = max(report.Seen, made.SeenEnd)
		}
		return made
	}
	for position, s := range spans {
		if resources[position].FromAWS() && tasks[position].takes > 0 {
			report.Lines = append(report.Lines, line(position, s, spans))
		}
	}
	slices.SortStableFunc(report.Lines, func(a, b Line) int {
		return strings.Compare(fmt.Sprintf("%012.3f %s", a.Start, a.Title), fmt.Sprintf("%012.3f %s", b.Start, b.Title))
	})
	for _, position := range critical {
		if tasks[position].takes > 0 {
			report.Path = append(report.Path, line(position, spans[position], spans))
		}
	}
	for _, position := range longest(limits) {
		if resources[position].FromAWS() {
			report.BoundPath = append(report.BoundPath, line(position, limits[position], limits))
		}
	}
	return report
}

// Text writes the report for people.
func (r Report) Text(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(format string, values ...any) { _, _ = fmt.Fprintf(table, format, values...) } // Flush has the error
	line("%s: %.0f s of AWS's time by the graph, %.0f s at least by AWS's own order: %.3f times as long\n",
		r.Operation, r.Graph, r.Bound, r.Ratio)
	if r.Seen > 0 {
		line("seen in the run: %.0f s, with what this machine takes\n", r.Seen)
	}
	for _, path := range []struct {
		title string
		lines []Line
	}{{"the longest path", r.Path}, {"the longest path of AWS's own order", r.BoundPath}} {
		line("\n%s\n", path.title)
		for _, l := range path.lines {
			line("  %.0f\t%.0f\t%s\n", l.Start, l.End, l.Title)
		}
	}
	line("\nfrom\tto\tcould\tidle\tresource\twaited for\n")
	for _, l := range r.Lines {
		mark := ""
		if l.Critical {
			mark = " *"
		}
		line("%.0f\t%.0f\t%.0f\t%.0f\t%s%s\t%s\n", l.Start, l.End, l.BoundStart, l.Idle, l.Title, mark, l.WaitedFor)
	}
	return table.Flush()
}
