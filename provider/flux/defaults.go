package flux

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// The defaults are applied here and told in the descriptions. The schema has none: a default inside a nested type
// makes the Node.js SDK turn the whole object into an output (pulumi/pulumi#11726), and YAML applies none at all.
const (
	// DefaultVersion is the version of Flux that is installed when none is asked for.
	DefaultVersion = "v2.9.5"
	// MinimumVersion is the oldest version that can be asked for: the first one with the source API at v1 and with
	// deletionPolicy WaitForTermination, on which the teardown relies.
	MinimumVersion = "v2.6.0"
	// OfficialArtifact is where Flux publishes its manifests.
	OfficialArtifact = "oci://ghcr.io/fluxcd/flux-manifests"

	defaultInterval      = "10m"
	defaultRetryInterval = "1m"
)

// officialArtifacts are where the Flux project publishes the artifact and signs it.
var officialArtifacts = map[string]bool{
	OfficialArtifact:                              true,
	"oci://docker.io/fluxcd/flux-manifests":       true,
	"oci://index.docker.io/fluxcd/flux-manifests": true,
}

func (s FluxSpec) version() string {
	return stringOr(s.Version, DefaultVersion)
}

func (s FluxSpec) interval() pulumi.StringInput {
	return inputOr(s.Interval, defaultInterval)
}

func (s FluxSpec) components() []string {
	if len(s.Components) == 0 {
		return manifests.DefaultComponents()
	}
	return s.Components
}

func (s FluxSpec) artifactURL() string {
	if s.Artifact == nil {
		return OfficialArtifact
	}
	return stringOr(s.Artifact.URL, OfficialArtifact)
}

// digest returns the digest that the user pins, or "".
func (s FluxSpec) digest() string {
	if s.Artifact == nil {
		return ""
	}
	return stringOr(s.Artifact.Digest, "")
}

func (s FluxSpec) insecure() bool {
	return s.Artifact != nil && s.Artifact.Insecure != nil && *s.Artifact.Insecure
}

func stringOr(value *string, otherwise string) string {
	if value == nil {
		return otherwise
	}
	return *value
}

func inputOr(value pulumi.StringInput, otherwise string) pulumi.StringInput {
	if value == nil {
		return pulumi.String(otherwise)
	}
	return value
}

func boolOr(value pulumi.BoolInput, otherwise bool) pulumi.BoolInput {
	if value == nil {
		return pulumi.Bool(otherwise)
	}
	return value
}
