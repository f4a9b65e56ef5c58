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
