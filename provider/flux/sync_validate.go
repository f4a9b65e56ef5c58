package flux

import (
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// Validate returns what is wrong with the specification, whose property is at path in the schema; raw is its value as
// it arrived, and flux the Flux that is to understand it.
func (s *SyncSpec) Validate(path string, raw property.Value, flux FluxSpec) inputs.Violations {
	var found inputs.Violations
	if s == nil {
		return nil
	}
	s.validateName(&found, inputs.Join(path, "name"), flux)
	if _, ok := providersOf[s.kind()]; !ok || !raw.IsMap() {
		// That it is not a kind is said already.
		return found
	}
	known := raw.AsMap()
	s.validateSource(&found, path, known)
	s.validateProvider(&found, inputs.Join(path, "provider"), flux)
	if s.Auth != nil {
		// Whatever is wrong in there, it is told without showing it.
		found = append(found, s.validateAuth(inputs.Join(path, "auth"), known.Get("auth").AsMap(), known, flux).Hide()...)
	}
	s.validateVerify(&found, inputs.Join(path, "verify"), known)
	validateKnown(&found, path, known, "path", checkPath)
	s.validateKustomizations(&found, path, known)
	validateKnown(&found, path, known, "interval", checkDuration(minimumInterval))
	validateKnown(&found, path, known, "retryInterval", checkDuration(minimumInterval))
	validateKnown(&found, path, known, "timeout", checkDuration(time.Second))
	if s.Decryption != nil {
		found = append(found, validateDecryption(inputs.Join(path, "decryption"), known.Get("decryption").AsMap()).Hide()...)
	}
	found = append(found, validateVariables(inputs.Join(path, "substitute"), known.Get("substitute"), variableRules{})...)
	return found
}

func (s SyncSpec) validateName(found *inputs.Violations, path string, flux FluxSpec) {
	name := s.name()
	// The name becomes a label on everything that is synced, hence a label's length.
	for _, reason := range validation.IsDNS1123Label(name) {
		found.Addf(path, "cannot name Kubernetes objects: %s; got %q", reason, name)
	}
	if name == selfName || name == selfSourceName {
		found.Addf(path, "must not be %q, which is the name of Flux's own; choose another, such as %s",
			name, defaultSyncName)
	}
	for _, secret := range []string{s.authName(), s.tlsName(), s.decryptionName()} {
		if _, ok := flux.Secrets[secret]; ok {
			found.Addf(path, "must not be %q while %q is among the secrets of Flux, because it is the name of the sync's own "+
				"Secret; rename one of them", name, secret)
		}
	}
}

// validateSource looks at what says where the source is and which revision of it is meant.
func (s SyncSpec) validateSource(found *inputs.Violations, path string, raw property.Map) {
	isBucket := s.kind() == SyncKindBucket
	switch {
	case isBucket && given(raw, "url"):
		// A password in it must not be printed, and nobody has looked for one.
		found.Addf(inputs.Join(path, "url")+inputs.NotShown, "is not for a Bucket; give bucket.endpoint and bucket.name")
	case !isBucket && !given(raw, "url"):
		found.Addf(inputs.Join(path, "url"), "is required")
	case s.kind() == SyncKindGitRepository:
		validateKnown(found, path, raw, "url", checkGitURL)
		if address := raw.Get("url"); s.Auth == nil && address.IsString() && strings.HasPrefix(address.AsString(), "ssh://") {
			found.Addf(inputs.Join(path, "url"), "with the scheme ssh needs a key to sign in with; give auth.ssh or "+
				"auth.existingSecretName, or a url with https")
		}
	case s.kind() == SyncKindOCIRepository:
		validateKnown(found, path, raw, "url", checkOCIURL)
	}
	switch at := inputs.Join(path, "bucket"); {
	case isBucket && !given(raw, "bucket"):
		found.Addf(at, "is required for a Bucket")
	case !isBucket && given(raw, "bucket"):
		found.Addf(at, "is only for the kind Bucket; leave it out, or set kind")
	case isBucket && raw.Get("bucket").IsMap():
		bucket := raw.Get("bucket").AsMap()
		validateKnown(found, at, bucket, "name", checkNotEmpty)
		validateKnown(found, at, bucket, "endpoint", checkEndpoint(s.provider() == SyncProviderAzure))
	}
	if s.kind() == SyncKindGitRepository && given(raw, "insecure") {
		found.Addf(inputs.Join(path, "insecure"), "is not for a GitRepository; leave it out, the scheme of url says it")
	}
	if ref := raw.Get("ref"); ref.IsMap() {
		s.validateRef(found, inputs.Join(path, "ref"), ref.AsMap())
	}
}

// refsOf are the ways to name a revision, by kind of source.
var refsOf = map[SyncKind][]string{
	SyncKindGitRepository: {"branch", "tag", "semver", "commit"},
	SyncKindOCIRepository: {"tag", "semver", "digest"},
}

func (s SyncSpec) validateRef(found *inputs.Violations, path string, ref property.Map) {
	allowed := refsOf[s.kind()]
	var said []string
	for field := range ref.AllStable {
		if !given(ref, field) {
			continue
		}
		switch {
		case len(allowed) == 0:
			found.Addf(inputs.Join(path, field), "is not for a Bucket, which has no revisions; leave ref out")
		case !slices.Contains(allowed, field):
			found.Addf(inputs.Join(path, field), "is not for the kind %s, whose revisions are named by %s",
				s.kind(), oneOf(allowed))
		default:
			said = append(said, field)
			check := checkNotEmpty
			if field == "digest" {
				check = checkDigest
			}
			validateKnown(found, path, ref, field, check)
		}
	}
	if len(said) > 1 {
		found.Addf(path, "must say one of %s; got %s", all(allowed), strings.Join(said, " and "))
	}
}

// providersOf are what can be signed in to, by kind of source.
var providersOf = map[SyncKind][]SyncProvider{
	SyncKindGitRepository: {SyncProviderGeneric, SyncProviderAWS, SyncProviderAzure, SyncProviderGitHub},
	SyncKindOCIRepository: {SyncProviderGeneric, SyncProviderAWS, SyncProviderAzure, SyncProviderGCP},
	SyncKindBucket:        {SyncProviderGeneric, SyncProviderAWS, SyncProviderAzure, SyncProviderGCP},
}

// codeCommitVersion is the first version of Flux that signs in to git repositories with an identity in AWS.
const codeCommitVersion = "v2.9.0"

func (s SyncSpec) validateProvider(found *inputs.Violations, path string, flux FluxSpec) {
	if s.Provider == nil {
		return
	}
	allowed := providersOf[s.kind()]
	switch git := s.kind() == SyncKindGitRepository; {
	case !slices.Contains(allowed, *s.Provider):
		names := make([]string, 0, len(allowed))
		for _, provider := range allowed {
			names = append(names, string(provider))
		}
		found.Addf(path, "must be one of %s for the kind %s; got %q", strings.Join(names, ", "), s.kind(), *s.Provider)
	case git && *s.Provider == SyncProviderAWS && flux.before(codeCommitVersion):
		found.Addf(path, "aws for a GitRepository needs Flux %s or later; got %s, set the version of Flux",
			codeCommitVersion, flux.version())
	case *s.Provider == SyncProviderGitHub && s.Auth == nil:
		found.Addf(path, "github needs the App to sign in as; give auth.githubApp or auth.existingSecretName")
	}
}

// before tells whether the version of Flux is earlier than another; one that cannot be read is not.
func (s FluxSpec) before(version string) bool {
	ours, err := parseVersion(s.version())
	theirs, err2 := parseVersion(version)
	return err == nil && err2 == nil && ours.LT(theirs)
}

func (s SyncSpec) validateVerify(found *inputs.Violations, path string, raw property.Map) {
	verify := raw.Get("verify")
	if s.Verify == nil || !verify.IsMap() {
		return
	}
	known := verify.AsMap()
	var refused []string
	switch hasSecret := given(known, "secretName"); s.kind() {
	case SyncKindBucket:
		found.Addf(path, "is not for a Bucket, whose objects bear no signatures; leave it out")
		return
	case SyncKindGitRepository:
		refused = []string{"provider", "matchOIDCIdentity"}
		if !hasSecret {
			found.Addf(inputs.Join(path, "secretName"), "is required for a GitRepository: a Secret with the public keys of "+
				"those who may sign")
		}
		ref := raw.Get("ref")
		tagged := ref.IsMap() && (given(ref.AsMap(), "tag") || given(ref.AsMap(), "semver"))
		if s.Verify.Mode != nil && *s.Verify.Mode != SyncVerifyModeHead && !tagged {
			found.Addf(inputs.Join(path, "mode"), "must be %s unless ref.tag or ref.semver says which tag is signed; got %q",
				SyncVerifyModeHead, *s.Verify.Mode)
		}
	case SyncKindOCIRepository:
		refused = []string{"mode"}
		notation := s.Verify.Provider != nil && *s.Verify.Provider == SyncVerifyProviderNotation
		hasIdentity := len(s.Verify.MatchOIDCIdentity) > 0
		switch {
		case notation && (!hasSecret || hasIdentity):
			found.Addf(inputs.Join(path, "secretName"), "is required for notation, and matchOIDCIdentity is not for it")
		case hasSecret && hasIdentity:
			found.Addf(path, "must say one of secretName and matchOIDCIdentity; got both, and Flux would look at the first only")
		case !notation && !hasSecret && !hasIdentity:
			found.Addf(path, "must say who may sign: give secretName or matchOIDCIdentity; without them the signature of "+
				"anybody would do")
		}
	}
	for _, field := range refused {
		if given(known, field) {
			found.Addf(inputs.Join(path, field), "is not for the kind %s; leave it out", s.kind())
		}
	}
	validateKnown(found, path, known, "secretName", checkSecretName)
	identities := known.Get("matchOIDCIdentity")
	if !identities.IsArray() {
		return
	}
	for i, identity := range identities.AsArray().All {
		if !identity.IsMap() {
			continue
		}
		for _, field := range []string{"issuer", "subject"} {
			at := inputs.Index(inputs.Join(path, "matchOIDCIdentity"), i)
			validateKnown(found, at, identity.AsMap(), field, checkPattern)
		}
	}
}

func validateDecryption(path string, raw property.Map) inputs.Violations {
	var found inputs.Violations
	if given(raw, "ageKey") && given(raw, "existingSecretName") {
		found.Addf(path, "must say at most one of ageKey and existingSecretName; got both")
	}
	validateKnown(&found, path, raw, "existingSecretName", checkSecretName)
	validateKnown(&found, path, raw, "ageKey", checkAgeKeys)
	return found
}
