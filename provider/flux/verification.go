package flux

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// FluxVerificationSpec says whose signature Flux's artifact must carry.
type FluxVerificationSpec struct {
	Enabled     *bool              `pulumi:"enabled,optional"`
	Identities  []FluxIdentitySpec `pulumi:"identities,optional"`
	PublicKey   *string            `pulumi:"publicKey,optional"`
	TrustedRoot *string            `pulumi:"trustedRoot,optional"`
}

// FluxIdentitySpec is somebody who signs without a key of his own.
type FluxIdentitySpec struct {
	Issuer        string  `pulumi:"issuer"`
	Subject       *string `pulumi:"subject,optional"`
	SubjectRegExp *string `pulumi:"subjectRegExp,optional"`
}

const (
	// releaseIssuer knows the workflows of GitHub.
	releaseIssuer = "https://token.actions.githubusercontent.com"
	// releaseWorkflow is the workflow that publishes Flux, at the tag of a release.
	releaseWorkflow = "https://github.com/fluxcd/flux2/.github/workflows/release.yaml@refs/tags/"
)

// Annotate describes the specification in the schema.
func (s *FluxVerificationSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "Whose signature the artifact must carry. It is looked for before anything is made, in a preview too, "+
		"as cosign stores it: as a tag that ends in `.sig`, or as a bundle that refers to the artifact. Flux in the "+
		"cluster then stays at the digest that was verified.")
	a.Describe(&s.Enabled, "Whether the signature is verified. Default: true for `ghcr.io/fluxcd/flux-manifests` and "+
		"`docker.io/fluxcd/flux-manifests`, and for every repository for which `verify` is given; otherwise false. With "+
		"false, whoever can write to the registry, or pretend to be it, decides what runs as administrator of the cluster.")
	a.Describe(&s.Identities, "Who may have signed, without a key (\"keyless\"); one of them is enough. Default: the "+
		"workflow that releases Flux, at the tag of the version: issuer `"+releaseIssuer+"`, subject `"+releaseWorkflow+
		"` and the version.")
	a.Describe(&s.PublicKey, "The public key that must have signed, in PEM: ECDSA with P-256 as cosign makes it, RSA of "+
		"at least 2048 bits, or Ed25519. It is all that is asked: no transparency log, no network but the registry. "+
		"Default: none; the signature is keyless.")
	a.Describe(&s.TrustedRoot, "The certificate authorities and logs that vouch for identities, as the JSON text of a "+
		"`trusted_root.json` (`cosign trusted-root create`, or a copy of Sigstore's). With it nothing is asked for over "+
		"the network but the registry. Default: what Sigstore publishes at tuf-repo-cdn.sigstore.dev, kept for a day in "+
		"the user's cache folder.")
}

// Annotate describes the specification in the schema.
func (s *FluxIdentitySpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "Somebody who signs without a key of his own; Sigstore certifies who it was.")
	a.Describe(&s.Issuer, "The URL of the OIDC issuer that knew the signer, such as `"+releaseIssuer+"`.")
	a.Describe(&s.Subject, "What the issuer called the signer: for a workflow on GitHub the URL of its file, an @ and "+
		"the ref; for a person the e-mail address. Default: none; either this or subjectRegExp is required.")
	a.Describe(&s.SubjectRegExp, "A regular expression (RE2) that the whole subject matches, such as "+
		"`https://github\\.com/acme/mirror/\\.github/workflows/copy\\.yaml@refs/heads/main`. Default: none; either this or "+
		"subject is required.")
}

// verifies tells whether the artifact's signature is looked at.
func (s FluxSpec) verifies() bool {
	if s.Artifact != nil && s.Artifact.Verify != nil {
		return s.Artifact.Verify.Enabled == nil || *s.Artifact.Verify.Enabled
	}
	return s.official()
}

// official tells whether the artifact is where the Flux project publishes it.
func (s FluxSpec) official() bool {
	// The names of hosts know no case.
	return officialArtifacts[strings.ToLower(s.artifactURL())]
}

// verifier returns who tells a signature that counts.
func (s FluxSpec) verifier(cache artifact.Cache) (*artifact.Verifier, error) {
	spec := FluxVerificationSpec{}
	if s.Artifact != nil && s.Artifact.Verify != nil {
		spec = *s.Artifact.Verify
	}
	if spec.PublicKey != nil {
		return artifact.ByKey(*spec.PublicKey)
	}
	roots := artifact.PublishedRoots(artifact.Publisher{}, cache)
	if spec.TrustedRoot != nil {
		var err error
		if roots, err = artifact.FixedRoots(*spec.TrustedRoot); err != nil {
			return nil, err
		}
	}
	identities := []artifact.Identity{{Issuer: releaseIssuer, Subject: releaseWorkflow + s.version()}}
	if len(spec.Identities) > 0 {
		identities = nil
		for _, identity := range spec.Identities {
			identities = append(identities, identity.identity())
		}
	}
	return artifact.ByIdentity(identities, roots)
}

func (s FluxIdentitySpec) identity() artifact.Identity {
	return artifact.Identity{
		Issuer: s.Issuer, Subject: stringOr(s.Subject, ""), SubjectRegExp: stringOr(s.SubjectRegExp, ""),
	}
}

func (s FluxVerificationSpec) validate(found *inputs.Violations, path string) {
	if s.Enabled != nil && !*s.Enabled && (s.Identities != nil || s.PublicKey != nil || s.TrustedRoot != nil) {
		found.Addf(inputs.Join(path, "enabled"), "must not be false beside identities, publicKey or trustedRoot, which "+
			"would then not count; leave them out, or enabled")
	}
	if s.PublicKey != nil {
		if _, err := artifact.ByKey(*s.PublicKey); err != nil {
			found.Addf(inputs.Join(path, "publicKey"), "must be a public key in PEM: ECDSA with P-256, RSA of at least 2048 "+
				"bits, or Ed25519, such as the file cosign.pub: %s", err)
		}
		for field, given := range map[string]bool{"identities": s.Identities != nil, "trustedRoot": s.TrustedRoot != nil} {
			if given {
				found.Addf(inputs.Join(path, field)+inputs.NotShown, "must not be given beside publicKey, which alone decides; "+
					"leave out one of the two")
			}
		}
	}
	if s.TrustedRoot != nil {
		if _, err := artifact.FixedRoots(*s.TrustedRoot); err != nil {
			found.Addf(inputs.Join(path, "trustedRoot")+inputs.NotShown, "must be the text of a trusted_root.json: %s", err)
		}
	}
	if s.Identities != nil && len(s.Identities) == 0 {
		found.Addf(inputs.Join(path, "identities"), "must name somebody; leave it out for those who release Flux")
	}
	for i, identity := range s.Identities {
		identity.validate(found, inputs.Index(inputs.Join(path, "identities"), i))
	}
}

func (s FluxIdentitySpec) validate(found *inputs.Violations, path string) {
	if s.Issuer == "" {
		found.Addf(inputs.Join(path, "issuer"), "must be the URL of an OIDC issuer, such as %s; got an empty string",
			releaseIssuer)
	}
	switch subject, expression := stringOr(s.Subject, ""), stringOr(s.SubjectRegExp, ""); {
	case (subject == "") == (expression == ""):
		found.Addf(path, "must say one of subject and subjectRegExp, such as subject %s%s", releaseWorkflow, DefaultVersion)
	case expression != "":
		if _, err := artifact.ByIdentity([]artifact.Identity{{Issuer: "any", SubjectRegExp: expression}}, nil); err != nil {
			found.Addf(inputs.Join(path, "subjectRegExp"), "must be a regular expression (RE2): %s", err)
		}
	}
}

// whose says in a message where the inputs say whose signature counts. A key or roots would be printed whole.
func (s FluxSpec) whose(path string) string {
	path = inputs.Join(path, "verify")
	if s.Artifact != nil && s.Artifact.Verify != nil {
		return path + inputs.NotShown
	}
	return path
}

// unverified warns of an artifact whose signature nobody looks at although there is one.
func (s FluxSpec) unverified(digest string) []string {
	if s.verifies() || !s.official() {
		return nil
	}
	return []string{fmt.Sprintf("the signature of the Flux artifact %s@%s is not verified, because "+
		"artifact.verify.enabled is false: whoever can pretend to be the registry decides what runs as administrator of the "+
		"cluster",
		s.artifactURL(), digest)}
}
