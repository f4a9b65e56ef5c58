package flux

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// parts is how the program says that the repository is applied in two steps.
const parts = `kustomizations:
        - { name: infrastructure, path: ./infrastructure }
        - { name: apps, path: ./apps, dependsOn: [infrastructure] }
`

// rewrite changes the program of a stack at one place.
func rewrite(t *testing.T, opened auto.Stack, program []byte, before, after string) {
	t.Helper()
	root, err := os.OpenRoot(opened.Workspace().WorkDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	changed := bytes.Replace(program, []byte(before), []byte(after), 1)
	if err := root.WriteFile("Pulumi.yaml", changed, 0o600); err != nil {
		t.Fatal(err)
	}
}

// inParts puts the documents of a file into the folders of the two parts.
func inParts(manifests string) map[string]string {
	first, second, _ := strings.Cut(manifests, "---\n")
	return map[string]string{"infrastructure/first.yaml": first, "apps/second.yaml": second}
}

// goesOnInParts applies by two Kustomizations what one has applied, and by one of another name again. What is applied
// stays all the time: it is the same object in the end.
func goesOnInParts(t *testing.T, h host, opened auto.Stack, program []byte) {
	t.Helper()
	applied := func() []string {
		return h.Words(t, "get", "namespace/synced", "secret/synced", "--namespace", "synced",
			"--output", "jsonpath={.items[*].metadata.uid}")
	}
	before := applied()
	rewrite(t, opened, program, "# kustomizations\n", parts)
	fixture.Set(t, opened, "syncTag", "misspelt-parts")
	_, err := opened.Up(t.Context())
	for _, words := range []string{"Kustomization apps: BuildFailed", "variable not set (strict mode)"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want an error with %q", err, words)
		}
	}
	fixture.Set(t, opened, "syncTag", "parts")
	fixture.Up(t, opened)
	check := func(want ...string) {
		t.Helper()
		got := h.Words(t, "--namespace", "flux-system", "get", "kustomizations",
			"--output", "jsonpath={.items[*].metadata.name}")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Kustomizations (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, applied()); diff != "" {
			t.Errorf("what is applied is not the same any more (-want +got):\n%s", diff)
		}
	}
	check("apps", "flux", "infrastructure")
	rewrite(t, opened, program, "# kustomizations\n", "name: fleet\n")
	fixture.Up(t, opened)
	check("fleet", "flux")
}
