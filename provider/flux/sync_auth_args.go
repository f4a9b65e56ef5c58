package flux

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// SyncAuthSpec says how Flux signs in to what it syncs: in one way, and with a certificate beside it if need be.
type SyncAuthSpec struct {
	Basic              *SyncBasicAuthSpec     `pulumi:"basic,optional"`
	BearerToken        pulumi.StringInput     `pulumi:"bearerToken,optional"`
	SSH                *SyncSSHAuthSpec       `pulumi:"ssh,optional"`
	GithubApp          *SyncGithubAppAuthSpec `pulumi:"githubApp,optional"`
	Bucket             *SyncBucketAuthSpec    `pulumi:"bucket,optional"`
	ExistingSecretName pulumi.StringInput     `pulumi:"existingSecretName,optional"`
	TLS                *SyncTLSAuthSpec       `pulumi:"tls,optional"`
}

// SyncBasicAuthSpec signs in with a name and a password.
type SyncBasicAuthSpec struct {
	Username pulumi.StringInput `pulumi:"username"`
	Password pulumi.StringInput `pulumi:"password"`
}

// SyncSSHAuthSpec signs in with an SSH key.
type SyncSSHAuthSpec struct {
	Identity   pulumi.StringInput `pulumi:"identity"`
	KnownHosts pulumi.StringInput `pulumi:"knownHosts"`
	Password   pulumi.StringInput `pulumi:"password,optional"`
}

// SyncGithubAppAuthSpec signs in as a GitHub App.
type SyncGithubAppAuthSpec struct {
	AppID             pulumi.StringInput `pulumi:"appId"`
	InstallationID    pulumi.StringInput `pulumi:"installationId,optional"`
	InstallationOwner pulumi.StringInput `pulumi:"installationOwner,optional"`
	PrivateKey        pulumi.StringInput `pulumi:"privateKey"`
	BaseURL           pulumi.StringInput `pulumi:"baseUrl,optional"`
}

// SyncBucketAuthSpec signs in to a bucket with an access key.
type SyncBucketAuthSpec struct {
	AccessKey pulumi.StringInput `pulumi:"accessKey"`
	SecretKey pulumi.StringInput `pulumi:"secretKey"`
}

// SyncTLSAuthSpec says which server is trusted, and with which certificate Flux shows itself.
type SyncTLSAuthSpec struct {
	CA   pulumi.StringInput `pulumi:"ca,optional"`
	Cert pulumi.StringInput `pulumi:"cert,optional"`
	Key  pulumi.StringInput `pulumi:"key,optional"`
}

// Annotate describes the specification in the schema.
func (s *SyncAuthSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "How Flux signs in to what it syncs: one of basic, bearerToken, ssh, githubApp, bucket and "+
		"existingSecretName; tls may stand beside those, or alone. Read access is enough. What is secret in it is kept as "+
		"a secret in the state, and in the cluster in a Secret of the namespace `flux-system`. Which of them there can be "+
		"depends on the kind of source: a GitRepository takes all but bucket, an OCIRepository basic, existingSecretName "+
		"and tls, a Bucket bucket, existingSecretName and tls.")
	a.Describe(&s.Basic, "A user name and a password or token: for git over HTTPS, and for container registries. "+
		"Default: none.")
	a.Describe(&s.BearerToken, "A token that is sent as `Authorization: Bearer`, for git over HTTPS. GitHub, GitLab and "+
		"Bitbucket want their tokens as the password of basic instead. Default: none.")
	a.Describe(&s.SSH, "An SSH key, for git over SSH, which cannot do without. Default: none.")
	a.Describe(&s.GithubApp, "A GitHub App, for git over HTTPS. It makes the provider `github`. Default: none.")
	a.Describe(&s.Bucket, "An access key, for buckets of the providers `generic` and `aws`. Default: none.")
	a.Describe(&s.ExistingSecretName, "The name of a Secret in the namespace `flux-system` that somebody else places, "+
		"such as flux.secrets. It has the keys that Flux documents for the kind of source. Default: none.")
	a.Describe(&s.TLS, "The certificate authority that the server's certificate comes from, and a certificate to show to "+
		"the server. Not with ssh; with existingSecretName only for an OCIRepository or a Bucket, because a GitRepository "+
		"reads both from one Secret. Default: the well-known authorities, and none to show.")
}

// Annotate describes the specification in the schema.
func (s *SyncBasicAuthSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A user name and a password.")
	a.Describe(&s.Username, "The user name. For a token of GitHub anything but nothing, such as `git`.")
	a.Describe(&s.Password, "The password or token. It is kept as a secret.")
}

// Annotate describes the specification in the schema.
func (s *SyncSSHAuthSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "An SSH key.")
	a.Describe(&s.Identity, "The private key as PEM, such as that of a deploy key. It is kept as a secret.")
	a.Describe(&s.KnownHosts, "The keys of the server, as `ssh-keyscan` prints them. They are required, because "+
		"without them anybody could pretend to be the server.")
	a.Describe(&s.Password, "The password of the private key. Default: none, for a key that is not encrypted. It is kept "+
		"as a secret.")
}

// Annotate describes the specification in the schema.
func (s *SyncGithubAppAuthSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A GitHub App that is installed where the repository is, with read access to its contents. One of "+
		"installationId and installationOwner says which installation.")
	a.Describe(&s.AppID, "The id of the App: digits, in quotes.")
	a.Describe(&s.InstallationID, "The id of the installation: digits, in quotes. Default: none, installationOwner says "+
		"it.")
	a.Describe(&s.InstallationOwner, "The organization or user whose installation it is. It needs Flux v2.8. Default: "+
		"none, installationId says it.")
	a.Describe(&s.PrivateKey, "A private key of the App as PEM. It is kept as a secret.")
	a.Describe(&s.BaseURL, "The API of a GitHub Enterprise Server, such as `https://github.example.com/api/v3`. Default: "+
		"github.com's.")
}

// Annotate describes the specification in the schema.
func (s *SyncBucketAuthSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "An access key.")
	a.Describe(&s.AccessKey, "The id of the access key.")
	a.Describe(&s.SecretKey, "The secret access key. It is kept as a secret.")
}

// Annotate describes the specification in the schema.
func (s *SyncTLSAuthSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "Certificates: ca, or cert and key, or all three.")
	a.Describe(&s.CA, "The certificates that are trusted beside the well-known ones, as PEM. Default: none.")
	a.Describe(&s.Cert, "The certificate that Flux shows to the server, as PEM. It needs key. Default: none.")
	a.Describe(&s.Key, "The private key of cert, as PEM. It is kept as a secret. Default: none; required beside cert.")
}
