// Package cluster makes the EKS cluster: control plane, access, nodes and add-ons.
//
// What decides is pure (inputs.go and kubeconfig.go); what registers (cluster.go, access.go, nodegroups.go, addons.go)
// decides nothing but the order, and the order is a matter of correctness: nodes join only when the network has a way
// out, the CNI and kube-proxy are there and the node role holds its policies; coredns needs nodes. Destroy runs the
// same edges backwards.
package cluster
