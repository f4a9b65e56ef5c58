//go:build !linux

package process

import (
	"os/exec"
	"syscall"
)

// bindToParent puts the command into a process group of its own. Only Linux can tie its life to ours; elsewhere a
// daemon that is killed leaves its children behind.
func bindToParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
