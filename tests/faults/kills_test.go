package faults

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// TestKillPlan proves that a seed can be repeated, and that all rounds together kill everything everywhere.
func TestKillPlan(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for round := range Rounds() {
		for _, command := range []string{"up", "destroy"} {
			plan := Kills(1, round, command)
			if got, again := names(plan), names(Kills(1, round, command)); !cmp.Equal(got, again) {
				t.Errorf("the same seed gives %q and %q", got, again)
			}
			for _, name := range names(plan) {
				seen[name] = true
			}
		}
	}
	for _, s := range stages {
		for _, victim := range s.victims {
			if kill := (Kill{s, victim}).String(); !seen[kill] {
				t.Errorf("never done: %s", kill)
			}
		}
	}
	if cmp.Equal(names(Kills(1, 0, "up")), names(Kills(2, 0, "up"))) {
		t.Error("another seed gives the same plan")
	}
}

func names(plan []Kill) []string {
	listed := make([]string, 0, len(plan))
	for _, kill := range plan {
		listed = append(listed, kill.String())
	}
	return listed
}

// TestKills makes and destroys the whole while something is killed at each stage.
func TestKills(t *testing.T) {
	fixture.NeedsSimulator(t, "processes of its own")
	t.Parallel()
	cloud := fixture.Start(t)
	rounds := 1
	if refusals(t) > 1 {
		rounds = Rounds()
	}
	opened := openPlanted(t, cloud)
	for round := range rounds { //nolint:paralleltest // the account must be empty after each.
		t.Run(strconv.Itoa(round), func(t *testing.T) {
			r := runner{t: t, cloud: cloud, opened: opened}
			r.strike("up", Kills(seed(t), round, "up"))
			r.strike("destroy", Kills(seed(t), round, "destroy"))
			cloud.MustBeEmpty(t)
			r.searchLogs()
		})
	}
}

// strike runs a command again and again until it completes, and kills what the plan says when the command gets there.
// Only without the plugin it may fail: everything else comes back by itself.
func (r runner) strike(command string, plan []Kill) {
	r.t.Helper()
	for {
		var killed []Kill
		began := time.Now()
		said, failure := r.run(command, "kills", func(said string) {
			for len(plan) > 0 && !slices.ContainsFunc(killed, Kill.stops) && plan[0].said.MatchString(said) {
				if !r.kill(plan[0].Victim) {
					return // it is not there yet
				}
				killed, plan = append(killed, plan[0]), plan[1:]
			}
		})
		r.t.Logf("pulumi %s: %q, failed %t, %s", command, names(killed), failure != nil,
			time.Since(began).Round(time.Second))
		stopped := slices.ContainsFunc(killed, Kill.stops)
		switch {
		case failure == nil && len(plan) > 0:
			r.t.Fatalf("pulumi %s was over before %s\n%s", command, plan[0], said)
		case failure == nil && stopped:
			r.t.Errorf("pulumi %s did not notice %q", command, names(killed))
		case failure != nil && len(killed) == 0:
			r.t.Fatalf("nothing was killed, and pulumi %s failed: %v\n%s", command, failure, said)
		case failure != nil && !stopped:
			r.t.Errorf("pulumi %s failed because of %q: %v\n%s", command, names(killed), failure, said)
		}
		if failure == nil {
			return
		}
	}
}

// stops says whether a command cannot go on.
func (k Kill) stops() bool { return k.Victim == plugin }

func (r runner) kill(victim string) bool {
	r.t.Helper()
	if victim == plugin {
		return r.cloud.KillPlugin(r.t, r.opened)
	}
	return r.cloud.KillServer(r.t, victim)
}
