package flux

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// Artifact is the artifact that a specification stands for.
type Artifact struct {
	// URL is the repository of the artifact.
	URL string
	// Digest is what the version stands for in it.
	Digest string
	// Warnings are to be shown once the component is registered.
	Warnings []string
}

// Resolve finds the artifact of a valid specification, whose property is at path in the schema, and pulls it. A
// wrong version, a registry that says no and content that is not Flux's thus fail before anything is registered, in a
// preview too.
//
// Preview tells that nothing will be created: then a registry that cannot be reached is a warning, if the digest is
// known.
func Resolve(ctx context.Context, path string, spec FluxSpec, preview bool) (Artifact, inputs.Violations) {
	var found inputs.Violations
	versionPath, urlPath := inputs.Join(path, "version"), inputs.Join(inputs.Join(path, "artifact"), "url")
	repository, err := artifact.ParseRepository(spec.artifactURL(), spec.insecure())
	if err != nil {
		found.Addf(urlPath, "%s", err)
		return Artifact{}, found
	}
	resolved := Artifact{URL: spec.artifactURL(), Digest: spec.digest()}
	// What is asked for by digest is missing because of the digest, and by version because of the version.
	missingPath := inputs.Join(inputs.Join(path, "artifact"), "digest")
	if resolved.Digest == "" {
		missingPath = versionPath
		if resolved.Digest, err = repository.Resolve(ctx, spec.version()); err != nil {
			explain(&found, missingPath, urlPath, err)
			return Artifact{}, found
		}
	}
	files, err := repository.Pull(ctx, resolved.Digest, artifact.UserCache())
	if errors.Is(err, artifact.ErrUnreachable) && preview && spec.digest() != "" {
		resolved.Warnings = append(resolved.Warnings, fmt.Sprintf(
			"the Flux artifact could not be looked at, so this preview does not know whether it can be used: %s", err))
		return resolved, nil
	}
	if err != nil {
		explain(&found, missingPath, urlPath, err)
		return Artifact{}, found
	}
	if version := manifests.Version(files); version != spec.version() {
		found.Addf(versionPath, "is %s, but the artifact %s@%s holds %s; give the version that it holds, or correct "+
			"the artifact", spec.version(), resolved.URL, resolved.Digest, describeHeld(version))
		return Artifact{}, found
	}
	resolved.Warnings = append(resolved.Warnings, unverified(resolved)...)
	return resolved, nil
}

// unverified warns of an artifact that carries a signature which nobody has looked at.
func unverified(resolved Artifact) []string {
	if resolved.URL != OfficialArtifact {
		return nil
	}
	return []string{fmt.Sprintf("the signature of the Flux artifact %s@%s was not verified: this version of the "+
		"component cannot do so", resolved.URL, resolved.Digest)}
}

func describeHeld(version string) string {
	if version == "" {
		return "no manifests of Flux"
	}
	return "Flux " + version
}

func explain(found *inputs.Violations, missingPath, urlPath string, err error) {
	switch {
	case errors.Is(err, artifact.ErrNotFound):
		found.Addf(missingPath, "is not in the registry; look up the releases of Flux, or correct artifact.url: %s", err)
	case errors.Is(err, artifact.ErrDenied):
		found.Addf(urlPath, "cannot be read; log in to the registry (docker login) or use one that is public: %s", err)
	case errors.Is(err, artifact.ErrUnreachable):
		found.Addf(urlPath, "cannot be reached; try again, or use a registry that can be reached from here: %s", err)
	default:
		found.Addf(urlPath, "cannot be used: %s", err)
	}
}

// warn shows the warnings beside the component.
func (a Artifact) warn(ctx *pulumi.Context, component pulumi.Resource) error {
	for _, warning := range a.Warnings {
		if err := ctx.Log.Warn(warning, &pulumi.LogArgs{Resource: component}); err != nil {
			return fmt.Errorf("showing a warning: %w", err)
		}
	}
	return nil
}
