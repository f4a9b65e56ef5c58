package artifact

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata/fetcher"
)

// Roots get the roots of trust: which certificate authorities, logs and clocks count.
type Roots func(ctx context.Context) (root.TrustedMaterial, error)

// FixedRoots are the roots in a file of the form "trusted_root.json". They ask nobody.
func FixedRoots(text string) (Roots, error) {
	material, err := root.NewTrustedRootFromJSON([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("reading the roots of trust: %w", err)
	}
	if len(material.FulcioCertificateAuthorities()) == 0 {
		return nil, errors.New("reading the roots of trust: they name no certificate authority")
	}
	if len(material.RekorLogs()) == 0 && len(material.TimestampingAuthorities()) == 0 {
		return nil, errors.New("reading the roots of trust: they name neither a transparency log nor a timestamp authority")
	}
	return func(context.Context) (root.TrustedMaterial, error) { return material, nil }, nil
}

const (
	// rootsTimeout bounds all of the few small files that the roots come in.
	rootsTimeout = 20 * time.Second
	// rootsFreshDays is for how long roots are taken from the cache without asking whether there are newer ones.
	rootsFreshDays = 1
)

// Publisher publishes roots of trust in the way of The Update Framework. The zero value is Sigstore itself.
type Publisher struct {
	// URL is where the files lie.
	URL string
	// Anchor is the first of them, by which all the others are known.
	Anchor []byte
}

// PublishedRoots are the roots that are published now. They are kept in the cache and, while they are valid, used
// from there when the publisher does not answer.
func PublishedRoots(publisher Publisher, cache Cache) Roots {
	if publisher.URL == "" {
		publisher = Publisher{URL: tuf.DefaultMirror, Anchor: tuf.DefaultRoot()}
	}
	return func(ctx context.Context) (root.TrustedMaterial, error) {
		ctx, cancel := context.WithTimeout(ctx, rootsTimeout)
		defer cancel()
		options := &tuf.Options{
			RepositoryBaseURL: publisher.URL,
			Root:              publisher.Anchor,
			CachePath:         cache.roots(),
			CacheValidity:     rootsFreshDays,
			DisableLocalCache: cache.Directory == "",
		}
		get := func() (root.TrustedMaterial, error) {
			client := fetcher.NewDefaultFetcher()
			// The default client is that of the whole process, and waits for ever.
			client.SetHTTPClient(&http.Client{Transport: boundTo(ctx)})
			options.Fetcher = client
			return root.FetchTrustedRootWithOptions(options)
		}
		material, err := get()
		if err == nil {
			return material, nil
		}
		if cache.keepsRoots(tuf.URLToPath(publisher.URL)) {
			options.ForceCache = true
			if kept, keptErr := get(); keptErr == nil {
				return kept, nil
			}
		}
		return nil, fmt.Errorf("%w: asking %s: %w", ErrNoRoots, publisher.URL, err)
	}
}

// boundTo ends requests with a context, which the client of The Update Framework knows nothing of.
func boundTo(ctx context.Context) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		return http.DefaultTransport.RoundTrip(request.WithContext(ctx))
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) {
	return f(request)
}
