// Package timeline says how good the order is in which a stack is made and destroyed: what each resource waits for,
// which path is the longest, and how much longer it is than AWS itself demands.
//
// Three things are laid beside each other. The graph is what the state of the stack orders (graph.go). The bound is
// what AWS would order if nobody else did (bound.go), with the rules that it refuses to be broken. Both are scheduled
// on the same table of AWS's durations (schedule.go), as if there were no machine in between, so that two runs give the
// same figures. The run is what has been seen (run.go): it has the machine in it, and shows what waits without an edge.
package timeline
