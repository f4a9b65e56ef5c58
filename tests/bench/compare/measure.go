package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// repository is what the sample repository is called.
const repository = "platform"

// steps are what is measured, in this order.
var steps = []string{"preview of a new stack", "up", "up without changes", "destroy"}

// subject is a program that is measured.
type subject struct {
	name string
	// runtime is what its Pulumi.yaml says of it, and files the folder with what that runs, if it is not a binary.
	runtime, files string
	// took is how long each run of a step took, and worked how long processors worked for it: that of pulumi and its
	// plugins, without that of the local cloud.
	took, worked map[string][]time.Duration
	// made counts what is made in AWS or in a cluster, by type.
	made map[string]int
}

// bench runs programs.
type bench struct {
	tree   stack.Tree
	folder string
	cloud  *localcloud.LocalCloud
	// opened counts the stacks, each of which has a folder of its own.
	opened int
}

func (b *bench) open(ctx context.Context, s *subject) (auto.Stack, error) {
	config := stack.ExampleConfig(b.cloud, repository, "10m")
	b.opened++
	folder := filepath.Join(b.folder, fmt.Sprintf("%03d", b.opened))
	if s.files != "" {
		if err := link(s.files, filepath.Join(folder, "program")); err != nil {
			return auto.Stack{}, err
		}
	}
	return stack.Open(ctx, b.tree, stack.Options{
		Dir:     folder,
		Name:    "bench",
		Program: []byte("name: bench\nruntime: " + s.runtime + "\n"),
		Cloud:   b.cloud,
		Config:  config,
	})
}

// link makes a folder with links to all that is in another one.
func link(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("looking for the program: %w", err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fmt.Errorf("making the folder of the program: %w", err)
	}
	for _, entry := range entries {
		if err := os.Symlink(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())); err != nil {
			return fmt.Errorf("linking the program: %w", err)
		}
	}
	return nil
}

// measure runs a program once, from nothing to nothing.
func (b *bench) measure(ctx context.Context, s *subject) (err error) {
	opened, err := b.open(ctx, s)
	if err != nil {
		return err
	}
	if s.took == nil {
		s.took, s.worked = map[string][]time.Duration{}, map[string][]time.Duration{}
	}
	destroyed := false
	defer func() {
		if !destroyed {
			// What is left would be in the way of the next one.
			_, _ = opened.Destroy(context.WithoutCancel(ctx))
		}
	}()
	for _, step := range steps {
		began, before := time.Now(), processorTime()
		switch step {
		case steps[0]:
			_, err = opened.Preview(ctx)
		case steps[1]:
			_, err = opened.Up(ctx)
		case steps[2]:
			_, err = opened.Up(ctx, optup.ExpectNoChanges())
		default:
			_, err = opened.Destroy(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
		s.took[step] = append(s.took[step], time.Since(began))
		s.worked[step] = append(s.worked[step], processorTime()-before)
		if step == steps[1] && s.made == nil {
			if s.made, err = made(ctx, opened); err != nil {
				return err
			}
		}
	}
	destroyed = true
	return nil
}

// processorTime is what the programs that we have started, and those that they have started, have used until they
// ended.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// made counts the resources of a stack by type; components and providers stand for nothing.
func made(ctx context.Context, opened auto.Stack) (map[string]int, error) {
	deployment, err := stack.Deployment(ctx, opened)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, r := range deployment.Resources {
		if r.Custom && !strings.HasPrefix(string(r.Type), "pulumi:providers:") {
			count[string(r.Type)]++
		}
	}
	return count, nil
}

// same fails unless all programs make the same.
func same(all []subject) error {
	for _, s := range all[1:] {
		types := maps.Clone(all[0].made)
		maps.Copy(types, s.made)
		for _, kind := range slices.Sorted(maps.Keys(types)) {
			if s.made[kind] != all[0].made[kind] {
				return fmt.Errorf("the programs do not make the same: %d × %s %s, %d %s",
					s.made[kind], kind, s.name, all[0].made[kind], all[0].name)
			}
		}
	}
	return nil
}
