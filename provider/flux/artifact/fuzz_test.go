package artifact

import (
	"errors"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/fuzzed"
)

// memory is what reading a document may take, by how long it is.
func memory(length int) float64 { return 16<<20 + 1000*float64(length) }

// FuzzManifestOf gives anything as the manifest of an artifact, which a registry answers.
func FuzzManifestOf(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":` +
		`"` + configMediaType + `"},"layers":[{"mediaType":"` + contentMediaType + `","size":1,"digest":"sha256:` +
		`2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}]}`))
	f.Add([]byte(`{"layers":[{"size":-1}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		fuzzed.Bounded(t, memory(len(raw)), func() {
			layer, err := layerOf(raw)
			switch {
			case err != nil && !errors.Is(err, ErrInvalid):
				t.Errorf("got %v, want ErrInvalid", err)
			case err == nil && (layer.Size > maxCompressed || layer.Size < 0):
				t.Errorf("got a layer of %d bytes", layer.Size)
			}
		})
	})
}

// FuzzLegacySignature gives anything as what cosign has attached to an artifact.
func FuzzLegacySignature(f *testing.F) {
	f.Add("AA==", "", "", "", []byte("{}"))
	f.Add("AA==", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
		`{"SignedEntryTimestamp":"AA==","Payload":{"body":"AA==","integratedTime":1,"logIndex":-1,"logID":"00"}}`,
		`{"SignedRFC3161Timestamp":"AA=="}`, []byte("x"))
	f.Fuzz(func(t *testing.T, signature, certificate, log, timestamp string, payload []byte) {
		length := len(signature) + len(certificate) + len(log) + len(timestamp) + len(payload)
		fuzzed.Bounded(t, memory(length), func() {
			bundle, err := convert(map[string]string{
				signatureAnnotation: signature, certificateAnnotation: certificate, logAnnotation: log,
				timestampAnnotation: timestamp,
			}, payload)
			if err != nil && bundle != nil {
				t.Errorf("got a bundle beside the error %v", err)
			}
		})
	})
}

// FuzzRoots gives anything as roots of trust, which the user names in a file.
func FuzzRoots(f *testing.F) {
	f.Add(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","tlogs":[{}],` +
		`"certificateAuthorities":[{}],"ctlogs":[{}],"timestampAuthorities":[{}]}`)
	f.Add(`{"tlogs":[{"logId":{"keyId":"AA=="},"publicKey":{"rawBytes":"AA==","keyDetails":5}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		fuzzed.Bounded(t, memory(len(text)), func() {
			roots, err := FixedRoots(text)
			if err == nil && roots == nil {
				t.Error("got neither roots nor an error")
			}
		})
	})
}
