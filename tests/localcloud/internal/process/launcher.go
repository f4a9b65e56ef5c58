package process

import (
	"os/exec"
	"runtime"
)

// launcher starts all processes from one operating system thread. The signal that the kernel sends to a child when
// its parent dies is tied to the thread that forked it, not to the process: a child started from an ordinary
// goroutine would be killed as soon as the Go runtime retires that goroutine's thread.
type launcher struct{ requests chan launch }

type launch struct {
	command *exec.Cmd
	result  chan error
}

func newLauncher() *launcher {
	l := &launcher{requests: make(chan launch)}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread has to live as long as the daemon
		for r := range l.requests {
			r.result <- r.command.Start()
		}
	}()
	return l
}

func (l *launcher) start(command *exec.Cmd) error {
	bindToParent(command)
	r := launch{command: command, result: make(chan error, 1)}
	l.requests <- r
	return <-r.result
}
