package flux_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
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
		"ssh url":   {syncOf(one("url", "ssh://git@github.com/o/r")), nil},
		"http url":  {syncOf(one("url", "http://127.0.0.1:80/git/r.git")), nil},
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
			syncOf(one("kind", "Bucket")),
			[]refusal{{"sync.kind", `must be one of GitRepository; got "Bucket"`}},
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
