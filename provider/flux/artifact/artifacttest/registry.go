// Package artifacttest serves artifacts to tests from a registry in the same process.
package artifacttest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The media types of Flux's artifacts.
const (
	ConfigMediaType  types.MediaType = "application/vnd.cncf.flux.config.v1+json"
	ContentMediaType types.MediaType = "application/vnd.cncf.flux.content.v1.tar+gzip"
)

// Registry is a registry of its own for one test.
type Registry struct {
	// URL is where the repository flux-manifests is, as an artifact's url.
	URL string
	// Certificate is what the registry shows, as PEM, if it speaks TLS.
	Certificate string
	server      *httptest.Server
	options     []remote.Option
}

// New starts a registry that ends with the test.
func New(t testing.TB, options ...registry.Option) *Registry {
	t.Helper()
	server := httptest.NewServer(handler(options))
	t.Cleanup(server.Close)
	return &Registry{
		URL:    "oci://" + strings.TrimPrefix(server.URL, "http://") + "/fluxcd/flux-manifests",
		server: server,
	}
}

// NewPrivate starts a registry that speaks TLS with a certificate of its own and asks for a name and a password.
func NewPrivate(t testing.TB, username, password string) *Registry {
	t.Helper()
	open := handler(nil)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if name, pass, _ := request.BasicAuth(); name != username || pass != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		open.ServeHTTP(w, request)
	}))
	// Whoever does not know the certificate ends the handshake.
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return &Registry{
		URL:         "oci://" + strings.TrimPrefix(server.URL, "https://") + "/fluxcd/flux-manifests",
		Certificate: string(certificatePEM(server.Certificate())),
		server:      server,
		options: []remote.Option{
			remote.WithTransport(server.Client().Transport),
			remote.WithAuth(&authn.Basic{Username: username, Password: password}),
		},
	}
}

func handler(options []registry.Option) http.Handler {
	return registry.New(append(options, registry.Logger(log.New(io.Discard, "", 0)))...)
}

// Stop takes the registry down before the test ends.
func (r *Registry) Stop() {
	r.server.Close()
}

// Tampering returns the URL of a registry that hands out the same but changes every body with the given function.
func (r *Registry) Tampering(t testing.TB, change func(body []byte) []byte) string {
	t.Helper()
	target, err := url.Parse(r.server.URL)
	if err != nil {
		t.Fatalf("reading the address of the registry: %v", err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(response *http.Response) error {
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		response.Body = io.NopCloser(bytes.NewReader(change(body)))
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return strings.Replace(r.URL, target.Host, strings.TrimPrefix(server.URL, "http://"), 1)
}

// Push puts an image under a tag and returns its digest.
func (r *Registry) Push(t testing.TB, tag string, image v1.Image) string {
	t.Helper()
	reference := r.tag(t, tag)
	if err := remote.Write(reference, image, r.options...); err != nil {
		t.Fatalf("pushing %s: %v", reference, err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatalf("computing the digest of %s: %v", reference, err)
	}
	return digest.String()
}

func (r *Registry) tag(t testing.TB, tag string) name.Tag {
	t.Helper()
	reference, err := name.NewTag(strings.TrimPrefix(r.URL, "oci://")+":"+tag, name.Insecure)
	if err != nil {
		t.Fatalf("reading the reference of %s: %v", tag, err)
	}
	return reference
}

func (r *Registry) reference(t testing.TB, digest string) name.Digest {
	t.Helper()
	reference, err := name.NewDigest(strings.TrimPrefix(r.URL, "oci://")+"@"+digest, name.Insecure)
	if err != nil {
		t.Fatalf("reading the reference of %s: %v", digest, err)
	}
	return reference
}

// Artifact returns an image like those of `flux push artifact`, with one layer of the given content.
func Artifact(t testing.TB, layer []byte) v1.Image {
	t.Helper()
	image := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	image = mutate.ConfigMediaType(image, ConfigMediaType)
	image, err := mutate.Append(image, mutate.Addendum{Layer: static.NewLayer(layer, ContentMediaType)})
	if err != nil {
		t.Fatalf("making an artifact: %v", err)
	}
	return image
}

// Flux returns the artifact of a release of Flux, made of the manifests that `make tools` has put beside the tools.
func Flux(t testing.TB, version string) v1.Image {
	t.Helper()
	return Artifact(t, Archive(t, []tar.Header{
		{Name: ".", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "gotk-components.yaml", Typeflag: tar.TypeReg, Mode: 0o644},
	}, Manifests(t, version)))
}

// Manifests returns Flux's manifests of a release.
func Manifests(t testing.TB, version string) []byte {
	t.Helper()
	folder := filepath.Join(repositoryRoot(t), ".bin", "flux-manifests", version)
	content, err := os.ReadFile(filepath.Join(folder, "gotk-components.yaml"))
	if err != nil {
		t.Fatalf("reading the manifests of Flux %s, which `make tools` makes: %v", version, err)
	}
	return content
}

// repositoryRoot returns the root of the repository: a test runs in the folder of its package, and the paths in a
// binary that was built with -trimpath lead nowhere.
func repositoryRoot(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatalf("finding the root of the repository: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			t.Fatalf("finding the root of the repository: no go.mod above the test")
		}
		folder = parent
	}
}

// Archive makes a gzipped tar archive; every regular file in it has the given content.
func Archive(t testing.TB, headers []tar.Header, content []byte) []byte {
	t.Helper()
	return archived(t, headers, func(string) []byte { return content })
}

// Files makes a gzipped tar archive of regular files.
func Files(t testing.TB, files map[string]string) []byte {
	t.Helper()
	headers := make([]tar.Header, 0, len(files))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		headers = append(headers, tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644})
	}
	return archived(t, headers, func(name string) []byte { return []byte(files[name]) })
}

func archived(t testing.TB, headers []tar.Header, contentOf func(name string) []byte) []byte {
	t.Helper()
	var buffer bytes.Buffer
	compressed := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(compressed)
	for _, header := range headers {
		content := contentOf(header.Name)
		if header.Typeflag == tar.TypeReg {
			header.Size = int64(len(content))
		}
		if err := archive.WriteHeader(&header); err != nil {
			t.Fatalf("writing %q: %v", header.Name, err)
		}
		if header.Typeflag == tar.TypeReg {
			if _, err := archive.Write(content); err != nil {
				t.Fatalf("writing %q: %v", header.Name, err)
			}
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatalf("closing the archive: %v", err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatalf("closing the archive: %v", err)
	}
	return buffer.Bytes()
}
