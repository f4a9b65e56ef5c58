package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// repository is the name of the sample repository on the local cloud's git server.
const repository = "platform"

// demo is the demo in one folder.
type demo struct {
	tree stack.Tree
	root string
	dir  string
}

func newDemo() (demo, error) {
	tree, err := stack.FindTree()
	if err != nil {
		return demo{}, err
	}
	root := filepath.Dir(tree.Bin)
	return demo{tree: tree, root: root, dir: filepath.Join(root, ".demo")}, nil
}

func (d demo) cloudDir() string { return filepath.Join(d.dir, "cloud") }

// open starts the local cloud, or finds it running, and opens the stack on it.
func (d demo) open(ctx context.Context) (*localcloud.LocalCloud, auto.Stack, error) {
	cloud, err := localcloud.Start(ctx, localcloud.Options{
		Dir: d.cloudDir(), ToolsDir: d.tree.Tools, SampleRepository: repository,
	})
	if err != nil {
		return nil, auto.Stack{}, fmt.Errorf("starting the local cloud: %w", err)
	}
	program, err := os.ReadFile(filepath.Join(d.root, "examples", "yaml", "Pulumi.yaml"))
	if err != nil {
		return nil, auto.Stack{}, fmt.Errorf("reading the example: %w", err)
	}
	config := stack.ExampleConfig(cloud, repository, "30s")
	opened, err := stack.Open(ctx, d.tree, stack.Options{
		Dir:     filepath.Join(d.dir, "pulumi"),
		Name:    "demo",
		Program: program,
		Cloud:   cloud,
		Config:  config,
	})
	return cloud, opened, err
}

func (d demo) up(ctx context.Context) error {
	began := time.Now()
	cloud, opened, err := d.open(ctx)
	if err != nil {
		return err
	}
	result, err := opened.Up(ctx, optup.ProgressStreams(os.Stdout))
	if err != nil {
		return fmt.Errorf("running pulumi up: %w", brief(err))
	}
	for name, output := range map[string]string{"kubeconfig": "kubeconfig", "catalog-info.yaml": "catalogInfo"} {
		text, ok := result.Outputs[output].Value.(string)
		if !ok {
			return fmt.Errorf("writing %s: the stack has no output %s", name, output)
		}
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	if err := d.writeEnvironment(cloud); err != nil {
		return err
	}
	fmt.Printf(`
The cluster is up, after %s. To look at it as its creator:

  . .demo/env
  kubectl -n flux-system get kustomizations
  kubectl get nodes
  cat .demo/catalog-info.yaml

Then: make demo-again, make demo-destroy
`, time.Since(began).Round(time.Second))
	return nil
}

// writeEnvironment writes what a shell needs: the component's kubeconfig holds no credentials, so the aws program must
// find those of the simulated account.
func (d demo) writeEnvironment(cloud *localcloud.LocalCloud) error {
	var script strings.Builder
	for _, variable := range cloud.Env() {
		name, value, _ := strings.Cut(variable, "=")
		fmt.Fprintf(&script, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	fmt.Fprintf(&script, "export KUBECONFIG='%s'\n", filepath.Join(d.dir, "kubeconfig"))
	fmt.Fprintf(&script, "export PATH=\"%s:$PATH\"\n", d.tree.Tools)
	if err := os.WriteFile(filepath.Join(d.dir, "env"), []byte(script.String()), 0o600); err != nil {
		return fmt.Errorf("writing the environment: %w", err)
	}
	return nil
}

func (d demo) again(ctx context.Context) error {
	if err := d.mustExist(); err != nil {
		return err
	}
	_, opened, err := d.open(ctx)
	if err != nil {
		return err
	}
	if _, err := opened.Up(ctx, optup.ProgressStreams(os.Stdout), optup.ExpectNoChanges()); err != nil {
		return fmt.Errorf("running pulumi up again: %w", brief(err))
	}
	fmt.Println("\nNo changes: Flux has adopted its components, and Pulumi has nothing to say about it.")
	return nil
}

func (d demo) destroy(ctx context.Context) error {
	if err := d.mustExist(); err != nil {
		return err
	}
	began := time.Now()
	cloud, opened, err := d.open(ctx)
	if err != nil {
		return err
	}
	if _, err := opened.Destroy(ctx, optdestroy.ProgressStreams(os.Stdout)); err != nil {
		return fmt.Errorf("running pulumi destroy: %w", brief(err))
	}
	fmt.Printf("\nDestroyed, after %s.\n", time.Since(began).Round(time.Second))
	if err := settle(ctx, os.Stdout, cloud); err != nil {
		return err
	}
	if err := os.RemoveAll(d.dir); err != nil {
		return fmt.Errorf("removing %s: %w", d.dir, err)
	}
	return nil
}

// settle asks the simulated AWS what is left, says so, and stops the local cloud. It is an error if anything is left.
func settle(ctx context.Context, out io.Writer, cloud *localcloud.LocalCloud) error {
	left, err := cloud.Resources(ctx)
	if err != nil {
		return fmt.Errorf("counting what is left: %w", err)
	}
	var report strings.Builder
	fmt.Fprintf(&report, "%d AWS resources remain\n", len(left))
	for _, resource := range left {
		fmt.Fprintf(&report, "  %s %s (%s)\n", resource.Type, resource.ID, resource.Name)
	}
	if _, err := io.WriteString(out, report.String()); err != nil {
		return fmt.Errorf("saying what is left: %w", err)
	}
	if err := cloud.Stop(ctx); err != nil {
		return fmt.Errorf("stopping the local cloud: %w", err)
	}
	if len(left) > 0 {
		return fmt.Errorf("pulumi destroy has left %d resources in the simulated AWS; its state is in %s",
			len(left), cloud.Dir)
	}
	return nil
}

func (d demo) mustExist() error {
	if _, err := os.Stat(d.cloudDir()); err != nil {
		return errors.New("there is no demo in .demo; `make demo` makes one")
	}
	return nil
}

// brief leaves out of an error of the Automation API what has been printed already: the whole output of the program.
func brief(err error) error {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(first)
}
