package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// earlyAddons are those that EKS puts on a node before anything else: without the first two it never becomes ready, and
// pods that start before the third is there never get their rights. The first cannot be asked for beside the nodes,
// which would be 35 s quicker: EKS decides how many pods a node takes when it makes the group, by what the CNI is set
// to then. https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses.html
func (r *registration) earlyAddons() error {
	for _, name := range []string{addonVPCCNI, addonKubeProxy, addonPodIdentity} {
		addon, ok := r.Addons.named(name)
		if !ok {
			continue
		}
		registered, err := r.addon(addon, r.Cluster.Name)
		if err != nil {
			return err
		}
		r.nodeNetworking = append(r.nodeNetworking, registered)
	}
	return nil
}

// lateAddons are those that run on nodes: without any, EKS waits for them for 20 minutes and gives up. Their pods get
// the rights that are there when they start, hence the identities; coredns needs none, and everything needs coredns.
func (r *registration) lateAddons() error {
	r.Ready = slices.Concat(r.Ready, r.nodeGroups, r.workloads)
	clusterName := onceMade(r.ctx, r.nodeGroups, r.Cluster.Name)
	for _, addon := range r.Addons {
		var needs []pulumi.Resource
		switch addon.Name {
		case addonVPCCNI, addonKubeProxy, addonPodIdentity:
			continue
		case addonCoreDNS:
		default:
			needs = r.workloads
		}
		registered, err := r.addon(addon, clusterName, needs...)
		if err != nil {
			return err
		}
		if addon.Name == addonCoreDNS {
			r.Ready = append(r.Ready, registered)
		}
	}
	return nil
}

func (r *registration) addon(
	addon Addon, clusterName pulumi.StringInput, needs ...pulumi.Resource,
) (*awseks.Addon, error) {
	name := r.Base + "-" + addon.Name
	// At creation nobody can have changed anything worth keeping; later somebody may have.
	atCreation := ConflictOverwrite
	if addon.ResolveConflicts == ConflictNone {
		atCreation = ConflictNone
	}
	version := addon.Version
	if version == nil {
		version = awseks.GetAddonVersionOutput(r.ctx, awseks.GetAddonVersionOutputArgs{
			AddonName: pulumi.String(addon.Name),
			// The cluster's own answer: it has the new version when it is upgraded, and not before.
			KubernetesVersion: r.Cluster.Version,
		}, r.parent).Version()
	}
	args := &awseks.AddonArgs{
		ClusterName:              clusterName,
		AddonName:                pulumi.String(addon.Name),
		AddonVersion:             version.ToStringOutput().ToStringPtrOutput(),
		ResolveConflictsOnCreate: pulumi.String(atCreation),
		ResolveConflictsOnUpdate: pulumi.String(addon.ResolveConflicts),
		Tags:                     r.Options.Tags,
	}
	if addon.Configuration != nil || addon.Defaults != nil {
		given := addon.Configuration
		if given == nil {
			given = pulumi.Map{}
		}
		args.ConfigurationValues = given.ToMapOutput().ApplyT(func(settings map[string]any) (string, error) {
			return configuration(addon.Defaults, settings)
		}).(pulumi.StringOutput).ToStringPtrOutput()
	}
	registered, err := awseks.NewAddon(r.ctx, name, args, r.parent, pulumi.DependsOn(needs))
	if err != nil {
		return nil, fmt.Errorf("registering add-on %s: %w", name, err)
	}
	r.keep(registered)
	return registered, nil
}

// configuration writes settings as JSON. Keys are sorted: another order would be a difference to Pulumi.
func configuration(defaults, given map[string]any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(merged(defaults, given)); err != nil {
		return "", fmt.Errorf("encoding the configuration of an add-on: %w", err)
	}
	return string(bytes.TrimSpace(text.Bytes())), nil
}

// merged lays settings over defaults, object by object.
func merged(defaults, given map[string]any) map[string]any {
	all := maps.Clone(defaults)
	if all == nil {
		all = map[string]any{}
	}
	for name, value := range given {
		inner, isObject := value.(map[string]any)
		if under, ok := all[name].(map[string]any); ok && isObject {
			value = merged(under, inner)
		}
		all[name] = value
	}
	return all
}
