// Package cluster makes the EKS cluster: control plane, access, nodes, add-ons and the identities of workloads.
//
// What decides is in the files of inputs and rules, and pure (instancetypes.go, kubeconfig.go, policies.go, presets.go
// and preset_loadbalancers.go); what registers (cluster.go, access.go, nodegroups.go, addons.go, identities.go, iam.go)
// decides nothing but the order, and the order is a matter of correctness: nodes join only when the network has a way
// out, the CNI and kube-proxy are there and the node role holds its policies; coredns needs nodes; pods get the rights
// that are there when they start, so identities come before what has them. Destroy runs the same edges backwards.
package cluster
