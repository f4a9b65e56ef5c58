package engine

import (
	"testing"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/timeline"
)

// TestTimeline brings the example up and destroys it while AWS's time passes, and holds its graph to what AWS itself
// demands. The figures come from the graph and AWS's durations, so that no machine is too slow for them.
func TestTimeline(t *testing.T) {
	fixture.NeedsSimulator(t, "AWS's durations")
	t.Parallel()
	const scale = 0.005
	cloud := fixture.StartWithLatency(t, scale)
	program, config := cloud.Example(t)
	opened := cloud.Open(t, "timeline", program, config)

	began := time.Now()
	fixture.Up(t, opened)
	deployment := fixture.Deployment(t, opened)
	resources := timeline.Resources(deployment)
	up := reportOf(t, cloud, latency.Create, resources, began, scale)

	began = time.Now()
	if _, err := opened.Destroy(t.Context()); err != nil {
		t.Fatal(err)
	}
	down := reportOf(t, cloud, latency.Delete, resources, began, scale)
	cloud.MustBeEmpty(t)

	// What is over AWS's own order, and why it is, stands in tests/timeline/README.md.
	for _, limit := range []struct {
		report timeline.Report
		most   float64
	}{{up, 1.02}, {down, 1.02}} {
		if limit.report.Ratio < 1 || limit.report.Ratio > limit.most {
			t.Errorf("%s takes %.0f s by its graph and %.0f s by AWS's own order, %.3f times as long; want at most %.2f",
				limit.report.Operation, limit.report.Graph, limit.report.Bound, limit.report.Ratio, limit.most)
		}
	}
}

// reportOf holds a run to its graph: everything was seen, and nothing before what it waits for had ended.
func reportOf(
	t *testing.T, cloud fixture.Cloud, operation latency.Operation, resources []timeline.Resource, began time.Time,
	scale float64,
) timeline.Report {
	t.Helper()
	operations, err := cloud.Operations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	report := timeline.New(operation, resources, timeline.Run{
		Operations: timeline.Since(operations, began), Scale: scale,
	})
	ends := map[string]float64{}
	for _, line := range report.Lines {
		ends[line.Title] = line.SeenEnd
	}
	for _, line := range report.Lines {
		if line.SeenEnd == 0 {
			t.Errorf("%s of %s was never seen", operation, line.Title)
		}
		if line.WaitedFor != "" && line.SeenStart < ends[line.WaitedFor] {
			t.Errorf("%s of %s began after %.1f s, before %s had ended, after %.1f s", operation, line.Title,
				line.SeenStart, line.WaitedFor, ends[line.WaitedFor])
		}
	}
	if report.Seen < report.Graph {
		t.Errorf("%s took %.1f s in all, less than the %.0f s that AWS takes for it", operation, report.Seen, report.Graph)
	}
	return report
}
