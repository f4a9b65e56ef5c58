package aws

import (
	"cmp"
	"context"
	"strings"
)

// in is the account as it is seen in a region: with everything that IAM keeps, and of the rest only what is there.
func (c *Cloud) in(region string) *Cloud {
	if region == c.options.Region {
		return c
	}
	there := *c
	there.options.Region, there.options.Backend = region, c.behind
	if region != c.home {
		there.options.Backend = BackendIn(c.behind, region)
	}
	return &there
}

// everywhere is the account in each of the regions that it has been used in.
func (c *Cloud) everywhere() []*Cloud {
	regions := []string{c.home}
	c.store.look(func(a *account) {
		for region := range a.Elsewhere {
			regions = append(regions, region)
		}
	})
	all := make([]*Cloud, 0, len(regions))
	for _, region := range regions {
		all = append(all, c.in(region))
	}
	return all
}

// regionalBackend runs the clusters of a region that is not the home region: two regions may each have a cluster of
// the same name, which the backend has to tell apart.
type regionalBackend struct {
	ClusterBackend
	region string
}

// BackendIn keeps the clusters of a region other than the home region apart from those of the same name there.
func BackendIn(backend ClusterBackend, region string) ClusterBackend {
	return regionalBackend{backend, region}
}

// ClusterOf is the cluster that the backend knows by a name, and its region, which is empty for the home region. No
// name of a cluster has a dot in it.
func ClusterOf(name string) (cluster, region string) {
	cluster, region, _ = strings.Cut(name, ".")
	return cluster, region
}

// ofServers finds the cluster that the backend knows by a name.
func (c *Cloud) ofServers(name string) (there *Cloud, cluster string) {
	cluster, region := ClusterOf(name)
	return c.in(cmp.Or(region, c.home)), cluster
}

func (b regionalBackend) servers(cluster string) string { return cluster + "." + b.region }

func (b regionalBackend) CreateCluster(ctx context.Context, spec ClusterSpec) (ClusterEndpoint, error) {
	spec.Name = b.servers(spec.Name)
	return b.ClusterBackend.CreateCluster(ctx, spec)
}

func (b regionalBackend) DeleteCluster(ctx context.Context, name string) error {
	return b.ClusterBackend.DeleteCluster(ctx, b.servers(name))
}

func (b regionalBackend) ApplyNodeGroup(ctx context.Context, cluster string, group NodeGroupSpec) error {
	return b.ClusterBackend.ApplyNodeGroup(ctx, b.servers(cluster), group)
}

func (b regionalBackend) DeleteNodeGroup(ctx context.Context, cluster, group string) error {
	return b.ClusterBackend.DeleteNodeGroup(ctx, b.servers(cluster), group)
}

func (b regionalBackend) ApplyAddon(ctx context.Context, cluster string, addon AddonSpec) error {
	return b.ClusterBackend.ApplyAddon(ctx, b.servers(cluster), addon)
}

func (b regionalBackend) DeleteAddon(ctx context.Context, cluster, name string) error {
	return b.ClusterBackend.DeleteAddon(ctx, b.servers(cluster), name)
}
