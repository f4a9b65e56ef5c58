package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Scheme is what the URL of an OCI artifact begins with.
const Scheme = "oci://"

// The reasons why a registry does not hand out an artifact; errors of this package wrap one of them where it applies.
var (
	// ErrNotFound means that the registry answers and does not have it.
	ErrNotFound = errors.New("not found")
	// ErrDenied means that the registry does not let us read it.
	ErrDenied = errors.New("access denied")
	// ErrUnreachable means that the registry does not answer, or not sensibly.
	ErrUnreachable = errors.New("registry unreachable")
	// ErrInvalid means that what the registry answers is not a Flux artifact, or not what the digest stands for.
	ErrInvalid = errors.New("not a Flux artifact")
)

// requestTimeout bounds one exchange with a registry, retries included.
const requestTimeout = time.Minute

// Repository is the place of an artifact in a registry.
type Repository struct {
	repository name.Repository
	insecure   bool
}

// ParseRepository reads a URL such as oci://ghcr.io/fluxcd/flux-manifests. Insecure allows plain HTTP.
func ParseRepository(url string, insecure bool) (Repository, error) {
	path, ok := strings.CutPrefix(url, Scheme)
	if !ok {
		return Repository{}, fmt.Errorf("must begin with %s; got %q", Scheme, url)
	}
	options := []name.Option{name.StrictValidation}
	if insecure {
		options = append(options, name.Insecure)
	}
	repository, err := name.NewRepository(path, options...)
	if err != nil {
		return Repository{}, fmt.Errorf(
			"must name a repository without tag and digest, such as oci://ghcr.io/fluxcd/flux-manifests; got %q: %w",
			url, err)
	}
	return Repository{repository: repository, insecure: insecure}, nil
}

// String returns the URL of the repository.
func (r Repository) String() string {
	return Scheme + r.repository.Name()
}

// Resolve asks the registry which digest the tag stands for now.
func (r Repository) Resolve(ctx context.Context, tag string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	// Get, not Head: some registries answer HEAD without a digest, and the manifest is small.
	descriptor, err := remote.Get(r.repository.Tag(tag), r.options(ctx)...)
	if err != nil {
		return "", fmt.Errorf("resolving %s:%s: %w", r, tag, classify(err))
	}
	return descriptor.Digest.String(), nil
}

func (r Repository) options(ctx context.Context) []remote.Option {
	return []remote.Option{
		remote.WithContext(ctx),
		remote.WithAuthFromKeychain(authn.DefaultKeychain),
		remote.WithTransport(boundedTransport{insecure: r.insecure, next: remote.DefaultTransport}),
		// The default of three tries over seconds only delays the answer that a registry is down.
		remote.WithRetryBackoff(remote.Backoff{Duration: 200 * time.Millisecond, Factor: 2, Jitter: 0.1, Steps: 2}),
	}
}

// classify finds out which of the package's reasons an error of the registry client stands for.
func classify(err error) error {
	var answer *transport.Error
	switch {
	case errors.As(err, &answer):
		switch answer.StatusCode {
		case http.StatusNotFound:
			return fmt.Errorf("%w: %w", ErrNotFound, err)
		case http.StatusUnauthorized, http.StatusForbidden:
			return fmt.Errorf("%w: %w", ErrDenied, err)
		}
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	case errors.Is(err, errPlainHTTP), errors.Is(err, ErrInvalid):
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

var errPlainHTTP = errors.New("the registry speaks plain HTTP, which is refused unless insecure is true")

// boundedTransport keeps the registry client within two limits that it does not have itself: no plain HTTP unless
// asked for (it falls back to it by itself for names that look local), and no endless answers.
type boundedTransport struct {
	insecure bool
	next     http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (t boundedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme == "http" && !t.insecure {
		return nil, errPlainHTTP
	}
	response, err := t.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	response.Body = boundedBody{Reader: io.LimitReader(response.Body, maxCompressed+1), Closer: response.Body}
	return response, nil
}

type boundedBody struct {
	io.Reader
	io.Closer
}
