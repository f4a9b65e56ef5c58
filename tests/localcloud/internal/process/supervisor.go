package process

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// MarkerVariable is the environment variable that carries the folder of the local cloud that a process belongs to.
const MarkerVariable = "LOCALCLOUD_PROCESS_OF"

// inherited are the variables of the daemon that its children see. The rest stays out, so that what runs here does not
// depend on the shell that the daemon was started from (KUBECONFIG and AWS_* above all).
var inherited = []string{
	"PATH", "HOME", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR",
}

// Command says what to run.
type Command struct {
	// Name is unique in a Supervisor; it is the path of the log file too, without its ending.
	Name string
	Path string
	Args []string
	// Env is added to the few variables that every child inherits, and wins over them.
	Env []string
	// Dir is the working directory; by default the folder of the log file.
	Dir string
}

// Status describes a supervised process.
type Status struct {
	Name     string    `json:"name"`
	PID      int       `json:"pid"`
	Started  time.Time `json:"started"`
	Restarts int       `json:"restarts"`
	LastExit string    `json:"lastExit,omitempty"`
}

// Supervisor starts processes, restarts those that end by themselves, and stops them.
type Supervisor struct {
	logs     string
	marker   string
	launcher *launcher

	mu        sync.Mutex
	processes map[string]*Process
	closed    bool
}

// NewSupervisor makes a Supervisor whose processes log below the folder logs and carry marker in MarkerVariable.
func NewSupervisor(logs, marker string) *Supervisor {
	return &Supervisor{logs: logs, marker: marker, launcher: newLauncher(), processes: map[string]*Process{}}
}

// Start runs a command until it is stopped, starting it again whenever it ends by itself.
func (s *Supervisor) Start(c Command) (*Process, error) {
	logFile := filepath.Join(s.logs, c.Name+".log")
	if err := os.MkdirAll(filepath.Dir(logFile), 0o755); err != nil {
		return nil, fmt.Errorf("creating the log folder of %s: %w", c.Name, err)
	}
	if c.Dir == "" {
		c.Dir = filepath.Dir(logFile)
	}
	p := &Process{
		command: c, log: logFile, supervisor: s,
		stopping: make(chan struct{}), done: make(chan struct{}),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, fmt.Errorf("starting %s: the supervisor is closed", c.Name)
	case s.processes[c.Name] != nil:
		return nil, fmt.Errorf("starting %s: a process of that name runs already", c.Name)
	}
	run, err := p.run()
	if err != nil {
		return nil, err
	}
	s.processes[c.Name] = p
	go p.supervise(run)
	return p, nil
}

// Env is the environment that a child of this supervisor gets, with extra added.
func (s *Supervisor) Env(extra ...string) []string {
	env := []string{MarkerVariable + "=" + s.marker}
	for _, name := range inherited {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, extra...)
}

// List describes the processes, by name.
func (s *Supervisor) List() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Status, 0, len(s.processes))
	for _, p := range s.processes {
		list = append(list, p.Status())
	}
	slices.SortFunc(list, func(a, b Status) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Close stops all processes at once, and refuses to start more.
func (s *Supervisor) Close(grace time.Duration) {
	s.mu.Lock()
	s.closed = true
	running := make([]*Process, 0, len(s.processes))
	for _, p := range s.processes {
		running = append(running, p)
	}
	s.mu.Unlock()
	var all sync.WaitGroup
	for _, p := range running {
		all.Go(func() { p.Stop(grace) })
	}
	all.Wait()
}

func (s *Supervisor) forget(p *Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.processes[p.command.Name] == p {
		delete(s.processes, p.command.Name)
	}
}
