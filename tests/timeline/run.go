package timeline

import (
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
)

// Run is what was seen of one run, and how long a second of AWS's took in it.
type Run struct {
	Operations []localcloud.Operation
	Scale      float64
}

// Since leaves out what had been done before a run began.
func Since(operations []localcloud.Operation, began time.Time) []localcloud.Operation {
	var later []localcloud.Operation
	for _, o := range operations {
		if !o.Start.Before(began) {
			later = append(later, o)
		}
	}
	return later
}

// seen is when an operation on each resource was under way, in AWS's time since the first one; nil where there was
// none.
func (r Run) seen(resources []Resource, operation latency.Operation) []*span {
	spans := make([]*span, len(resources))
	if r.Scale == 0 {
		return spans // no time has passed
	}
	var first time.Time
	for _, o := range r.Operations {
		if o.Operation == string(operation) && (first.IsZero() || o.Start.Before(first)) {
			first = o.Start
		}
	}
	since := func(at time.Time) time.Duration { return time.Duration(float64(at.Sub(first)) / r.Scale) }
	for i, resource := range resources {
		for _, o := range r.Operations {
			if o.Operation == string(operation) && o.Type == resource.Type && o.ID == resource.ID && o.Error == "" {
				spans[i] = &span{start: since(o.Start), end: since(o.End), behind: nothing}
			}
		}
	}
	return spans
}

// idle is how long a resource waited although all that it waits for by its edges had ended: for the machine, or for
// something that no edge shows.
func idle(tasks []task, spans []*span, position int) time.Duration {
	var ready time.Duration
	visited := map[int]bool{}
	var look func(position int)
	look = func(position int) {
		for _, earlier := range tasks[position].after {
			switch {
			case visited[earlier]:
			case spans[earlier] != nil:
				ready = max(ready, spans[earlier].end)
			default:
				visited[earlier] = true
				look(earlier) // takes no time itself, and hands on what it waits for
			}
		}
	}
	look(position)
	return max(0, spans[position].start-ready)
}
