// Command scale measures whether what the component takes grows with the number of clusters in a stack, and no faster:
// `make scale`. AWS is hollow, its clusters being records with no API server behind them, for fifty API servers fit on
// no desk. So the preview is of everything, and up and destroy are of all that is in AWS. With -live there are API
// servers, nodes and Flux behind a few clusters, and everything is of everything.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

func main() {
	runs := flag.Int("runs", 3, "how many times each number of clusters is brought up and down")
	clusters := flag.String("clusters", "1,10,50", "three numbers of clusters in a stack, from few to many")
	live := flag.Bool("live", false, "with API servers, nodes and Flux; a cluster takes about a gigabyte of memory")
	flag.Parse()
	stack.Main("scale", func(ctx context.Context) error { return run(ctx, *runs, *clusters, *live) })
}

func run(ctx context.Context, runs int, clusters string, live bool) error {
	tree, err := stack.FindTree()
	if err != nil {
		return err
	}
	var all []*subject
	for text := range strings.SplitSeq(clusters, ",") {
		count, err := strconv.Atoi(text)
		if err != nil || count < 1 || len(all) > 0 && count <= all[len(all)-1].clusters {
			return fmt.Errorf("-clusters must be three numbers from few to many, such as 1,10,50; got %q", clusters)
		}
		all = append(all, &subject{clusters: count, live: live, steps: map[string][]sample{}})
	}
	if len(all) != points {
		return errors.New("-clusters must be three numbers, without which there is no saying what each one more takes; got " +
			clusters)
	}
	for i := range runs {
		for _, s := range all {
			fmt.Fprintf(os.Stderr, "run %d of %d: %d clusters\n", i+1, runs, s.clusters)
			if err := measure(ctx, tree, s); err != nil {
				return fmt.Errorf("running %d clusters: %w", s.clusters, err)
			}
		}
	}
	fmt.Print(report(runs, all))
	return nil
}
