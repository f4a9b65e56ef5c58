package flux

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// syncsThousand has a repository with a thousand objects synced in the place of the sample's. How long that takes is
// told, and depends on the machine.
func syncsThousand(t *testing.T, h host, opened auto.Stack) {
	t.Helper()
	const namespaces, each = 5, 200
	var manifests strings.Builder
	for i := range namespaces {
		fmt.Fprintf(&manifests, "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: large-%d\n", i)
		for j := range each {
			fmt.Fprintf(&manifests, "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c%03d\n  namespace: large-%d\n"+
				"data:\n  number: \"%d\"\n", j, i, j)
		}
	}
	h.pushManifests(t, "large", manifests.String())
	fixture.Set(t, opened, "syncUrl", h.GitURL("large"))
	fixture.Set(t, opened, "syncPath", "./")
	began := time.Now()
	fixture.Up(t, opened)
	t.Logf("up took %s", time.Since(began).Round(time.Second))
	applied := h.Words(t, "get", "configmaps", "--all-namespaces", "--output", "name",
		"--selector", "kustomize.toolkit.fluxcd.io/name=flux-system")
	if len(applied) != namespaces*each {
		t.Errorf("Flux has applied %d objects, want %d", len(applied), namespaces*each)
	}
}
