package artifact

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/sigstore/sigstore-go/pkg/bundle"
)

const (
	simpleSigningMediaType = "application/vnd.dev.cosign.simplesigning.v1+json"
	bundleMediaTypePrefix  = "application/vnd.dev.sigstore.bundle"

	// signPredicate is what a statement says that is a signature. Others are attestations: that the signer has looked
	// for vulnerabilities, say, and not that it vouches for the image.
	signPredicate = "https://sigstore.dev/cosign/sign/v1"

	maxSignature  = 1 << 20
	maxSignatures = 32
)

// signature is one signature of an image, in whichever form it was stored.
type signature struct {
	// Name tells it from others in messages.
	Name string `json:"name"`
	// Bundle is a Sigstore bundle as JSON.
	Bundle json.RawMessage `json:"bundle"`
	// Payload is what was signed, where the bundle does not hold it.
	Payload []byte `json:"payload,omitempty"`
	// problem is why there is no bundle.
	problem error
}

// attached reads the signatures in cosign's first form: layers of an image beside the signed one, each with a claim as
// content and the signature in its annotations.
func (r Repository) attached(ctx context.Context, digest string) ([]signature, error) {
	tag := strings.Replace(digest, ":", "-", 1) + ".sig"
	descriptor, err := remote.Get(r.repository.Tag(tag), r.options(ctx)...)
	if err != nil {
		return nil, missing(classify(err))
	}
	manifest, err := v1.ParseManifest(bytes.NewReader(descriptor.Manifest))
	if err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", ErrInvalid, tag, err)
	}
	var found []signature
	for i, layer := range manifest.Layers {
		if layer.MediaType != simpleSigningMediaType {
			continue
		}
		if len(found) == maxSignatures {
			break
		}
		candidate := signature{Name: fmt.Sprintf("signature %d in %s", i+1, tag)}
		payload, err := r.blob(ctx, layer, maxSignature)
		if outage(err) {
			return nil, err
		}
		if err == nil {
			candidate.Payload = payload
			candidate.Bundle, err = convert(layer.Annotations, payload)
		}
		if err != nil {
			candidate.problem = fmt.Errorf("cannot be read: %w", err)
		}
		found = append(found, candidate)
	}
	return found, nil
}

// referring reads the signatures in Sigstore's present form: images that name the signed one as their subject, each
// with a bundle as content.
func (r Repository) referring(ctx context.Context, digest string) ([]signature, error) {
	index, err := remote.Referrers(r.repository.Digest(digest), r.options(ctx)...)
	if err != nil {
		return nil, missing(classify(err))
	}
	list, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("%w: reading the list of what refers to the image: %w", ErrInvalid, err)
	}
	var found []signature
	for _, descriptor := range list.Manifests {
		if !mayHoldBundle(descriptor) || len(found) >= maxSignatures {
			continue
		}
		bundles, err := r.bundles(ctx, descriptor)
		if err != nil {
			return nil, err
		}
		found = append(found, bundles...)
	}
	return found, nil
}

// mayHoldBundle tells whether it is worth looking into what refers to an image. Some registries give the type of its
// config, which says nothing, where others give its own.
func mayHoldBundle(descriptor v1.Descriptor) bool {
	uncertain := []string{"", "application/vnd.oci.empty.v1+json", string(types.OCIConfigJSON)}
	return strings.HasPrefix(descriptor.ArtifactType, bundleMediaTypePrefix) ||
		slices.Contains(uncertain, descriptor.ArtifactType)
}

func (r Repository) bundles(ctx context.Context, referrer v1.Descriptor) ([]signature, error) {
	name := "signature " + referrer.Digest.String()
	descriptor, err := remote.Get(r.repository.Digest(referrer.Digest.String()), r.options(ctx)...)
	if err != nil {
		return nil, missing(classify(err))
	}
	manifest, err := v1.ParseManifest(bytes.NewReader(descriptor.Manifest))
	if err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", ErrInvalid, name, err)
	}
	var found []signature
	for _, layer := range manifest.Layers {
		if !strings.HasPrefix(string(layer.MediaType), bundleMediaTypePrefix) || len(found) == maxSignatures {
			continue
		}
		candidate := signature{Name: name}
		candidate.Bundle, err = r.blob(ctx, layer, maxSignature)
		if outage(err) {
			return nil, err
		}
		if err != nil {
			candidate.problem = fmt.Errorf("cannot be read: %w", err)
		}
		found = append(found, candidate)
	}
	return found, nil
}

// outage tells a registry that cannot be asked from an answer that is no use.
func outage(err error) bool {
	return errors.Is(err, ErrUnreachable) || errors.Is(err, ErrDenied)
}

// missing takes what is not there for an answer.
func missing(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// isFor tells why a signature is not one of the image with the given digest. What it reads is not proven yet: it only
// ever refuses, and what it accepts is then verified together with the signature.
func (s signature) isFor(digest string, found *bundle.Bundle) error {
	if s.Payload != nil {
		return isClaimFor(digest, s.Payload)
	}
	if !found.MinVersion("v0.3") {
		return fmt.Errorf("has the media type %q, want version 0.3 of it", found.MediaType)
	}
	envelope, err := found.Envelope()
	if err != nil {
		// A signature of the image itself: it names nothing that could be compared.
		return nil //nolint:nilerr // see above.
	}
	statement, err := envelope.Statement()
	if err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	if statement.GetPredicateType() != signPredicate {
		return fmt.Errorf("is an attestation of type %q, want a signature (%s)", statement.GetPredicateType(), signPredicate)
	}
	var others []string
	for _, subject := range statement.GetSubject() {
		if "sha256:"+subject.GetDigest()["sha256"] == digest {
			return nil
		}
		others = append(others, "sha256:"+subject.GetDigest()["sha256"])
	}
	return fmt.Errorf("is one of another image: %s", strings.Join(others, ", "))
}

// isClaimFor does the same for the claim that cosign signs in its first form.
func isClaimFor(digest string, payload []byte) error {
	var claim struct {
		Critical struct {
			Image struct {
				Digest string `json:"docker-manifest-digest"`
			} `json:"image"`
			Type string `json:"type"`
		} `json:"critical"`
	}
	if err := json.Unmarshal(payload, &claim); err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	const wanted = "cosign container image signature"
	if claim.Critical.Type != wanted {
		return fmt.Errorf("is a %q, want a %q", claim.Critical.Type, wanted)
	}
	if claim.Critical.Image.Digest != digest {
		return fmt.Errorf("is one of another image: %s", claim.Critical.Image.Digest)
	}
	return nil
}
