// Package network makes the VPC: the address plan (pure) and the Network component that registers it; or it looks an
// existing one up. Either is a [Place] to whoever puts a cluster into it.
//
// It knows nothing of clusters. What EKS asks of a network, two zones, subnets that load balancers find by tag, nodes
// only in private subnets, is true of every Network.
package network
