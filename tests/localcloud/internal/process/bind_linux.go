package process

import (
	"os/exec"
	"syscall"
)

// bindToParent puts the command into a process group of its own that dies with this process.
func bindToParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
