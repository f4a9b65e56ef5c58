// Package daemon is the process behind a local cloud: the simulated AWS, the clusters, the registry and the git server,
// all reached through one web server and one registry on ports that stay the same for the life of the local cloud.
package daemon
