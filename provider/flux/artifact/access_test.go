package artifact_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
)

// TestPrivateRegistry needs a password and a certificate authority that nobody else knows.
func TestPrivateRegistry(t *testing.T) {
	t.Parallel()
	served := artifacttest.NewPrivate(t, "reader", "secret")
	want := push(t, served)
	trusted, err := parse(t, served.URL, false).WithCertificateAuthority(served.Certificate)
	if err != nil {
		t.Fatalf("reading the certificate: %v", err)
	}
	digest, err := trusted.WithCredentials("reader", "secret").Resolve(t.Context(), "v2.9.5")
	if err != nil || digest != want {
		t.Errorf("resolving: got %q (%v), want %q", digest, err, want)
	}
	if _, err := trusted.WithCredentials("reader", "secret").Pull(t.Context(), want, artifact.Cache{}); err != nil {
		t.Errorf("pulling: %v", err)
	}
	for name, repository := range map[string]artifact.Repository{
		"nobody": trusted, "a wrong password": trusted.WithCredentials("reader", "guess"),
	} {
		if _, err := repository.Resolve(t.Context(), "v2.9.5"); !errors.Is(err, artifact.ErrDenied) {
			t.Errorf("%s: got %v, want ErrDenied", name, err)
		}
	}
	stranger := parse(t, served.URL, false).WithCredentials("reader", "secret")
	const unknown = "certificate signed by unknown authority"
	if _, err := stranger.Resolve(t.Context(), "v2.9.5"); err == nil || !strings.Contains(err.Error(), unknown) {
		t.Errorf("unknown certificate: got %v, want %q", err, unknown)
	}
	if _, err := stranger.WithCertificateAuthority("hello"); err == nil {
		t.Error("no certificate: got no error")
	}
}

func TestTagCache(t *testing.T) {
	t.Parallel()
	served := artifacttest.New(t)
	repository, cache := parse(t, served.URL, true), artifact.Cache{Directory: t.TempDir()}
	if digest, ok := cache.Tag(repository, "v2.9.5"); ok {
		t.Errorf("empty cache: got %s", digest)
	}
	cache.WriteTag(repository, "v2.9.5", missingDigest)
	if digest, ok := cache.Tag(repository, "v2.9.5"); !ok || digest != missingDigest {
		t.Errorf("got %q (%t), want %q", digest, ok, missingDigest)
	}
	if digest, ok := cache.Tag(repository, "v2.9.4"); ok {
		t.Errorf("another tag: got %s", digest)
	}
	cache.WriteTag(repository, "v2.9.5", "../../etc/passwd")
	if digest, ok := cache.Tag(repository, "v2.9.5"); ok {
		t.Errorf("not a digest: got %s", digest)
	}
	artifact.Cache{}.WriteTag(repository, "v2.9.5", missingDigest)
}
