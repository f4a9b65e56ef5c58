package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/daemon"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/layout"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
)

func daemonCommand(f *flags) *cobra.Command {
	var sampleRepository, account string
	var untilStdinCloses, hollow bool
	var latency float64
	var quotas int
	c := &cobra.Command{
		Use:   "daemon",
		Short: "Run in the foreground; this is what start starts",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := filepath.Abs(f.dir)
			if err != nil {
				return fmt.Errorf("resolving %s: %w", f.dir, err)
			}
			tools := f.tools
			if tools == "" {
				if tools, err = layout.ToolsDir(); err != nil {
					return err
				}
			}
			if err := mark(dir); err != nil {
				return err
			}
			ctx := c.Context()
			if untilStdinCloses {
				var cancel context.CancelFunc
				ctx, cancel = context.WithCancel(ctx)
				defer cancel()
				go func() {
					_, _ = io.Copy(io.Discard, os.Stdin)
					cancel()
				}()
			}
			return daemon.Run(ctx, daemon.Options{
				Dir: layout.Dir(dir), ToolsDir: tools, SampleRepository: sampleRepository,
				AWS: cmp.Or(account, localcloud.Simulator), Hollow: hollow, Latency: latency, Quotas: quotas,
				Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
			})
		},
	}
	c.Flags().StringVar(&sampleRepository, "sample-repository", "",
		"git repository to put the sample application into, if it is not there yet; empty for none")
	awsFlag(c, &account)
	latencyFlag(c, &latency)
	c.Flags().BoolVar(&hollow, "hollow", false, "make clusters that are records with no servers behind them")
	c.Flags().IntVar(&quotas, "quotas", 1, "how many times the quotas of the account are what a new one has")
	c.Flags().BoolVar(&untilStdinCloses, "until-stdin-closes", false,
		"end when standard input does, which is when the process that holds its other end is gone")
	return c
}

// mark makes sure that this process carries the mark that stop looks for. The environment that the kernel shows of a
// process is the one it was started with, so a daemon that was started by hand starts itself again.
func mark(dir string) error {
	if os.Getenv(process.MarkerVariable) == dir {
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("looking for the daemon's own program: %w", err)
	}
	if err := os.Setenv(process.MarkerVariable, dir); err != nil {
		return fmt.Errorf("marking the daemon: %w", err)
	}
	return syscall.Exec(program, os.Args, os.Environ()) //nolint:gosec // this program itself
}
