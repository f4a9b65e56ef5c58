package registry_test

import (
	"archive/tar"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/registry"
)

const components = "---\n# manifests\nkind: Namespace\n"

// start starts a registry with one version of Flux and returns its repository and the key that it signs with.
func start(t *testing.T) (name.Repository, *ecdsa.PrivateKey) {
	t.Helper()
	tools := t.TempDir()
	dir := filepath.Join(tools, "flux-manifests", "v2.9.5")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "gotk-components.yaml"), []byte(components), 0o600); err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	handler, versions, err := registry.New(tools, key)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"v2.9.5"}, versions); diff != "" {
		t.Error(diff)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	repository, err := name.NewRepository(host + "/" + registry.FluxRepository)
	if err != nil {
		t.Fatal(err)
	}
	return repository, key
}

// pull pulls an image over the network.
func pull(t *testing.T, reference name.Reference) v1.Image {
	t.Helper()
	image, err := remote.Image(reference, remote.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// flux pulls the one version of Flux from a registry of its own.
func flux(t *testing.T) v1.Image {
	t.Helper()
	repository, _ := start(t)
	return pull(t, repository.Tag("v2.9.5"))
}

func TestManifestIsFluxes(t *testing.T) {
	t.Parallel()
	manifest, err := flux(t).Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Layers) != 1 {
		t.Fatalf("got %d layers, want 1", len(manifest.Layers))
	}
	type shape struct {
		Manifest, Config, Layer types.MediaType
		Annotations             map[string]string
	}
	got := shape{manifest.MediaType, manifest.Config.MediaType, manifest.Layers[0].MediaType, manifest.Annotations}
	want := shape{
		Manifest: "application/vnd.oci.image.manifest.v1+json",
		Config:   "application/vnd.cncf.flux.config.v1+json",
		Layer:    "application/vnd.cncf.flux.content.v1.tar+gzip",
		Annotations: map[string]string{
			"org.opencontainers.image.created":  "1970-01-01T00:00:00Z",
			"org.opencontainers.image.source":   "https://github.com/fluxcd/flux2.git",
			"org.opencontainers.image.revision": "v2.9.5@sha1:d9c31ee4db67395e38301ba6e973019ed1c31a83",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLayerHasFluxesEntries(t *testing.T) {
	t.Parallel()
	layers, err := flux(t).Layers()
	if err != nil {
		t.Fatal(err)
	}
	// Compressed gives the blob as it is stored: the library does not look into media types it does not know.
	blob, err := layers[0].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = blob.Close() }()
	uncompressed, err := gzip.NewReader(blob)
	if err != nil {
		t.Fatal(err)
	}
	type entry struct {
		Name     string
		Type     byte
		Mode     int64
		UID, GID int
		Modified time.Time
		Content  string
	}
	var got []entry
	for archive := tar.NewReader(uncompressed); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, entry{
			header.Name, header.Typeflag, header.Mode, header.Uid, header.Gid, header.ModTime.UTC(), string(content),
		})
	}
	want := []entry{
		{Name: ".", Type: tar.TypeDir, Mode: 0o755, Modified: time.Unix(0, 0).UTC()},
		{Name: "gotk-components.yaml", Type: tar.TypeReg, Mode: 0o644, Modified: time.Unix(0, 0).UTC(), Content: components},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDigestIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	first, err := flux(t).Digest()
	if err != nil {
		t.Fatal(err)
	}
	second, err := flux(t).Digest()
	if err != nil {
		t.Fatal(err)
	}
	if first != second {
		t.Errorf("got %s and then %s", first, second)
	}
}

// TestSigned looks for the signature as cosign does, and checks it without the code that the provider checks with.
func TestSigned(t *testing.T) {
	t.Parallel()
	repository, key := start(t)
	digest, err := pull(t, repository.Tag("v2.9.5")).Digest()
	if err != nil {
		t.Fatal(err)
	}
	signature := pull(t, repository.Tag("sha256-"+digest.Hex+".sig"))
	manifest, err := signature.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	layers, err := signature.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("layers: got %d (%v), want 1", len(layers), err)
	}
	blob, err := layers[0].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = blob.Close() }()
	payload, err := io.ReadAll(blob)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(payload), `"docker-manifest-digest":"`+digest.String()+`"`) {
		t.Errorf("the signature is not one of %s: %s", digest, payload)
	}
	signed, err := base64.StdEncoding.DecodeString(manifest.Layers[0].Annotations["dev.cosignproject.cosign/signature"])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(payload)
	if !ecdsa.VerifyASN1(&key.PublicKey, sum[:], signed) {
		t.Error("the signature is not one of the key")
	}
}
