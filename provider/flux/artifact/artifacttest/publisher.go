package artifacttest

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Publisher publishes a trusted root in the way of The Update Framework, as Sigstore does.
type Publisher struct {
	// URL is where the files lie, Anchor the first of them.
	URL    string
	Anchor []byte
	server *httptest.Server
	mutex  sync.Mutex
	asked  int
}

// NewPublisher publishes a trusted root until the test ends; what it says is valid for the given time.
func NewPublisher(t testing.TB, trustedRoot string, valid time.Duration) *Publisher {
	t.Helper()
	expires := time.Now().Add(valid).UTC()
	root, targets := metadata.Root(expires), metadata.Targets(expires)
	snapshot, timestamp := metadata.Snapshot(expires), metadata.Timestamp(expires)
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatalf("making a key: %v", err)
	}
	key, err := metadata.KeyFromPublicKey(private.Public())
	if err != nil {
		t.Fatalf("encoding a key: %v", err)
	}
	for _, role := range metadata.TOP_LEVEL_ROLE_NAMES {
		if err := root.Signed.AddKey(key, role); err != nil {
			t.Fatalf("giving %s a key: %v", role, err)
		}
	}
	target, err := metadata.TargetFile().FromBytes("trusted_root.json", []byte(trustedRoot), "sha256")
	if err != nil {
		t.Fatalf("describing the trusted root: %v", err)
	}
	targets.Signed.Targets["trusted_root.json"] = target
	signer, err := signature.LoadSigner(private, crypto.Hash(0))
	if err != nil {
		t.Fatalf("loading a key: %v", err)
	}
	publisher := &Publisher{Anchor: signed(t, root, signer)}
	files := map[string][]byte{
		"/1.targets.json":  signed(t, targets, signer),
		"/1.snapshot.json": signed(t, snapshot, signer),
		"/timestamp.json":  signed(t, timestamp, signer),
		"/targets/" + target.Hashes["sha256"].String() + ".trusted_root.json": []byte(trustedRoot),
	}
	publisher.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		publisher.mutex.Lock()
		defer publisher.mutex.Unlock()
		publisher.asked++
		content, ok := files[request.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write(content)
	}))
	t.Cleanup(publisher.server.Close)
	publisher.URL = publisher.server.URL
	return publisher
}

// Asked returns how many files were asked for.
func (p *Publisher) Asked() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.asked
}

// Stop takes the publisher down before the test ends.
func (p *Publisher) Stop() {
	p.server.Close()
}

func signed[T metadata.Roles](t testing.TB, file *metadata.Metadata[T], signer signature.Signer) []byte {
	t.Helper()
	if _, err := file.Sign(signer); err != nil {
		t.Fatalf("signing metadata: %v", err)
	}
	content, err := file.ToBytes(false)
	if err != nil {
		t.Fatalf("encoding metadata: %v", err)
	}
	return content
}
