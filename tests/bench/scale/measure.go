package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// steps are what is measured, in this order.
var steps = []string{"preview of a new stack", "up", "up without changes", "destroy"}

// subject is a number of clusters in one stack.
type subject struct {
	clusters int
	// live clusters have API servers, nodes and Flux.
	live      bool
	resources int
	steps     map[string][]sample
}

// sample is what one step took once.
type sample struct {
	took time.Duration
	processes
}

// repository is what the sample repository is called.
const repository = "platform"

// program has so many clusters. Without servers the API is not public, because pulumi-eks waits minutes for one that is
// to answer.
func (s *subject) program() []byte {
	var text strings.Builder
	text.WriteString("name: scale\nruntime: yaml\nconfig:\n  fluxArtifact: { type: object }\n" +
		"  syncUrl: { type: string }\n  syncPath: { type: string }\n  fluxInterval: { type: string }\nresources:\n")
	for i := range s.clusters {
		fmt.Fprintf(&text, `  c%02d:
    type: gitops-cluster:GitOpsCluster
    properties:
      endpoint: { publicAccess: %t }
      flux: { artifact: "${fluxArtifact}", interval: "${fluxInterval}" }
      sync: { url: "${syncUrl}", path: "${syncPath}" }
      backstage: { owner: "group:default/platform" }
`, i, s.live)
	}
	return []byte(text.String())
}

// measure brings a stack up and down once, on a local cloud of its own: nothing of an earlier run is in the account.
func measure(ctx context.Context, tree stack.Tree, s *subject) error {
	options := localcloud.Options{Hollow: !s.live, Quotas: s.clusters, SampleRepository: repository}
	return stack.OnCloud(ctx, tree, options, func(cloud *localcloud.LocalCloud, folder string) error {
		opened, err := stack.Open(ctx, tree, stack.Options{
			Dir: filepath.Join(folder, "stack"), Name: "scale", Program: s.program(), Cloud: cloud,
			Config: stack.ExampleConfig(cloud, repository, "10m"),
		})
		if err != nil {
			return err
		}
		for _, step := range steps {
			watched := watch()
			began := time.Now()
			err := s.take(ctx, opened, step)
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
		return stack.LeftNothing(ctx, cloud)
	})
}

func (s *subject) take(ctx context.Context, opened auto.Stack, step string) error {
	pulumi := stack.Hollow
	if s.live {
		pulumi = stack.Run
	}
	switch step {
	case steps[0]:
		return pulumi(ctx, opened, "preview")
	case steps[1]:
		return pulumi(ctx, opened, "up")
	case steps[2]:
		return pulumi(ctx, opened, "up", "--expect-no-changes")
	}
	return pulumi(ctx, opened, "destroy")
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
