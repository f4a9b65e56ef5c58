// Package registry is the OCI registry of a local cloud. It holds Flux's manifests as Flux itself publishes them, made
// from the files that the toolchain has built, and signed with a key of the local cloud. What else is pushed to it
// lives as long as the daemon.
package registry

import (
	"crypto/ecdsa"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	server "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/fluxartifact"
)

// FluxRepository is where Flux's manifests are.
const FluxRepository = "fluxcd/flux-manifests"

// New makes a registry that holds the manifests of every version of Flux below tools/flux-manifests, signed with the
// key, and says which.
func New(tools string, key *ecdsa.PrivateKey) (handler http.Handler, versions []string, err error) {
	handler = server.New(server.Logger(log.New(io.Discard, "", 0)), server.WithReferrersSupport(true))
	files, err := filepath.Glob(filepath.Join(tools, "flux-manifests", "*", fluxartifact.ComponentsFile))
	if err != nil {
		return nil, nil, fmt.Errorf("looking for Flux's manifests in %s: %w", tools, err)
	}
	for _, file := range files {
		components, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, fmt.Errorf("reading Flux's manifests: %w", err)
		}
		version := filepath.Base(filepath.Dir(file))
		if err := push(handler, version, components, key); err != nil {
			return nil, nil, err
		}
		versions = append(versions, version)
	}
	return handler, versions, nil
}

// push hands the artifact and its signature to the registry as any client would, except that no connection is needed
// for it.
func push(handler http.Handler, version string, components []byte, key *ecdsa.PrivateKey) error {
	image, err := fluxartifact.New(version, components)
	if err != nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return fmt.Errorf("computing the digest of Flux %s: %w", version, err)
	}
	signature, err := fluxartifact.Sign(digest, "ghcr.io/"+FluxRepository, key)
	if err != nil {
		return fmt.Errorf("signing Flux %s: %w", version, err)
	}
	for name, content := range map[string]v1.Image{version: image, fluxartifact.SignatureTag(digest): signature} {
		if err := write(handler, name, content); err != nil {
			return fmt.Errorf("pushing Flux %s to the registry: %w", version, err)
		}
	}
	return nil
}

func write(handler http.Handler, tag string, image v1.Image) error {
	reference, err := name.NewTag("127.0.0.1/"+FluxRepository+":"+tag, name.StrictValidation)
	if err != nil {
		return err
	}
	return remote.Write(reference, image, remote.WithTransport(direct{handler}))
}

// direct is a transport that calls a handler.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(request *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	inbound := request.Clone(request.Context())
	inbound.RequestURI = (&url.URL{Path: request.URL.Path, RawQuery: request.URL.RawQuery}).String()
	if inbound.Body == nil {
		inbound.Body = http.NoBody
	}
	d.handler.ServeHTTP(recorder, inbound)
	response := recorder.Result()
	response.Request = request
	return response, nil
}
