package backstage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// laterField is what a Stack has from the operator's v2 on, the definitions of which are in no module of Go's.
const laterField = `unknown field "spec.serviceAccountName"`

// takesOrders has an API server that knows the operator's kinds look at what the operator's template emits.
func takesOrders(p portal, c fixture.Cluster, definitions string) {
	p.t.Helper()
	// Not apply, which would write the whole definition into an annotation, that has not so much room.
	c.Kubectl(p.t, "create", "--filename", definitions)
	c.Kubectl(p.t, "wait", "--for=condition=Established", "--timeout=60s", "--filename", definitions)
	c.Kubectl(p.t, "create", "namespace", "pulumi")
	all := orders()
	for _, name := range []string{"operator", "operator least"} {
		for file, emitted := range p.mustRun(readTemplate(p.t, "operator"), order(all[name].changes)).files {
			if complaint := complaintOf(p.t, c, emitted, "strict"); complaint != "" &&
				(strings.Count(complaint, "unknown field") != 1 || !strings.Contains(complaint, laterField)) {
				p.t.Errorf("%s: the API server says %s", file, complaint)
			}
			// Where there is an unknown field, the rest has not been looked at.
			if complaint := complaintOf(p.t, c, emitted, "warn"); complaint != "" {
				p.t.Errorf("%s: the API server says %s", file, complaint)
			}
			refusesBroken(p.t, c, emitted)
		}
	}
}

// refusesBroken proves that the API server looks at the objects at all.
func refusesBroken(t *testing.T, c fixture.Cluster, objects string) {
	t.Helper()
	for _, broken := range []struct{ from, to, validation, want string }{
		{"destroyOnFinalize: true", "destroyOnFinalize: maybe", "warn", "spec.destroyOnFinalize"},
		{"programRef: {", "programRef: { label: x,", "strict", `unknown field "spec.programRef.label"`},
		{"      type: gitops-cluster:", "      kind: gitops-cluster:", "strict", `.kind"`},
	} {
		changed := strings.Replace(objects, broken.from, broken.to, 1)
		if got := complaintOf(t, c, changed, broken.validation); !strings.Contains(got, broken.want) {
			t.Errorf("with %q the API server says %q, want %s", broken.to, got, broken.want)
		}
	}
}

// complaintOf is what an API server has against objects, which are not stored.
func complaintOf(t *testing.T, c fixture.Cluster, objects, validation string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(path, []byte(objects), 0o600); err != nil {
		t.Fatal(err)
	}
	printed, err := c.Try(t, "create", "--dry-run=server", "--validate="+validation, "--filename", path)
	if err == nil {
		return ""
	}
	return printed
}
