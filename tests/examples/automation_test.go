package examples

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// service is the example's program, compiled, with what it needs around it.
type service struct {
	folder string
	env    []string
}

// TestAutomation has the program with the Automation API make a cluster of its list and destroy it again.
func TestAutomation(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	s := compiled(t, cloud)

	for _, wrong := range []struct{ arguments, says string }{
		{"", "usage: clusters"}, {"explode", "cannot explode"}, {"up nowhere", "has no cluster nowhere"},
		// Both are tried.
		{"preview", "broken: "},
	} {
		printed, err := s.try(t, strings.Fields(wrong.arguments)...)
		if err == nil || !strings.Contains(printed, wrong.says) {
			t.Errorf("clusters %s: %v, want %q in\n%s", wrong.arguments, err, wrong.says, printed)
		}
		if wrong.arguments == "preview" && !strings.Contains(printed, "gitops-cluster:index:GitOpsTeardown payments create") {
			t.Errorf("one broken cluster keeps the other from being previewed:\n%s", printed)
		}
	}
	for _, arguments := range []string{"up payments", "destroy payments"} {
		printed, err := s.try(t, strings.Fields(arguments)...)
		if err != nil {
			t.Fatalf("clusters %s: %v\n%s", arguments, err, printed)
		}
		if arguments == "up payments" && !strings.Contains(printed, "payments is at https://") {
			t.Errorf("the program does not say where the cluster is:\n%s", printed)
		}
	}
	cloud.MustBeEmpty(t)
}

// compiled compiles the program with the SDK of this repository, and gives it a list of two clusters, one of them
// broken.
func compiled(t *testing.T, cloud fixture.Cloud) service {
	t.Helper()
	s := service{folder: filepath.Join(t.TempDir(), "clusters")}
	if err := os.CopyFS(s.folder, os.DirFS(folder("automation-api"))); err != nil {
		t.Fatal(err)
	}
	const sdk = "sdk/go/gitopscluster"
	sdkFolder := filepath.Join(filepath.Dir(cloud.Tree.Bin), filepath.FromSlash(sdk))
	sums, err := os.ReadFile(filepath.Join(sdkFolder, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "go.sum", sums)
	s.write(t, "clusters.json", s.list(t, cloud))
	for _, command := range [][]string{
		{"mod", "edit", "-replace", "github.com/my-backstage-demo/pulumi-gitops-cluster/" + sdk + "=" + sdkFolder},
		{"mod", "tidy"},
		{"build", "-o", "clusters", "."},
	} {
		run := exec.CommandContext(t.Context(), "go", command...)
		run.Dir = s.folder
		if printed, err := run.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(command, " "), err, printed)
		}
	}
	env, err := stack.Env(t.Context(), cloud.Tree, t.TempDir(), cloud.LocalCloud)
	if err != nil {
		t.Fatal(err)
	}
	s.env = os.Environ()
	for name, value := range env {
		s.env = append(s.env, name+"="+value)
	}
	return s
}

// list is the example's list: its first cluster in the local cloud, and its second with a version that there is not.
func (s service) list(t *testing.T, cloud fixture.Cloud) []byte {
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

func (s service) write(t *testing.T, name string, text []byte) {
	t.Helper()
	folder, err := os.OpenRoot(s.folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = folder.Close() }()
	if err := folder.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s service) try(t *testing.T, arguments ...string) (printed string, err error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(s.folder, "clusters"), arguments...)
	command.Dir, command.Env = s.folder, s.env
	output, err := command.CombinedOutput()
	return string(output), err
}
