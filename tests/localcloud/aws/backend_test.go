package aws_test

import (
	"context"
	"sync"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// backend is a ClusterBackend that remembers what it was asked for.
type backend struct {
	mutex    sync.Mutex
	versions []string
	calls    []string
	clusters map[string]aws.ClusterSpec
	groups   map[string]aws.NodeGroupSpec
	addons   map[string]aws.AddonSpec
	// fail is answered once by the call of that name, and gate, if there is one, is waited for by CreateCluster.
	fail map[string]error
	gate chan struct{}
}

func newBackend() *backend {
	return &backend{
		versions: []string{"1.35"}, clusters: map[string]aws.ClusterSpec{}, groups: map[string]aws.NodeGroupSpec{},
		addons: map[string]aws.AddonSpec{}, fail: map[string]error{},
	}
}

func (b *backend) called(name, of string) error {
	b.calls = append(b.calls, name+" "+of)
	err := b.fail[name]
	delete(b.fail, name)
	return err
}

func (b *backend) Versions() []string { return b.versions }

func (b *backend) CreateCluster(ctx context.Context, spec aws.ClusterSpec) (aws.ClusterEndpoint, error) {
	if b.gate != nil {
		select {
		case <-b.gate:
		case <-ctx.Done():
			return aws.ClusterEndpoint{}, ctx.Err()
		}
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if err := b.called("CreateCluster", spec.Name); err != nil {
		return aws.ClusterEndpoint{}, err
	}
	b.clusters[spec.Name] = spec
	return aws.ClusterEndpoint{Endpoint: "https://127.0.0.1:1/" + spec.Name, CertificateAuthorityData: "Q0E="}, nil
}

func (b *backend) DeleteCluster(_ context.Context, name string) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if err := b.called("DeleteCluster", name); err != nil {
		return err
	}
	delete(b.clusters, name)
	return nil
}

func (b *backend) ApplyNodeGroup(_ context.Context, cluster string, group aws.NodeGroupSpec) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if err := b.called("ApplyNodeGroup", cluster+":"+group.Name); err != nil {
		return err
	}
	b.groups[cluster+":"+group.Name] = group
	return nil
}

func (b *backend) DeleteNodeGroup(_ context.Context, cluster, group string) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	delete(b.groups, cluster+":"+group)
	return b.called("DeleteNodeGroup", cluster+":"+group)
}

func (b *backend) ApplyAddon(_ context.Context, cluster string, addon aws.AddonSpec) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if err := b.called("ApplyAddon", cluster+":"+addon.Name); err != nil {
		return err
	}
	b.addons[cluster+":"+addon.Name] = addon
	return nil
}

func (b *backend) DeleteAddon(_ context.Context, cluster, name string) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	delete(b.addons, cluster+":"+name)
	return b.called("DeleteAddon", cluster+":"+name)
}
