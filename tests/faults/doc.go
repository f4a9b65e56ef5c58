// Package faults brings stacks up and down while AWS fails (throttled, out, out of quota, after it has had its effect,
// or too late) and while something is killed: Pulumi as a whole, our plugin alone, the API server, Flux's controllers.
// After any of it the same command again must do the rest, and destroy must leave nothing, with nobody's hand between.
// What a run said and what the local cloud logged is searched for secrets.
package faults
