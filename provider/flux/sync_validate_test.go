package flux_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

const (
	privateKey  = `"-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n"`
	certificate = `"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"`
	knownHosts  = `"git.example ssh-ed25519 AAAA\n"`
	digest      = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

func syncOf(fields map[string]property.Value) map[string]property.Value {
	if _, ok := fields["url"]; !ok {
		fields["url"] = property.New("https://git.example/repo")
	}
	return map[string]property.Value{"sync": object(fields)}
}

func ref(fields ...string) map[string]property.Value {
	entries := map[string]property.Value{}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		entries[name] = property.New(value)
	}
	return syncOf(map[string]property.Value{"ref": object(entries)})
}

// TestValidateSync lists what is refused of a sync, and at which path.
func TestValidateSync(t *testing.T) {
	t.Parallel()
	one := func(key, value string) map[string]property.Value {
		return map[string]property.Value{key: property.New(value)}
	}
	for name, test := range map[string]struct {
		inputs map[string]property.Value
		want   []refusal
	}{
		"no url": {
			map[string]property.Value{"sync": object(map[string]property.Value{})},
			[]refusal{{"sync.url", "is required"}},
		},
		"empty url": {syncOf(one("url", "")), []refusal{{"sync.url", "got an empty string"}}},
		"ssh url without a key": {
			syncOf(one("url", "ssh://git@github.com/o/r")), []refusal{{"sync.url", "needs a key to sign in with"}},
		},
		"http url": {syncOf(one("url", "http://127.0.0.1:80/git/r.git")), nil},
		"scp url": {
			syncOf(one("url", "git@github.com:o/r.git")),
			[]refusal{{"sync.url", "is written ssh://git@host/path"}},
		},
		"file url": {syncOf(one("url", "file:///srv/r")), []refusal{{"sync.url", `got "file:///srv/r"`}}},
		"no host":  {syncOf(one("url", "https:///r")), []refusal{{"sync.url", `got "https:///r"`}}},
		"password in url": {
			syncOf(one("url", "https://me:hunter2@git.example/r")),
			[]refusal{{"sync.url (not shown)", "must not hold a user name or password"}},
		},
		"secret url": {
			syncOf(map[string]property.Value{"url": property.New("hunter2").WithSecret(true)}),
			[]refusal{{"sync.url (not shown)", "its value is a secret"}},
		},
		"unknown url": {syncOf(map[string]property.Value{"url": property.New(property.Computed)}), nil},
		"kind":        {syncOf(one("kind", "GitRepository")), nil},
		"other kind": {
			syncOf(one("kind", "HelmRepository")),
			[]refusal{{"sync.kind", `must be one of GitRepository, OCIRepository, Bucket; got "HelmRepository"`}},
		},
		"name":      {syncOf(one("name", "bootstrap-repo")), nil},
		"bad name":  {syncOf(one("name", "Repo_1")), []refusal{{"sync.name", `got "Repo_1"`}}},
		"long name": {syncOf(one("name", strings.Repeat("a", 64))), []refusal{{"sync.name", "no more than 63"}}},
		"Flux's own name": {
			syncOf(one("name", "flux")), []refusal{{"sync.name", `must not be "flux"`}},
		},
		"name of Flux's own source": {
			syncOf(one("name", "flux-manifests")), []refusal{{"sync.name", `must not be "flux-manifests"`}},
		},
		"path":              {syncOf(one("path", "./clusters/prod")), nil},
		"path with dots":    {syncOf(one("path", "./a/../b")), nil},
		"absolute path":     {syncOf(one("path", "/clusters")), []refusal{{"sync.path", `got "/clusters"`}}},
		"path outside":      {syncOf(one("path", "a/../../b")), []refusal{{"sync.path", `got "a/../../b"`}}},
		"sync interval":     {syncOf(one("interval", "1 minute")), []refusal{{"sync.interval", `got "1 minute"`}}},
		"sync timeout":      {syncOf(one("timeout", "0s")), []refusal{{"sync.timeout", "at least 1s"}}},
		"branch":            {ref("branch=main"), nil},
		"no ref at all":     {ref(), nil},
		"empty branch":      {ref("branch="), []refusal{{"sync.ref.branch", "must not be empty"}}},
		"branch and commit": {ref("branch=main", "commit=abc"), []refusal{{"sync.ref", "got branch and commit"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, validate(t, test.inputs), test.want)
		})
	}
}

// TestValidateSource lists what is refused of each kind of source, in the form in which a user writes it.
func TestValidateSource(t *testing.T) {
	t.Parallel()
	const git, oci = "url: https://git.example/repo", "kind: OCIRepository, url: oci://ghcr.io/o/r"
	const bucket = "kind: Bucket, bucket: {name: b, endpoint: s3.example}"
	for name, test := range map[string]struct {
		sync string
		want []refusal
	}{
		"artifact":           {oci, nil},
		"artifact by tag":    {oci + ", ref: {tag: v1}", nil},
		"artifact by digest": {oci + ", ref: {digest: '" + digest + "'}", nil},
		"artifact by range":  {oci + ", ref: {semver: 1.x}", nil},
		"artifact with a tag": {
			"kind: OCIRepository, url: 'oci://ghcr.io/o/r:v1'", []refusal{{"sync.url", "without tag and"}},
		},
		"artifact by https": {"kind: OCIRepository, url: https://ghcr.io/o/r", []refusal{{"sync.url", "oci://"}}},
		"artifact without repository": {
			"kind: OCIRepository, url: oci://ghcr.io", []refusal{{"sync.url", `got "oci://ghcr.io"`}},
		},
		"artifact with password": {
			"kind: OCIRepository, url: oci://me:hunter2@ghcr.io/o/r",
			[]refusal{{"sync.url (not shown)", "must not hold a user name or password"}},
		},
		"artifact without url": {"kind: OCIRepository", []refusal{{"sync.url", "is required"}}},
		"artifact of a branch": {oci + ", ref: {branch: main}", []refusal{
			{"sync.ref.branch", "whose revisions are named by tag, semver or digest"},
		}},
		"artifact by tag and digest": {
			oci + ", ref: {tag: v1, digest: '" + digest + "'}", []refusal{{"sync.ref", "got digest and tag"}},
		},
		"artifact by short digest": {
			oci + ", ref: {digest: 'sha256:aa'}", []refusal{{"sync.ref.digest", "64 hexadecimal"}},
		},
		"artifact over http": {oci + ", insecure: true", nil},
		"git by digest": {
			git + ", ref: {digest: '" + digest + "'}", []refusal{{"sync.ref.digest", "GitRepository"}},
		},
		"git over http": {git + ", insecure: true", []refusal{{"sync.insecure", "the scheme of url says it"}}},
		"git with a bucket": {git + ", bucket: {name: b, endpoint: s3.example}", []refusal{
			{"sync.bucket", "only for the kind Bucket"},
		}},
		"password in an ssh url": {
			"url: ssh://git:hunter2@git.example/r, auth: {existingSecretName: s}",
			[]refusal{{"sync.url (not shown)", "must not hold a user name or password"}},
		},

		"bucket":           {bucket, nil},
		"bucket over http": {bucket + ", insecure: true", nil},
		"bucket with url": {
			bucket + ", url: https://s3.example/b", []refusal{{"sync.url (not shown)", "bucket.endpoint"}},
		},
		"bucket with ref": {bucket + ", ref: {tag: v1}", []refusal{{"sync.ref.tag", "which has no revisions"}}},
		"bucket not said": {"kind: Bucket", []refusal{{"sync.bucket", "is required for a Bucket"}}},
		"bucket unknown":  {"kind: Bucket, bucket: {name: <unknown>, endpoint: <unknown>}", nil},
		"bucket by scheme": {
			"kind: Bucket, bucket: {name: b, endpoint: https://s3.example}",
			[]refusal{{"sync.bucket.endpoint", "without scheme"}},
		},
		"bucket without name": {"kind: Bucket, bucket: {name: '', endpoint: s3.example}", []refusal{
			{"sync.bucket.name", "must not be empty"},
		}},
		"azure": {"kind: Bucket, provider: azure, bucket: {name: b, endpoint: https://a.blob.core.windows.net}", nil},
		"azure without scheme": {
			"kind: Bucket, provider: azure, bucket: {name: b, endpoint: a.blob.core.windows.net}",
			[]refusal{{"sync.bucket.endpoint", "URL of the storage account"}},
		},

		"CodeCommit":   {git + ", provider: aws", nil},
		"Azure DevOps": {git + ", provider: azure", nil},
		"git of gcp": {
			git + ", provider: gcp", []refusal{{"sync.provider", "generic, aws, azure, github for the kind"}},
		},
		"artifact of github": {
			oci + ", provider: github", []refusal{{"sync.provider", "generic, aws, azure, gcp for the kind"}},
		},
		"ECR":                 {oci + ", provider: aws", nil},
		"S3":                  {bucket + ", provider: aws", nil},
		"github as nobody":    {git + ", provider: github", []refusal{{"sync.provider", "give auth.githubApp"}}},
		"unknown provider":    {git + ", provider: gitlab", []refusal{{"sync.provider", `got "gitlab"`}}},
		"github by a secret":  {git + ", provider: github, auth: {existingSecretName: s}", nil},
		"retry":               {git + ", retryInterval: 30s", nil},
		"retry too often":     {git + ", retryInterval: 1s", []refusal{{"sync.retryInterval", "at least 5s"}}},
		"neither":             {git + ", prune: false, wait: false", nil},
		"prune is no boolean": {git + ", prune: maybe", []refusal{{"sync.prune", "must be true or false"}}},

		"signed commits":   {git + ", verify: {secretName: keys}", nil},
		"signed by nobody": {git + ", verify: {}", []refusal{{"sync.verify.secretName", "is required"}}},
		"signed tags":      {git + ", ref: {tag: v1}, verify: {secretName: keys, mode: Tag}", nil},
		"signed tags of a branch": {
			git + ", verify: {secretName: keys, mode: Tag}", []refusal{{"sync.verify.mode", "ref.tag"}},
		},
		"git signed with cosign": {
			git + ", verify: {secretName: k, provider: cosign}", []refusal{{"sync.verify.provider", "is not for"}},
		},
		"signed with a key":    {oci + ", verify: {secretName: keys}", nil},
		"signed with notation": {oci + ", verify: {provider: notation, secretName: keys}", nil},
		"notation without secret": {
			oci + ", verify: {provider: notation}", []refusal{{"sync.verify.secretName", "for notation"}},
		},
		"signed by anybody": {
			oci + ", verify: {provider: cosign}", []refusal{{"sync.verify", "must say who may sign"}},
		},
		"signed without a key": {oci + ", verify: {matchOIDCIdentity: [{issuer: ^a$, subject: ^b$}]}", nil},
		"a pattern that is none": {
			oci + ", verify: {matchOIDCIdentity: [{issuer: '(', subject: b}]}",
			[]refusal{{"sync.verify.matchOIDCIdentity[0].issuer", `got "("`}},
		},
		"a key and identities": {
			oci + ", verify: {secretName: k, matchOIDCIdentity: [{issuer: a, subject: b}]}",
			[]refusal{{"sync.verify", "got both"}},
		},
		"artifact signed as a tag": {
			oci + ", verify: {secretName: k, mode: Tag}", []refusal{{"sync.verify.mode", "is not for"}},
		},
		"signed bucket": {
			bucket + ", verify: {secretName: k}", []refusal{{"sync.verify", "is not for a Bucket"}},
		},
		"bad name of a Secret": {
			oci + ", verify: {secretName: My_Keys}", []refusal{{"sync.verify.secretName", `got "My_Keys"`}},
		},

		"decrypted with KMS": {git + ", decryption: {provider: sops}", nil},
		"decrypted with age": {
			git + ", decryption: {ageKey: \"secret:# created\\nAGE-SECRET-KEY-1HUNTER2\\n\"}", nil,
		},
		"decrypted with a Secret": {git + ", decryption: {existingSecretName: sops-age}", nil},
		"decrypted with both": {
			git + ", decryption: {ageKey: AGE-SECRET-KEY-1, existingSecretName: s}",
			[]refusal{{"sync.decryption (not shown)", "got both"}},
		},
		"the public age key": {
			git + ", decryption: {ageKey: age1hunter2}",
			[]refusal{{"sync.decryption.ageKey (not shown)", "AGE-SECRET-KEY-"}},
		},
		"no age key": {
			git + ", decryption: {ageKey: '# nothing'}",
			[]refusal{{"sync.decryption.ageKey (not shown)", "must hold an age key"}},
		},
		"decrypted with another": {
			git + ", decryption: {provider: vault}", []refusal{{"sync.decryption.provider (not shown)", "sops"}},
		},
		"substitutes": {git + ", substitute: {NAME: value, _x1: <unknown>}", nil},
		"substitutes a bad name": {
			git + ", substitute: {my-name: value}",
			[]refusal{{`sync.substitute["my-name"] (not shown)`, "cannot name a variable"}},
		},
		"substitutes a secret": {
			git + ", substitute: {NAME: 'secret:hunter2'}",
			[]refusal{{`sync.substitute["NAME"] (not shown)`, "secretClusterVariables"}},
		},
		"substitutes two lines": {
			git + ", substitute: {NAME: \"a\\nb\"}",
			[]refusal{{`sync.substitute["NAME"] (not shown)`, "must be one line"}},
		},
		"substitutes no map":       {git + ", substitute: [a]", []refusal{{"sync.substitute", "must be a map"}}},
		"substitutes what is open": {git + ", substitute: <unknown>", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, validate(t, properties(t, "sync: {"+test.sync+"}")), test.want)
		})
	}
}

// TestValidateAuth lists which ways to sign in go with which source.
func TestValidateAuth(t *testing.T) {
	t.Parallel()
	const git, ssh = "url: https://git.example/repo", "url: ssh://git@git.example/repo"
	const oci = "kind: OCIRepository, url: oci://ghcr.io/o/r"
	const bucket = "kind: Bucket, bucket: {name: b, endpoint: s3.example}"
	const basic, token = "basic: {username: me, password: 'secret:hunter2'}", "bearerToken: hunter2"
	const key = "ssh: {identity: " + privateKey + ", knownHosts: " + knownHosts + "}"
	const app = "githubApp: {appId: '1', installationId: '2', privateKey: " + privateKey + "}"
	const access = "bucket: {accessKey: AKIA, secretKey: hunter2}"
	const ca = "tls: {ca: " + certificate + "}"
	hidden := func(path, reason string) []refusal { return []refusal{{"sync.auth" + path + " (not shown)", reason}} }
	for name, test := range map[string]struct {
		source, auth string
		want         []refusal
	}{
		"password": {git, basic, nil},
		"token":    {git, token, nil},
		"key":      {ssh, key, nil},
		"key with password": {
			ssh, "ssh: {identity: " + privateKey + ", knownHosts: " + knownHosts + ", password: hunter2}", nil,
		},
		"App":                      {git, app, nil},
		"App, said":                {git + ", provider: github", app, nil},
		"existing Secret":          {git, "existingSecretName: git-auth", nil},
		"existing Secret for ssh":  {ssh, "existingSecretName: git-auth", nil},
		"certificate authority":    {git, ca, nil},
		"password and authority":   {git, basic + ", " + ca, nil},
		"client certificate":       {git, "tls: {cert: " + certificate + ", key: " + privateKey + "}", nil},
		"registry":                 {oci, basic, nil},
		"registry with authority":  {oci, basic + ", " + ca, nil},
		"registry by Secret":       {oci, "existingSecretName: pull, " + ca, nil},
		"access key":               {bucket, access, nil},
		"access key and authority": {bucket, access + ", " + ca, nil},
		"access key for S3":        {bucket + ", provider: aws", access, nil},
		"Secret for Google":        {bucket + ", provider: gcp", "existingSecretName: account", nil},
		"all unknown":              {git, "basic: {username: <unknown>, password: <unknown>}", nil},
		"nothing":                  {git, "", hidden("", "must say how to sign in")},
		"two ways":                 {git, basic + ", " + token, hidden("", "got basic and bearerToken")},
		"token for a registry": {
			oci, token, hidden(".bearerToken", "which signs in with basic or existingSecretName"),
		},
		"key for a bucket":   {bucket, key, hidden(".ssh", "is not for the kind Bucket")},
		"access key for git": {git, access, hidden(".bucket", "is not for the kind GitRepository")},
		"password over ssh":  {ssh, basic, hidden(".basic", "give ssh or existingSecretName")},
		"key over https":     {git, key, hidden(".ssh", "a url with the scheme ssh")},
		"password for ECR":   {oci + ", provider: aws", basic, hidden(".basic", "identity of source-controller")},
		"Secret for CodeCommit": {
			git + ", provider: aws", "existingSecretName: s", hidden(".existingSecretName", "leave it out"),
		},
		"password for github": {git + ", provider: github", basic, hidden(".basic", "github takes githubApp")},
		"App for another": {
			git + ", provider: generic", app, hidden(".githubApp", "does not go with the provider generic"),
		},
		"access key for Google": {
			bucket + ", provider: gcp", access, hidden(".bucket", "for gcp give existingSecretName"),
		},
		"authority for ssh":         {ssh, key + ", " + ca, hidden(".tls", "is not for SSH")},
		"authority beside a Secret": {git, "existingSecretName: s, " + ca, hidden(".tls", "put ca.crt")},
		"authority for S3": {
			bucket + ", provider: aws", access + ", " + ca, hidden(".tls", "provider generic only"),
		},
		"certificate without key": {git, "tls: {cert: " + certificate + "}", hidden(".tls", "cert and key")},
		"no certificates":         {git, "tls: {}", hidden(".tls", "must hold ca")},
		"authority that is none":  {git, "tls: {ca: hunter2}", hidden(".tls.ca", "must be a certificate as PEM")},
		"key that is none": {
			ssh, "ssh: {identity: hunter2, knownHosts: " + knownHosts + "}",
			hidden(".ssh.identity", "private key as PEM"),
		},
		"key without hosts": {
			ssh, "ssh: {identity: " + privateKey + "}", hidden(".ssh.knownHosts", "is required"),
		},
		"hosts that are none": {
			ssh, "ssh: {identity: " + privateKey + ", knownHosts: git.example}",
			hidden(".ssh.knownHosts", "ssh-keyscan"),
		},
		"empty password": {
			git, "basic: {username: me, password: ''}", hidden(".basic.password", "must not be empty"),
		},
		"App by name": {
			git, "githubApp: {appId: hunter2, installationId: '2', privateKey: " + privateKey + "}",
			hidden(".githubApp.appId", "digits"),
		},
		"App without installation": {
			git, "githubApp: {appId: '1', privateKey: " + privateKey + "}",
			hidden(".githubApp", "one of installationId and"),
		},
		"App elsewhere over http": {
			git, "githubApp: {appId: '1', installationId: '2', baseUrl: http://x, privateKey: " + privateKey + "}",
			hidden(".githubApp.baseUrl", "scheme https"),
		},
		"misspelt": {
			git, "basic: {username: me, password: a, pasword: hunter2}", hidden(".basic.pasword", "is not an input"),
		},
		"not an object": {git, "basic: hunter2", hidden(".basic", "must be an object")},
		"bad name of a Secret": {
			git, "existingSecretName: My_Secret", hidden(".existingSecretName", "cannot name a Secret"),
		},
		"output where none can be": {git, "basic: <unknown>", hidden(".basic", "must be known while the program runs")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, validate(t, properties(t, "sync: {"+test.source+", auth: {"+test.auth+"}}")), test.want)
		})
	}
}

// TestValidateForVersion asks for what a version of Flux does not have yet.
func TestValidateForVersion(t *testing.T) {
	t.Parallel()
	const app = "auth: {githubApp: {appId: '1', installationOwner: acme, privateKey: " + privateKey + "}}"
	for name, test := range map[string]struct {
		version, sync string
		want          []refusal
	}{
		"CodeCommit": {"v2.9.0", "provider: aws", nil},
		"CodeCommit too early": {
			"v2.8.8", "provider: aws", []refusal{{"sync.provider", "needs Flux v2.9.0 or later; got v2.8.8"}},
		},
		"owner": {"v2.8.0", app, nil},
		"owner too early": {"v2.7.5", app, []refusal{
			{"sync.auth.githubApp.installationOwner (not shown)", "give installationId instead"},
		}},
		"no version": {"latest", "provider: aws", []refusal{{"version", `got "latest"`}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs := properties(t, "version: "+test.version+"\nsync: {url: https://git.example/r, "+test.sync+"}")
			refuses(t, validate(t, inputs), test.want)
		})
	}
}

// TestValidatePlaced lists what is refused of variables and Secrets.
func TestValidatePlaced(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		inputs string
		want   []refusal
	}{
		"variables": {"{clusterVariables: {A: b, _c: ''}, secretClusterVariables: {D: 'secret:e'}}", nil},
		"digit first": {
			"clusterVariables: {1A: b}",
			[]refusal{{`clusterVariables["1A"] (not shown)`, "does not begin with a digit"}},
		},
		"secret": {
			"clusterVariables: {A: 'secret:hunter2'}",
			[]refusal{{`clusterVariables["A"] (not shown)`, "secretClusterVariables"}},
		},
		"two lines": {
			"secretClusterVariables: {A: \"hunter2\\nb\"}",
			[]refusal{{`secretClusterVariables["A"] (not shown)`, "one line"}},
		},
		"in both": {
			"{clusterVariables: {A: b}, secretClusterVariables: {A: hunter2}}",
			[]refusal{{`secretClusterVariables["A"] (not shown)`, "is there already"}},
		},
		"secrets": {"secrets: {sops-age: {age.agekey: 'secret:k'}, pull: {.dockerconfigjson: <unknown>}}", nil},
		"bad name": {
			"secrets: {Sops: {a: hunter2}}", []refusal{{`secrets["Sops"] (not shown)`, "cannot name a Secret"}},
		},
		"bad key": {
			"secrets: {s: {a/b: hunter2}}", []refusal{{`secrets["s"]["a/b"] (not shown)`, "cannot be a key"}},
		},
		"no keys": {"secrets: {s: hunter2}", []refusal{{`secrets["s"] (not shown)`, "must be a map"}}},
		"the component's": {
			"secrets: {cluster-variables: {a: b}}",
			[]refusal{{`secrets["cluster-variables"] (not shown)`, "is made anyway"}},
		},
		"the sync's": {
			"{secrets: {apps-auth: {a: b}}, sync: {url: https://git.example/r, name: apps}}",
			[]refusal{{"sync.name", `"apps-auth" is among`}},
		},
		"nothing in there": {"{secrets: {}, clusterVariables: {}, secretClusterVariables: {}}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, validate(t, properties(t, test.inputs)), test.want)
		})
	}
}
