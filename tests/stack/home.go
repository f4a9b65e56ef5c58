package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

// Tree is where the binaries are that a stack runs on.
type Tree struct {
	// Tools is the folder of the programs of others, which `make tools` fills.
	Tools string
	// Bin is the folder of our own programs, which `make build` fills.
	Bin string
}

// FindTree returns the tree of the repository that holds the working directory.
func FindTree() (Tree, error) {
	working, err := os.Getwd()
	if err != nil {
		return Tree{}, fmt.Errorf("finding the working directory: %w", err)
	}
	for folder := working; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "schema.json")); err == nil {
			return Tree{Tools: filepath.Join(folder, ".bin"), Bin: filepath.Join(folder, "bin")}, nil
		}
		if folder == filepath.Dir(folder) {
			return Tree{}, fmt.Errorf("finding the repository: no schema.json in %s or above", working)
		}
	}
}

func (t Tree) ownPlugin() string { return filepath.Join(t.Bin, "pulumi-resource-gitops-cluster") }

// awsPluginVariable names the plugin for an external AWS.
const awsPluginVariable = "LOCALCLOUD_AWS_PLUGIN"

// awsPlugin is the plugin for the AWS of a local cloud: the simulator's own, the real provider's, or what the
// environment names.
func (t Tree) awsPlugin(cloud *localcloud.LocalCloud) (string, error) {
	switch cloud.AWS {
	case localcloud.Moto:
		return filepath.Join(t.Bin, "witness", "pulumi-resource-aws"), nil
	case localcloud.External:
		if given := os.Getenv(awsPluginVariable); given != "" {
			return filepath.Abs(given)
		}
		return "", fmt.Errorf("%s must be the path of a pulumi-resource-aws, without which an external AWS is of no use; "+
			"got nothing", awsPluginVariable)
	}
	return filepath.Join(t.Bin, "pulumi-resource-aws"), nil
}

// plugin is a resource plugin as Pulumi installs it.
type plugin struct{ name, version, binary string }

// The versions that the Go modules of the provider ask for; pulumi-eks asks for the same ones, because the tools pin
// what it is installed with. In real use pulumi-eks brings versions of its own beside them.
const (
	awsVersion        = "6.83.2"
	eksVersion        = "2.8.1"
	kubernetesVersion = "4.25.0"
)

// makeHome fills a PULUMI_HOME with the plugins, as `pulumi plugin install` would, but with links instead of half a
// gigabyte of copies.
func makeHome(ctx context.Context, home string, tree Tree, cloud *localcloud.LocalCloud) error {
	version, err := tree.PluginVersion(ctx)
	if err != nil {
		return err
	}
	awsPlugin, err := tree.awsPlugin(cloud)
	if err != nil {
		return err
	}
	for _, plugin := range []plugin{
		{"aws", awsVersion, awsPlugin},
		{"eks", eksVersion, filepath.Join(tree.Tools, "pulumi-resource-eks")},
		{"kubernetes", kubernetesVersion, filepath.Join(tree.Tools, "pulumi-resource-kubernetes")},
		{"gitops-cluster", version, tree.ownPlugin()},
	} {
		if _, err := os.Stat(plugin.binary); err != nil {
			return fmt.Errorf("finding a plugin: %w; `make tools build` builds what is missing", err)
		}
		folder := filepath.Join(home, "plugins", "resource-"+plugin.name+"-v"+plugin.version)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("making the plugin folder of %s: %w", plugin.name, err)
		}
		link := filepath.Join(folder, filepath.Base(plugin.binary))
		if err := os.Remove(link); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("replacing the link to %s: %w", plugin.name, err)
		}
		if err := os.Symlink(plugin.binary, link); err != nil {
			return fmt.Errorf("linking the plugin %s: %w", plugin.name, err)
		}
	}
	return nil
}

// PluginVersion asks our own plugin for its version.
func (t Tree) PluginVersion(ctx context.Context) (string, error) {
	printed, err := exec.CommandContext(ctx, t.ownPlugin(), "--version").Output()
	if err != nil {
		return "", fmt.Errorf("asking %s for its version: %w; `make build` builds it", filepath.Base(t.ownPlugin()), err)
	}
	return strings.TrimSpace(string(printed)), nil
}
