// Command compare measures what the component adds to the time that its resources take: it runs the example as a
// program with the component and as one without, on one local cloud and in turn, so that what else the machine does
// falls on both. `make compare` builds what it needs and runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

func main() {
	runs := flag.Int("runs", 5, "how many times each program is run")
	flag.Parse()
	stack.Main("compare", func(ctx context.Context) error { return run(ctx, *runs) })
}

// subjects are the programs, the first being what the others are measured by. All are compiled beforehand, that in
// TypeScript too, which Pulumi usually compiles at each run: how long a compiler takes is not what is compared.
func subjects(tree stack.Tree) []subject {
	compiled := func(name string) string {
		return fmt.Sprintf("{name: go, options: {binary: %q}}", filepath.Join(tree.Bin, "bench", name))
	}
	return []subject{
		{name: "Go by hand", runtime: compiled("byhand")},
		{name: "Go with the component", runtime: compiled("component")},
		{
			name: "TypeScript by hand", runtime: "{name: nodejs, options: {typescript: false}}",
			files: filepath.Join(tree.Bin, "bench", "typescript"),
		},
	}
}

func run(ctx context.Context, runs int) error {
	tree, err := stack.FindTree()
	if err != nil {
		return err
	}
	options := localcloud.Options{SampleRepository: repository}
	return stack.OnCloud(ctx, tree, options, func(cloud *localcloud.LocalCloud, folder string) error {
		b := bench{tree: tree, folder: folder, cloud: cloud}
		all := subjects(tree)
		for i := range runs {
			for j := range all {
				// Not always the same one first.
				s := &all[(i+j)%len(all)]
				fmt.Fprintf(os.Stderr, "run %d of %d: %s\n", i+1, runs, s.name)
				if err := b.measure(ctx, s); err != nil {
					return fmt.Errorf("running the program %s: %w", s.name, err)
				}
			}
		}
		if err := same(all); err != nil {
			return err
		}
		fmt.Print(report(runs, all))
		return nil
	})
}
