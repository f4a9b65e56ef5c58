package stack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

// OnCloud starts a local cloud in a folder that is removed afterwards, and stops it when the work is done. The folder
// has room for stacks beside it.
func OnCloud(
	ctx context.Context, tree Tree, options localcloud.Options,
	work func(cloud *localcloud.LocalCloud, folder string) error,
) (err error) {
	folder, err := os.MkdirTemp("", "cloud")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	options.Dir, options.ToolsDir, options.DieWithCaller = filepath.Join(folder, "cloud"), tree.Tools, true
	cloud, err := localcloud.Start(ctx, options)
	if err != nil {
		return fmt.Errorf("starting the local cloud: %w", err)
	}
	defer func() {
		if stopping := cloud.Stop(context.WithoutCancel(ctx)); err == nil {
			err = stopping
		}
	}()
	return work(cloud, folder)
}

// LeftNothing fails where a destroy has left something in the account.
func LeftNothing(ctx context.Context, cloud *localcloud.LocalCloud) error {
	left, err := cloud.Resources(ctx)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("destroy has left %d resources in the account, such as %s %s", len(left), left[0].Type, left[0].ID)
	}
	return err
}
