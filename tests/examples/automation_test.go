package examples

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/guide"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// TestAutomation has the program with the Automation API make a cluster of its list and destroy it again, with the
// commands of its guide.
func TestAutomation(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	shell := prepared(t, cloud)

	for arguments, says := range map[string]string{
		"": "usage: clusters", "explode": "cannot explode", "up nowhere": "has no cluster nowhere",
	} {
		printed, err := shell.Try(t, "go run . "+arguments)
		if err == nil || !strings.Contains(printed, says) {
			t.Errorf("go run . %s: %v, want %q in\n%s", arguments, err, says, printed)
		}
	}
	walk := guide.Open(t, "examples/automation-api/README.md")
	printed, err := shell.Try(t, walk.Next(t))
	for _, says := range []string{"broken: ", "gitops-cluster:index:GitOpsTeardown payments create"} {
		if err == nil || !strings.Contains(printed, says) {
			t.Errorf("a preview with a cluster that is wrong: %v, want %q in\n%s", err, says, printed)
		}
	}
	if printed := shell.Run(t, walk.Next(t)); !strings.Contains(printed, "payments is at https://") {
		t.Errorf("the program does not say where the cluster is:\n%s", printed)
	}
	walk.Follow(t, shell, "")
	cloud.MustBeEmpty(t)
}

// prepared is a shell in a folder with the program, which uses the SDK of this repository, and with a list of two
// clusters, one of them broken.
func prepared(t *testing.T, cloud fixture.Cloud) guide.Shell {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "clusters")
	if err := os.CopyFS(copied, os.DirFS(folder("automation-api"))); err != nil {
		t.Fatal(err)
	}
	const sdk = "sdk/go/gitopscluster"
	sdkFolder := filepath.Join(filepath.Dir(cloud.Tree.Bin), filepath.FromSlash(sdk))
	sums, err := os.ReadFile(filepath.Join(sdkFolder, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"go.sum": sums, "clusters.json": list(t, cloud)} {
		if err := os.WriteFile(filepath.Join(copied, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env, err := stack.Env(t.Context(), cloud.Tree, t.TempDir(), cloud.LocalCloud)
	if err != nil {
		t.Fatal(err)
	}
	shell := guide.NewShell(copied, env)
	shell.Run(t, "go mod edit -replace github.com/my-backstage-demo/pulumi-gitops-cluster/"+sdk+"="+sdkFolder)
	shell.Run(t, "go mod tidy")
	return shell
}

// list is the example's list: its first cluster in the local cloud, and its second with a version that there is not.
func list(t *testing.T, cloud fixture.Cloud) []byte {
	t.Helper()
	var clusters []map[string]any
	if err := json.Unmarshal(read(t, "automation-api/clusters.json"), &clusters); err != nil {
		t.Fatal(err)
	}
	for _, cluster := range clusters {
		cluster["region"], cluster["repository"], cluster["folder"] = cloud.Region, cloud.GitURL(fixture.Sample), "./apps"
		cluster["flux"] = map[string]any{
			"url": cloud.Artifact(), "insecure": true, "verify": map[string]any{"publicKey": cloud.SignerKey},
		}
	}
	clusters[1]["name"], clusters[1]["kubernetes"] = "broken", "9.99"
	text, err := json.Marshal(clusters)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
