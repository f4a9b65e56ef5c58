package artifact

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	sigs "github.com/sigstore/sigstore/pkg/signature"
)

// The reasons why an artifact is not accepted although it is what its digest stands for.
var (
	// ErrUnsigned means that the registry holds no signature of it.
	ErrUnsigned = errors.New("not signed")
	// ErrUntrusted means that the registry holds signatures, and none of them counts.
	ErrUntrusted = errors.New("no signature that counts")
	// ErrNoRoots means that nothing says which certificates count, because those who publish it cannot be reached.
	ErrNoRoots = errors.New("roots of trust not available")
)

// Identity is who may have signed without a key of its own ("keyless").
type Identity struct {
	// Issuer is the URL of the OIDC issuer that knew the signer.
	Issuer string
	// Subject is what the issuer called the signer: for a workflow on GitHub, its file and ref.
	Subject string
	// SubjectRegExp matches whole subjects, instead of Subject.
	SubjectRegExp string
}

func (i Identity) String() string {
	subject := i.Subject
	if subject == "" {
		subject = "whoever matches " + i.SubjectRegExp
	}
	return fmt.Sprintf("%s (issuer %s)", subject, i.Issuer)
}

// Verifier tells the signatures that count from those that do not.
type Verifier struct {
	// wanted says in messages whose signature counts.
	wanted string
	// byKey is true if signatures of a key count, and false if those of identities do.
	byKey    bool
	roots    Roots
	policies []verify.PolicyOption
}

// ByIdentity returns a verifier that accepts the signatures of the given identities, vouched for by the given roots.
func ByIdentity(identities []Identity, roots Roots) (*Verifier, error) {
	verifier := &Verifier{roots: roots}
	names := make([]string, 0, len(identities))
	for _, identity := range identities {
		expression := ""
		if identity.SubjectRegExp != "" {
			// The library looks for a match anywhere, and https://github.com/me/mine would then match mine/not-mine.
			expression = "^(?:" + identity.SubjectRegExp + ")$"
			if _, err := regexp.Compile(expression); err != nil {
				return nil, fmt.Errorf("reading %q: %w", identity.SubjectRegExp, err)
			}
		}
		accepted, err := verify.NewShortCertificateIdentity(identity.Issuer, "", identity.Subject, expression)
		if err != nil {
			return nil, fmt.Errorf("reading the identity %s: %w", identity, err)
		}
		names = append(names, identity.String())
		verifier.policies = append(verifier.policies, verify.WithCertificateIdentity(accepted))
	}
	verifier.wanted = strings.Join(names, " or ")
	return verifier, nil
}

// ByKey returns a verifier that accepts the signatures of the key whose public half is given as PEM. It asks nobody:
// whoever holds the key decides what it signs.
func ByKey(publicKey string) (*Verifier, error) {
	key, err := cryptoutils.UnmarshalPEMToPublicKey([]byte(publicKey))
	if err != nil {
		return nil, fmt.Errorf("reading the public key: %w", err)
	}
	if !supported(key) {
		return nil, fmt.Errorf("a key of type %T is not supported", key)
	}
	loaded, err := sigs.LoadVerifier(key, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("reading the public key: %w", err)
	}
	material := root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		return root.NewExpiringKey(loaded, time.Time{}, time.Time{}), nil
	})
	return &Verifier{
		wanted:   "the public key",
		byKey:    true,
		roots:    func(context.Context) (root.TrustedMaterial, error) { return material, nil },
		policies: []verify.PolicyOption{verify.WithKey()},
	}, nil
}

// supported tells the keys that everybody signs with in one way only: with others the hash would be a guess.
func supported(key crypto.PublicKey) bool {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		return key.Curve == elliptic.P256()
	case *rsa.PublicKey:
		return key.Size() >= 256
	case ed25519.PublicKey:
		return true
	}
	return false
}

// checker is a verifier that has its roots of trust.
type checker struct {
	*Verifier
	entities *verify.Verifier
}

// open gets the roots of trust.
func (v *Verifier) open(ctx context.Context) (checker, error) {
	material, err := v.roots(ctx)
	if err != nil {
		return checker{}, err
	}
	options := []verify.VerifierOption{verify.WithNoObserverTimestamps()}
	if !v.byKey {
		// A certificate lives for minutes, so somebody who is trusted must have seen the signature in that time. What
		// the roots name, the signature must have; no signer can take anything out of the roots.
		options = []verify.VerifierOption{verify.WithObserverTimestamps(1)}
		if len(material.RekorLogs()) > 0 {
			options = append(options, verify.WithTransparencyLog(1))
		}
		if len(material.CTLogs()) > 0 {
			options = append(options, verify.WithSignedCertificateTimestamps(1))
		}
	}
	entities, err := verify.NewVerifier(material, options...)
	if err != nil {
		return checker{}, fmt.Errorf("preparing the verification: %w", err)
	}
	return checker{Verifier: v, entities: entities}, nil
}

// check returns who has made a signature of the image with the given digest, or why it does not count.
func (c checker) check(digest string, candidate signature) (string, error) {
	found := &bundle.Bundle{}
	if err := found.UnmarshalJSON(candidate.Bundle); err != nil {
		return "", fmt.Errorf("cannot be read: %w", err)
	}
	content, err := found.VerificationContent()
	if err != nil {
		return "", fmt.Errorf("cannot be read: %w", err)
	}
	switch keyless := content.Certificate() != nil; {
	case keyless && c.byKey:
		return "", fmt.Errorf("was made without a key, and not with that of %s", c.wanted)
	case !keyless && !c.byKey:
		return "", fmt.Errorf("was made with a key, and not by %s", c.wanted)
	}
	if err := candidate.isFor(digest, found); err != nil {
		return "", err
	}
	artifact := verify.WithArtifact(bytes.NewReader(candidate.Payload))
	if candidate.Payload == nil {
		raw, err := hex.DecodeString(strings.TrimPrefix(digest, "sha256:"))
		if err != nil {
			return "", fmt.Errorf("reading digest %s: %w", digest, err)
		}
		artifact = verify.WithArtifactDigest("sha256", raw)
	}
	_, err = c.entities.Verify(found, verify.NewPolicy(artifact, c.policies...))
	switch {
	case c.byKey && err == nil:
		return c.wanted, nil
	case c.byKey:
		return "", fmt.Errorf("was not made with %s: %w", c.wanted, err)
	}
	// The library compares identities last: one that it compares is proven.
	var mismatch *verify.ErrNoMatchingCertificateIdentity
	if err != nil && !errors.As(err, &mismatch) {
		return "", fmt.Errorf("is not genuine: %w", err)
	}
	summary, _ := certificate.SummarizeCertificate(content.Certificate())
	signer := Identity{Issuer: summary.Issuer, Subject: summary.SubjectAlternativeName}.String()
	if err != nil {
		return "", fmt.Errorf("was made by %s, and not by %s", signer, c.wanted)
	}
	return signer, nil
}

// Verify looks for a signature of the image with the given digest that the verifier accepts, and returns who has made
// it. One that was accepted is kept in the cache, where it is checked again: then the registry need not be asked.
func (r Repository) Verify(
	ctx context.Context, digest string, verifier *Verifier, cache Cache,
) (signer string, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	checker, err := verifier.open(ctx)
	if err != nil {
		return "", err
	}
	if kept, ok := cache.readSignature(digest); ok {
		if signer, err := checker.check(digest, kept); err == nil {
			return signer, nil
		}
	}
	var refused []error
	for _, read := range []func(context.Context, string) ([]signature, error){r.attached, r.referring} {
		found, err := read(ctx, digest)
		if err != nil {
			// What the first form holds says more than a registry that does not know the second.
			if len(refused) > 0 {
				break
			}
			return "", fmt.Errorf("looking for signatures of %s@%s: %w", r, digest, err)
		}
		for _, candidate := range found {
			signer, err := "", candidate.problem
			if err == nil {
				signer, err = checker.check(digest, candidate)
			}
			if err == nil {
				// A cache that cannot be written costs a look at the registry next time, nothing else.
				_ = cache.writeSignature(digest, candidate)
				return signer, nil
			}
			refused = append(refused, fmt.Errorf("%s %w", candidate.Name, err))
		}
	}
	if len(refused) == 0 {
		return "", fmt.Errorf("%w: the registry holds no signature of %s@%s", ErrUnsigned, r, digest)
	}
	return "", fmt.Errorf("%w: %w", ErrUntrusted, errors.Join(refused...))
}
