package construct

import (
	"archive/tar"
	"bytes"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
)

// TestArtifactRefused gives artifacts that must not be used: each is refused in a preview, at its own path and with its
// own reason, and nothing is registered.
func TestArtifactRefused(t *testing.T) {
	t.Parallel()
	sigstore := artifacttest.NewSigstore(t)
	release := artifacttest.Signing{
		Sigstore: sigstore, Issuer: "https://token.actions.githubusercontent.com",
		Subject: "https://github.com/fluxcd/flux2/.github/workflows/release.yaml@refs/tags/" + fluxVersion,
	}
	changed := func(edit func(signing *artifacttest.Signing)) *artifacttest.Signing {
		signing := release
		edit(&signing)
		return &signing
	}
	archive := func(header tar.Header) v1.Image {
		return artifacttest.Artifact(t, artifacttest.Archive(t, []tar.Header{header}, []byte("kind: Namespace\n")))
	}
	zeros := bytes.Repeat([]byte{0}, 65<<20)
	bomb := artifacttest.Archive(t, []tar.Header{{Name: "a.yaml", Typeflag: tar.TypeReg}}, zeros)
	const verify = "flux.artifact.verify (not shown)"
	tests := map[string]struct {
		image   v1.Image
		signing *artifacttest.Signing
		digest  string
		tamper  func(body []byte) []byte
		path    string
		want    string
	}{
		"unsigned": {path: verify, want: "asks for a signature that there is none of; sign the artifact"},
		"another identity": {
			signing: changed(func(s *artifacttest.Signing) { s.Subject = "https://github.com/mallory/flux2" }),
			path:    verify, want: "was made by https://github.com/mallory/flux2 (issuer",
		},
		"another version's identity": {
			signing: changed(func(s *artifacttest.Signing) {
				s.Subject = strings.Replace(s.Subject, fluxVersion, "v2.9.4", 1)
			}),
			path: verify, want: "release.yaml@refs/tags/v2.9.4 (issuer",
		},
		"another image": {
			signing: changed(func(s *artifacttest.Signing) { s.Claim = "sha256:" + strings.Repeat("1", 64) }),
			path:    verify, want: "is one of another image: sha256:1111",
		},
		"another digest": {
			digest: "sha256:" + strings.Repeat("2", 64),
			path:   verify, want: "the registry holds no signature of",
		},
		"a tampered layer": {
			signing: &release,
			tamper: func(body []byte) []byte {
				if len(body) > 10_000 {
					body[5000] ^= 1
				}
				return body
			},
			path: "flux.artifact.url", want: "serves something else than what it is asked for",
		},
		"another release under the tag": {
			image: artifacttest.Flux(t, "v2.9.4"), signing: &release,
			path: "flux.version", want: "is v2.9.5, but the artifact",
		},
		"a truncated archive": {
			image: artifacttest.Artifact(t, bomb[:len(bomb)/2]), signing: &release,
			path: "flux.artifact.url", want: "unexpected EOF",
		},
		"a bomb": {
			image: artifacttest.Artifact(t, bomb), signing: &release,
			path: "flux.artifact.url", want: "it unpacks to more than the limit of 67108864 bytes",
		},
		"a path that climbs out": {
			image: archive(tar.Header{Name: "../a.yaml", Typeflag: tar.TypeReg}), signing: &release,
			path: "flux.artifact.url", want: `its archive has the entry "../a.yaml", which points outside`,
		},
		"a symbolic link": {
			image:   archive(tar.Header{Name: "a.yaml", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}),
			signing: &release,
			path:    "flux.artifact.url", want: "only files and folders are accepted",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := artifacttest.New(t)
			image := test.image
			if image == nil {
				image = artifacttest.Flux(t, fluxVersion)
			}
			// The cache of artifacts is that of all tests: what one has seen must not help another.
			image, ok := mutate.Annotations(image, map[string]string{"test": t.Name(), "url": registry.URL}).(v1.Image)
			if !ok {
				t.Fatal("an image with annotations is no image")
			}
			digest := registry.Push(t, fluxVersion, image)
			if test.signing != nil {
				registry.Sign(t, digest, *test.signing)
			}
			given := map[string]property.Value{
				"url": property.New(registry.URL), "insecure": property.New(true),
				"verify": object(map[string]property.Value{"trustedRoot": property.New(sigstore.TrustedRoot(t))}),
			}
			if test.tamper != nil {
				given["url"] = property.New(registry.Tampering(t, test.tamper))
			}
			if test.digest != "" {
				given["digest"] = property.New(test.digest)
			}
			got := refusal(t, "GitOpsCluster", map[string]property.Value{
				"flux": object(map[string]property.Value{"artifact": object(given)}),
			})
			if len(got) != 1 || !strings.HasPrefix(got[0], test.path+": ") || !strings.Contains(got[0], test.want) {
				t.Errorf("property errors: got %q, want %s: … %s …", got, test.path, test.want)
			}
		})
	}
}
