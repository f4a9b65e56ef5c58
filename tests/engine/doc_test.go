// Package engine does what a user does, with the real engine: pulumi up, up again, refresh and destroy, of programs in
// YAML, on the local cloud. A test here proves what a mock cannot: that the resources fit together in time.
package engine
