// Package kubetest starts real clusters for tests.
package kubetest

import (
	"errors"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/layout"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/webhook"
)

// Issuer is the issuer of the clusters that Spec describes.
const Issuer = "https://oidc.eks.us-west-2.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"

// Spec describes a cluster.
func Spec(name string) aws.ClusterSpec {
	return aws.ClusterSpec{Name: name, Version: "1.35", ServiceIPv4CIDR: "10.100.0.0/16", Issuer: Issuer}
}

// NodeGroup describes a group of nodes in two subnets.
func NodeGroup(name string, size int) aws.NodeGroupSpec {
	return aws.NodeGroupSpec{
		Name: name, Version: "1.35", CapacityType: "ON_DEMAND", AMIType: "AL2023_x86_64_STANDARD",
		InstanceTypes: []string{"t3.medium"}, Size: size, Labels: map[string]string{"team": "platform"}, Prefixes: true,
		Subnets: []aws.NodeSubnet{
			{ID: "subnet-a", Zone: "us-west-2a", CIDRBlock: "10.0.0.0/20"},
			{ID: "subnet-b", Zone: "us-west-2b", CIDRBlock: "10.0.16.0/20"},
		},
	}
}

// Host is what clusters of a test need around them.
type Host struct {
	Dir        string
	Tools      string
	Supervisor *process.Supervisor
	Log        *slog.Logger
	webhook    string
}

// NewHost prepares for clusters in a folder. Everything that runs there ends with the test. The tokens that clusters
// accept beside their own are the given ones.
func NewHost(t *testing.T, dir string, identities map[string]aws.Identity) *Host {
	t.Helper()
	tools, err := layout.ToolsDir()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	server := httptest.NewServer(webhook.Handler(func(_, token string) (aws.Identity, error) {
		if identity, ok := identities[token]; ok {
			return identity, nil
		}
		return aws.Identity{}, errors.New("nobody has that token")
	}, log))
	t.Cleanup(server.Close)
	supervisor := process.NewSupervisor(filepath.Join(dir, "logs"), dir)
	t.Cleanup(func() { supervisor.Close(0) })
	return &Host{Dir: dir, Tools: tools, Supervisor: supervisor, Log: log, webhook: server.URL}
}

// Backend makes a backend on the host.
func (h *Host) Backend(t *testing.T, companion kube.Companion) *kube.Backend {
	t.Helper()
	backend, err := kube.NewBackend(t.Context(), kube.Options{
		Dir: filepath.Join(h.Dir, "clusters"), ToolsDir: h.Tools, Supervisor: h.Supervisor, Companion: companion,
		WebhookURL: func(string) string { return h.webhook }, Log: h.Log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return backend
}

// Create starts a cluster and returns it.
func Create(t *testing.T, backend *kube.Backend, name string) *kube.Cluster {
	t.Helper()
	if _, err := backend.CreateCluster(t.Context(), Spec(name)); err != nil {
		t.Fatal(err)
	}
	for _, cluster := range backend.Clusters() {
		if cluster.Name() == name {
			return cluster
		}
	}
	t.Fatalf("cluster %s was made but is not listed", name)
	return nil
}
