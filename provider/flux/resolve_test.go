package flux

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnverified(t *testing.T) {
	t.Parallel()
	for url, want := range map[string][]string{
		"oci://mirror.example/fluxcd/flux-manifests": nil,
		OfficialArtifact: {"the signature of the Flux artifact oci://ghcr.io/fluxcd/flux-manifests@sha256:1 was not " +
			"verified: this version of the component cannot do so"},
	} {
		if diff := cmp.Diff(want, unverified(Artifact{URL: url, Digest: "sha256:1"})); diff != "" {
			t.Errorf("warnings for %s (-want +got):\n%s", url, diff)
		}
	}
}
