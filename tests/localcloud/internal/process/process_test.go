package process_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
)

// parentVariable makes the test's own program a parent of processes, for a test that kills it. Its value is their
// marker.
const parentVariable = "TEST_PARENT_OF"

func TestMain(m *testing.M) {
	if marker := os.Getenv(parentVariable); marker != "" {
		beParent(marker)
	}
	os.Exit(m.Run())
}

// beParent starts processes from goroutines that end, says so, and waits to be killed.
func beParent(marker string) {
	supervisor := process.NewSupervisor(filepath.Join(marker, "logs"), marker)
	for i := range 3 {
		done := make(chan error)
		go func() {
			_, err := supervisor.Start(process.Command{Name: fmt.Sprint(i), Path: "sh", Args: []string{"-c", "exec sleep 1000"}})
			done <- err
		}()
		if err := <-done; err != nil {
			_, _ = fmt.Fprintln(os.Stdout, err)
			os.Exit(1)
		}
	}
	_, _ = fmt.Fprintln(os.Stdout, "ready")
	select {}
}

func newSupervisor(t *testing.T) (supervisor *process.Supervisor, marker string) {
	t.Helper()
	marker = t.TempDir()
	supervisor = process.NewSupervisor(filepath.Join(marker, "logs"), marker)
	t.Cleanup(func() { supervisor.Close(0) })
	return supervisor, marker
}

func start(t *testing.T, supervisor *process.Supervisor, script string) *process.Process {
	t.Helper()
	running, err := supervisor.Start(process.Command{Name: "dir/script", Path: "sh", Args: []string{"-c", script}})
	if err != nil {
		t.Fatal(err)
	}
	return running
}

// eventually fails the test if the condition does not hold within ten seconds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for !condition() {
		select {
		case <-ctx.Done():
			t.Fatalf("after ten seconds still not so: %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func count(t *testing.T, marker string) int {
	t.Helper()
	found, err := process.Find(marker)
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func TestStopEndsTheWholeGroup(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"obedient": "sleep 1000 & wait",
		"stubborn": "trap '' TERM; sleep 1000 & while true; do wait; done",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			supervisor, marker := newSupervisor(t)
			running := start(t, supervisor, script)
			eventually(t, "shell and sleep run", func() bool { return count(t, marker) == 2 })
			running.Stop(200 * time.Millisecond)
			if left := count(t, marker); left != 0 {
				t.Errorf("%d processes are left", left)
			}
			if diff := cmp.Diff([]process.Status{}, supervisor.List()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAProcessThatEndsIsStartedAgain(t *testing.T) {
	t.Parallel()
	supervisor, _ := newSupervisor(t)
	running := start(t, supervisor, "echo run; exit 7")
	eventually(t, "two restarts", func() bool { return running.Status().Restarts >= 2 })
	if diff := cmp.Diff("exit status 7", running.Status().LastExit); diff != "" {
		t.Error(diff)
	}
	running.Stop(0)
	log, err := os.ReadFile(running.LogFile())
	if err != nil {
		t.Fatal(err)
	}
	if runs := strings.Count(string(log), "run\n"); runs < 2 {
		t.Errorf("the log tells of %d runs, want all of them: %q", runs, log)
	}
}

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	supervisor, _ := newSupervisor(t)
	start(t, supervisor, "sleep 1000")
	_, err := supervisor.Start(process.Command{Name: "dir/script", Path: "sh"})
	if err == nil {
		t.Fatal("a second process of the same name was started")
	}
	if diff := cmp.Diff("starting dir/script: a process of that name runs already", err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestCloseEndsAllAndStartsNoMore(t *testing.T) {
	t.Parallel()
	supervisor, marker := newSupervisor(t)
	start(t, supervisor, "sleep 1000")
	supervisor.Close(time.Second)
	if left := count(t, marker); left != 0 {
		t.Errorf("%d processes are left", left)
	}
	if _, err := supervisor.Start(process.Command{Name: "late", Path: "sh"}); err == nil {
		t.Error("a process was started after Close")
	}
}

func TestChildrenSeeNothingOfTheShellTheyWereStartedFrom(t *testing.T) {
	t.Parallel()
	supervisor, marker := newSupervisor(t)
	got := supervisor.Env("A=b")
	for _, variable := range got {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "AWS_") || name == "KUBECONFIG" {
			t.Errorf("children see %s", variable)
		}
	}
	if got[0] != process.MarkerVariable+"="+marker || got[len(got)-1] != "A=b" {
		t.Errorf("got %q", got)
	}
}

func TestChildrenDieWithAParentThatIsKilled(t *testing.T) {
	t.Parallel()
	marker := t.TempDir()
	parent := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this program itself
	parent.Env = append(os.Environ(), parentVariable+"="+marker)
	output, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = parent.Process.Kill() })
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil || line != "ready\n" {
		t.Fatalf("the parent says %q (%v)", line, err)
	}
	eventually(t, "three children run", func() bool { return count(t, marker) == 3 })
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it was killed, which Wait calls an error
	eventually(t, "no child is left", func() bool { return count(t, marker) == 0 })
}
