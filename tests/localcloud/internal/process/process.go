package process

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

const (
	firstBackoff = 200 * time.Millisecond
	maxBackoff   = 10 * time.Second
	// steady is how long a process must have run for its next failure to count as the first one again.
	steady = 30 * time.Second
)

// Process is a command that is kept running.
type Process struct {
	command    Command
	log        string
	supervisor *Supervisor

	stopOnce sync.Once
	stopping chan struct{}
	done     chan struct{}

	mu       sync.Mutex
	pid      int
	started  time.Time
	restarts int
	lastExit string
}

// Status describes the process.
func (p *Process) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Status{
		Name: p.command.Name, PID: p.pid, Started: p.started, Restarts: p.restarts, LastExit: p.lastExit,
	}
}

// LogFile is where the process writes its output.
func (p *Process) LogFile() string { return p.log }

// Stop ends the process and its group: it asks, waits for grace, and then kills. It returns when the process is gone.
func (p *Process) Stop(grace time.Duration) {
	p.stopOnce.Do(func() {
		p.mu.Lock() // so that no run begins unseen: run looks at stopping under the same lock
		defer p.mu.Unlock()
		close(p.stopping)
	})
	if grace > 0 {
		p.signal(syscall.SIGTERM)
		select {
		case <-p.done:
			return
		case <-time.After(grace):
		}
	}
	p.signal(syscall.SIGKILL)
	<-p.done
}

func (p *Process) signal(signal syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pid != 0 {
		_ = syscall.Kill(-p.pid, signal) // ESRCH: it is gone already, which is what is wanted
	}
}

// run starts the command once. A process that is being stopped is not started again: both results are nil then.
func (p *Process) run() (*exec.Cmd, error) {
	log, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", p.command.Name, err)
	}
	defer func() { _ = log.Close() }() // the child has its own copy of the descriptor
	run := exec.Command(p.command.Path, p.command.Args...)
	run.Env = p.supervisor.Env(p.command.Env...)
	run.Dir = p.command.Dir
	run.Stdout, run.Stderr = log, log
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.stopping:
		return nil, nil
	default:
	}
	if err := p.supervisor.launcher.start(run); err != nil {
		return nil, fmt.Errorf("starting %s: %w", p.command.Name, err)
	}
	p.pid, p.started = run.Process.Pid, time.Now()
	return run, nil
}

// supervise waits for the run to end and begins the next one, until the process is stopped.
func (p *Process) supervise(run *exec.Cmd) {
	defer close(p.done)
	defer p.supervisor.forget(p)
	backoff := firstBackoff
	for {
		if run != nil {
			p.await(run)
		}
		if p.Status().Started.Add(steady).Before(time.Now()) {
			backoff = firstBackoff
		}
		select {
		case <-p.stopping:
			return
		case <-time.After(backoff):
		}
		backoff = min(2*backoff, maxBackoff)
		var err error
		run, err = p.run()
		p.mu.Lock()
		p.restarts++
		if err != nil {
			p.lastExit = err.Error()
		}
		p.mu.Unlock()
	}
}

func (p *Process) await(run *exec.Cmd) {
	err := run.Wait()
	pid := run.Process.Pid
	_ = syscall.Kill(-pid, syscall.SIGKILL) // what the process itself started and left behind
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pid = 0
	p.lastExit = "exit status 0"
	if err != nil {
		p.lastExit = err.Error()
	}
}
