package daemon

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/layout"
)

// signer is the key with which Flux's artifacts are signed. It stays the same in every life of a local cloud, because
// programs name its public half.
func signer(dir layout.Dir) (*ecdsa.PrivateKey, error) {
	content, err := os.ReadFile(dir.Signer())
	if errors.Is(err, os.ErrNotExist) {
		return makeSigner(dir.Signer())
	}
	if err != nil {
		return nil, fmt.Errorf("reading the signer's key: %w", err)
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, fmt.Errorf("reading the signer's key: %s is not in PEM; delete it for another", dir.Signer())
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading the signer's key: %w; delete %s for another", err, dir.Signer())
	}
	return key, nil
}

func makeSigner(file string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the signer's key: %w", err)
	}
	encoded, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encoding the signer's key: %w", err)
	}
	content := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: encoded})
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return nil, fmt.Errorf("writing the signer's key: %w", err)
	}
	return key, nil
}

// publicHalf is what cosign writes to cosign.pub.
func publicHalf(key *ecdsa.PrivateKey) (string, error) {
	encoded, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return "", fmt.Errorf("encoding the signer's public key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: encoded})), nil
}
