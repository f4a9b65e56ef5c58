package fluxartifact

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The form in which cosign stores a signature, as Flux's own releases are signed.
const (
	signatureMediaType  types.MediaType = "application/vnd.dev.cosign.simplesigning.v1+json"
	signatureAnnotation string          = "dev.cosignproject.cosign/signature"
)

// SignatureTag is where cosign looks for the signatures of an image.
func SignatureTag(image v1.Hash) string {
	return image.Algorithm + "-" + image.Hex + ".sig"
}

// Sign makes the image with a signature of the image with the given digest: what `cosign sign --key` would store. The
// Flux project signs without a key, for which there is no certificate authority here.
func Sign(image v1.Hash, reference string, key *ecdsa.PrivateKey) (v1.Image, error) {
	payload, err := json.Marshal(map[string]any{
		"critical": map[string]any{
			"identity": map[string]any{"docker-reference": reference},
			"image":    map[string]any{"docker-manifest-digest": image.String()},
			"type":     "cosign container image signature",
		},
		"optional": nil,
	})
	if err != nil {
		return nil, fmt.Errorf("encoding what is signed of %s: %w", image, err)
	}
	sum := sha256.Sum256(payload)
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		return nil, fmt.Errorf("signing %s: %w", image, err)
	}
	signed, err := mutate.Append(mutate.MediaType(empty.Image, types.OCIManifestSchema1), mutate.Addendum{
		Layer:       static.NewLayer(payload, signatureMediaType),
		Annotations: map[string]string{signatureAnnotation: base64.StdEncoding.EncodeToString(signature)},
	})
	if err != nil {
		return nil, fmt.Errorf("making the signature of %s: %w", image, err)
	}
	return signed, nil
}
