// Package cluster makes the EKS cluster: control plane, access, nodes and add-ons.
//
// What the user gives stands with its rules in inputs.go, endpoint.go, controlplaneinputs.go, accessinputs.go,
// kubeconfiginputs.go, and beside what it makes in iam.go, logging.go and encryption.go; policies and the kubeconfig are
// rendered by what is pure (policydocument.go, kubeconfig.go). What registers (cluster.go, access.go, nodegroups.go,
// addons.go) decides nothing but the order, and the order is a matter of correctness: log group and key come before
// the cluster that writes and encrypts with them; nodes join only when the network has a way out, the CNI and kube-proxy
// are there and the node role holds its policies; coredns needs nodes. Destroy runs the same edges backwards.
package cluster
