package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// steps are what is measured, in this order.
var steps = []string{"preview of a new stack", "up", "up without changes", "destroy"}

// needsServers are the resources that ask a cluster's API server, or that wait for one that does.
var needsServers = []string{"**FluxInstall::**", "**GitOpsTeardown::**", "**pulumi:providers:kubernetes::**"}

// subject is a number of clusters in one stack.
type subject struct {
	clusters  int
	resources int
	steps     map[string][]sample
}

// sample is what one step took once.
type sample struct {
	took time.Duration
	processes
}

// program has so many clusters. The API is not public, because pulumi-eks waits minutes for one that is to answer.
func program(clusters int) []byte {
	var text strings.Builder
	text.WriteString("name: scale\nruntime: yaml\nconfig:\n  artifact: { type: object }\nresources:\n")
	for i := range clusters {
		fmt.Fprintf(&text, `  c%02d:
    type: gitops-cluster:GitOpsCluster
    properties:
      endpoint: { publicAccess: false }
      flux: { artifact: "${artifact}" }
      sync: { url: "https://git.example.com/platform.git", path: ./clusters/%02d }
      backstage: { owner: "group:default/platform" }
`, i, i)
	}
	return []byte(text.String())
}

// measure brings a stack up and down once, on a local cloud of its own: nothing of an earlier run is in the account.
func measure(ctx context.Context, tree stack.Tree, s *subject) (err error) {
	folder, err := os.MkdirTemp("", "scale")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	cloud, err := localcloud.Start(ctx, localcloud.Options{
		Dir: filepath.Join(folder, "cloud"), ToolsDir: tree.Tools, Hollow: true, Quotas: s.clusters, DieWithCaller: true,
	})
	if err != nil {
		return fmt.Errorf("starting the local cloud: %w", err)
	}
	defer func() {
		if stopping := cloud.Stop(context.WithoutCancel(ctx)); err == nil {
			err = stopping
		}
	}()
	opened, err := stack.Open(ctx, tree, stack.Options{
		Dir: filepath.Join(folder, "stack"), Name: "scale", Program: program(s.clusters), Cloud: cloud,
		Config: stack.SignedArtifact("artifact", cloud),
	})
	if err != nil {
		return err
	}
	for _, step := range steps {
		watched := watch()
		began := time.Now()
		err := take(ctx, opened, step)
		seen := sample{time.Since(began), watched()}
		s.steps[step] = append(s.steps[step], seen)
		fmt.Fprintf(os.Stderr, "  %s: %.1f s; %s\n", step, seen.took.Seconds(), seen.processes)
		if err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
		if step == steps[1] {
			if s.resources, err = resources(ctx, opened); err != nil {
				return err
			}
		}
	}
	left, err := cloud.Resources(ctx)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("destroy has left %d resources in the account", len(left))
	}
	return err
}

// take takes a step with the program pulumi itself: the Automation API knows no way to say that a provider in the state
// may depend on an installation of Flux that is not there. The state is written once, at the end: where it is a file,
// Pulumi writes all of it after each resource, which grows with the square of the resources of whatever program.
func take(ctx context.Context, opened auto.Stack, step string) error {
	inAWS := []string{"--yes", "--skip-preview", "--disable-integrity-checking"}
	up := append([]string{"up", "--exclude-dependents"}, inAWS...)
	for _, pattern := range needsServers {
		up = append(up, "--exclude", pattern)
	}
	arguments := map[string][]string{
		steps[0]: {"preview"},
		steps[1]: up,
		steps[2]: append(slices.Clone(up), "--expect-no-changes"),
		steps[3]: append([]string{"destroy"}, inAWS...),
	}[step]
	workspace := opened.Workspace()
	variables := maps.Clone(workspace.GetEnvVars())
	variables["PULUMI_HOME"], variables["PULUMI_SKIP_CHECKPOINTS"] = workspace.PulumiHome(), "true"
	env := make([]string, 0, len(variables))
	for name, value := range variables {
		env = append(env, name+"="+value)
	}
	said, complained, _, err := workspace.PulumiCommand().Run(ctx, workspace.WorkDir(), nil, nil, nil, env,
		append(arguments, "--stack", opened.Name(), "--non-interactive", "--color", "never")...)
	if err != nil {
		return fmt.Errorf("%w: %s%s", err, said, complained)
	}
	return nil
}

// resources counts what a stack has of AWS's.
func resources(ctx context.Context, opened auto.Stack) (int, error) {
	deployment, err := stack.Deployment(ctx, opened)
	if err != nil {
		return 0, err
	}
	count := 0
	for _, r := range deployment.Resources {
		if strings.HasPrefix(string(r.Type), "aws:") {
			count++
		}
	}
	return count, nil
}
