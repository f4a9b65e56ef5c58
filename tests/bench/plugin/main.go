// Command plugin measures what our plugin takes before it does anything, beside pulumi-resource-eks: `make
// bench-plugin`. It prints a table in Markdown. The two take turns, so that what else the machine does falls on both.
package main

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/bench/spread"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

func main() {
	runs := flag.Int("runs", 11, "how many times each plugin is started")
	flag.Parse()
	stack.Main("bench", func(ctx context.Context) error { return run(ctx, *runs) })
}

// target is a plugin that is measured.
type target struct {
	name, binary string
	// files is what has to be on a disk for it to run; for ours that is the binary.
	files string
}

func run(ctx context.Context, runs int) error {
	tree, err := stack.FindTree()
	if err != nil {
		return err
	}
	ours := filepath.Join(tree.Bin, "pulumi-resource-gitops-cluster")
	targets := []target{
		{"gitops-cluster", ours, ours},
		{"eks 2.8.1", filepath.Join(tree.Tools, "pulumi-resource-eks"), filepath.Join(tree.Tools, "eks-plugin")},
	}
	samples := map[string][]sample{}
	for range runs {
		for _, t := range targets {
			measured, err := measure(ctx, t.binary)
			if err != nil {
				return fmt.Errorf("measuring %s: %w", t.name, err)
			}
			samples[t.name] = append(samples[t.name], measured)
		}
	}
	sizes := map[string]size{}
	for _, t := range targets {
		if sizes[t.name], err = sizeOf(t.files); err != nil {
			return err
		}
	}
	fmt.Printf("Medians of %d runs in turn (smallest to largest).\n\n| | %s | %s | ratio |\n|---|---|---|---|\n", runs,
		targets[0].name, targets[1].name)
	for _, row := range []struct {
		what, unit string
		of         func(sample) float64
	}{
		{"start to first answer", "ms", func(s sample) float64 { return milliseconds(s.answer) }},
		{"GetSchema after that", "ms", func(s sample) float64 { return milliseconds(s.schema) }},
		{"memory at rest", "MB", func(s sample) float64 { return s.rest }},
		{"of that, its own and not a file's", "MB", func(s sample) float64 { return s.own }},
		{"memory after GetSchema", "MB", func(s sample) float64 { return s.afterSchema }},
	} {
		first, second := spread.Of(samples[targets[0].name], row.of), spread.Of(samples[targets[1].name], row.of)
		fmt.Printf("| %s | %s | %s | %.2f |\n", row.what, first.Text(row.unit, 0), second.Text(row.unit, 0),
			first.Median/second.Median)
	}
	first, second := sizes[targets[0].name], sizes[targets[1].name]
	fmt.Printf("| size installed | %.0f MB | %.0f MB and Node.js | %.2f |\n", first.installed, second.installed,
		first.installed/second.installed)
	fmt.Printf("| size compressed (gzip) | %.0f MB | %.0f MB and Node.js | %.2f |\n", first.compressed, second.compressed,
		first.compressed/second.compressed)
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
