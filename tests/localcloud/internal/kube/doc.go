// Package kube runs the clusters that stand behind the simulated EKS: for each one a real etcd, API server,
// controller manager and scheduler, and kwok, which plays the kubelets. Nodes are Node objects without a machine and
// pods never run a container; everything else that an API server does is done by one.
//
// Backend is what the simulated AWS calls. A Cluster's files, ports and keys are kept in one folder, so that a daemon
// that was killed brings back the same cluster: same endpoint, same certificate authority, same objects.
package kube
