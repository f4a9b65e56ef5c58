package timeline

import (
	"slices"
	"time"
)

// nothing stands for the position of no task.
const nothing = -1

// task is something that takes time.
type task struct {
	takes time.Duration
	// after are the positions of the tasks that must have ended before it begins.
	after []int
	// until are the positions of the tasks that must have ended before it ends.
	until []int
}

// span is when a task is under way, if each begins as soon as it may.
type span struct {
	start, end time.Duration
	// behind is the position of the task that it waited for last, or nothing.
	behind int
}

// schedule finds the spans of tasks. Tasks that wait for each other in a circle are left out of each other's way: the
// first that is met goes first.
func schedule(tasks []task) []span {
	spans := make([]span, len(tasks))
	const unseen, open, done = 0, 1, 2
	state := make([]int, len(tasks))
	var visit func(position int)
	visit = func(position int) {
		state[position] = open
		s := span{behind: nothing}
		for _, earlier := range tasks[position].after {
			if state[earlier] == unseen {
				visit(earlier)
			}
			if end := spans[earlier].end; state[earlier] == done && (end > s.start || s.behind == nothing) {
				s.start, s.behind = end, earlier
			}
		}
		s.end = s.start + tasks[position].takes
		for _, other := range tasks[position].until {
			if state[other] == unseen {
				visit(other)
			}
			if end := spans[other].end; state[other] == done && end > s.end {
				s.end, s.behind = end, other
			}
		}
		spans[position], state[position] = s, done
	}
	for position := range tasks {
		if state[position] == unseen {
			visit(position)
		}
	}
	return spans
}

// total is when the last task ends.
func total(spans []span) time.Duration {
	var last time.Duration
	for _, s := range spans {
		last = max(last, s.end)
	}
	return last
}

// longest is the path of tasks that determines when the last one ends, in the order of time.
func longest(spans []span) []int {
	last := nothing
	for position, s := range spans {
		if last == nothing || s.end > spans[last].end {
			last = position
		}
	}
	var path []int
	for position := last; position != nothing; position = spans[position].behind {
		path = append(path, position)
	}
	slices.Reverse(path)
	return path
}

// reversed are tasks in which everything that was after something is now before it.
func reversed(tasks []task) []task {
	turned := make([]task, len(tasks))
	for position, t := range tasks {
		turned[position].takes = t.takes
		for _, earlier := range t.after {
			turned[earlier].after = append(turned[earlier].after, position)
		}
	}
	return turned
}
