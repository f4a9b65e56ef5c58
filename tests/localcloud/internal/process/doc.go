// Package process runs the child processes of the daemon and makes sure that none outlives it.
//
// Three things together keep that promise. The kernel kills every child when the daemon dies, however it dies
// (PR_SET_PDEATHSIG). Every child leads a process group of its own, which is killed as a whole. And every child
// carries the folder of its local cloud in its environment, so that what is left can be found in /proc, whoever its
// parent is by then.
package process
