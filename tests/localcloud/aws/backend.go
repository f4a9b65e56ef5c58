package aws

import "context"

// ClusterBackend runs what stands behind EKS: real API servers and simulated nodes.
type ClusterBackend interface {
	// Versions lists the Kubernetes minors there is a server for, such as "1.35".
	Versions() []string
	// CreateCluster is idempotent by name: it is called again for every persisted cluster after a restart, and answers
	// the same endpoint and certificate authority then.
	CreateCluster(ctx context.Context, spec ClusterSpec) (ClusterEndpoint, error)
	// DeleteCluster stops the cluster's servers. A cluster that does not exist is no error.
	DeleteCluster(ctx context.Context, name string) error
	// ApplyNodeGroup creates or updates the Node objects of a group.
	ApplyNodeGroup(ctx context.Context, cluster string, group NodeGroupSpec) error
	// DeleteNodeGroup removes the Node objects of a group. A group that does not exist is no error.
	DeleteNodeGroup(ctx context.Context, cluster, group string) error
	// ApplyAddon puts the add-on's workload into kube-system and waits, bounded by ctx, until it is available.
	ApplyAddon(ctx context.Context, cluster string, addon AddonSpec) error
	// DeleteAddon removes the add-on's workload. An add-on that does not exist is no error.
	DeleteAddon(ctx context.Context, cluster, name string) error
}

// ClusterSpec is what a control plane is made from.
type ClusterSpec struct {
	Name            string
	Version         string
	ServiceIPv4CIDR string
	// Issuer is the service account issuer, new for every cluster ever made.
	Issuer string
}

// ClusterEndpoint is how a cluster is reached.
type ClusterEndpoint struct {
	// Endpoint is an https URL.
	Endpoint string
	// CertificateAuthorityData is base64 of PEM.
	CertificateAuthorityData string
}

// NodeGroupSpec is what the nodes of a managed node group are made from.
type NodeGroupSpec struct {
	Name          string
	Version       string
	CapacityType  string
	AMIType       string
	InstanceTypes []string
	Size          int
	Labels        map[string]string
	Taints        []Taint
	Subnets       []NodeSubnet
	// Prefixes says that the CNI gave blocks of addresses when EKS decided how many pods these nodes take.
	Prefixes bool
}

// Taint is a taint of a node, with the effect as Kubernetes spells it (NoSchedule, not NO_SCHEDULE).
type Taint struct{ Key, Value, Effect string }

// NodeSubnet is a subnet that nodes are placed in.
type NodeSubnet struct{ ID, Zone, CIDRBlock string }

// AddonSpec is a managed add-on.
type AddonSpec struct{ Name, Version string }
