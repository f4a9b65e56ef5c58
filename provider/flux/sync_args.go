package flux

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	defaultSyncName     = "flux-system"
	defaultSyncBranch   = "main"
	defaultSyncTag      = "latest"
	defaultSyncPath     = "./"
	defaultSyncInterval = "1m"
	defaultSyncTimeout  = "5m"
)

// SyncSpec says what Flux syncs.
type SyncSpec struct {
	Kind          *SyncKind             `pulumi:"kind,optional"`
	URL           pulumi.StringInput    `pulumi:"url,optional"`
	Bucket        *SyncBucketSpec       `pulumi:"bucket,optional"`
	Ref           *SyncRefSpec          `pulumi:"ref,optional"`
	Provider      *SyncProvider         `pulumi:"provider,optional"`
	Auth          *SyncAuthSpec         `inputs:"notShown" pulumi:"auth,optional"`
	Insecure      pulumi.BoolInput      `pulumi:"insecure,optional"`
	Verify        *SyncVerifySpec       `pulumi:"verify,optional"`
	Path          pulumi.StringInput    `pulumi:"path,optional"`
	Name          *string               `pulumi:"name,optional"`
	Interval      pulumi.StringInput    `pulumi:"interval,optional"`
	RetryInterval pulumi.StringInput    `pulumi:"retryInterval,optional"`
	Timeout       pulumi.StringInput    `pulumi:"timeout,optional"`
	Prune         pulumi.BoolInput      `pulumi:"prune,optional"`
	Wait          pulumi.BoolInput      `pulumi:"wait,optional"`
	Decryption    *SyncDecryptionSpec   `inputs:"notShown" pulumi:"decryption,optional"`
	Substitute    pulumi.StringMapInput `pulumi:"substitute,optional"`
	WaitForReady  *bool                 `pulumi:"waitForReady,optional"`

	Kustomizations []SyncKustomizationSpec `pulumi:"kustomizations,optional"`
}

// SyncRefSpec says which revision of the repository is synced.
type SyncRefSpec struct {
	Branch pulumi.StringInput `pulumi:"branch,optional"`
	Tag    pulumi.StringInput `pulumi:"tag,optional"`
	Semver pulumi.StringInput `pulumi:"semver,optional"`
	Commit pulumi.StringInput `pulumi:"commit,optional"`
	Digest pulumi.StringInput `pulumi:"digest,optional"`
}

// SyncBucketSpec says which bucket is synced.
type SyncBucketSpec struct {
	Name     pulumi.StringInput `pulumi:"name"`
	Endpoint pulumi.StringInput `pulumi:"endpoint"`
	Region   pulumi.StringInput `pulumi:"region,optional"`
	Prefix   pulumi.StringInput `pulumi:"prefix,optional"`
}

// SyncVerifySpec says whose signature the revision must bear.
type SyncVerifySpec struct {
	Mode              *SyncVerifyMode        `pulumi:"mode,optional"`
	Provider          *SyncVerifyProvider    `pulumi:"provider,optional"`
	SecretName        pulumi.StringInput     `pulumi:"secretName,optional"`
	MatchOIDCIdentity []SyncOIDCIdentitySpec `pulumi:"matchOIDCIdentity,optional"`
}

// SyncOIDCIdentitySpec says who may sign without a key.
type SyncOIDCIdentitySpec struct {
	Issuer  pulumi.StringInput `pulumi:"issuer"`
	Subject pulumi.StringInput `pulumi:"subject"`
}

// SyncDecryptionSpec says how the secrets in the repository are decrypted.
type SyncDecryptionSpec struct {
	Provider           *SyncDecryptionProvider `pulumi:"provider,optional"`
	AgeKey             pulumi.StringInput      `pulumi:"ageKey,optional"`
	ExistingSecretName pulumi.StringInput      `pulumi:"existingSecretName,optional"`
}

// SyncKind is the kind of source that is synced.
type SyncKind string

// The kinds of source, as Flux calls them.
const (
	SyncKindGitRepository SyncKind = "GitRepository"
	SyncKindOCIRepository SyncKind = "OCIRepository"
	SyncKindBucket        SyncKind = "Bucket"
)

// Values lists the kinds of source.
func (SyncKind) Values() []infer.EnumValue[SyncKind] {
	return []infer.EnumValue[SyncKind]{
		{Name: "GitRepository", Value: SyncKindGitRepository, Description: "A git repository, over HTTPS or SSH."},
		{Name: "OCIRepository", Value: SyncKindOCIRepository, Description: "An artifact in a container registry, as " +
			"`flux push artifact` makes them."},
		{Name: "Bucket", Value: SyncKindBucket, Description: "A bucket of S3 or of anything that speaks its protocol, of " +
			"Azure Blob Storage or of Google Cloud Storage."},
	}
}

// SyncProvider is what a source signs in to.
type SyncProvider string

// The providers, as Flux calls them.
const (
	SyncProviderGeneric SyncProvider = "generic"
	SyncProviderAWS     SyncProvider = "aws"
	SyncProviderAzure   SyncProvider = "azure"
	SyncProviderGCP     SyncProvider = "gcp"
	SyncProviderGitHub  SyncProvider = "github"
)

// Values lists the providers.
func (SyncProvider) Values() []infer.EnumValue[SyncProvider] {
	return []infer.EnumValue[SyncProvider]{
		{Name: "Generic", Value: SyncProviderGeneric, Description: "What auth says, or nothing."},
		{Name: "Aws", Value: SyncProviderAWS, Description: "CodeCommit (from Flux v2.9 on), ECR or S3 with the identity " +
			"of source-controller."},
		{Name: "Azure", Value: SyncProviderAzure, Description: "Azure DevOps, ACR or Blob Storage with the identity of " +
			"source-controller."},
		{Name: "Gcp", Value: SyncProviderGCP, Description: "Artifact Registry or Cloud Storage with the identity of " +
			"source-controller."},
		{Name: "Github", Value: SyncProviderGitHub, Description: "GitHub as a GitHub App."},
	}
}

// SyncVerifyMode is what in a git repository must be signed.
type SyncVerifyMode string

// What can be signed, as Flux calls it.
const (
	SyncVerifyModeHead       SyncVerifyMode = "HEAD"
	SyncVerifyModeTag        SyncVerifyMode = "Tag"
	SyncVerifyModeTagAndHead SyncVerifyMode = "TagAndHEAD"
)

// Values lists what can be signed.
func (SyncVerifyMode) Values() []infer.EnumValue[SyncVerifyMode] {
	return []infer.EnumValue[SyncVerifyMode]{
		{Name: "Head", Value: SyncVerifyModeHead, Description: "The commit."},
		{Name: "Tag", Value: SyncVerifyModeTag, Description: "The tag."},
		{Name: "TagAndHead", Value: SyncVerifyModeTagAndHead, Description: "The tag and the commit that it points to."},
	}
}

// SyncVerifyProvider is with what an artifact was signed.
type SyncVerifyProvider string

// What artifacts are signed with, as Flux calls it.
const (
	SyncVerifyProviderCosign   SyncVerifyProvider = "cosign"
	SyncVerifyProviderNotation SyncVerifyProvider = "notation"
)

// Values lists what artifacts are signed with.
func (SyncVerifyProvider) Values() []infer.EnumValue[SyncVerifyProvider] {
	return []infer.EnumValue[SyncVerifyProvider]{
		{Name: "Cosign", Value: SyncVerifyProviderCosign, Description: "Sigstore's cosign, with a key or without."},
		{Name: "Notation", Value: SyncVerifyProviderNotation, Description: "The Notary Project's notation."},
	}
}

// SyncDecryptionProvider is with what secrets were encrypted.
type SyncDecryptionProvider string

// SyncDecryptionProviderSops is what Flux knows.
const SyncDecryptionProviderSops SyncDecryptionProvider = "sops"

// Values lists what secrets are encrypted with.
func (SyncDecryptionProvider) Values() []infer.EnumValue[SyncDecryptionProvider] {
	return []infer.EnumValue[SyncDecryptionProvider]{
		{Name: "Sops", Value: SyncDecryptionProviderSops, Description: "SOPS."},
	}
}

var (
	_ infer.Enum[SyncKind]               = SyncKind("")
	_ infer.Enum[SyncProvider]           = SyncProvider("")
	_ infer.Enum[SyncVerifyMode]         = SyncVerifyMode("")
	_ infer.Enum[SyncVerifyProvider]     = SyncVerifyProvider("")
	_ infer.Enum[SyncDecryptionProvider] = SyncDecryptionProvider("")
)

func (s SyncSpec) kind() SyncKind {
	if s.Kind == nil {
		return SyncKindGitRepository
	}
	return *s.Kind
}

// provider returns who is signed in to. An App is GitHub's, whether that is said or not.
func (s SyncSpec) provider() SyncProvider {
	switch {
	case s.Provider != nil:
		return *s.Provider
	case s.Auth != nil && s.Auth.GithubApp != nil:
		return SyncProviderGitHub
	}
	return SyncProviderGeneric
}

func (s SyncSpec) name() string {
	return stringOr(s.Name, defaultSyncName)
}

func (s SyncSpec) waitForReady() bool {
	return s.WaitForReady == nil || *s.WaitForReady
}
