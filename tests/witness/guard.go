package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pulumi/pulumi-terraform-bridge/v3/dynamic/internal/shim/run"
)

// guardVariable names the program that this process is to become.
const guardVariable = "WITNESS_GUARDED_PROVIDER"

// startGuarded starts the provider so that it ends with this process, however that ends. The client of Terraform
// plugins has no way to say so, and the engine kills plugins. So it starts this program once more, under the name that
// it looks for; that one asks the kernel for its end, and becomes the provider.
func startGuarded(ctx context.Context, path string) (run.Provider, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	folder, err := os.MkdirTemp("", "witness-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for a link: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // once it runs, nobody looks there again
	link := filepath.Join(folder, "terraform-provider-aws")
	if err := os.Symlink(self, link); err != nil {
		return nil, fmt.Errorf("linking this program: %w", err)
	}
	if err := os.Setenv(guardVariable, path); err != nil {
		return nil, fmt.Errorf("naming the provider: %w", err)
	}
	defer func() { _ = os.Unsetenv(guardVariable) }()
	return run.LocalProvider(ctx, link)
}

// becomeProvider returns only if it fails.
func becomeProvider(path string) error {
	if err := os.Unsetenv(guardVariable); err != nil {
		return fmt.Errorf("forgetting the name of the provider: %w", err)
	}
	parent := os.Getppid()
	if err := endWithParent(); err != nil {
		return fmt.Errorf("binding the provider to its parent: %w", err)
	}
	if os.Getppid() != parent {
		return fmt.Errorf("starting %s: the plugin has ended already", path)
	}
	err := syscall.Exec(path, []string{path}, os.Environ()) //nolint:gosec // the local cloud says which program
	return fmt.Errorf("starting %s: %w", path, err)
}
