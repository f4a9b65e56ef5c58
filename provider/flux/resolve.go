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
	// VerifiedBy is who has signed it; empty if nobody looked.
	VerifiedBy string
	// Images are what the installed components run; nil if nobody could look.
	Images []string
	// Warnings are to be shown once the component is registered.
	Warnings []string
}

// Resolve finds the artifact of a valid specification, whose property is at path in the schema, verifies its signature
// and pulls it. A wrong version, a registry that says no, a signature that does not count and content that is not
// Flux's thus fail before anything is registered, in a preview too.
//
// Preview tells that nothing will be created: then a registry or roots of trust that cannot be reached are a warning,
// if the digest is known.
func Resolve(ctx context.Context, path string, spec FluxSpec, preview bool) (Artifact, inputs.Violations) {
	resolved, _, found := resolve(ctx, path, spec, preview)
	return resolved, found
}

func resolve(
	ctx context.Context, path string, spec FluxSpec, preview bool,
) (Artifact, artifact.Files, inputs.Violations) {
	r := resolution{
		spec: spec, preview: preview, cache: artifact.UserCache(),
		versionPath: inputs.Join(path, "version"), path: inputs.Join(path, "artifact"),
		patchesPath: inputs.Join(path, "patches"),
		result:      Artifact{URL: spec.artifactURL(), Digest: spec.digest()},
	}
	if r.reach(ctx) && r.resolve(ctx) && r.verify(ctx) {
		r.pull(ctx)
	}
	if len(r.found) > 0 {
		return Artifact{}, nil, r.found
	}
	return r.result, r.files, nil
}

// resolution is the way from a specification to its artifact. Each step says whether there is a next one.
type resolution struct {
	spec    FluxSpec
	preview bool
	cache   artifact.Cache
	// path is where the artifact stands in the schema, the others where its neighbours do.
	path, versionPath, patchesPath string

	repository artifact.Repository
	result     Artifact
	files      artifact.Files
	found      inputs.Violations
	// outage is true once the registry did not answer: it is said once.
	outage bool
}

func (r *resolution) reach(ctx context.Context) bool {
	var err error
	r.repository, err = r.spec.repository(ctx)
	switch {
	case err == nil:
		return true
	case !errors.Is(err, errUnknown):
		r.found.Addf(inputs.Join(r.path, "url"), "%s", err)
	case r.result.Digest != "" && r.preview:
		r.unseen(errors.New("the name or password for its registry is " + errUnknown.Error()))
	default:
		r.found.Addf(r.at("auth"), "is %s, so the registry cannot be asked which digest %s stands for; "+
			"give artifact.digest too, or a password that is not an output of a new resource", errUnknown, r.spec.version())
	}
	return false
}

func (r *resolution) resolve(ctx context.Context) bool {
	if r.result.Digest != "" {
		return true
	}
	digest, err := r.repository.Resolve(ctx, r.spec.version())
	if err == nil {
		r.cache.WriteTag(r.repository, r.spec.version(), digest)
		r.result.Digest = digest
		return true
	}
	kept, ok := r.cache.Tag(r.repository, r.spec.version())
	if !ok || !r.preview || !errors.Is(err, artifact.ErrUnreachable) {
		r.explain(r.versionPath, err)
		return false
	}
	r.result.Digest, r.outage = kept, true
	r.warnf("the registry of the Flux artifact does not answer, so this preview takes %s to stand for %s, as it did when "+
		"it was last asked; an update needs the registry: %s", r.spec.version(), kept, err)
	return true
}

func (r *resolution) verify(ctx context.Context) bool {
	if !r.spec.verifies() {
		r.result.Warnings = append(r.result.Warnings, r.spec.unverified(r.result.Digest)...)
		return true
	}
	verifier, err := r.spec.verifier(r.cache)
	if err == nil {
		r.result.VerifiedBy, err = r.repository.Verify(ctx, r.result.Digest, verifier, r.cache)
	}
	whose := r.spec.whose(r.path)
	switch {
	case err == nil:
		return true
	case r.preview && errors.Is(err, artifact.ErrNoRoots):
		r.warnf("the signature of the Flux artifact could not be verified, so this preview does not know whether it may be "+
			"used; an update fails unless it can be: %s", err)
		return true
	case r.preview && errors.Is(err, artifact.ErrUnreachable):
		r.unseen(err)
		return true
	case errors.Is(err, artifact.ErrNoRoots):
		r.found.Addf(r.at("verify.trustedRoot"), "is needed, because the roots of trust that Sigstore publishes cannot be "+
			"had; try again, or give the text of a trusted_root.json here: %s", err)
	case errors.Is(err, artifact.ErrUnsigned):
		r.found.Addf(whose, "asks for a signature that there is none of; sign the artifact (cosign sign), copy the "+
			"signature with it (cosign copy), or set artifact.verify.enabled to false: %s", err)
	case errors.Is(err, artifact.ErrUntrusted):
		r.found.Addf(whose, "asks for another signature than there is; do not use this artifact, or correct whose "+
			"signature counts: %s", err)
	default:
		r.explain(inputs.Join(r.path, "digest"), err)
	}
	return false
}

func (r *resolution) pull(ctx context.Context) {
	files, err := r.repository.Pull(ctx, r.result.Digest, r.cache)
	if r.preview && errors.Is(err, artifact.ErrUnreachable) {
		r.unseen(err)
		return
	}
	if err != nil {
		// What is asked for by digest is missing because of the digest, and by version because of the version.
		missing := r.versionPath
		if r.spec.digest() != "" {
			missing = inputs.Join(r.path, "digest")
		}
		r.explain(missing, err)
		return
	}
	if version := manifests.Version(files); version != r.spec.version() {
		r.found.Addf(r.versionPath, "is %s, but the artifact %s@%s holds %s; give the version that it holds, or correct "+
			"the artifact", r.spec.version(), r.result.URL, r.result.Digest, describeHeld(version))
		return
	}
	r.files = files
	r.result.Images = r.spec.customization().Images(files)
	r.customize(files)
}

func describeHeld(version string) string {
	if version == "" {
		return "no manifests of Flux"
	}
	return "Flux " + version
}

func (r *resolution) explain(missingPath string, err error) {
	urlPath := inputs.Join(r.path, "url")
	switch {
	case errors.Is(err, artifact.ErrNotFound):
		r.found.Addf(missingPath, "is not in the registry; look up the releases of Flux, or correct artifact.url: %s", err)
	case errors.Is(err, artifact.ErrDenied) && r.spec.Artifact != nil && r.spec.Artifact.Auth != nil:
		r.found.Addf(r.at("auth"), "is not let in by the registry; correct the name or password: %s", err)
	case errors.Is(err, artifact.ErrDenied):
		r.found.Addf(urlPath, "cannot be read; give artifact.auth, log in to the registry (docker login) or use one that is "+
			"public: %s", err)
	case errors.Is(err, artifact.ErrUnreachable):
		r.found.Addf(urlPath, "cannot be reached; try again, or use a registry that can be reached from here: %s", err)
	case errors.Is(err, artifact.ErrTampered):
		r.found.Addf(urlPath, "serves something else than what it is asked for; ask whoever runs the registry, or use "+
			"another: %s", err)
	default:
		r.found.Addf(urlPath, "cannot be used: %s", err)
	}
}

// at is the path of a property whose value must not be printed.
func (r *resolution) at(property string) string {
	return inputs.Join(r.path, property) + inputs.NotShown
}

// unseen warns that the artifact could not be looked at.
func (r *resolution) unseen(err error) {
	if r.outage {
		return
	}
	r.outage = true
	r.warnf("the Flux artifact could not be looked at, so this preview does not know whether it can be used: %s", err)
}

func (r *resolution) warnf(format string, args ...any) {
	r.result.Warnings = append(r.result.Warnings, fmt.Sprintf(format, args...))
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

// images returns the images as an output, unknown if nobody could look.
func (a Artifact) images() pulumi.StringArrayOutput {
	if a.Images == nil {
		unknown := pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) []string { return nil })
		return unknown.(pulumi.StringArrayOutput) //nolint:forcetypeassert // the function returns strings.
	}
	return pulumi.ToStringArray(a.Images).ToStringArrayOutput()
}
