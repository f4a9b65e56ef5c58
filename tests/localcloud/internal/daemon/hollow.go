package daemon

import (
	"context"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// hollow is a backend of clusters that are records and nothing else, for those who ask AWS alone: nothing has to start.
type hollow struct{ versions []string }

var _ aws.ClusterBackend = hollow{}

func (h hollow) Versions() []string { return h.versions }

func (hollow) CreateCluster(_ context.Context, spec aws.ClusterSpec) (aws.ClusterEndpoint, error) {
	// The port is one that nothing listens on.
	return aws.ClusterEndpoint{Endpoint: "https://127.0.0.1:1/" + spec.Name, CertificateAuthorityData: "bm9uZQ=="}, nil
}

func (hollow) DeleteCluster(context.Context, string) error { return nil }

func (hollow) ApplyNodeGroup(context.Context, string, aws.NodeGroupSpec) error { return nil }

func (hollow) DeleteNodeGroup(context.Context, string, string) error { return nil }

func (hollow) ApplyAddon(context.Context, string, aws.AddonSpec) error { return nil }

func (hollow) DeleteAddon(context.Context, string, string) error { return nil }
