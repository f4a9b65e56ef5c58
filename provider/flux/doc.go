// Package flux installs Flux on a cluster and points it at a repository.
//
// The component [Flux] works on any cluster, given a kubeconfig; GitOpsCluster uses it too. Its parts, in the order in
// which they come up (and the reverse of the order in which they go):
//
//   - [FluxInstall] seeds Flux from its own OCI artifact, with the field manager that Flux itself uses, and never
//     touches the seeded objects again;
//   - an OCIRepository and a Kustomization let Flux manage itself from that same artifact: an upgrade changes a tag;
//   - a ConfigMap and Secrets hold what the manifests in the repository refer to, and Secrets what Flux signs in with;
//   - a source and a Kustomization sync the user's repository;
//   - [GitOpsTeardown] depends on everything else. It waits for the sync on the way up and, first to go on the way
//     down, has Flux remove what it has applied while its controllers still live.
//
// The ~43 objects of Flux are never Pulumi resources: Flux would upgrade them and Pulumi would put them back.
//
// What decides is pure (validate.go, sync_validate.go and their kin, defaults.go, applier.go, package manifests); what
// registers decides nothing (component.go, children.go, self.go, placed.go and sync.go, with what source.go and
// sync_auth.go render); what acts on a cluster knows nothing of resources (seed.go, uninstall.go, await.go, drain.go,
// prune.go, sweep.go, package kube) and is called by the two custom resources (install.go, teardown.go). The package
// knows nothing of AWS.
package flux
