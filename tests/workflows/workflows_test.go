// Package workflows checks the workflows of GitHub: that they are workflows, and that they run what was looked at, with
// no more rights than they need.
package workflows

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// workflow is what is checked of a workflow.
type workflow struct {
	Permissions map[string]string `yaml:"permissions"`
	Jobs        map[string]job    `yaml:"jobs"`
}

type job struct {
	Permissions map[string]string `yaml:"permissions"`
	Timeout     int               `yaml:"timeout-minutes"`
	Environment string            `yaml:"environment"`
	Steps       []step            `yaml:"steps"`
}

type step struct {
	Uses string         `yaml:"uses"`
	Run  string         `yaml:"run"`
	With map[string]any `yaml:"with"`
}

// writers are the jobs that may write anything, with what they may write.
var writers = map[string][]string{"release.yaml publish": {"attestations", "contents", "id-token"}}

// pinned is an action by the commit that was looked at, with its version for whoever reads it.
var pinned = regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`)

// readVersion is what must stand behind it.
var readVersion = regexp.MustCompile(`(?m)uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

func files(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("..", "..", ".github", "workflows", "*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("found no workflow: %v", err)
	}
	return found
}

// TestActionlint has a linter read them, which knows GitHub's syntax, contexts and shells.
func TestActionlint(t *testing.T) {
	t.Parallel()
	tree, err := stack.FindTree()
	if err != nil {
		t.Fatal(err)
	}
	linter := filepath.Join(tree.Tools, "actionlint")
	lint := func(paths ...string) (string, error) {
		printed, err := exec.CommandContext(t.Context(), linter, append([]string{"-no-color"}, paths...)...).CombinedOutput()
		return string(printed), err
	}
	if printed, err := lint(files(t)...); err != nil {
		t.Errorf("actionlint: %v\n%s", err, printed)
	}
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	text := "on: push\njobs: { a: { runs-on: ubuntu-24.04, steps: [{ run: 'echo ${{ github.nothing }}' }] } }\n"
	if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if printed, err := lint(broken); err == nil || !strings.Contains(printed, `property "nothing" is not defined`) {
		t.Errorf("a broken workflow: %v\n%s", err, printed)
	}
}

// TestLeastPermissions finds no right that is not on the list, no action by a name that can move, and no credentials of
// git that a step could take.
func TestLeastPermissions(t *testing.T) {
	t.Parallel()
	for _, path := range files(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, complaint := range complaints(t, filepath.Base(path), text) {
			t.Errorf("%s: %s", filepath.Base(path), complaint)
		}
	}
	const careless = `on: push
permissions: { contents: write }
jobs:
  a:
    permissions: { packages: write }
    steps:
      - uses: actions/checkout@v7
      - run: "echo ${{ github.head_ref }}"
`
	if found := complaints(t, "careless.yaml", []byte(careless)); len(found) != 6 {
		t.Errorf("of a careless workflow is said %q", found)
	}
}

func complaints(t *testing.T, file string, text []byte) (found []string) {
	t.Helper()
	var w workflow
	if err := yaml.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	if w.Permissions == nil || len(w.Permissions) > 0 {
		found = append(found, "permissions of the whole workflow must be {}")
	}
	actions := 0
	for name, job := range w.Jobs {
		if job.Timeout == 0 {
			found = append(found, name+" has no timeout")
		}
		var writes []string
		for scope, access := range job.Permissions {
			if access != "read" {
				writes = append(writes, scope)
			}
		}
		slices.Sort(writes)
		if !slices.Equal(writes, writers[file+" "+name]) {
			found = append(found, name+" may write "+strings.Join(writes, ", "))
		}
		for _, step := range job.Steps {
			if step.Uses != "" {
				actions++
				if !pinned.MatchString(step.Uses) {
					found = append(found, step.Uses+" is not pinned by a commit")
				}
			}
			if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != false {
				found = append(found, name+" keeps the credentials of git")
			}
			if strings.Contains(step.Run, "${{ github.") {
				found = append(found, name+" puts what somebody else has written into a script")
			}
		}
	}
	if named := len(readVersion.FindAll(text, -1)); named != actions && file != "careless.yaml" {
		found = append(found, "a version does not stand behind each commit")
	}
	return found
}
