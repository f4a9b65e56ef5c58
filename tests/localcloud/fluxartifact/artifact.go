// Package fluxartifact makes the OCI artifact of Flux's manifests as Flux itself publishes it.
package fluxartifact

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1" //nolint:gosec // names a revision the way git does, protects nothing
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The media types of an artifact of Flux.
const (
	configMediaType  types.MediaType = "application/vnd.cncf.flux.config.v1+json"
	contentMediaType types.MediaType = "application/vnd.cncf.flux.content.v1.tar+gzip"
)

// ComponentsFile is the only file in an artifact of `fluxcd/flux-manifests`.
const ComponentsFile = "gotk-components.yaml"

// created is written into the artifacts instead of the time of their making, so that the same manifests always have the
// same digest.
var created = time.Unix(0, 0).UTC()

// New makes the artifact that Flux publishes for a release: one layer with a folder "." and the manifests in it. What
// cannot be known here is the commit that the release was built from; its place in the revision is taken by the SHA-1
// of the manifests.
func New(version string, components []byte) (v1.Image, error) {
	content, err := archive(components)
	if err != nil {
		return nil, fmt.Errorf("packing Flux %s: %w", version, err)
	}
	layer, err := tarball.LayerFromOpener(
		func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
		tarball.WithMediaType(contentMediaType))
	if err != nil {
		return nil, fmt.Errorf("reading the layer of Flux %s: %w", version, err)
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), configMediaType)
	image, err = mutate.Append(image, mutate.Addendum{Layer: layer})
	if err != nil {
		return nil, fmt.Errorf("adding the layer of Flux %s: %w", version, err)
	}
	commit := sha1.Sum(components) //nolint:gosec // see above
	annotated, ok := mutate.Annotations(image, map[string]string{
		"org.opencontainers.image.created":  created.Format(time.RFC3339),
		"org.opencontainers.image.source":   "https://github.com/fluxcd/flux2.git",
		"org.opencontainers.image.revision": fmt.Sprintf("%s@sha1:%x", version, commit),
	}).(v1.Image)
	if !ok {
		return nil, fmt.Errorf("annotating Flux %s: the result is not an image", version)
	}
	return annotated, nil
}

// archive is a gzipped tar whose bytes depend on nothing but the manifests.
func archive(components []byte) ([]byte, error) {
	var content bytes.Buffer
	compressed := gzip.NewWriter(&content)
	archived := tar.NewWriter(compressed)
	entries := []struct {
		header tar.Header
		body   []byte
	}{
		{tar.Header{Typeflag: tar.TypeDir, Name: ".", Mode: 0o755}, nil},
		{tar.Header{Typeflag: tar.TypeReg, Name: ComponentsFile, Mode: 0o644, Size: int64(len(components))}, components},
	}
	for _, entry := range entries {
		if err := archived.WriteHeader(&entry.header); err != nil {
			return nil, fmt.Errorf("writing the header of %s: %w", entry.header.Name, err)
		}
		if _, err := archived.Write(entry.body); err != nil {
			return nil, fmt.Errorf("writing %s: %w", entry.header.Name, err)
		}
	}
	for _, writer := range []io.Closer{archived, compressed} {
		if err := writer.Close(); err != nil {
			return nil, fmt.Errorf("closing the archive: %w", err)
		}
	}
	return content.Bytes(), nil
}
