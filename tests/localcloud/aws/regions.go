package aws

import (
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
		there.options.Backend = regionalBackend{c.behind, region}
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

// ofServers finds the cluster that the backend knows by a name. No name of a cluster has a dot in it.
func (c *Cloud) ofServers(name string) (there *Cloud, cluster string) {
	if cluster, region, elsewhere := strings.Cut(name, "."); elsewhere {
		return c.in(region), cluster
	}
	return c.in(c.home), name
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
