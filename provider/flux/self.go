package flux

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// The API versions of the objects that are registered and looked at. Every version of Flux from MinimumVersion on
// serves them; one that does not any more is the reason to choose by version, and a test that asks the artifacts at
// hand would tell.
const (
	sourceAPIVersion    = "source.toolkit.fluxcd.io/v1"
	kustomizeAPIVersion = "kustomize.toolkit.fluxcd.io/v1"
)

// What Flux's own source and Kustomization are called in the cluster.
const (
	selfName       = "flux"
	selfSourceName = "flux-manifests"
)

// self registers the objects with which Flux manages itself.
func (c children) self(spec FluxSpec) ([]pulumi.Resource, error) {
	ref := pulumi.Map{"tag": pulumi.String(spec.version())}
	if spec.digest() != "" {
		// Flux takes the digest and shows the tag.
		ref["digest"] = pulumi.String(spec.digest())
	}
	sourceSpec := pulumi.Map{
		"interval": spec.interval(),
		"url":      pulumi.String(spec.artifactURL()),
		"ref":      ref,
	}
	if spec.insecure() {
		sourceSpec["insecure"] = pulumi.Bool(true)
	}
	source, err := c.object(c.base+"-self", sourceAPIVersion, "OCIRepository", selfSourceName, sourceSpec)
	if err != nil {
		return nil, err
	}
	kustomization, err := c.object(c.base+"-self", kustomizeAPIVersion, "Kustomization", selfName, pulumi.Map{
		"interval":      spec.interval(),
		"retryInterval": pulumi.String(defaultRetryInterval),
		"timeout":       pulumi.String("5m"),
		"path":          pulumi.String("./"),
		"sourceRef": pulumi.Map{
			"kind": pulumi.String("OCIRepository"),
			"name": pulumi.String(selfSourceName),
		},
		"patches": pulumi.ToArray(manifests.PatchList(manifests.Patches(spec.components()))),
		"prune":   pulumi.Bool(true),
		"wait":    pulumi.Bool(true),
		// Deleting this object must never delete Flux: it would leave nobody to remove the finalizers.
		"deletionPolicy": pulumi.String("Orphan"),
		// Never forced: Flux would answer a resource definition that cannot be upgraded by deleting it, and every
		// object of that kind with it (fluxcd/flux2#5689).
		"force": pulumi.Bool(false),
	}, pulumi.DependsOn([]pulumi.Resource{source}))
	if err != nil {
		return nil, err
	}
	return []pulumi.Resource{source, kustomization}, nil
}
