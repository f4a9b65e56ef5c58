package flux

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
)

// releaseBy signs as the workflow does that releases Flux.
func releaseBy(sigstore *artifacttest.Sigstore) artifacttest.Signing {
	return artifacttest.Signing{Sigstore: sigstore, Issuer: releaseIssuer, Subject: releaseWorkflow + DefaultVersion}
}

// own pushes an artifact that no other test has, because the cache is that of all tests.
func own(t *testing.T, registry *artifacttest.Registry) string {
	t.Helper()
	image, ok := mutate.Annotations(artifacttest.Flux(t, DefaultVersion), map[string]string{"test": t.Name()}).(v1.Image)
	if !ok {
		t.Fatal("an image with annotations is no image")
	}
	return registry.Push(t, DefaultVersion, image)
}

func TestResolve(t *testing.T) {
	t.Parallel()
	sigstore := artifacttest.NewSigstore(t)
	key := artifacttest.Key(t)
	roots, pem := sigstore.TrustedRoot(t), artifacttest.PublicKey(t, key)
	offline := &FluxVerificationSpec{TrustedRoot: &roots}
	byKey := &FluxVerificationSpec{PublicKey: &pem}
	fork := "https://github.com/mallory/flux2/.github/workflows/release.yaml@refs/tags/" + DefaultVersion
	stranger := releaseBy(sigstore)
	stranger.Subject = fork
	for name, test := range map[string]struct {
		verify  *FluxVerificationSpec
		signing *artifacttest.Signing
		edit    func(t *testing.T, registry *artifacttest.Registry, spec *FluxArtifactSpec)
		preview bool
		// path and reason are those of the one violation, if there is one.
		path, reason string
		warning      string
		signer       string
	}{
		"a repository of somebody's own": {},
		"signed keyless": {
			verify: offline, signing: new(releaseBy(sigstore)), signer: releaseWorkflow + DefaultVersion,
		},
		"signed with a key":  {verify: byKey, signing: &artifacttest.Signing{Key: key}, signer: "the public key"},
		"not to be verified": {verify: &FluxVerificationSpec{Enabled: new(false)}},
		"unsigned": {
			verify: offline, path: "flux.artifact.verify (not shown)", reason: "asks for a signature that there is none of",
		},
		"unsigned in a preview": {
			verify: offline, preview: true, path: "flux.artifact.verify (not shown)", reason: "the registry holds no signature",
		},
		"signed by somebody else": {
			verify: offline, signing: &stranger, path: "flux.artifact.verify (not shown)",
			reason: "was made by " + fork,
		},
		"registry down": {
			edit: func(_ *testing.T, registry *artifacttest.Registry, _ *FluxArtifactSpec) { registry.Stop() },
			path: "flux.artifact.url", reason: "cannot be reached; try again",
		},
		"registry down in a preview": {
			edit:    func(_ *testing.T, registry *artifacttest.Registry, _ *FluxArtifactSpec) { registry.Stop() },
			preview: true, path: "flux.artifact.url", reason: "cannot be reached; try again",
		},
		"registry down in a preview, digest known": {
			verify: offline,
			edit: func(_ *testing.T, registry *artifacttest.Registry, spec *FluxArtifactSpec) {
				spec.Digest = new("sha256:" + strings.Repeat("0", 64))
				registry.Stop()
			},
			preview: true, warning: "the Flux artifact could not be looked at",
		},
		"tampered": {
			edit: func(t *testing.T, registry *artifacttest.Registry, spec *FluxArtifactSpec) {
				t.Helper()
				spec.URL = new(registry.Tampering(t, func(body []byte) []byte {
					if len(body) > 10_000 {
						body[5000] ^= 1
					}
					return body
				}))
			},
			preview: true, path: "flux.artifact.url", reason: "serves something else than what it is asked for",
		},
		"a digest that is not there": {
			edit: func(_ *testing.T, _ *artifacttest.Registry, spec *FluxArtifactSpec) {
				spec.Digest = new("sha256:" + strings.Repeat("1", 64))
			},
			path: "flux.artifact.digest", reason: "is not in the registry",
		},
		"the digest of something else": {
			edit: func(t *testing.T, registry *artifacttest.Registry, spec *FluxArtifactSpec) {
				t.Helper()
				spec.Digest = new(registry.Push(t, "v2.9.4", artifacttest.Flux(t, "v2.9.4")))
			},
			path: "flux.version", reason: "is v2.9.5, but the artifact",
		},
		"a password that a preview does not know": {
			edit:    func(_ *testing.T, _ *artifacttest.Registry, spec *FluxArtifactSpec) { spec.Auth = unknownAuth() },
			preview: true, path: "flux.artifact.auth (not shown)", reason: "is not known in this preview",
		},
		"a password that a preview does not know, digest known": {
			edit: func(_ *testing.T, _ *artifacttest.Registry, spec *FluxArtifactSpec) {
				spec.Auth = unknownAuth()
				spec.Digest = new("sha256:" + strings.Repeat("2", 64))
			},
			preview: true, warning: "the name or password for its registry is not known in this preview",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := artifacttest.New(t)
			digest := own(t, registry)
			if test.signing != nil {
				registry.Sign(t, digest, *test.signing)
			}
			spec := FluxArtifactSpec{URL: &registry.URL, Insecure: new(true), Verify: test.verify}
			if test.edit != nil {
				test.edit(t, registry, &spec)
			}
			got, found := Resolve(t.Context(), "flux", FluxSpec{Artifact: &spec}, test.preview)
			if test.path != "" {
				if len(found) != 1 || found[0].Path != test.path || !strings.Contains(found[0].Reason, test.reason) {
					t.Fatalf("got %v, want %s: … %s …", found, test.path, test.reason)
				}
				return
			}
			if len(found) > 0 {
				t.Fatalf("got %v, want it accepted", found)
			}
			if warnings := strings.Join(got.Warnings, "\n"); !strings.Contains(warnings, test.warning) ||
				test.warning == "" && warnings != "" {
				t.Errorf("warnings: got %q, want %q", warnings, test.warning)
			}
			if test.warning == "" && (got.Digest != digest || len(got.Images) != 4) {
				t.Errorf("got digest %s and images %v, want %s and four", got.Digest, got.Images, digest)
			}
			if !strings.HasPrefix(got.VerifiedBy, test.signer) || test.signer == "" && got.VerifiedBy != "" {
				t.Errorf("verified by: got %q, want %q", got.VerifiedBy, test.signer)
			}
		})
	}
}

func unknownAuth() *FluxArtifactAuthSpec {
	unknown := pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) string { return "" })
	password, _ := unknown.(pulumi.StringOutput)
	return &FluxArtifactAuthSpec{Username: pulumi.String("reader"), Password: password}
}

// TestResolveFromCache previews without a registry what it has seen before, says so, and updates nothing.
func TestResolveFromCache(t *testing.T) {
	t.Parallel()
	sigstore := artifacttest.NewSigstore(t)
	registry := artifacttest.New(t)
	digest := own(t, registry)
	registry.Sign(t, digest, releaseBy(sigstore))
	spec := FluxSpec{Artifact: &FluxArtifactSpec{
		URL: &registry.URL, Insecure: new(true), Verify: &FluxVerificationSpec{TrustedRoot: new(sigstore.TrustedRoot(t))},
	}}
	want, found := Resolve(t.Context(), "flux", spec, false)
	if len(found) > 0 {
		t.Fatal(found)
	}
	registry.Stop()
	got, found := Resolve(t.Context(), "flux", spec, true)
	if len(found) > 0 || got.Digest != want.Digest || got.VerifiedBy != want.VerifiedBy || len(got.Images) != 4 {
		t.Errorf("in a preview: got %+v (%v), want %+v", got, found, want)
	}
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "this preview takes v2.9.5 to stand for "+digest) {
		t.Errorf("warnings: got %q, want one that says where the digest is from", got.Warnings)
	}
	if _, found := Resolve(t.Context(), "flux", spec, false); len(found) != 1 || found[0].Path != "flux.artifact.url" {
		t.Errorf("in an update: got %v, want flux.artifact.url refused", found)
	}
}

// TestVerifiedByDefault keeps the repositories of the Flux project from being used unverified by accident.
func TestVerifiedByDefault(t *testing.T) {
	t.Parallel()
	for url, official := range map[string]bool{
		OfficialArtifact:                             true,
		"oci://GHCR.io/fluxcd/flux-manifests":        true,
		"oci://docker.io/fluxcd/flux-manifests":      true,
		"oci://mirror.example/fluxcd/flux-manifests": false,
	} {
		for _, test := range []struct {
			verify *FluxVerificationSpec
			want   bool
		}{
			{nil, official},
			{&FluxVerificationSpec{}, true},
			{&FluxVerificationSpec{Enabled: new(true)}, true},
			{&FluxVerificationSpec{Enabled: new(false)}, false},
		} {
			spec := FluxSpec{Artifact: &FluxArtifactSpec{URL: &url, Verify: test.verify}}
			if got := spec.verifies(); got != test.want {
				t.Errorf("%s with %+v: verified = %t, want %t", url, test.verify, got, test.want)
			}
			if warned := len(spec.unverified("sha256:1")) > 0; warned != (official && !test.want) {
				t.Errorf("%s with %+v: warned = %t", url, test.verify, warned)
			}
		}
	}
}
