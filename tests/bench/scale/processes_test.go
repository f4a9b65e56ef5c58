package main

import (
	"os/exec"
	"testing"
	"time"
)

// TestWatch proves that programs of programs are seen, with their memory and their work.
func TestWatch(t *testing.T) {
	t.Parallel()
	watched := watch()
	// Long enough for the busy loop to be looked at, whatever else the machine does.
	if err := exec.CommandContext(t.Context(), "bash", "-c",
		"(sleep 0.5; :) & end=$((SECONDS+1)); while ((SECONDS <= end)); do :; done; wait").Run(); err != nil {
		t.Fatal(err)
	}
	seen := watched()
	for _, name := range []string{"bash", "sleep"} {
		if seen[name].most <= 0 || seen[name].own <= 0 {
			t.Errorf("%s has %+v, want memory", name, seen[name])
		}
	}
	if worked := seen["bash"].worked; worked < 100*time.Millisecond {
		t.Errorf("a busy loop of a second has worked for %s", worked)
	}
}

// TestBelowCloud proves that what the local cloud runs is told from what Pulumi runs.
func TestBelowCloud(t *testing.T) {
	t.Parallel()
	running := map[int]process{
		1: {name: "scale"}, 2: {name: localCloud, parent: 1}, 3: {name: "kube-apiserver", parent: 2},
		4: {name: engine, parent: 1}, 5: {name: "kubectl", parent: 4},
	}
	for pid, want := range map[int]bool{1: false, 2: true, 3: true, 4: false, 5: false} {
		if got := belowCloud(running, running[pid]); got != want {
			t.Errorf("%s is of the local cloud: %t", running[pid].name, got)
		}
	}
}
