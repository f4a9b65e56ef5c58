package docs

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// proof says who runs a command: the file of a test with a text in it that does the same; or why nobody does.
type proof struct{ file, text, reason string }

// commands are those of the documents, without what follows a comment. Those that configure a stack are run here.
var commands = map[string]proof{
	"make demo":    {file: "tests/demo/demo_test.go", text: "func Test"},
	"make test":    {reason: "it is what runs this"},
	"make install": {file: "tests/release/release_test.go", text: `"plugin", "install", "resource", "gitops-cluster"`},
	"pulumi up":    {file: "tests/engine/lifecycle_test.go", text: "upAsPreviewed"},
	"pulumi stack output kubeconfig --show-secrets > kubeconfig": {
		file: "tests/engine/lifecycle_test.go", text: `fixture.Output(t, opened, "kubeconfig")`,
	},
	"pulumi stack output catalogInfo > catalog-info.yaml": {
		file: "tests/engine/backstage_test.go", text: `fixture.Output(t, opened, "catalogInfo")`,
	},
	"pulumi preview":       {file: "tests/engine/network_test.go", text: ".Preview(t.Context())"},
	"pulumi destroy":       {file: "tests/engine/lifecycle_test.go", text: ".Destroy(t.Context()"},
	"pulumi up --refresh":  {file: "tests/engine/teardown_test.go", text: "optup.Refresh()"},
	"go run . preview":     {file: "tests/examples/automation_test.go", text: `"preview"`},
	"go run . up payments": {file: "tests/examples/automation_test.go", text: `"up payments"`},
	"go run . destroy payments": {
		file: "tests/examples/automation_test.go", text: `"destroy payments"`,
	},
	"GITOPS_CLUSTER_TEARDOWN=Force pulumi destroy": {
		file: "tests/engine/teardown_test.go", text: `TeardownVariable, "Force"`,
	},
	"GITOPS_CLUSTER_TEARDOWN=Orphan pulumi destroy": {
		file: "tests/flux/adversity_test.go", text: `TeardownVariable, "Orphan"`,
	},
	"kubectl get gitrepositories,kustomizations --namespace flux-system": {
		file: "tests/flux/parts_test.go", text: `"--namespace", "flux-system", "get", "kustomizations"`,
	},
	"PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh": {
		file: "tests/engine/teardown_test.go", text: `SetEnvVar(forget, "true")`,
	},
	"pulumi package add https://github.com/my-backstage-demo/pulumi-gitops-cluster/" +
		"provider/cmd/pulumi-resource-gitops-cluster@v0.1.0": {
		file: "tests/release/source_test.go", text: `"package", "add"`,
	},
	"pulumi config set --secret pulumiAccessToken": {reason: "it asks for the value; tests/examples sets it"},
	"pulumi config set --secret kubeconfig < ~/.kube/config": {
		reason: "it reads a file of the user's; tests/flux sets the value",
	},
}

// TestCommands finds every command of the documents in the list, and the test that the list names; what configures a
// stack is run, and sets what the program of the guide asks for.
func TestCommands(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, b := range blocks(t) {
		switch b.language {
		case "sh", "console":
		case "", "yaml":
			continue
		case "ts":
			if b.file != "examples/backstage/README.md" { // Lines of tests/toolchain/backstage/backend.js.
				t.Errorf("%s:%d: nobody compiles this", b.file, b.line)
			}
			continue
		default:
			t.Errorf("%s:%d: nobody knows what to do with %s", b.file, b.line, b.language)
		}
		var lines []string
		for line := range strings.SplitSeq(strings.TrimSpace(b.text), "\n") {
			command, _, _ := strings.Cut(strings.TrimPrefix(line, "$ "), " # ")
			command = strings.TrimSpace(command)
			found, listed := commands[command]
			switch {
			case listed:
				used[command] = true
				proven(t, command, found)
			case strings.HasPrefix(command, "pulumi config set "):
				lines = append(lines, command)
			default:
				t.Errorf("%s:%d: nobody runs %q", b.file, b.line, command)
			}
		}
		if len(lines) > 0 {
			configures(t, filepath.Dir(b.file), lines)
		}
	}
	for _, command := range slices.Sorted(maps.Keys(commands)) {
		if !used[command] {
			t.Errorf("no document has %q any more", command)
		}
	}
}

func proven(t *testing.T, command string, found proof) {
	t.Helper()
	if found.file == "" {
		if found.reason == "" {
			t.Errorf("nothing is said of who runs %q", command)
		}
		return
	}
	text, err := os.ReadFile(filepath.Join(root, found.file))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), found.text) {
		t.Errorf("%s does not run %q: it has no %q", found.file, command, found.text)
	}
}

// configures runs commands in the folder of an example, and compares what they set with what the program asks for.
func configures(t *testing.T, example string, lines []string) {
	t.Helper()
	tree, err := stack.FindTree()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	program, err := os.ReadFile(filepath.Join(root, example, "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	if err := opened.WriteFile("Pulumi.yaml", program, 0o600); err != nil {
		t.Fatal(err)
	}
	script := "set -e\npulumi stack init guide\n" + strings.Join(lines, "\n") + "\n"
	command := exec.CommandContext(t.Context(), "bash", "-c", script)
	command.Dir = folder
	command.Env = append(os.Environ(), "PULUMI_BACKEND_URL=file://"+folder, "PULUMI_CONFIG_PASSPHRASE=guide",
		"PULUMI_HOME="+t.TempDir(), "PULUMI_SKIP_UPDATE_CHECK=true", "PATH="+tree.Tools+":"+os.Getenv("PATH"))
	if printed, err := command.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", example, err, printed)
		return
	}
	text, err := opened.ReadFile("Pulumi.guide.yaml")
	if err != nil {
		t.Fatal(err)
	}
	asked, set := settingsOf(t, program), settingsOf(t, text)
	if len(set.Config) == 0 {
		t.Errorf("%s: nothing is set", example)
	}
	for key := range set.Config {
		if _, ok := asked.Config[strings.TrimPrefix(key, asked.Name+":")]; !ok {
			t.Errorf("%s: the program does not ask for %s", example, key)
		}
	}
}

// settings are the part with the configuration of a program, or of a stack.
type settings struct {
	Name   string         `yaml:"name"`
	Config map[string]any `yaml:"config"`
}

func settingsOf(t *testing.T, text []byte) (found settings) {
	t.Helper()
	if err := yaml.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	return found
}
