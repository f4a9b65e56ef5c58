package cluster

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// vpcCNIConfiguration turns on prefix delegation: a node takes blocks of 16 pod addresses instead of one at a time,
// and a t3.medium holds 110 pods instead of 17.
const vpcCNIConfiguration = `{"env":{"ENABLE_PREFIX_DELEGATION":"true","WARM_PREFIX_TARGET":"1"}}`

// earlyAddons are those without which a node never becomes ready.
func (r *registration) earlyAddons() error {
	for _, addon := range []struct{ name, configuration string }{
		{"vpc-cni", vpcCNIConfiguration},
		{"kube-proxy", ""},
	} {
		registered, err := r.addon(addon.name, addon.configuration)
		if err != nil {
			return err
		}
		r.nodeNetworking = append(r.nodeNetworking, registered)
	}
	return nil
}

// lateAddons are those that run on nodes: without any, EKS waits for them for 20 minutes and gives up.
func (r *registration) lateAddons() error {
	dns, err := r.addon("coredns", "", r.nodeGroups...)
	if err != nil {
		return err
	}
	r.Ready = append(append(r.Ready, r.nodeGroups...), dns)
	return nil
}

func (r *registration) addon(addon, configuration string, needs ...pulumi.Resource) (*awseks.Addon, error) {
	name := r.Base + "-" + addon
	args := &awseks.AddonArgs{
		ClusterName: r.Cluster.Name,
		AddonName:   pulumi.String(addon),
		// At creation nobody can have changed anything worth keeping; later somebody may have.
		ResolveConflictsOnCreate: pulumi.String("OVERWRITE"),
		ResolveConflictsOnUpdate: pulumi.String("PRESERVE"),
		Tags:                     r.Options.Tags,
	}
	if configuration != "" {
		args.ConfigurationValues = pulumi.String(configuration)
	}
	registered, err := awseks.NewAddon(r.ctx, name, args, r.parent, pulumi.DependsOn(needs))
	if err != nil {
		return nil, fmt.Errorf("registering add-on %s: %w", name, err)
	}
	r.keep(registered)
	return registered, nil
}
