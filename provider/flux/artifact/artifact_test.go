package artifact_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
)

const missingDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func parse(t *testing.T, url string, insecure bool) artifact.Repository {
	t.Helper()
	repository, err := artifact.ParseRepository(url, insecure)
	if err != nil {
		t.Fatalf("reading %q: %v", url, err)
	}
	return repository
}

func file(name string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644}
}

func TestParseRepository(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{
		"oci://ghcr.io/fluxcd/flux-manifests":         true,
		"oci://127.0.0.1:5000/flux-manifests":         true,
		"ghcr.io/fluxcd/flux-manifests":               false,
		"https://ghcr.io/fluxcd/flux-manifests":       false,
		"oci://ghcr.io/fluxcd/flux-manifests:v2.9.5":  false,
		"oci://ghcr.io/fluxcd/flux@" + missingDigest:  false,
		"oci://ghcr.io/Upper/Case":                    false,
		"oci://":                                      false,
		"oci://flux-manifests":                        false,
		"oci://user:pass@ghcr.io/fluxcd/flux-manifes": false,
	} {
		_, err := artifact.ParseRepository(url, false)
		if got := err == nil; got != want {
			t.Errorf("ParseRepository(%q): got error %v, want ok = %t", url, err, want)
		}
	}
}

func TestResolveAndPull(t *testing.T) {
	t.Parallel()
	registry := artifacttest.New(t)
	want := registry.Push(t, "v2.9.5", artifacttest.Flux(t, "v2.9.5"))
	repository := parse(t, registry.URL, true)

	digest, err := repository.Resolve(t.Context(), "v2.9.5")
	if err != nil {
		t.Fatalf("resolving: %v", err)
	}
	if digest != want {
		t.Errorf("digest: got %s, want %s", digest, want)
	}
	files, err := repository.Pull(t.Context(), digest, artifact.Cache{})
	if err != nil {
		t.Fatalf("pulling: %v", err)
	}
	wantFiles := artifact.Files{"gotk-components.yaml": artifacttest.Manifests(t, "v2.9.5")}
	if diff := cmp.Diff(wantFiles, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	registry := artifacttest.New(t)
	registry.Push(t, "v2.9.5", artifacttest.Artifact(t, artifacttest.Archive(t, []tar.Header{file("a.yaml")}, nil)))
	repository := parse(t, registry.URL, true)

	if _, err := repository.Resolve(t.Context(), "v2.9.6"); !errors.Is(err, artifact.ErrNotFound) {
		t.Errorf("unknown tag: got %v, want ErrNotFound", err)
	}
	if _, err := repository.Pull(t.Context(), missingDigest, artifact.Cache{}); !errors.Is(err, artifact.ErrNotFound) {
		t.Errorf("unknown digest: got %v, want ErrNotFound", err)
	}
	// The client would fall back to plain HTTP by itself, because the address is a local one.
	if _, err := parse(t, registry.URL, false).Resolve(t.Context(), "v2.9.5"); err == nil {
		t.Error("plain HTTP without insecure: got no error")
	}
	registry.Stop()
	if _, err := repository.Resolve(t.Context(), "v2.9.5"); !errors.Is(err, artifact.ErrUnreachable) {
		t.Errorf("stopped registry: got %v, want ErrUnreachable", err)
	}
}

func TestPullRefusesWhatIsNotAnArtifact(t *testing.T) {
	t.Parallel()
	content := []byte("kind: Namespace\n")
	good := artifacttest.Archive(t, []tar.Header{file("a.yaml")}, content)
	addLayer := func(image v1.Image, mediaType types.MediaType) v1.Image {
		image, err := mutate.Append(image, mutate.Addendum{Layer: static.NewLayer(good, mediaType)})
		if err != nil {
			t.Fatalf("adding a layer: %v", err)
		}
		return image
	}
	base := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	entry := func(headers ...tar.Header) v1.Image {
		return artifacttest.Artifact(t, artifacttest.Archive(t, headers, content))
	}
	random := make([]byte, 11<<20)
	if _, err := rand.Read(random); err != nil {
		t.Fatalf("making random bytes: %v", err)
	}
	for name, test := range map[string]struct {
		image v1.Image
		want  string
	}{
		"a container image": {
			image: addLayer(base, types.OCILayer),
			want:  `config has media type "application/vnd.docker.container.image.v1+json"`,
		},
		"another config": {
			image: mutate.ConfigMediaType(addLayer(base, artifacttest.ContentMediaType), "application/json"),
			want:  `config has media type "application/json"`,
		},
		"another layer": {
			image: mutate.ConfigMediaType(addLayer(base, "application/zip"), artifacttest.ConfigMediaType),
			want:  `layer has media type "application/zip"`,
		},
		"another manifest": {
			image: mutate.MediaType(artifacttest.Artifact(t, good), types.DockerManifestSchema2),
			want:  `manifest has media type "application/vnd.docker.distribution.manifest.v2+json"`,
		},
		"no layer": {
			image: mutate.ConfigMediaType(base, artifacttest.ConfigMediaType), want: "has 0 layers",
		},
		"two layers": {
			image: addLayer(artifacttest.Artifact(t, good), artifacttest.ContentMediaType), want: "has 2 layers",
		},
		"too large":       {image: artifacttest.Artifact(t, random), want: "more than the limit of 10485760"},
		"unpacks to more": {image: artifacttest.Artifact(t, bomb(t)), want: "unpacks to more than the limit"},
		"truncated layer": {image: artifacttest.Artifact(t, good[:len(good)/2]), want: "unexpected EOF"},
		"truncated archive": {
			image: artifacttest.Artifact(t, truncated(t)), want: `reading "a.yaml": unexpected EOF`,
		},
		"without its checksum": {
			image: artifacttest.Artifact(t, good[:len(good)-8]), want: "reading the end of the layer: unexpected EOF",
		},
		"twice":          {image: entry(file("a.yaml"), file("./a.yaml")), want: `has the entry "./a.yaml" twice`},
		"not an archive": {image: artifacttest.Artifact(t, []byte("hello")), want: "reading the layer"},
		"empty archive":  {image: entry(), want: "holds no file"},
		"symbolic link": {
			image: entry(tar.Header{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}),
			want:  "only files and folders are accepted",
		},
		"hard link": {
			image: entry(file("a.yaml"), tar.Header{Name: "link", Typeflag: tar.TypeLink, Linkname: "a.yaml"}),
			want:  "only files and folders are accepted",
		},
		"device":        {image: entry(tar.Header{Name: "dev", Typeflag: tar.TypeChar}), want: "only files and folders"},
		"parent folder": {image: entry(file("../a.yaml")), want: "points outside"},
		"hidden parent": {image: entry(file("x/../../a.yaml")), want: "points outside"},
		"absolute path": {image: entry(file("/etc/a.yaml")), want: "points outside"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := artifacttest.New(t)
			digest := registry.Push(t, "v2.9.5", test.image)
			cache := artifact.Cache{Directory: t.TempDir()}
			_, err := parse(t, registry.URL, true).Pull(t.Context(), digest, cache)
			if !errors.Is(err, artifact.ErrInvalid) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want ErrInvalid with %q", err, test.want)
			}
			if kept, _ := filepath.Glob(filepath.Join(cache.Directory, "*")); len(kept) > 0 {
				t.Errorf("the cache keeps what was refused: %v", kept)
			}
		})
	}
}

// bomb is an archive that is small until it is unpacked.
func bomb(t *testing.T) []byte {
	t.Helper()
	var buffer bytes.Buffer
	compressed := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(compressed)
	const size = 65 << 20
	if err := archive.WriteHeader(&tar.Header{Name: "a.yaml", Typeflag: tar.TypeReg, Size: size}); err != nil {
		t.Fatalf("writing an archive: %v", err)
	}
	if _, err := archive.Write(make([]byte, size)); err != nil {
		t.Fatalf("writing an archive: %v", err)
	}
	if err := errors.Join(archive.Close(), compressed.Close()); err != nil {
		t.Fatalf("writing an archive: %v", err)
	}
	return buffer.Bytes()
}

// truncated is an archive that ends in the middle of a file, in a layer that is whole.
func truncated(t *testing.T) []byte {
	t.Helper()
	var buffer bytes.Buffer
	compressed := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(compressed)
	if err := archive.WriteHeader(&tar.Header{Name: "a.yaml", Typeflag: tar.TypeReg, Size: 1000}); err != nil {
		t.Fatalf("writing an archive: %v", err)
	}
	if _, err := archive.Write(make([]byte, 700)); err != nil {
		t.Fatalf("writing an archive: %v", err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatalf("closing an archive: %v", err)
	}
	return buffer.Bytes()
}

func TestCache(t *testing.T) {
	t.Parallel()
	registry := artifacttest.New(t)
	image := artifacttest.Artifact(t, artifacttest.Archive(t, []tar.Header{file("a.yaml")}, []byte("one")))
	digest := registry.Push(t, "v2.9.5", image)
	repository := parse(t, registry.URL, true)
	cache := artifact.Cache{Directory: filepath.Join(t.TempDir(), "cache")}
	want := artifact.Files{"a.yaml": []byte("one")}

	pull := func() (artifact.Files, error) { return repository.Pull(t.Context(), digest, cache) }
	if _, err := pull(); err != nil {
		t.Fatalf("pulling: %v", err)
	}

	// A damaged entry is noticed, pulled again and mended.
	layer := filepath.Join(cache.Directory, strings.ReplaceAll(digest, ":", "-"), "layer.tar.gz")
	evil := artifacttest.Archive(t, []tar.Header{file("a.yaml")}, []byte("evil"))
	if err := os.WriteFile(layer, evil, 0o600); err != nil {
		t.Fatalf("damaging the cache: %v", err)
	}
	files, err := pull()
	if err != nil {
		t.Fatalf("pulling over a damaged cache: %v", err)
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}

	registry.Stop()
	files, err = pull()
	if err != nil {
		t.Fatalf("pulling from the cache: %v", err)
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if err := os.WriteFile(layer, evil, 0o600); err != nil {
		t.Fatalf("damaging the cache: %v", err)
	}
	if _, err := pull(); !errors.Is(err, artifact.ErrUnreachable) {
		t.Errorf("damaged cache and stopped registry: got %v, want ErrUnreachable", err)
	}
}

// TestTampered asks a registry that answers with something else than what the digest stands for.
func TestTampered(t *testing.T) {
	t.Parallel()
	registry := artifacttest.New(t)
	layer := artifacttest.Archive(t, []tar.Header{file("a.yaml")}, []byte("one"))
	digest := registry.Push(t, "v2.9.5", artifacttest.Artifact(t, layer))
	for name, replace := range map[string]func(body []byte) []byte{
		"manifest": func(body []byte) []byte {
			return bytes.Replace(body, []byte(`"schemaVersion"`), []byte(`"SchemaVersion"`), 1)
		},
		"layer": func(body []byte) []byte {
			if bytes.Equal(body, layer) {
				return bytes.Repeat([]byte("x"), len(body))
			}
			return body
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repository := parse(t, registry.Tampering(t, replace), true)
			// Not ErrUnreachable: a preview would go on with a warning.
			if _, err := repository.Pull(t.Context(), digest, artifact.Cache{}); !errors.Is(err, artifact.ErrTampered) {
				t.Errorf("got %v, want ErrTampered", err)
			}
		})
	}
}
