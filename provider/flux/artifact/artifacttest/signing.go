package artifacttest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protodsse "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/rekor/pkg/util"
	"github.com/sigstore/sigstore/pkg/signature"
	"google.golang.org/protobuf/encoding/protojson"
)

const (
	bundleMediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
	intotoMediaType = "application/vnd.in-toto+json"
	simpleMediaType = "application/vnd.dev.cosign.simplesigning.v1+json"
	signPredicate   = "https://sigstore.dev/cosign/sign/v1"
	rekorHost       = "rekor.test"
)

// Signing is a signature that is put beside an image.
type Signing struct {
	// Key signs, if Sigstore is nil.
	Key *ecdsa.PrivateKey
	// Sigstore vouches for a key that is made for this signature alone, on behalf of an identity.
	Sigstore        *Sigstore
	Issuer, Subject string
	// Claim is the digest that is signed, if it is not that of the image.
	Claim string
	// Predicate is what the statement of a bundle says, if not that it is a signature.
	Predicate string
	// WithoutSCT has the certificate log not know the certificate, WithoutLog the transparency log not the signature,
	// and Late enters it into the log after the certificate has expired.
	WithoutSCT, WithoutLog, Late bool
	// Change spoils what is stored in the first form.
	Change func(annotations map[string]string)
}

func (s Signing) signer(t testing.TB) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	if s.Sigstore == nil {
		return s.Key, nil
	}
	key := Key(t)
	return key, s.Sigstore.certificate(t, s.Issuer, s.Subject, key, s.WithoutSCT)
}

func (s Signing) claim(digest string) string {
	if s.Claim != "" {
		return s.Claim
	}
	return digest
}

func (s Signing) time() int64 {
	if s.Late {
		return time.Now().Add(20 * time.Minute).Unix()
	}
	return time.Now().Unix()
}

// Sign stores a signature in cosign's first form: a layer of the image that is tagged after the signed one. Each
// call adds one.
func (r *Registry) Sign(t testing.TB, digest string, signing Signing) {
	t.Helper()
	key, certificate := signing.signer(t)
	payload := encode(t, map[string]any{
		"critical": map[string]any{
			"identity": map[string]any{"docker-reference": "ghcr.io/fluxcd/flux-manifests"},
			"image":    map[string]any{"docker-manifest-digest": signing.claim(digest)},
			"type":     "cosign container image signature",
		},
		"optional": nil,
	})
	signed := sign(t, key, payload)
	annotations := map[string]string{
		"dev.cosignproject.cosign/signature": base64.StdEncoding.EncodeToString(signed),
	}
	if certificate != nil {
		annotations["dev.sigstore.cosign/certificate"] = string(certificatePEM(certificate))
		annotations["dev.sigstore.cosign/chain"] = string(certificatePEM(signing.Sigstore.intermediate))
		if !signing.WithoutLog {
			annotations["dev.sigstore.cosign/bundle"] = signing.annotation(t, payload, signed, certificate)
		}
	}
	if signing.Change != nil {
		signing.Change(annotations)
	}
	tag := r.tag(t, strings.Replace(digest, ":", "-", 1)+".sig")
	image := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	if before, err := remote.Image(tag, r.options...); err == nil {
		image = before
	}
	image, err := mutate.Append(image, mutate.Addendum{
		Layer: static.NewLayer(payload, simpleMediaType), Annotations: annotations,
	})
	if err != nil {
		t.Fatalf("making a signature: %v", err)
	}
	if err := remote.Write(tag, image, r.options...); err != nil {
		t.Fatalf("pushing a signature: %v", err)
	}
}

// annotation is the transparency log's promise, as cosign stores it.
func (s Signing) annotation(t testing.TB, payload, signed []byte, certificate *x509.Certificate) string {
	t.Helper()
	sum := sha256.Sum256(payload)
	entry := s.entry(t, "hashedrekord", map[string]any{
		"data": map[string]any{"hash": map[string]any{"algorithm": "sha256", "value": hex.EncodeToString(sum[:])}},
		"signature": map[string]any{
			"content": signed, "publicKey": map[string]any{"content": certificatePEM(certificate)},
		},
	})
	return string(encode(t, map[string]any{
		"SignedEntryTimestamp": entry.GetInclusionPromise().GetSignedEntryTimestamp(),
		"Payload": map[string]any{
			"body": entry.GetCanonicalizedBody(), "integratedTime": entry.GetIntegratedTime(),
			"logIndex": entry.GetLogIndex(), "logID": hex.EncodeToString(entry.GetLogId().GetKeyId()),
		},
	}))
}

// entry enters something into the transparency log, as the first and only entry.
func (s Signing) entry(t testing.TB, kind string, spec map[string]any) *protorekor.TransparencyLogEntry {
	t.Helper()
	body := encode(t, map[string]any{"apiVersion": "0.0.1", "kind": kind, "spec": spec})
	leaf := sha256.Sum256(append([]byte{0}, body...))
	integrated := s.time()
	promise := sign(t, s.Sigstore.logKey, encode(t, map[string]any{
		"body": body, "integratedTime": integrated, "logIndex": 0, "logID": hex.EncodeToString(s.Sigstore.logID[:]),
	}))
	signer, err := signature.LoadECDSASignerVerifier(s.Sigstore.logKey, crypto.SHA256)
	if err != nil {
		t.Fatalf("loading the log's key: %v", err)
	}
	checkpoint, err := util.CreateAndSignCheckpoint(t.Context(), rekorHost, 1, 1, leaf[:], signer)
	if err != nil {
		t.Fatalf("signing a checkpoint: %v", err)
	}
	return &protorekor.TransparencyLogEntry{
		LogIndex: 0, LogId: &protocommon.LogId{KeyId: s.Sigstore.logID[:]},
		KindVersion:       &protorekor.KindVersion{Kind: kind, Version: "0.0.1"},
		IntegratedTime:    integrated,
		InclusionPromise:  &protorekor.InclusionPromise{SignedEntryTimestamp: promise},
		CanonicalizedBody: body,
		InclusionProof: &protorekor.InclusionProof{
			TreeSize: 1, RootHash: leaf[:], Checkpoint: &protorekor.Checkpoint{Envelope: string(checkpoint)},
		},
	}
}

// SignBundle stores a signature in Sigstore's present form: an image that refers to the signed one.
func (r *Registry) SignBundle(t testing.TB, digest string, signing Signing) {
	t.Helper()
	key, certificate := signing.signer(t)
	predicate := signing.Predicate
	if predicate == "" {
		predicate = signPredicate
	}
	statement := encode(t, map[string]any{
		"_type": "https://in-toto.io/Statement/v1",
		"subject": []any{
			map[string]any{"digest": map[string]any{"sha256": strings.TrimPrefix(signing.claim(digest), "sha256:")}},
		},
		"predicateType": predicate,
		"predicate":     map[string]any{},
	})
	signed := sign(t, key, dsse.PAE(intotoMediaType, statement))
	made := &protobundle.Bundle{
		MediaType: bundleMediaType,
		Content: &protobundle.Bundle_DsseEnvelope{DsseEnvelope: &protodsse.Envelope{
			Payload: statement, PayloadType: intotoMediaType, Signatures: []*protodsse.Signature{{Sig: signed}},
		}},
		VerificationMaterial: &protobundle.VerificationMaterial{
			Content: &protobundle.VerificationMaterial_PublicKey{
				PublicKey: &protocommon.PublicKeyIdentifier{Hint: "test"},
			},
		},
	}
	if certificate != nil {
		made.VerificationMaterial.Content = &protobundle.VerificationMaterial_Certificate{
			Certificate: &protocommon.X509Certificate{RawBytes: certificate.Raw},
		}
		if !signing.WithoutLog {
			made.VerificationMaterial.TlogEntries = []*protorekor.TransparencyLogEntry{
				signing.logged(t, statement, signed, certificate),
			}
		}
	}
	content, err := protojson.Marshal(made)
	if err != nil {
		t.Fatalf("encoding a bundle: %v", err)
	}
	r.refer(t, digest, content)
}

func (s Signing) logged(
	t testing.TB, statement, signed []byte, certificate *x509.Certificate,
) *protorekor.TransparencyLogEntry {
	t.Helper()
	envelope := sha256.Sum256(signed)
	payload := sha256.Sum256(statement)
	return s.entry(t, "dsse", map[string]any{
		"envelopeHash": map[string]any{"algorithm": "sha256", "value": hex.EncodeToString(envelope[:])},
		"payloadHash":  map[string]any{"algorithm": "sha256", "value": hex.EncodeToString(payload[:])},
		"signatures":   []any{map[string]any{"signature": signed, "verifier": certificatePEM(certificate)}},
	})
}

// refer pushes an image with one layer that refers to another image.
func (r *Registry) refer(t testing.TB, digest string, content []byte) {
	t.Helper()
	subject, err := remote.Get(r.reference(t, digest), r.options...)
	if err != nil {
		t.Fatalf("looking for the signed image: %v", err)
	}
	image := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	image = mutate.ConfigMediaType(image, bundleMediaType)
	image, err = mutate.Append(image, mutate.Addendum{Layer: static.NewLayer(content, bundleMediaType)})
	if err != nil {
		t.Fatalf("making a signature: %v", err)
	}
	referring, ok := mutate.Subject(image, subject.Descriptor).(v1.Image)
	if !ok {
		t.Fatal("an image with a subject is no image")
	}
	made, err := referring.Digest()
	if err != nil {
		t.Fatalf("computing the digest of a signature: %v", err)
	}
	if err := remote.Write(r.reference(t, made.String()), referring, r.options...); err != nil {
		t.Fatalf("pushing a signature: %v", err)
	}
}

// encode writes JSON in the canonical form that logs sign: keys sorted, nothing escaped that need not be.
func encode(t testing.TB, value any) []byte {
	t.Helper()
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatalf("encoding %v: %v", fmt.Sprintf("%T", value), err)
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}
