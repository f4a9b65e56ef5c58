package artifact

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// TestECR signs in with a program that plays aws, once for each registry.
func TestECR(t *testing.T) {
	folder := t.TempDir()
	calls := filepath.Join(folder, "calls")
	script := "#!/bin/sh\necho \"$@\" >> " + calls + "\ncase \"$*\" in *eu-north-1) echo denied >&2; exit 1;; esac\n" +
		"echo \"password of $4\"\n"
	if err := os.WriteFile(filepath.Join(folder, "aws"), []byte(script), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	keychain := &ecr{known: map[string]ecrPassword{}}
	const account = "123456789012.dkr.ecr."
	for _, test := range []struct {
		host, password, fails string
	}{
		{host: "ghcr.io"},
		{host: "public.ecr.aws"},
		{host: "123.dkr.ecr.eu-west-1.amazonaws.com"},
		{host: account + "eu-west-1.amazonaws.com.example"},
		{host: account + "eu-west-1.amazonaws.com", password: "password of eu-west-1"},
		{host: account + "eu-west-1.amazonaws.com", password: "password of eu-west-1"},
		{host: account + "cn-north-1.amazonaws.com.cn", password: "password of cn-north-1"},
		{host: "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", password: "password of us-gov-west-1"},
		{host: account + "eu-north-1.amazonaws.com", fails: "denied (give artifact.auth, or let aws sign in)"},
	} {
		registry, err := name.NewRegistry(test.host)
		if err != nil {
			t.Fatal(err)
		}
		found, err := keychain.ResolveContext(t.Context(), registry)
		if test.fails != "" {
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%s: got %v, want an error with %q", test.host, err, test.fails)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.host, err)
			continue
		}
		config, err := found.Authorization()
		if err != nil {
			t.Fatal(err)
		}
		want := authn.AuthConfig{}
		if test.password != "" {
			want = authn.AuthConfig{Username: "AWS", Password: test.password}
		}
		if diff := cmp.Diff(want, *config); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.host, diff)
		}
	}
	printed, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	const login = "ecr get-login-password --region "
	want := []string{login + "eu-west-1", login + "cn-north-1", login + "us-gov-west-1", login + "eu-north-1"}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(string(printed)), "\n")); diff != "" {
		t.Errorf("calls of aws (-want +got):\n%s", diff)
	}
}
