package artifact_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
)

const (
	issuer  = "https://token.actions.githubusercontent.com"
	subject = "https://github.com/fluxcd/flux2/.github/workflows/release.yaml@refs/tags/v2.9.5"
)

// keyless returns a verifier that accepts the release workflow of Flux, vouched for by the given Sigstore.
func keyless(t *testing.T, sigstore *artifacttest.Sigstore, more ...artifact.Identity) *artifact.Verifier {
	t.Helper()
	roots, err := artifact.FixedRoots(sigstore.TrustedRoot(t))
	if err != nil {
		t.Fatalf("reading the trusted root: %v", err)
	}
	if more == nil {
		more = []artifact.Identity{{Issuer: issuer, Subject: subject}}
	}
	verifier, err := artifact.ByIdentity(more, roots)
	if err != nil {
		t.Fatalf("making a verifier: %v", err)
	}
	return verifier
}

func byKey(t *testing.T, pem string) *artifact.Verifier {
	t.Helper()
	verifier, err := artifact.ByKey(pem)
	if err != nil {
		t.Fatalf("making a verifier: %v", err)
	}
	return verifier
}

// push puts a small artifact into a registry.
func push(t *testing.T, registry *artifacttest.Registry) string {
	t.Helper()
	layer := artifacttest.Archive(t, []tar.Header{file("a.yaml")}, []byte("kind: Namespace\n"))
	return registry.Push(t, "v2.9.5", artifacttest.Artifact(t, layer))
}

// TestVerify gives each form of each kind of signature, and everything that can be wrong with one.
func TestVerify(t *testing.T) {
	t.Parallel()
	sigstore, other := artifacttest.NewSigstore(t), artifacttest.NewSigstore(t)
	key, otherKey := artifacttest.Key(t), artifacttest.Key(t)
	release := artifacttest.Signing{Sigstore: sigstore, Issuer: issuer, Subject: subject}
	change := func(edit func(s *artifacttest.Signing)) artifacttest.Signing {
		changed := release
		edit(&changed)
		return changed
	}
	spoil := func(edit func(annotations map[string]string)) artifacttest.Signing {
		return change(func(s *artifacttest.Signing) { s.Change = edit })
	}
	fork := strings.Replace(subject, "fluxcd/flux2", "mallory/flux2", 1)
	identity, publicKey := keyless(t, sigstore), byKey(t, artifacttest.PublicKey(t, key))
	for name, test := range map[string]struct {
		verifier *artifact.Verifier
		// signings are stored in both forms, one after the other, in registries of their own.
		signings []artifacttest.Signing
		// only is the form in which alone the case makes sense.
		only string
		want error
		says string
	}{
		"keyless": {verifier: identity, signings: []artifacttest.Signing{release}},
		"key":     {verifier: publicKey, signings: []artifacttest.Signing{{Key: key}}},
		"by a pattern of subjects": {
			verifier: keyless(t, sigstore, artifact.Identity{
				Issuer: issuer, SubjectRegExp: `https://github\.com/fluxcd/flux2/.*@refs/tags/v2\.9\.\d+`,
			}),
			signings: []artifacttest.Signing{release},
		},
		"by one of two identities": {
			verifier: keyless(t, sigstore,
				artifact.Identity{Issuer: issuer, Subject: fork}, artifact.Identity{Issuer: issuer, Subject: subject}),
			signings: []artifacttest.Signing{release},
		},
		"one good among bad ones": {
			verifier: identity,
			signings: []artifacttest.Signing{
				{Key: key}, change(func(s *artifacttest.Signing) { s.Subject = fork }), release,
			},
		},
		"unsigned": {verifier: identity, want: artifact.ErrUnsigned, says: "the registry holds no signature of"},
		"another identity": {
			verifier: identity,
			signings: []artifacttest.Signing{change(func(s *artifacttest.Signing) { s.Subject = fork })},
			says:     "was made by " + fork + " (issuer " + issuer + "), and not by " + subject + " (issuer " + issuer + ")",
		},
		"another issuer": {
			verifier: identity,
			signings: []artifacttest.Signing{change(func(s *artifacttest.Signing) { s.Issuer = "https://mallory.example" })},
			says:     "was made by " + subject + " (issuer https://mallory.example), and not by",
		},
		"a pattern that matches a part": {
			verifier: keyless(t, sigstore, artifact.Identity{Issuer: issuer, SubjectRegExp: "https://github.com/fluxcd/flux2"}),
			signings: []artifacttest.Signing{release},
			says:     "and not by whoever matches https://github.com/fluxcd/flux2",
		},
		"another image": {
			verifier: identity,
			signings: []artifacttest.Signing{change(func(s *artifacttest.Signing) { s.Claim = missingDigest })},
			says:     "is one of another image: " + missingDigest,
		},
		"another image, with the key": {
			verifier: publicKey, signings: []artifacttest.Signing{{Key: key, Claim: missingDigest}},
			says: "is one of another image: " + missingDigest,
		},
		"another key": {
			verifier: publicKey, signings: []artifacttest.Signing{{Key: otherKey}}, says: "was not made with the public key",
		},
		"a key instead of an identity": {
			verifier: identity, signings: []artifacttest.Signing{{Key: key}}, says: "was made with a key, and not by " + subject,
		},
		"an identity instead of a key": {
			verifier: publicKey, signings: []artifacttest.Signing{release},
			says: "was made without a key, and not with that of the public key",
		},
		"another Sigstore": {
			verifier: identity,
			signings: []artifacttest.Signing{change(func(s *artifacttest.Signing) { s.Sigstore = other })},
			says:     "is not genuine: failed to verify log inclusion",
		},
		"not in the log": {
			verifier: identity,
			signings: []artifacttest.Signing{change(func(s *artifacttest.Signing) { s.WithoutLog = true })},
			says:     "is not genuine: failed to verify log inclusion",
		},
		"certificate not in the log": {
			verifier: identity,
			signings: []artifacttest.Signing{change(func(s *artifacttest.Signing) { s.WithoutSCT = true })},
			says:     "is not genuine: failed to verify signed certificate timestamp",
		},
		"after the certificate's end": {
			verifier: identity,
			signings: []artifacttest.Signing{change(func(s *artifacttest.Signing) { s.Late = true })},
			says:     "is not genuine: failed to verify log inclusion: integrated time outside certificate validity",
		},
		"an attestation": {
			verifier: identity, only: "bundle",
			signings: []artifacttest.Signing{
				change(func(s *artifacttest.Signing) { s.Predicate = "https://cosign.sigstore.dev/attestation/vuln/v1" }),
			},
			says: `is an attestation of type "https://cosign.sigstore.dev/attestation/vuln/v1", want a signature`,
		},
		"no signature in base64": {
			verifier: identity, only: "tag",
			signings: []artifacttest.Signing{spoil(func(annotations map[string]string) {
				annotations["dev.cosignproject.cosign/signature"] = "?"
			})},
			says: "cannot be read: its annotation dev.cosignproject.cosign/signature is not a signature in base64",
		},
		"another signature": {
			verifier: publicKey, only: "tag",
			signings: []artifacttest.Signing{{Key: key, Change: func(annotations map[string]string) {
				annotations["dev.cosignproject.cosign/signature"] = "AAAA"
			}}},
			says: "was not made with the public key",
		},
		"no certificate in PEM": {
			verifier: identity, only: "tag",
			signings: []artifacttest.Signing{spoil(func(annotations map[string]string) {
				annotations["dev.sigstore.cosign/certificate"] = "?"
			})},
			says: "cannot be read: its annotation dev.sigstore.cosign/certificate is not a certificate in PEM",
		},
		"no entry of the log": {
			verifier: identity, only: "tag",
			signings: []artifacttest.Signing{spoil(func(annotations map[string]string) {
				annotations["dev.sigstore.cosign/bundle"] = `{"Payload": {"body": "e30="}}`
			})},
			says: "cannot be read: its annotation dev.sigstore.cosign/bundle cannot be read: it has no SignedEntryTimestamp",
		},
	} {
		want := test.want
		if want == nil && test.says != "" {
			want = artifact.ErrUntrusted
		}
		for form, sign := range map[string]func(*artifacttest.Registry, string, artifacttest.Signing){
			"tag": func(r *artifacttest.Registry, digest string, s artifacttest.Signing) { r.Sign(t, digest, s) },
			"bundle": func(r *artifacttest.Registry, digest string, s artifacttest.Signing) {
				r.SignBundle(t, digest, s)
			},
			"bundle behind a tag": func(r *artifacttest.Registry, digest string, s artifacttest.Signing) {
				r.SignBundle(t, digest, s)
			},
		} {
			if test.only != "" && !strings.HasPrefix(form, test.only) {
				continue
			}
			t.Run(name+", "+form, func(t *testing.T) {
				t.Parallel()
				served := artifacttest.New(t, registry.WithReferrersSupport(form == "bundle"))
				digest := push(t, served)
				for _, signing := range test.signings {
					sign(served, digest, signing)
				}
				cache := artifact.Cache{Directory: t.TempDir()}
				_, err := parse(t, served.URL, true).Verify(t.Context(), digest, test.verifier, cache)
				if !errors.Is(err, want) || err != nil && !strings.Contains(err.Error(), test.says) {
					t.Errorf("got %v, want %v with %q", err, want, test.says)
				}
				if kept, _ := filepath.Glob(filepath.Join(cache.Directory, "*", "*")); want != nil && len(kept) > 0 {
					t.Errorf("the cache keeps what was refused: %v", kept)
				}
			})
		}
	}
}

// TestVerifyTampered changes what the registry stores of a signature on its way.
func TestVerifyTampered(t *testing.T) {
	t.Parallel()
	sigstore := artifacttest.NewSigstore(t)
	served := artifacttest.New(t)
	digest := push(t, served)
	served.Sign(t, digest, artifacttest.Signing{Sigstore: sigstore, Issuer: issuer, Subject: subject})
	url := served.Tampering(t, func(body []byte) []byte {
		return bytes.Replace(body, []byte(`"docker-reference"`), []byte(`"Docker-reference"`), 1)
	})
	_, err := parse(t, url, true).Verify(t.Context(), digest, keyless(t, sigstore), artifact.Cache{})
	if !errors.Is(err, artifact.ErrUntrusted) || !errors.Is(err, artifact.ErrTampered) {
		t.Errorf("got %v, want ErrUntrusted because of ErrTampered", err)
	}
}

// TestVerifyFromCache needs no registry for a signature that was accepted before, and believes the cache nothing.
func TestVerifyFromCache(t *testing.T) {
	t.Parallel()
	sigstore := artifacttest.NewSigstore(t)
	served := artifacttest.New(t)
	digest := push(t, served)
	served.Sign(t, digest, artifacttest.Signing{Sigstore: sigstore, Issuer: issuer, Subject: subject})
	repository, cache := parse(t, served.URL, true), artifact.Cache{Directory: t.TempDir()}
	for _, from := range []string{"registry", "cache"} {
		signer, err := repository.Verify(t.Context(), digest, keyless(t, sigstore), cache)
		if want := subject + " (issuer " + issuer + ")"; err != nil || signer != want {
			t.Errorf("from the %s: got %q (%v), want %q", from, signer, err, want)
		}
		served.Stop()
	}
	for name, verifier := range map[string]*artifact.Verifier{
		"another Sigstore": keyless(t, artifacttest.NewSigstore(t)),
		"another identity": keyless(t, sigstore, artifact.Identity{Issuer: issuer, Subject: "somebody"}),
	} {
		if _, err := repository.Verify(t.Context(), digest, verifier, cache); !errors.Is(err, artifact.ErrUnreachable) {
			t.Errorf("%s: got %v, want ErrUnreachable", name, err)
		}
	}
	kept, err := filepath.Glob(filepath.Join(cache.Directory, "signatures", "*.json"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept signatures: got %v (%v), want one", kept, err)
	}
	// The signature of one image in the place of another's.
	renamed := filepath.Join(filepath.Dir(kept[0]), strings.ReplaceAll(missingDigest, ":", "-")+".json")
	if err := os.Rename(kept[0], renamed); err != nil {
		t.Fatal(err)
	}
	_, err = repository.Verify(t.Context(), missingDigest, keyless(t, sigstore), cache)
	if !errors.Is(err, artifact.ErrUnreachable) {
		t.Errorf("renamed signature: got %v, want ErrUnreachable", err)
	}
}

func TestVerifyWithoutRegistry(t *testing.T) {
	t.Parallel()
	served := artifacttest.New(t)
	digest := push(t, served)
	served.Stop()
	verifier := byKey(t, artifacttest.PublicKey(t, artifacttest.Key(t)))
	_, err := parse(t, served.URL, true).Verify(t.Context(), digest, verifier, artifact.Cache{})
	if !errors.Is(err, artifact.ErrUnreachable) {
		t.Errorf("got %v, want ErrUnreachable", err)
	}
}

func TestVerifiersRefuse(t *testing.T) {
	t.Parallel()
	for name, pem := range map[string]string{
		"nothing":     "",
		"no PEM":      "ssh-ed25519 AAAA",
		"private key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
	} {
		if _, err := artifact.ByKey(pem); err == nil {
			t.Errorf("key from %s: got no error", name)
		}
	}
	for name, text := range map[string]string{
		"nothing":      "",
		"no JSON":      "hello",
		"another form": `{"mediaType": "application/json"}`,
		"nobody":       `{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`,
	} {
		if _, err := artifact.FixedRoots(text); err == nil {
			t.Errorf("roots from %s: got no error", name)
		}
	}
	for name, identity := range map[string]artifact.Identity{
		"no issuer":   {Subject: subject},
		"no subject":  {Issuer: issuer},
		"bad pattern": {Issuer: issuer, SubjectRegExp: "("},
	} {
		if _, err := artifact.ByIdentity([]artifact.Identity{identity}, nil); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
