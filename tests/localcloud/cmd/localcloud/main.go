// Command localcloud runs local clouds by hand; see the README of tests/localcloud.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := command().ExecuteContext(ctx); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "localcloud: "+err.Error())
		cancel()
		os.Exit(1)
	}
}

// flags are the flags of all subcommands.
type flags struct {
	dir   string
	tools string
}

func command() *cobra.Command {
	var f flags
	root := &cobra.Command{
		Use:   "localcloud",
		Short: "Run an AWS account with EKS clusters on this machine",
		Long: `Run an AWS account with EKS clusters on this machine, for tests and demonstrations.

A local cloud is a folder and a daemon. The folder keeps what has to survive, the daemon owns all processes.
Exit codes: 0 done, or for status: runs; 1 an error; 3 status: no daemon runs in that folder.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringVar(&f.dir, "dir", ".localcloud", "folder of the local cloud")
	root.PersistentFlags().StringVar(&f.tools, "tools-dir", "",
		"folder of the third-party programs (default: .bin in the repository, or $LOCALCLOUD_TOOLS)")
	root.AddCommand(startCommand(&f), stopCommand(&f), statusCommand(&f), resourcesCommand(&f), envCommand(&f),
		daemonCommand(&f))
	return root
}
