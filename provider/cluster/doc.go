// Package cluster makes the EKS cluster: control plane, access, nodes, add-ons and the identities of workloads.
//
// What the user gives stands with its rules in the files of inputs and rules, and beside what it makes in iam.go,
// logging.go and encryption.go. What decides is pure (instancetypes.go, kubeconfig.go, controlplanepolicies.go,
// policies.go, presets.go and preset_loadbalancers.go). What registers (cluster.go, access.go, nodegroups.go,
// addons.go, identities.go) decides nothing but the order, and the order is a matter of correctness: log group and key
// come before the cluster that writes and encrypts with them; nodes join only when the network has a way out, the CNI
// and kube-proxy are there and the node role holds its policies; coredns needs nodes; pods get the rights that are
// there when they start, so identities come before what has them. Destroy runs the same edges backwards. One resource
// is for remembering: placement.go keeps node groups where they are when the network grows.
package cluster
