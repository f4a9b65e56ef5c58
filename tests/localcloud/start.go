package localcloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/layout"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
)

// DefaultStartTimeout is how long Start waits for a daemon, whose clusters of an earlier life come back first.
const DefaultStartTimeout = 3 * time.Minute

// Options configures Start.
type Options struct {
	// Dir is the folder of the local cloud. What it keeps of an earlier life comes back.
	Dir string
	// ToolsDir holds the third-party programs; by default `.bin` in the repository, or what LOCALCLOUD_TOOLS says.
	ToolsDir string
	// Program is the daemon's program; by default `bin/localcloud` in the repository.
	Program string
	// SampleRepository is the name of a git repository that the sample application is put into, such as "platform".
	// Empty means none.
	SampleRepository string
	// AWS is Simulator, Moto or External; by default what LOCALCLOUD_AWS says, and else Simulator.
	AWS string
	// Hollow makes clusters that are records with no servers behind them, for those who ask AWS alone.
	Hollow bool
	// Latency is how many seconds a second of AWS's takes in the simulated AWS; with 0 nothing waits.
	Latency float64
	// Quotas is how many times the quotas of the simulated AWS are what a new account has, as after a request to raise
	// them; 0 is 1.
	Quotas int
	// DieWithCaller ends the daemon when the calling process ends, however it ends. Tests want this; a command that leaves
	// a daemon behind on purpose does not.
	DieWithCaller bool
	// Timeout is how long to wait for the daemon; by default DefaultStartTimeout.
	Timeout time.Duration
}

// Start starts the daemon of a local cloud and waits until it answers. One that runs already is taken as it is.
func Start(ctx context.Context, o Options) (*LocalCloud, error) {
	if running, err := Attach(ctx, o.Dir); !errors.Is(err, ErrNotRunning) {
		return running, err
	}
	o, err := o.complete()
	if err != nil {
		return nil, fmt.Errorf("starting a local cloud in %s: %w", o.Dir, err)
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	ended, err := o.spawn()
	if err != nil {
		return nil, fmt.Errorf("starting a local cloud in %s: %w", o.Dir, err)
	}
	for {
		c, err := Attach(ctx, o.Dir)
		if err == nil {
			return c, nil
		}
		select {
		case <-ended:
			return nil, fmt.Errorf("starting a local cloud in %s: the daemon ended: %s", o.Dir, o.lastWords())
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the local cloud in %s: %w: %w; see %s",
				o.Dir, ctx.Err(), err, layout.Dir(o.Dir).DaemonLog())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (o Options) complete() (Options, error) {
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return o, err
	}
	if o.ToolsDir == "" {
		if o.ToolsDir, err = layout.ToolsDir(); err != nil {
			return o, err
		}
	}
	if o.ToolsDir, err = filepath.Abs(o.ToolsDir); err != nil {
		return o, err
	}
	if o.Program == "" {
		root, err := layout.RepositoryRoot()
		if err != nil {
			return o, err
		}
		o.Program = filepath.Join(root, "bin", "localcloud")
	}
	if _, err := os.Stat(o.Program); err != nil {
		return o, fmt.Errorf("looking for the daemon: %w; build it with `make build`", err)
	}
	o.AWS = cmp.Or(o.AWS, ChosenAWS())
	if o.Timeout == 0 {
		o.Timeout = DefaultStartTimeout
	}
	return o, nil
}

// spawn starts the daemon in a session of its own, so that Ctrl-C in the caller's terminal does not reach it.
func (o Options) spawn() (ended <-chan struct{}, err error) {
	dir := layout.Dir(o.Dir)
	if err := os.MkdirAll(dir.Logs(), 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of the logs: %w", err)
	}
	log, err := os.OpenFile(dir.DaemonLog(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of the daemon: %w", err)
	}
	defer func() { _ = log.Close() }() // the daemon has its own copy of the descriptor
	command := exec.Command(o.Program, "daemon", "--dir", o.Dir, "--tools-dir", o.ToolsDir,
		"--sample-repository="+o.SampleRepository, "--aws", o.AWS,
		"--latency", strconv.FormatFloat(o.Latency, 'g', -1, 64))
	if o.Hollow {
		command.Args = append(command.Args, "--hollow")
	}
	if o.Quotas > 0 {
		command.Args = append(command.Args, "--quotas", strconv.Itoa(o.Quotas))
	}
	command.Env = append(os.Environ(), process.MarkerVariable+"="+o.Dir)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if o.DieWithCaller {
		command.Args = append(command.Args, "--until-stdin-closes")
		// Never closed by us, and never collected either: the kernel closes it when this process ends.
		if _, err := command.StdinPipe(); err != nil {
			return nil, fmt.Errorf("making the pipe to the daemon: %w", err)
		}
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", o.Program, err)
	}
	done := make(chan struct{})
	go func() {
		_ = command.Wait() // how it ended stands in its log
		close(done)
	}()
	return done, nil
}

// lastWords is the last line of the daemon's log, which says why it ended.
func (o Options) lastWords() string {
	file := layout.Dir(o.Dir).DaemonLog()
	content, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return fmt.Sprintf("%s; see %s", lines[len(lines)-1], file)
}
