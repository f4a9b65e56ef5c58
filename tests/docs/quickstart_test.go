package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/guide"
)

// TestQuickStart does what the README says on a machine that has no plugin yet, looks into the cluster as the guide for
// troubles says, and destroys it.
func TestQuickStart(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	var program map[string]any
	text := guide.Program(t, "README.md", "Quick start on AWS")
	if err := yaml.Unmarshal([]byte(text), &program); err != nil {
		t.Fatal(err)
	}
	fromHere(program, cloud)
	properties := program["resources"].(map[string]any)["platform"].(map[string]any)["properties"].(map[string]any)
	sync := properties["sync"].(map[string]any)
	sync["url"], sync["path"] = cloud.GitURL(fixture.Sample), "./apps"
	adapted, err := yaml.Marshal(program)
	if err != nil {
		t.Fatal(err)
	}
	opened := cloud.Open(t, "dev", adapted, nil)
	uninstall(t, opened.Workspace().PulumiHome())
	if _, err := opened.Preview(t.Context()); err == nil {
		t.Error("the program runs without the plugin")
	}

	shell := guide.In(opened)
	checkout := shell
	checkout.Folder = root
	readme := guide.Open(t, "README.md")
	if printed := readme.Follow(t, checkout, "pulumi "); !strings.Contains(printed, "plugin install resource") {
		t.Errorf("nothing is installed:\n%s", printed)
	}
	readme.Follow(t, shell, "")
	made, err := os.ReadFile(filepath.Join(shell.Folder, "catalog-info.yaml"))
	if err != nil || !strings.Contains(string(made), "\nkind: Component\n") {
		t.Errorf("catalog-info.yaml: %v\n%s", err, made)
	}

	troubles := guide.Open(t, "examples/troubleshooting/README.md", "`the sync … is not ready`")
	seen := troubles.Follow(t, shell.With("KUBECONFIG", filepath.Join(shell.Folder, "kubeconfig")), "")
	for _, object := range []string{
		"gitrepository.source.toolkit.fluxcd.io/flux-system", "kustomization.kustomize.toolkit.fluxcd.io/flux-system",
	} {
		if !strings.Contains(seen, object) {
			t.Errorf("nothing is seen of %s:\n%s", object, seen)
		}
	}

	guide.Open(t, "examples/teardown/README.md", "").Follow(t, shell, "")
	cloud.MustBeEmpty(t)
}

// uninstall takes our plugin away from a PULUMI_HOME.
func uninstall(t *testing.T, home string) {
	t.Helper()
	plugins, err := filepath.Glob(filepath.Join(home, "plugins", "resource-gitops-cluster-*"))
	if err != nil || len(plugins) == 0 {
		t.Fatalf("found no plugin to take away: %v", err)
	}
	for _, plugin := range plugins {
		if err := os.RemoveAll(plugin); err != nil {
			t.Fatal(err)
		}
	}
}
