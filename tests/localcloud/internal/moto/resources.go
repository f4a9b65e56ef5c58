package moto

import (
	"context"
	"maps"
	"slices"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/inventory"
)

// Resources is the inventory: what moto says, and what stands in front of its EKS.
func (a *Account) Resources(ctx context.Context) ([]aws.Resource, error) {
	found, err := a.client().Resources(ctx)
	if err != nil {
		return nil, err
	}
	if found, err = a.withObjects(ctx, found); err != nil {
		return nil, err
	}
	found = a.withoutGroupsOfEKS(append(found, a.eks.resources()...))
	for _, there := range a.others() {
		more, err := there.client().Regional(ctx)
		if err != nil {
			return nil, err
		}
		more = there.withoutGroupsOfEKS(append(more, there.eks.resources()...))
		for i := range more {
			more[i].Region = there.options.Region
		}
		found = append(found, more...)
	}
	inventory.Sort(found)
	return found, nil
}

// others is the account in the other regions in which it was used.
func (a *Account) others() []*Account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Collect(maps.Values(a.elsewhere))
}

func (a *Account) client() inventory.Client { return inventory.Client{Send: a.send} }

// withoutGroupsOfEKS leaves out the security groups that go with their cluster.
func (a *Account) withoutGroupsOfEKS(found []aws.Resource) []aws.Resource {
	a.eks.mu.Lock()
	defer a.eks.mu.Unlock()
	return slices.DeleteFunc(found, func(r aws.Resource) bool {
		for _, cluster := range a.eks.clusters {
			if cluster.group == r.ID {
				return true
			}
		}
		return false
	})
}

// resources are the clusters and what hangs on them.
func (c *controlPlane) resources() []aws.Resource {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []aws.Resource
	add := func(token, id string) { found = append(found, aws.Resource{Type: token, ID: id, Name: id}) }
	for name, cluster := range c.clusters {
		add("aws:eks/cluster:Cluster", name)
		for group := range cluster.nodeGroups {
			add("aws:eks/nodeGroup:NodeGroup", name+":"+group)
		}
		for addon := range cluster.addons {
			add("aws:eks/addon:Addon", name+":"+addon)
		}
		for principal, entry := range cluster.entries {
			if entry[madeByEKS] == nil {
				add("aws:eks/accessEntry:AccessEntry", name+":"+principal)
			}
		}
		for id := range cluster.identities {
			add("aws:eks/podIdentityAssociation:PodIdentityAssociation", id)
		}
	}
	return found
}
