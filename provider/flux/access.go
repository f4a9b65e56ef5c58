package flux

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// FluxArtifactAuthSpec is who reads the registry of Flux's artifact. A password is a secret, so both may be outputs;
// they are used while the inputs are checked if their values are known by then.
type FluxArtifactAuthSpec struct {
	Username pulumi.StringInput `pulumi:"username"`
	Password pulumi.StringInput `provider:"secret" pulumi:"password"`
}

// Annotate describes the specification in the schema.
func (s *FluxArtifactAuthSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A name and a password or token. This program uses them, and a Secret in the cluster holds them for "+
		"Flux, so a token that expires within hours is no use.")
	a.Describe(&s.Username, "The name of the user; some registries take any name beside a token.")
	a.Describe(&s.Password, "The password or token; reading is enough. If it is an output of a resource that a preview "+
		"does not know yet, artifact.digest must be given.")
}

func validateAuth(found *inputs.Violations, path string, raw property.Map) {
	auth := raw.Get("auth")
	if !auth.IsMap() {
		return
	}
	validateKnown(found, inputs.Join(path, "auth"), auth.AsMap(), "username", checkNotEmpty)
	validateKnown(found, inputs.Join(path, "auth"), auth.AsMap(), "password", checkNotEmpty)
}

// errUnknown means that the credentials are outputs whose values a preview does not know.
var errUnknown = errors.New("not known in this preview")

// repository returns the place of the artifact, as whoever may read it.
func (s FluxSpec) repository(ctx context.Context) (artifact.Repository, error) {
	repository, err := artifact.ParseRepository(s.artifactURL(), s.insecure())
	if err != nil || s.Artifact == nil {
		return repository, err
	}
	if s.Artifact.CaCertificate != nil {
		if repository, err = repository.WithCertificateAuthority(*s.Artifact.CaCertificate); err != nil {
			return repository, err
		}
	}
	if s.Artifact.Auth == nil {
		return repository, nil
	}
	username, err := known(ctx, s.Artifact.Auth.Username)
	if err != nil {
		return repository, err
	}
	password, err := known(ctx, s.Artifact.Auth.Password)
	if err != nil {
		return repository, err
	}
	return repository.WithCredentials(username, password), nil
}

// signsInToECR tells whether the artifact is in ECR and nobody else is to read it than who signs in to AWS.
func (s FluxSpec) signsInToECR() bool {
	repository, err := artifact.ParseRepository(s.artifactURL(), false)
	return err == nil && repository.IsECR() && (s.Artifact == nil || s.Artifact.Auth == nil)
}

// known returns the value of an input that came from outside, which has it or never will: no resource of this
// component is waited for. Nothing that is registered may depend on it.
func known(ctx context.Context, input pulumi.StringInput) (string, error) {
	result, err := internals.UnsafeAwaitOutput(ctx, input.ToStringOutput())
	if err != nil {
		return "", fmt.Errorf("reading an input: %w", err)
	}
	value, ok := result.Value.(string)
	if !result.Known || !ok {
		return "", errUnknown
	}
	return value, nil
}

// repository returns the place of the artifact for the installation.
func (a FluxInstallArgs) repository() (artifact.Repository, error) {
	repository, err := artifact.ParseRepository(a.URL, a.Insecure != nil && *a.Insecure)
	if err != nil {
		return repository, fmt.Errorf("reading the artifact's url: %w", err)
	}
	if a.CaCertificate != nil {
		if repository, err = repository.WithCertificateAuthority(*a.CaCertificate); err != nil {
			return repository, fmt.Errorf("reading the artifact's caCertificate: %w", err)
		}
	}
	if a.Username != nil && a.Password != nil {
		repository = repository.WithCredentials(*a.Username, *a.Password)
	}
	return repository, nil
}
