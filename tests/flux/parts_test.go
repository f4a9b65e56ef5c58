package flux

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

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

// goesOnInParts applies by two Kustomizations what one has applied. Some of it may go before it is there again.
func goesOnInParts(t *testing.T, h host, opened auto.Stack, program []byte) {
	t.Helper()
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
	want := []string{"apps", "flux", "infrastructure"}
	got := h.Words(t, "--namespace", "flux-system", "get", "kustomizations",
		"--output", "jsonpath={.items[*].metadata.name}")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Kustomizations (-want +got):\n%s", diff)
	}
	fixture.Eventually(t, 2*time.Minute, "what is synced", func() (bool, string) {
		printed, err := h.Try(t, "--namespace", "synced", "get", "secret", "synced", "--output", "jsonpath={.data.values}")
		return err == nil && printed != "", printed
	})
}
