package flux

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

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
	selfAuthName   = selfSourceName + "-auth"
	selfCaName     = selfSourceName + "-ca"
)

// How the names of the resources for its Secrets end.
const selfAuthChild, selfCaChild = "self-auth", "self-ca"

// self registers the objects with which Flux manages itself.
func (c children) self(spec FluxSpec, resolved Artifact) ([]pulumi.Resource, error) {
	ref := pulumi.Map{"tag": pulumi.String(spec.version())}
	if spec.digest() != "" || spec.verifies() {
		// Flux takes the digest and shows the tag. What was verified here needs no Sigstore in the cluster, and a tag that
		// is moved afterwards moves nothing.
		ref["digest"] = pulumi.String(resolved.Digest)
	}
	sourceSpec := pulumi.Map{
		"interval": spec.interval(),
		"url":      pulumi.String(spec.artifactURL()),
		"ref":      ref,
	}
	if spec.insecure() {
		sourceSpec["insecure"] = pulumi.Bool(true)
	}
	if spec.signsInToECR() {
		sourceSpec["provider"] = pulumi.String(SyncProviderAWS)
	}
	secrets, err := c.access(spec, sourceSpec)
	if err != nil {
		return nil, err
	}
	// Without its Secrets the source would fail first, and be tried again only after a while.
	source, err := c.object(c.base+"-self", sourceAPIVersion, "OCIRepository", selfSourceName, sourceSpec,
		pulumi.DependsOn(secrets))
	if err != nil {
		return nil, err
	}
	kustomizationSpec := pulumi.Map{
		"interval":      spec.interval(),
		"retryInterval": pulumi.String(defaultRetryInterval),
		"timeout":       pulumi.String("5m"),
		"path":          pulumi.String("./"),
		"sourceRef": pulumi.Map{
			"kind": pulumi.String("OCIRepository"),
			"name": pulumi.String(selfSourceName),
		},
		"prune": pulumi.Bool(true),
		"wait":  pulumi.Bool(true),
		// Deleting this object must never delete Flux: it would leave nobody to remove the finalizers.
		"deletionPolicy": pulumi.String("Orphan"),
		// Never forced: Flux would answer a resource definition that cannot be upgraded by deleting it, and every
		// object of that kind with it (fluxcd/flux2#5689).
		"force": pulumi.Bool(false),
	}
	if account := spec.rootAccount(); account != "" {
		kustomizationSpec["serviceAccountName"] = pulumi.String(account)
	}
	if spec.Labels != nil {
		kustomizationSpec["commonMetadata"] = pulumi.Map{"labels": spec.Labels}
	}
	// The very same that the installation renders with.
	for field, value := range spec.customization().Spec() {
		kustomizationSpec[field] = pulumi.Any(value)
	}
	kustomization, err := c.object(c.base+"-self", kustomizeAPIVersion, "Kustomization", selfName, kustomizationSpec,
		pulumi.DependsOn([]pulumi.Resource{source}))
	if err != nil {
		return nil, err
	}
	return append(secrets, source, kustomization), nil
}

// access registers the Secrets with which Flux reads its own artifact, and names them in the source.
func (c children) access(spec FluxSpec, source pulumi.Map) ([]pulumi.Resource, error) {
	var secrets []pulumi.Resource
	if spec.Artifact == nil {
		return nil, nil
	}
	add := func(field, suffix, name, secretType string, values pulumi.StringMap) error {
		source[field] = reference(pulumi.String(name))
		secret, err := c.data(secretKind, c.base+"-"+suffix, name, secretType, values)
		secrets = append(secrets, secret)
		return err
	}
	if certificate := spec.Artifact.CaCertificate; certificate != nil {
		values := pulumi.StringMap{"ca.crt": pulumi.String(*certificate)}
		if err := add("certSecretRef", selfCaChild, selfCaName, "", values); err != nil {
			return nil, err
		}
	}
	if auth := spec.Artifact.Auth; auth != nil {
		values := pulumi.StringMap{
			dockerConfigKey: dockerConfigOf(pulumi.String(spec.artifactURL()), auth.Username, auth.Password),
		}
		if err := add("secretRef", selfAuthChild, selfAuthName, dockerConfigType, values); err != nil {
			return nil, err
		}
	}
	return secrets, nil
}
