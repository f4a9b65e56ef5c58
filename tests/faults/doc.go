// Package faults brings stacks up and down while AWS fails: throttled, out, out of quota, after it has had its effect,
// too late, or with Pulumi killed in the middle. After any of it the same command again must do the rest, and destroy
// must leave nothing, with nobody's hand between. What a run said is searched for secrets.
package faults
