package flux

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// Validate returns what is wrong with the inputs of the component Flux. Raw holds the same inputs as they arrived:
// the values of those that may be outputs stand only there, as far as they are known.
func Validate(_ string, args FluxArgs, raw property.Map) inputs.Violations {
	found := args.spec().Validate("", raw)
	found = append(found, ValidateClusterVariables(raw, nil)...)
	found = append(found, args.Sync.Validate("sync", raw.Get("sync"), args.spec())...)
	found = append(found, ValidateReceiver(args.Receiver, args.Sync, raw, args.spec())...)
	found = append(found, ValidateAlerts(args.Alerts, raw, args.spec())...)
	return append(found, args.Teardown.Validate("teardown")...)
}

// Validate returns what is wrong with the specification, whose property is at path in the schema; raw is its value as
// it arrived.
func (s FluxSpec) Validate(path string, raw property.Map) inputs.Violations {
	found := validateSecrets(inputs.Join(path, "secrets"), raw.Get("secrets"))
	validateVersion(&found, inputs.Join(path, "version"), s.version())
	validateComponents(&found, inputs.Join(path, "components"), s.Components)
	if s.Artifact != nil {
		s.Artifact.validate(&found, inputs.Join(path, "artifact"), raw.Get("artifact"))
	}
	s.validateCustomization(&found, path)
	s.validateMultitenancy(&found, path)
	s.validateSize(&found, path)
	s.validateImagePullSecret(&found, path, raw)
	validateLabels(&found, inputs.Join(path, "labels"), raw.Get("labels"))
	validateKnown(&found, path, raw, "interval", checkDuration(minimumInterval))
	return found
}

func validateVersion(found *inputs.Violations, path, given string) {
	version, err := parseVersion(given)
	minimum, _ := parseVersion(MinimumVersion)
	switch {
	case err != nil:
		found.Addf(path, "must be a released version such as %s, with the v and all three numbers; got %q "+
			"(a moving tag such as latest would upgrade Flux unasked)", DefaultVersion, given)
	case version.Major != minimum.Major || version.LT(minimum):
		found.Addf(path, "must be %s or a later version 2; got %q", MinimumVersion, given)
	}
}

// parseVersion reads a version as Flux tags its releases: vMAJOR.MINOR.PATCH.
func parseVersion(given string) (semver.Version, error) {
	number, ok := strings.CutPrefix(given, "v")
	if !ok {
		return semver.Version{}, fmt.Errorf("reading version %q: it does not begin with v", given)
	}
	version, err := semver.Parse(number)
	if err != nil {
		return semver.Version{}, fmt.Errorf("reading version %q: %w", given, err)
	}
	return version, nil
}

func validateComponents(found *inputs.Violations, path string, given []string) {
	if given == nil {
		return
	}
	for i, name := range given {
		found.OneOf(inputs.Index(path, i), name, manifests.Components()...)
		if slices.Contains(given[:i], name) {
			found.Addf(inputs.Index(path, i), "is given twice; remove one %q", name)
		}
	}
	for _, required := range []string{manifests.SourceController, manifests.KustomizeController} {
		if !slices.Contains(given, required) {
			found.Addf(path, "must contain %s, without which nothing is synced; add it", required)
		}
	}
}

func (s FluxArtifactSpec) validate(found *inputs.Violations, path string, raw property.Value) {
	insecure := s.Insecure != nil && *s.Insecure
	if s.URL != nil {
		if _, err := artifact.ParseRepository(*s.URL, insecure); err != nil {
			found.Addf(inputs.Join(path, "url"), "%s", err)
		}
	}
	if s.Digest != nil && !artifact.IsDigest(*s.Digest) {
		found.Addf(inputs.Join(path, "digest"), "must be sha256: and 64 hexadecimal digits; got %q", *s.Digest)
	}
	if s.CaCertificate != nil {
		if _, err := (artifact.Repository{}).WithCertificateAuthority(*s.CaCertificate); err != nil {
			found.Addf(inputs.Join(path, "caCertificate"), "%s", err)
		}
		if insecure {
			found.Addf(inputs.Join(path, "insecure"), "must not be true beside caCertificate: without TLS there is no "+
				"certificate; leave out one of the two")
		}
	}
	if raw.IsMap() {
		validateAuth(found, path, raw.AsMap())
	}
	if s.Verify != nil {
		s.Verify.validate(found, inputs.Join(path, "verify"))
	}
}

// validateKnown applies a check to the property of raw called name, if it is there and its value is known.
func validateKnown(
	found *inputs.Violations, parent string, raw property.Map, name string, check func(string) error,
) {
	found.Text(inputs.Join(parent, name), raw.Get(name), check)
}

// durationPattern is what Flux's own resource definitions demand.
var durationPattern = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`)

// minimumInterval keeps a typing error from asking a git server a thousand times a second.
const minimumInterval = 5 * time.Second

func checkDuration(minimum time.Duration) func(string) error {
	return func(given string) error {
		duration, err := time.ParseDuration(given)
		if err != nil || !durationPattern.MatchString(given) {
			return fmt.Errorf("must be a duration such as 30s, 10m or 1h; got %q", given)
		}
		if duration < minimum {
			return fmt.Errorf("must be at least %s; got %q", minimum, given)
		}
		return nil
	}
}
