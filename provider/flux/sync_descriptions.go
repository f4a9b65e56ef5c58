package flux

import "github.com/pulumi/pulumi-go-provider/infer"

// Annotate describes the specification in the schema.
func (s *SyncSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "What Flux syncs, and how.")
	a.Describe(&s.Kind, "The kind of source. Default: `GitRepository`.")
	a.Describe(&s.URL, "The address of the repository. For a GitRepository `https://` or `ssh://`, for an OCIRepository "+
		"`oci://HOST/PATH` without a tag; no user name or password for either, those go into auth. Required for both; a "+
		"Bucket has bucket instead. Default: none.")
	a.Describe(&s.Bucket, "The bucket. Required for the kind `Bucket`, and only for it. Default: none.")
	a.Describe(&s.Ref, "The revision to sync: one of branch, tag, semver and commit for a GitRepository, one of tag, "+
		"semver and digest for an OCIRepository, none for a Bucket. Default: the branch `"+defaultSyncBranch+"`, or the tag "+
		"`"+defaultSyncTag+"`.")
	a.Describe(&s.Provider, "What Flux signs in to. A GitRepository knows `generic`, `azure`, `github` and, from Flux "+
		"v2.9 on, `aws`; the others `generic`, `aws`, `azure` and `gcp`. The clouds are signed in to with the identity that "+
		"source-controller has in them, without auth. Default: `generic`; `github` with auth.githubApp.")
	a.Describe(&s.Auth, "How Flux signs in. Default: not at all, for what everybody may read.")
	a.Describe(&s.Insecure, "Whether the registry or the bucket's endpoint is spoken to in plain HTTP: what is synced "+
		"can then be changed on the way. Not for a GitRepository, whose url says it. Default: false.")
	a.Describe(&s.Verify, "The signature that a revision must bear to be synced. For a GitRepository and an "+
		"OCIRepository. Default: none is asked for.")
	a.Describe(&s.Path, "The folder in the repository that is applied, with a kustomization.yaml or without. "+
		"Default: `"+defaultSyncPath+"`, the whole repository.")
	a.Describe(&s.Name, "The name of the source and, unless there are several, of the Kustomization in the cluster: "+
		"lower-case letters, digits and hyphens, at most 63. Default: `"+defaultSyncName+"`, as `flux bootstrap` calls "+
		"them. Under another name it takes over what was applied before, as kustomizations does.")
	a.Describe(&s.Interval, "How often Flux asks for new revisions and puts back what was changed by hand, as a duration "+
		"such as `1m`, at least `5s`. Default: `"+defaultSyncInterval+"`.")
	a.Describe(&s.RetryInterval, "How long Flux waits before it applies again what it could not apply, as a duration "+
		"such as `1m`, at least `5s`. Default: `"+defaultRetryInterval+"`.")
	a.Describe(&s.Timeout, "How long what is applied may take to become ready, as a duration such as `5m`. Flux reports "+
		"a failure after it, and `pulumi up` with it. Default: `"+defaultSyncTimeout+"`.")
	a.Describe(&s.Prune, "Whether Flux removes from the cluster what is no longer in the repository. Default: true. "+
		"Whatever it says, destroying the sync removes what was applied.")
	a.Describe(&s.Wait, "Whether Flux calls the sync ready only when all that it has applied is ready. With false, "+
		"`pulumi up` does not notice an application that does not start. Default: true.")
	a.Describe(&s.Decryption, "How Flux decrypts what is encrypted in the repository. Default: not at all.")
	a.Describe(&s.Substitute, "Values for `${NAME}` in what is applied, by name: letters, digits and underscores, no "+
		"digit first; values of one line. They stand in the cluster for everybody who may read a Kustomization, so a "+
		"secret is refused; it belongs into secretClusterVariables. They come on top of the cluster variables, and win "+
		"over those of the same name. Default: none. As soon as there is one value from anywhere, Flux replaces all "+
		"`${…}`, and from v2.9 on fails at a name that it does not know and that has no default; a Secret or ConfigMap "+
		"with other people's `${…}` is left alone with the annotation "+
		"`kustomize.toolkit.fluxcd.io/substitute: disabled`.")
	a.Describe(&s.Kustomizations, "The parts of the repository that are applied one by one, each by a Kustomization of "+
		"its own, instead of path: such as the infrastructure first and then the applications. What the sync says about "+
		"intervals, timeout, decryption and substitution holds for each of them. Default: one Kustomization, called like "+
		"the sync, for everything in path. Going over from one to several, or back, or to other names, removes only what "+
		"none of them applies any more: `pulumi up` has the old ones stop, waits until the new ones have applied the rest "+
		"even if waitForReady is false, and then deletes the old ones.")
	a.Describe(&s.WaitForReady, "Whether `pulumi up` waits until Flux has applied a new or changed sync and everything "+
		"in it is ready, and fails with Flux's own message otherwise. Default: true.")
}

// Annotate describes the specification in the schema.
func (s *SyncRefSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A revision of a repository; one of the fields.")
	a.Describe(&s.Branch, "The branch whose newest commit is synced, such as `main`. For a GitRepository. Default: `"+
		defaultSyncBranch+"`, unless another field is given.")
	a.Describe(&s.Tag, "The tag that is synced, such as `v1.4.2`. Default: for an OCIRepository `"+defaultSyncTag+"`, "+
		"unless another field is given; for a GitRepository none.")
	a.Describe(&s.Semver, "The range of versions whose newest tag is synced, such as `>=1.4.0 <2.0.0`. Default: none.")
	a.Describe(&s.Commit, "The SHA of the one commit that is synced. For a GitRepository. Default: none.")
	a.Describe(&s.Digest, "The digest of the one artifact that is synced: `sha256:` and 64 hexadecimal digits. For an "+
		"OCIRepository. Default: none.")
}

// Annotate describes the specification in the schema.
func (s *SyncBucketSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A bucket.")
	a.Describe(&s.Name, "The name of the bucket; for the provider `azure` that of the container.")
	a.Describe(&s.Endpoint, "The host of the storage, with a port if need be and without a scheme, such as "+
		"`s3.amazonaws.com`; for the provider `azure` its URL, such as `https://ACCOUNT.blob.core.windows.net`.")
	a.Describe(&s.Region, "The region of the bucket, such as `eu-central-1`. Default: none; S3 wants it.")
	a.Describe(&s.Prefix, "What the names of the objects to sync begin with. Default: all objects.")
}

// Annotate describes the specification in the schema.
func (s *SyncVerifySpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "The signature that a revision must bear.")
	a.Describe(&s.Mode, "What must be signed in a GitRepository. `Tag` and `TagAndHEAD` need ref.tag or ref.semver. "+
		"Default: `HEAD`.")
	a.Describe(&s.Provider, "What an artifact of an OCIRepository was signed with. Default: `cosign`.")
	a.Describe(&s.SecretName, "The name of a Secret in the namespace `flux-system` with the public keys that are "+
		"trusted, such as one of flux.secrets: in keys that end in `.asc` for PGP (`.sshpub` for SSH, from Flux v2.9 on), "+
		"in `.pub` for cosign; for notation certificates and `trustpolicy.json`. Required for a GitRepository and "+
		"for notation. Default: none.")
	a.Describe(&s.MatchOIDCIdentity, "Who may have signed an artifact with cosign and without a key; one of them must "+
		"match. Flux asks the public Sigstore for it. Instead of secretName. Default: nobody; one of the two is required "+
		"for cosign.")
}

// Annotate describes the specification in the schema.
func (s *SyncOIDCIdentitySpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "An identity that may sign.")
	a.Describe(&s.Issuer, "A regular expression for who vouches for the identity, such as "+
		"`^https://token\\.actions\\.githubusercontent\\.com$`.")
	a.Describe(&s.Subject, "A regular expression for the identity, such as `^https://github\\.com/acme/fleet/.*$`. Begin "+
		"it with ^ and end it with $, or it matches parts.")
}

// Annotate describes the specification in the schema.
func (s *SyncDecryptionSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "How Flux decrypts what is encrypted in the repository: with the age key or the Secret that is given, "+
		"or else with the identity that kustomize-controller has in a cloud, for files that SOPS has encrypted with KMS.")
	a.Describe(&s.Provider, "What it is encrypted with. Default: `sops`, which is all that Flux knows.")
	a.Describe(&s.AgeKey, "One or more age keys, as `age-keygen` prints them: lines that begin with `AGE-SECRET-KEY-`. "+
		"They are kept as a secret. Default: none, whoever kustomize-controller is in a cloud decrypts.")
	a.Describe(&s.ExistingSecretName, "The name of a Secret in the namespace `flux-system` that somebody else places, "+
		"such as flux.secrets, with keys that end in `.agekey` or `.asc`, or with `sops.aws-kms` and the like. Default: "+
		"none.")
}
