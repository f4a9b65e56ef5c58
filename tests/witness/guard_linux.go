package main

import "syscall"

// endWithParent has the kernel kill this process, and what it becomes, when its parent ends.
func endWithParent() error {
	_, _, number := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0)
	if number != 0 {
		return number
	}
	return nil
}
