// Command timeline brings the demo's program up on a local cloud in which AWS's time passes, destroys it, and writes
// how long what took and why: as text, JSON and a picture for each of the two.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/timeline"
)

const repository = "platform"

func main() {
	scale := flag.Float64("latency", 0.05, "how many seconds a second of AWS's takes")
	program := flag.String("program", "examples/yaml/Pulumi.yaml", "the Pulumi.yaml to run")
	out := flag.String("out", "dist/timeline", "folder of the reports")
	flag.Parse()
	stack.Main("timeline", func(ctx context.Context) error { return run(ctx, *scale, *program, *out) })
}

func run(ctx context.Context, scale float64, program, out string) (err error) {
	text, err := os.ReadFile(program)
	if err != nil {
		return fmt.Errorf("reading the program: %w", err)
	}
	dir, err := os.MkdirTemp("", "timeline-")
	if err != nil {
		return fmt.Errorf("making a folder for the local cloud: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	tree, err := stack.FindTree()
	if err != nil {
		return err
	}
	cloud, err := localcloud.Start(ctx, localcloud.Options{
		Dir: filepath.Join(dir, "cloud"), ToolsDir: tree.Tools, SampleRepository: repository, Latency: scale,
		AWS: localcloud.Simulator, DieWithCaller: true,
	})
	if err != nil {
		return err
	}
	defer func() { _ = cloud.Stop(context.WithoutCancel(ctx)) }()
	config := stack.ExampleConfig(cloud, repository, "30s")
	opened, err := stack.Open(ctx, tree, stack.Options{
		Dir: filepath.Join(dir, "pulumi"), Name: "timeline", Program: text, Cloud: cloud, Config: config,
	})
	if err != nil {
		return err
	}
	var resources []timeline.Resource
	for _, step := range []struct {
		operation latency.Operation
		run       func() error
	}{
		{latency.Create, func() error { _, err := opened.Up(ctx); return err }},
		{latency.Delete, func() error { _, err := opened.Destroy(ctx); return err }},
	} {
		fmt.Printf("running %s\n", step.operation)
		began := time.Now()
		if err := step.run(); err != nil {
			return err
		}
		took := time.Since(began)
		if step.operation == latency.Create {
			deployment, err := stack.Deployment(ctx, opened)
			if err != nil {
				return err
			}
			resources = timeline.Resources(deployment)
		}
		operations, err := cloud.Operations(ctx)
		if err != nil {
			return err
		}
		seen := timeline.Run{Operations: timeline.Since(operations, began), Scale: scale}
		report := timeline.New(step.operation, resources, seen)
		if err := write(out, report); err != nil {
			return err
		}
		if err := report.Text(os.Stdout); err != nil {
			return err
		}
		fmt.Printf("\nthe run took %s here\n\n", took.Round(time.Second))
	}
	return nil
}

func write(folder string, report timeline.Report) (err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("making the folder of the reports: %w", err)
	}
	for ending, render := range map[string]func(*os.File) error{
		"txt": func(file *os.File) error { return report.Text(file) },
		"svg": func(file *os.File) error { return report.SVG(file) },
		"json": func(file *os.File) error {
			encoder := json.NewEncoder(file)
			encoder.SetIndent("", "  ")
			return encoder.Encode(report)
		},
	} {
		file, err := os.Create(filepath.Join(folder, string(report.Operation)+"."+ending))
		if err != nil {
			return fmt.Errorf("writing a report: %w", err)
		}
		if err := render(file); err != nil {
			_ = file.Close()
			return fmt.Errorf("writing %s: %w", file.Name(), err)
		}
		if err := file.Close(); err != nil {
			return fmt.Errorf("writing %s: %w", file.Name(), err)
		}
	}
	return nil
}
