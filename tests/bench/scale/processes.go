package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The programs that the report tells apart.
const (
	engine     = "pulumi"
	plugin     = "pulumi-resource-gitops-cluster"
	localCloud = "localcloud"
)

// usage is what a program took: how long processors worked for it, and in megabytes the most memory that it had, and
// the most of that which is no page of a file.
type usage struct {
	worked    time.Duration
	most, own float64
}

// processes is what the programs took, by name.
type processes map[string]usage

// String names each program with its processor time, its memory, and the part of that which is no page of a file.
func (all processes) String() string {
	texts := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		u := all[name]
		texts = append(texts, fmt.Sprintf("%s %.1f s %.0f/%.0f MB", name, u.worked.Seconds(), u.most, u.own))
	}
	return strings.Join(texts, ", ")
}

// every is how often processes are looked at. What one does after the last look, before it ends, is not seen.
const every = 50 * time.Millisecond

// ticks is what the kernel counts processor time in, on every Linux that Go runs on.
const ticks = 10 * time.Millisecond

// watch looks at all processes below this one until it is told to stop.
func watch() (stop func() processes) {
	quit, found := make(chan struct{}), make(chan processes)
	go func() {
		seen := map[int]process{}
		most := processes{}
		for {
			look(seen, most)
			select {
			case <-quit:
				for _, p := range seen {
					u := most[p.name]
					u.worked += p.worked
					most[p.name] = u
				}
				found <- most
				return
			case <-time.After(every):
			}
		}
	}()
	return func() processes {
		close(quit)
		return <-found
	}
}

// process is what the kernel says of one.
type process struct {
	name      string
	parent    int
	worked    time.Duration
	most, own float64
}

// look takes another look at what runs. Of several processes of one program the memory counts together.
func look(seen map[int]process, most processes) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return // nothing is seen then, which the report shows
	}
	running := map[int]process{}
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if p, err := read(pid); err == nil { // it may have ended
				running[pid] = p
			}
		}
	}
	now := processes{}
	for pid, p := range running {
		if !below(running, pid, os.Getpid()) {
			continue
		}
		if belowCloud(running, p) {
			p.name = localCloud // as is all that it runs
		}
		seen[pid] = p
		u := now[p.name]
		now[p.name] = usage{most: u.most + p.most, own: u.own + p.own}
	}
	for name, u := range now {
		before := most[name]
		most[name] = usage{most: max(before.most, u.most), own: max(before.own, u.own)}
	}
}

// belowCloud says whether a process is one of those that the local cloud runs.
func belowCloud(running map[int]process, p process) bool {
	for known := true; known; p, known = running[p.parent] {
		if p.name == localCloud {
			return true
		}
	}
	return false
}

func below(running map[int]process, pid, ancestor int) bool {
	for pid != 0 {
		p, known := running[pid]
		if !known {
			return false
		}
		if pid = p.parent; pid == ancestor {
			return true
		}
	}
	return false
}

func read(pid int) (process, error) {
	folder := fmt.Sprintf("/proc/%d/", pid)
	program, err := os.Readlink(folder + "exe")
	if err != nil {
		return process{}, err
	}
	p := process{name: filepath.Base(program)}
	status, err := os.ReadFile(folder + "status")
	if err != nil {
		return p, err
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		number, err := strconv.Atoi(fields[1])
		if err != nil {
			continue
		}
		switch fields[0] {
		case "PPid:":
			p.parent = number
		case "VmHWM:":
			p.most = float64(number) / 1000
		case "RssAnon:":
			p.own = float64(number) / 1000
		}
	}
	stat, err := os.ReadFile(folder + "stat")
	if err != nil {
		return p, err
	}
	// Behind the name, which may hold anything: the state first, and in the 12th and 13th place the times.
	_, behind, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(behind)
	if len(fields) < 13 {
		return p, fmt.Errorf("reading the times of a process: got %q", behind)
	}
	for _, text := range fields[11:13] {
		count, err := strconv.Atoi(text)
		if err != nil {
			return p, fmt.Errorf("reading the times of a process: %w", err)
		}
		p.worked += time.Duration(count) * ticks
	}
	return p, nil
}
