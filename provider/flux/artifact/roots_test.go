package artifact_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
)

// published returns a verifier of Flux's releases whose roots are published.
func published(t *testing.T, publisher *artifacttest.Publisher, cache artifact.Cache) *artifact.Verifier {
	t.Helper()
	roots := artifact.PublishedRoots(artifact.Publisher{URL: publisher.URL, Anchor: publisher.Anchor}, cache)
	verifier, err := artifact.ByIdentity([]artifact.Identity{{Issuer: issuer, Subject: subject}}, roots)
	if err != nil {
		t.Fatalf("making a verifier: %v", err)
	}
	return verifier
}

// TestPublishedRoots gets the roots over the network once a day, and keeps them for the day on which it cannot.
func TestPublishedRoots(t *testing.T) {
	t.Parallel()
	sigstore := artifacttest.NewSigstore(t)
	served := artifacttest.New(t)
	digest := push(t, served)
	served.Sign(t, digest, artifacttest.Signing{Sigstore: sigstore, Issuer: issuer, Subject: subject})
	repository := parse(t, served.URL, true)
	verify := func(publisher *artifacttest.Publisher, cache artifact.Cache) error {
		_, err := repository.Verify(t.Context(), digest, published(t, publisher, cache), cache)
		return err
	}
	publisher := artifacttest.NewPublisher(t, sigstore.TrustedRoot(t), time.Hour)
	cache := artifact.Cache{Directory: t.TempDir()}
	if err := verify(publisher, cache); err != nil {
		t.Fatalf("with published roots: %v", err)
	}
	asked := publisher.Asked()
	if err := verify(publisher, cache); err != nil {
		t.Errorf("with kept roots: %v", err)
	}
	if publisher.Asked() != asked {
		t.Error("roots that are fresh were asked for again")
	}
	if err := verify(publisher, artifact.Cache{}); err != nil {
		t.Errorf("without a cache: %v", err)
	}
	publisher.Stop()
	if err := verify(publisher, cache); err != nil {
		t.Errorf("with kept roots and no network: %v", err)
	}
	if err := verify(publisher, artifact.Cache{Directory: t.TempDir()}); !errors.Is(err, artifact.ErrNoRoots) {
		t.Errorf("without roots: got %v, want ErrNoRoots", err)
	}
	// What is out of date is not believed, from wherever it comes.
	expired := artifacttest.NewPublisher(t, sigstore.TrustedRoot(t), -time.Hour)
	if err := verify(expired, artifact.Cache{Directory: t.TempDir()}); !errors.Is(err, artifact.ErrNoRoots) {
		t.Errorf("expired roots: got %v, want ErrNoRoots", err)
	}
	// Nor is what another anchor has signed.
	other := artifacttest.NewPublisher(t, sigstore.TrustedRoot(t), time.Hour)
	other.Anchor = publisher.Anchor
	if err := verify(other, artifact.Cache{Directory: t.TempDir()}); !errors.Is(err, artifact.ErrNoRoots) {
		t.Errorf("another anchor: got %v, want ErrNoRoots", err)
	}
}

// TestPublishedRootsEnd asks a publisher that never answers, on behalf of somebody who gives up.
func TestPublishedRootsEnd(t *testing.T) {
	t.Parallel()
	silent := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		<-request.Context().Done()
	}))
	silent.Config.BaseContext = func(net.Listener) context.Context { return t.Context() }
	silent.Start()
	t.Cleanup(silent.Close)
	publisher := artifacttest.NewPublisher(t, artifacttest.NewSigstore(t).TrustedRoot(t), time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	roots := artifact.PublishedRoots(artifact.Publisher{URL: silent.URL, Anchor: publisher.Anchor}, artifact.Cache{})
	start := time.Now()
	if _, err := roots(ctx); !errors.Is(err, artifact.ErrNoRoots) {
		t.Errorf("got %v, want ErrNoRoots", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s after the end of the context", took)
	}
}
