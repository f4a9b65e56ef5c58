package localcloud

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
)

// stopTimeout is how long a daemon and its processes are given to end by themselves.
const stopTimeout = 30 * time.Second

// Process is a process of a local cloud, as the machine shows it.
type Process = process.Info

// Processes lists the processes of the local cloud in a folder, found among all processes of the machine, whether or
// not a daemon runs.
func Processes(dir string) ([]Process, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("looking for the processes of the local cloud in %s: %w", dir, err)
	}
	return process.Find(dir)
}

// Stop ends the daemon and proves that no process of it is left. The folder stays.
func (c *LocalCloud) Stop(ctx context.Context) error { return Stop(ctx, c.Dir) }

// Stop ends the daemon in a folder, if one runs, and proves that no process of it is left. What does not end by
// itself in time is killed and reported as an error.
func Stop(ctx context.Context, dir string) error {
	if c, err := Attach(ctx, dir); err == nil {
		if err := c.request(ctx, http.MethodPost, api.Shutdown, nil); err != nil {
			return fmt.Errorf("stopping the local cloud in %s: %w", dir, err)
		}
	} else if err := signal(dir, syscall.SIGTERM); err != nil { // one that does not answer, or not yet
		return err
	}
	left, err := awaitNone(ctx, dir, stopTimeout)
	if err != nil || len(left) == 0 {
		return err
	}
	if err := signal(dir, syscall.SIGKILL); err != nil {
		return err
	}
	names := make([]string, 0, len(left))
	for _, p := range left {
		names = append(names, p.String())
	}
	if left, err = awaitNone(ctx, dir, stopTimeout); err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("stopping the local cloud in %s: %d processes are left although they were killed: %v",
			dir, len(left), left)
	}
	return fmt.Errorf("stopping the local cloud in %s: these did not end by themselves and were killed: %s",
		dir, strings.Join(names, "; "))
}

func signal(dir string, signal syscall.Signal) error {
	processes, err := Processes(dir)
	if err != nil {
		return err
	}
	for _, p := range processes {
		_ = syscall.Kill(p.PID, signal) // ESRCH: it has ended meanwhile
	}
	return nil
}

// awaitNone waits until there is no process left, and returns those that are there when the time is over.
func awaitNone(ctx context.Context, dir string, timeout time.Duration) ([]Process, error) {
	deadline := time.Now().Add(timeout)
	for {
		left, err := Processes(dir)
		if err != nil || len(left) == 0 || time.Now().After(deadline) {
			return left, err
		}
		select {
		case <-ctx.Done():
			return left, fmt.Errorf("waiting for the processes of the local cloud in %s to end: %w; left are %v",
				dir, ctx.Err(), left)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
