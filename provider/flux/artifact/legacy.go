package artifact

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// The annotations in which cosign keeps what belongs to a signature in its first form.
const (
	signatureAnnotation   = "dev.cosignproject.cosign/signature"
	certificateAnnotation = "dev.sigstore.cosign/certificate"
	logAnnotation         = "dev.sigstore.cosign/bundle"
	timestampAnnotation   = "dev.sigstore.cosign/rfc3161timestamp"

	legacyBundleMediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1"
)

// convert makes a Sigstore bundle of a signature in cosign's first form, so that both forms are verified alike. The
// chain of certificates that cosign stores too is left out: only the roots say which issuers count.
func convert(annotations map[string]string, payload []byte) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(annotations[signatureAnnotation])
	if err != nil || len(raw) == 0 {
		return nil, fmt.Errorf("its annotation %s is not a signature in base64", signatureAnnotation)
	}
	sum := sha256.Sum256(payload)
	converted := &protobundle.Bundle{
		MediaType: legacyBundleMediaType,
		Content: &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
			MessageDigest: &protocommon.HashOutput{Algorithm: protocommon.HashAlgorithm_SHA2_256, Digest: sum[:]},
			Signature:     raw,
		}},
	}
	if annotations[certificateAnnotation] == "" {
		// Made with a key, which is asked alone: neither log nor time matters.
		converted.VerificationMaterial = &protobundle.VerificationMaterial{
			Content: &protobundle.VerificationMaterial_PublicKey{PublicKey: &protocommon.PublicKeyIdentifier{}},
		}
		return protojson.Marshal(converted)
	}
	if converted.VerificationMaterial, err = convertCertificate(annotations); err != nil {
		return nil, err
	}
	return protojson.Marshal(converted)
}

func convertCertificate(annotations map[string]string) (*protobundle.VerificationMaterial, error) {
	block, _ := pem.Decode([]byte(annotations[certificateAnnotation]))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("its annotation %s is not a certificate in PEM", certificateAnnotation)
	}
	material := &protobundle.VerificationMaterial{
		Content: &protobundle.VerificationMaterial_X509CertificateChain{
			X509CertificateChain: &protocommon.X509CertificateChain{
				Certificates: []*protocommon.X509Certificate{{RawBytes: block.Bytes}},
			},
		},
	}
	if text := annotations[logAnnotation]; text != "" {
		entry, err := convertLogEntry(text)
		if err != nil {
			return nil, fmt.Errorf("its annotation %s cannot be read: %w", logAnnotation, err)
		}
		material.TlogEntries = []*protorekor.TransparencyLogEntry{entry}
	}
	if text := annotations[timestampAnnotation]; text != "" {
		var timestamp struct{ SignedRFC3161Timestamp []byte }
		if err := json.Unmarshal([]byte(text), &timestamp); err != nil {
			return nil, fmt.Errorf("its annotation %s cannot be read: %w", timestampAnnotation, err)
		}
		material.TimestampVerificationData = &protobundle.TimestampVerificationData{
			Rfc3161Timestamps: []*protocommon.RFC3161SignedTimestamp{
				{SignedTimestamp: timestamp.SignedRFC3161Timestamp},
			},
		}
	}
	return material, nil
}

func convertLogEntry(text string) (*protorekor.TransparencyLogEntry, error) {
	var stored struct {
		SignedEntryTimestamp []byte
		Payload              struct {
			Body           []byte `json:"body"`
			IntegratedTime int64  `json:"integratedTime"`
			LogIndex       int64  `json:"logIndex"`
			LogID          string `json:"logID"`
		}
	}
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return nil, err
	}
	logID, err := hex.DecodeString(stored.Payload.LogID)
	if err != nil {
		return nil, err
	}
	var body struct {
		Kind       string `json:"kind"`
		APIVersion string `json:"apiVersion"`
	}
	if err := json.Unmarshal(stored.Payload.Body, &body); err != nil {
		return nil, err
	}
	if len(stored.SignedEntryTimestamp) == 0 {
		return nil, errors.New("it has no SignedEntryTimestamp")
	}
	return &protorekor.TransparencyLogEntry{
		LogIndex:          stored.Payload.LogIndex,
		LogId:             &protocommon.LogId{KeyId: logID},
		KindVersion:       &protorekor.KindVersion{Kind: body.Kind, Version: body.APIVersion},
		IntegratedTime:    stored.Payload.IntegratedTime,
		InclusionPromise:  &protorekor.InclusionPromise{SignedEntryTimestamp: stored.SignedEntryTimestamp},
		CanonicalizedBody: stored.Payload.Body,
	}, nil
}
