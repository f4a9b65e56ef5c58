package artifacttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net/url"
	"testing"
	"time"

	ct "github.com/google/certificate-transparency-go"
	cttls "github.com/google/certificate-transparency-go/tls"
	ctx509 "github.com/google/certificate-transparency-go/x509"
	"github.com/sigstore/sigstore-go/pkg/root"
)

// Sigstore is a Sigstore of a test's own: a certificate authority, a transparency log and a certificate log, each with
// a key that only the test has.
type Sigstore struct {
	authority, intermediate   *x509.Certificate
	intermediateKey           *ecdsa.PrivateKey
	logKey, certificateLogKey *ecdsa.PrivateKey
	logID, certificateLogID   [sha256.Size]byte
}

// NewSigstore makes a Sigstore that nobody else knows.
func NewSigstore(t testing.TB) *Sigstore {
	t.Helper()
	s := &Sigstore{logKey: Key(t), certificateLogKey: Key(t), intermediateKey: Key(t)}
	s.logID, s.certificateLogID = keyID(t, s.logKey), keyID(t, s.certificateLogKey)
	authorityKey := Key(t)
	template := func(name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"test"}},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		}
	}
	s.authority = certify(t, template("root"), template("root"), authorityKey, authorityKey)
	intermediate := template("intermediate")
	intermediate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	s.intermediate = certify(t, intermediate, s.authority, s.intermediateKey, authorityKey)
	return s
}

// Key makes a key like those that cosign makes.
func Key(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("making a key: %v", err)
	}
	return key
}

// PublicKey returns the public half of a key as PEM.
func PublicKey(t testing.TB, key crypto.Signer) string {
	t.Helper()
	raw, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatalf("encoding a public key: %v", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: raw}))
}

func keyID(t testing.TB, key *ecdsa.PrivateKey) [sha256.Size]byte {
	t.Helper()
	raw, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatalf("encoding a public key: %v", err)
	}
	return sha256.Sum256(raw)
}

func certify(t testing.TB, template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		t.Fatalf("making a certificate: %v", err)
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatalf("reading a certificate: %v", err)
	}
	return certificate
}

// TrustedRoot returns what has to be trusted to trust this Sigstore, in the form of trusted_root.json.
func (s *Sigstore) TrustedRoot(t testing.TB) string {
	t.Helper()
	start := time.Now().Add(-time.Hour)
	log := func(address string, id [sha256.Size]byte, key *ecdsa.PrivateKey) *root.TransparencyLog {
		return &root.TransparencyLog{
			BaseURL: address, ID: id[:], ValidityPeriodStart: start, PublicKey: key.Public(),
			HashFunc: crypto.SHA256, SignatureHashFunc: crypto.SHA256,
		}
	}
	made, err := root.NewTrustedRoot(root.TrustedRootMediaType01,
		[]root.CertificateAuthority{&root.FulcioCertificateAuthority{
			Root: s.authority, Intermediates: []*x509.Certificate{s.intermediate}, ValidityPeriodStart: start,
		}},
		map[string]*root.TransparencyLog{"ct": log("https://ct.test", s.certificateLogID, s.certificateLogKey)},
		nil,
		map[string]*root.TransparencyLog{"rekor": log("https://"+rekorHost, s.logID, s.logKey)},
	)
	if err != nil {
		t.Fatalf("making a trusted root: %v", err)
	}
	text, err := made.MarshalJSON()
	if err != nil {
		t.Fatalf("encoding a trusted root: %v", err)
	}
	return string(text)
}

// The extensions in which Fulcio names the issuer, and in which a log's promise stands.
var (
	issuerExtension  = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}
	promiseExtension = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}
)

// certificate issues a certificate for minutes, as Fulcio does: first without the promise of the certificate log, which
// signs that one, then with it.
func (s *Sigstore) certificate(
	t testing.TB, issuer, subject string, key *ecdsa.PrivateKey, unknown bool,
) *x509.Certificate {
	t.Helper()
	address, err := url.Parse(subject)
	if err != nil {
		t.Fatalf("reading the subject %q: %v", subject, err)
	}
	encoded, err := asn1.MarshalWithParams(issuer, "utf8")
	if err != nil {
		t.Fatalf("encoding the issuer: %v", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), URIs: []*url.URL{address},
		NotBefore: time.Now().Add(-5 * time.Minute), NotAfter: time.Now().Add(5 * time.Minute),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		ExtraExtensions: []pkix.Extension{{Id: issuerExtension, Value: encoded}},
	}
	promised := certify(t, template, s.intermediate, key, s.intermediateKey)
	if unknown {
		return promised
	}
	template.ExtraExtensions = append(template.ExtraExtensions,
		pkix.Extension{Id: promiseExtension, Value: s.promise(t, promised)})
	return certify(t, template, s.intermediate, key, s.intermediateKey)
}

// promise signs a certificate for the certificate log: a list of one "signed certificate timestamp".
func (s *Sigstore) promise(t testing.TB, promised *x509.Certificate) []byte {
	t.Helper()
	timestamp := ct.SignedCertificateTimestamp{
		SCTVersion: ct.V1, LogID: ct.LogID{KeyID: s.certificateLogID}, Timestamp: uint64(time.Now().UnixMilli()),
	}
	input, err := ct.SerializeSCTSignatureInput(timestamp, ct.LogEntry{Leaf: ct.MerkleTreeLeaf{
		Version: ct.V1, LeafType: ct.TimestampedEntryLeafType,
		TimestampedEntry: &ct.TimestampedEntry{
			Timestamp: timestamp.Timestamp, EntryType: ct.PrecertLogEntryType,
			PrecertEntry: &ct.PreCert{
				IssuerKeyHash:  sha256.Sum256(s.intermediate.RawSubjectPublicKeyInfo),
				TBSCertificate: promised.RawTBSCertificate,
			},
		},
	}})
	if err != nil {
		t.Fatalf("preparing a certificate timestamp: %v", err)
	}
	signed, err := cttls.CreateSignature(*s.certificateLogKey, cttls.SHA256, input)
	if err != nil {
		t.Fatalf("signing a certificate timestamp: %v", err)
	}
	timestamp.Signature = ct.DigitallySigned(signed)
	raw, err := cttls.Marshal(timestamp)
	if err != nil {
		t.Fatalf("encoding a certificate timestamp: %v", err)
	}
	list, err := cttls.Marshal(ctx509.SignedCertificateTimestampList{SCTList: []ctx509.SerializedSCT{{Val: raw}}})
	if err != nil {
		t.Fatalf("encoding a list of certificate timestamps: %v", err)
	}
	value, err := asn1.Marshal(list)
	if err != nil {
		t.Fatalf("encoding an extension: %v", err)
	}
	return value
}

func certificatePEM(certificate *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
}

func sign(t testing.TB, key *ecdsa.PrivateKey, content []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(content)
	signed, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatalf("signing: %v", err)
	}
	return signed
}
