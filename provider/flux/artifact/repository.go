package artifact

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
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
	// ErrTampered means that the registry answers with something else than what the digest stands for.
	ErrTampered = errors.New("not what the digest stands for")
	// ErrInvalid means that what the digest stands for is not a Flux artifact.
	ErrInvalid = errors.New("not a Flux artifact")
)

// requestTimeout bounds one exchange with a registry, retries included.
const requestTimeout = time.Minute

// Repository is the place of an artifact in a registry.
type Repository struct {
	repository name.Repository
	insecure   bool
	// credentials are nil for those of the Docker configuration.
	credentials authn.Authenticator
	transport   http.RoundTripper
}

// ParseRepository reads a URL such as oci://ghcr.io/fluxcd/flux-manifests. Insecure allows plain HTTP.
func ParseRepository(address string, insecure bool) (Repository, error) {
	path, ok := strings.CutPrefix(address, Scheme)
	if !ok {
		return Repository{}, fmt.Errorf("must begin with %s; got %q", Scheme, address)
	}
	options := []name.Option{name.StrictValidation}
	if insecure {
		options = append(options, name.Insecure)
	}
	repository, err := name.NewRepository(path, options...)
	if err != nil {
		return Repository{}, fmt.Errorf(
			"must name a repository without tag and digest, such as oci://ghcr.io/fluxcd/flux-manifests; got %q: %w",
			address, err)
	}
	return Repository{repository: repository, insecure: insecure, transport: remote.DefaultTransport}, nil
}

// WithCredentials returns the repository for somebody with a name and a password, instead of whoever the Docker
// configuration says.
func (r Repository) WithCredentials(username, password string) Repository {
	r.credentials = &authn.Basic{Username: username, Password: password}
	return r
}

// WithCertificateAuthority returns the repository of a registry whose certificate one of the given authorities, as
// PEM, has issued; those that the machine knows still count.
func (r Repository) WithCertificateAuthority(pem string) (Repository, error) {
	authorities, err := x509.SystemCertPool()
	if err != nil {
		authorities = x509.NewCertPool()
	}
	if !authorities.AppendCertsFromPEM([]byte(pem)) {
		return Repository{}, errors.New("must be certificates in PEM, each between BEGIN and END CERTIFICATE; got none")
	}
	transport, ok := remote.DefaultTransport.(*http.Transport)
	if !ok {
		return Repository{}, fmt.Errorf("the registry client's transport is a %T", remote.DefaultTransport)
	}
	transport = transport.Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}
	r.transport = transport
	return r, nil
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
	authentication := remote.WithAuthFromKeychain(registries)
	if r.credentials != nil {
		authentication = remote.WithAuth(r.credentials)
	}
	return []remote.Option{
		remote.WithContext(ctx),
		authentication,
		remote.WithTransport(boundedTransport{insecure: r.insecure, next: r.transport}),
		// The default of three tries over seconds only delays the answer that a registry is down.
		remote.WithRetryBackoff(remote.Backoff{Duration: 200 * time.Millisecond, Factor: 2, Jitter: 0.1, Steps: 2}),
	}
}

// classify finds out which of the package's reasons an error of the registry client stands for.
func classify(err error) error {
	var answer *transport.Error
	var sending *url.Error
	var receiving net.Error
	switch {
	case errors.As(err, &answer):
		switch answer.StatusCode {
		case http.StatusNotFound:
			return fmt.Errorf("%w: %w", ErrNotFound, err)
		case http.StatusUnauthorized, http.StatusForbidden:
			return fmt.Errorf("%w: %w", ErrDenied, err)
		}
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	case errors.Is(err, errPlainHTTP):
		return err
	case errors.As(err, &sending), errors.As(err, &receiving),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	// What is left is the client's own judgement of an answer: a digest or a size that differs.
	return fmt.Errorf("%w: %w", ErrTampered, err)
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
