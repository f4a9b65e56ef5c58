package timeline

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// tasksOf draws tasks that only wait for earlier ones, so that there are no circles.
func tasksOf(t *rapid.T) []task {
	tasks := make([]task, rapid.IntRange(1, 12).Draw(t, "count"))
	for i := range tasks {
		tasks[i].takes = time.Duration(rapid.IntRange(0, 9).Draw(t, "takes")) * time.Second
		if i == 0 {
			continue
		}
		earlier := rapid.SliceOfNDistinct(rapid.IntRange(0, i-1), 0, 3, rapid.ID[int])
		tasks[i].after, tasks[i].until = earlier.Draw(t, "after"), earlier.Draw(t, "until")
	}
	return tasks
}

// TestSchedule holds what makes a schedule one: nothing begins or ends too early, nothing waits for nothing, and the
// longest path accounts for the whole time.
func TestSchedule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tasks := tasksOf(t)
		spans := schedule(tasks)
		for i, s := range spans {
			var start, end time.Duration
			for _, earlier := range tasks[i].after {
				start = max(start, spans[earlier].end)
			}
			end = start + tasks[i].takes
			for _, other := range tasks[i].until {
				end = max(end, spans[other].end)
			}
			if s.start != start || s.end != end {
				t.Fatalf("task %d is from %s to %s, want from %s to %s", i, s.start, s.end, start, end)
			}
		}
		path := longest(spans)
		if last := spans[path[len(path)-1]]; last.end != total(spans) {
			t.Fatalf("the path ends at %s, the last task at %s", last.end, total(spans))
		}
		for i := range path[1:] {
			before, s := spans[path[i]], spans[path[i+1]]
			if before.end != s.start && before.end != s.end {
				t.Fatalf("task %d at %s does not follow from task %d at %s", path[i+1], s.start, path[i], before.end)
			}
		}
		if first := spans[path[0]]; first.start != 0 {
			t.Fatalf("the path begins at %s", first.start)
		}
	})
}

// TestLessOrder proves that taking an edge away never makes anything later: else the bound would be none.
func TestLessOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tasks := tasksOf(t)
		before := total(schedule(tasks))
		from := rapid.IntRange(0, len(tasks)-1).Draw(t, "from")
		if len(tasks[from].after) > 0 {
			tasks[from].after = tasks[from].after[1:]
		}
		if after := total(schedule(tasks)); after > before {
			t.Fatalf("with an edge less it takes %s, with it %s", after, before)
		}
	})
}

// TestReversed proves that going backwards takes as long as forwards, when everything takes as long.
func TestReversed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tasks := tasksOf(t)
		for i := range tasks {
			tasks[i].until = nil
		}
		if forward, backward := total(schedule(tasks)), total(schedule(reversed(tasks))); forward != backward {
			t.Fatalf("forwards it takes %s, backwards %s", forward, backward)
		}
	})
}

// TestCircle proves that a state with a circle, which Pulumi never writes, is no endless loop.
func TestCircle(t *testing.T) {
	t.Parallel()
	spans := schedule([]task{{takes: time.Second, after: []int{1}}, {takes: time.Second, after: []int{0}}})
	if got := total(spans); got != 2*time.Second {
		t.Errorf("it takes %s, want 2s", got)
	}
}
