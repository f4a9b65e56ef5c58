package artifact

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	configMediaType  = "application/vnd.cncf.flux.config.v1+json"
	contentMediaType = "application/vnd.cncf.flux.content.v1.tar+gzip"

	// maxCompressed is two hundred times the size of Flux's own artifact.
	maxCompressed = 10 << 20
	maxUnpacked   = 64 << 20
	maxEntries    = 1000
)

// Files are the files of an artifact by their path.
type Files map[string][]byte

// blobs are what an artifact consists of, as the registry serves it.
type blobs struct {
	manifest []byte
	layer    []byte
}

// Pull returns the files below a digest. It asks the cache first: what has been pulled once is there when the
// registry is down.
func (r Repository) Pull(ctx context.Context, digest string, cache Cache) (Files, error) {
	if found, ok := cache.read(digest); ok {
		return unpack(found.layer)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	pulled, err := r.download(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("pulling %s@%s: %w", r, digest, err)
	}
	files, err := unpack(pulled.layer)
	if err != nil {
		return nil, fmt.Errorf("unpacking %s@%s: %w", r, digest, err)
	}
	// A cache that cannot be written costs a download next time, nothing else.
	_ = cache.write(digest, pulled)
	return files, nil
}

func (r Repository) download(ctx context.Context, digest string) (blobs, error) {
	// The client refuses a manifest or layer whose digest differs; [layerOf] checks what it does not.
	descriptor, err := remote.Get(r.repository.Digest(digest), r.options(ctx)...)
	if err != nil {
		return blobs{}, classify(err)
	}
	want, err := layerOf(descriptor.Manifest)
	if err != nil {
		return blobs{}, err
	}
	content, err := r.blob(ctx, want, maxCompressed)
	if err != nil {
		return blobs{}, err
	}
	found := blobs{manifest: descriptor.Manifest, layer: content}
	if err := found.verify(digest); err != nil {
		return blobs{}, err
	}
	return found, nil
}

// blob returns what a manifest names, if it is not larger than it may be and has the digest that is named.
func (r Repository) blob(ctx context.Context, named v1.Descriptor, limit int64) ([]byte, error) {
	if named.Size > limit {
		return nil, fmt.Errorf("%w: the blob %s has %d bytes, more than the limit of %d",
			ErrInvalid, named.Digest, named.Size, limit)
	}
	layer, err := remote.Layer(r.repository.Digest(named.Digest.String()), r.options(ctx)...)
	if err != nil {
		return nil, classify(err)
	}
	reader, err := layer.Compressed()
	if err != nil {
		return nil, classify(err)
	}
	defer func() { _ = reader.Close() }()
	content, err := io.ReadAll(io.LimitReader(reader, limit+1))
	if err != nil {
		return nil, classify(err)
	}
	if got := sha256Digest(content); got != named.Digest.String() {
		return nil, fmt.Errorf("%w: the content has digest %s, want %s", ErrTampered, got, named.Digest)
	}
	return content, nil
}

// verify checks the whole chain: the digest is the manifest's, and the manifest names the layer's.
func (b blobs) verify(digest string) error {
	if got := sha256Digest(b.manifest); got != digest {
		return fmt.Errorf("%w: the manifest has digest %s, want %s", ErrTampered, got, digest)
	}
	want, err := layerOf(b.manifest)
	if err != nil {
		return err
	}
	if got := sha256Digest(b.layer); got != want.Digest.String() {
		return fmt.Errorf("%w: the content has digest %s, want %s", ErrTampered, got, want.Digest)
	}
	return nil
}

// layerOf returns the one layer of a Flux artifact's manifest.
func layerOf(raw []byte) (v1.Descriptor, error) {
	manifest, err := v1.ParseManifest(bytes.NewReader(raw))
	if err != nil {
		return v1.Descriptor{}, fmt.Errorf("%w: reading the manifest: %w", ErrInvalid, err)
	}
	// ParseManifest accepts anything that is JSON, an image index among it.
	if manifest.MediaType != types.OCIManifestSchema1 && (manifest.MediaType != "" || !isManifest(raw)) {
		return v1.Descriptor{}, fmt.Errorf("%w: the manifest has media type %q, want %q",
			ErrInvalid, manifest.MediaType, types.OCIManifestSchema1)
	}
	if manifest.Config.MediaType != configMediaType {
		return v1.Descriptor{}, fmt.Errorf("%w: its config has media type %q, want %q",
			ErrInvalid, manifest.Config.MediaType, configMediaType)
	}
	if len(manifest.Layers) != 1 {
		return v1.Descriptor{}, fmt.Errorf("%w: it has %d layers, want 1", ErrInvalid, len(manifest.Layers))
	}
	layer := manifest.Layers[0]
	if layer.MediaType != contentMediaType {
		return v1.Descriptor{}, fmt.Errorf("%w: its layer has media type %q, want %q",
			ErrInvalid, layer.MediaType, contentMediaType)
	}
	if layer.Size > maxCompressed {
		return v1.Descriptor{}, fmt.Errorf("%w: its layer has %d bytes, more than the limit of %d",
			ErrInvalid, layer.Size, maxCompressed)
	}
	return layer, nil
}

// isManifest tells a manifest without a media type, which OCI allows, from an index without one.
func isManifest(raw []byte) bool {
	var probe struct {
		Layers json.RawMessage `json:"layers"`
	}
	return json.Unmarshal(raw, &probe) == nil && len(probe.Layers) > 0
}

var digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// IsDigest tells whether a text is a digest as this package writes it.
func IsDigest(text string) bool {
	return digestPattern.MatchString(text)
}

func sha256Digest(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}
