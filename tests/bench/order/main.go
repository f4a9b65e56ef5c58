// Command order lays the order in which the original demo's program makes and deletes its resources beside the
// component's, on one table of AWS's durations: `make order` builds what it needs and runs it. Each program is brought
// up and down once, for what its resources depend on stands in the state; how long that takes here does not count. AWS
// is hollow: nothing in AWS waits for what is in a cluster, which takes none of AWS's time.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/timeline"
)

// repository is what the repository is called that nobody syncs here.
const repository = "platform"

//go:embed like.yaml
var like []byte

func main() {
	stack.Main("order", run)
}

// subject is a program whose order is looked at.
type subject struct {
	title, name string
	program     []byte
	resources   int
	reports     map[latency.Operation]timeline.Report
}

func run(ctx context.Context) error {
	tree, err := stack.FindTree()
	if err != nil {
		return err
	}
	options := localcloud.Options{Hollow: true}
	return stack.OnCloud(ctx, tree, options, func(cloud *localcloud.LocalCloud, folder string) error {
		binary := filepath.Join(tree.Bin, "bench", "demo")
		subjects := []*subject{
			{title: "the demo's program", name: "demo", program: fmt.Appendf(nil,
				"name: demo\nruntime: {name: go, options: {binary: %q}}\n", binary)},
			{title: "the component, set to do the same", name: "like", program: like},
		}
		for _, s := range subjects {
			fmt.Fprintf(os.Stderr, "running %s\n", s.title)
			config := stack.ExampleConfig(cloud, repository, "10m")
			if err := s.run(ctx, tree, cloud, filepath.Join(folder, s.name), config); err != nil {
				return fmt.Errorf("running %s: %w", s.title, err)
			}
		}
		fmt.Print(table(subjects))
		return nil
	})
}

func (s *subject) run(
	ctx context.Context, tree stack.Tree, cloud *localcloud.LocalCloud, folder string, config map[string]string,
) error {
	opened, err := stack.Open(ctx, tree, stack.Options{
		Dir: folder, Name: s.name, Program: s.program, Cloud: cloud, Config: config,
	})
	if err != nil {
		return err
	}
	if err := stack.Hollow(ctx, opened, "up"); err != nil {
		return err
	}
	deployment, err := stack.Deployment(ctx, opened)
	if err != nil {
		return err
	}
	resources := timeline.Resources(deployment)
	s.reports = map[latency.Operation]timeline.Report{}
	for _, operation := range []latency.Operation{latency.Create, latency.Delete} {
		s.reports[operation] = timeline.New(operation, resources, timeline.Run{})
	}
	for _, r := range resources {
		if r.FromAWS() {
			s.resources++
		}
	}
	if err := stack.Hollow(ctx, opened, "destroy"); err != nil {
		return err
	}
	return stack.LeftNothing(ctx, cloud)
}
