package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

func startCommand(f *flags) *cobra.Command {
	var sampleRepository, account string
	var latency float64
	c := &cobra.Command{
		Use:   "start",
		Short: "Start the daemon, or find it running, and show what it offers",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			program, err := os.Executable()
			if err != nil {
				return fmt.Errorf("looking for the daemon's program, which is this one: %w", err)
			}
			cloud, err := localcloud.Start(c.Context(), localcloud.Options{
				Dir: f.dir, ToolsDir: f.tools, Program: program, SampleRepository: sampleRepository,
				AWS: account, Latency: latency,
			})
			if err != nil {
				return err
			}
			return printReport(c, cloud)
		},
	}
	c.Flags().StringVar(&sampleRepository, "sample-repository", "platform",
		"git repository to put the sample application into, if it is not there yet; empty for none")
	awsFlag(c, &account)
	latencyFlag(c, &latency)
	return c
}

func awsFlag(c *cobra.Command, account *string) {
	c.Flags().StringVar(account, "aws", "", "the AWS: "+localcloud.Simulator+" (the default), "+localcloud.Moto+
		" for the emulator that the real provider talks to, or "+localcloud.External+" for what the environment names")
}

func latencyFlag(c *cobra.Command, latency *float64) {
	c.Flags().Float64Var(latency, "latency", 0, "how many seconds a second of the real AWS takes, such as 0.01: 568 s "+
		"for a cluster are 6 s then; with 0 nothing waits")
}

func stopCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "stop",
		Short: "End the daemon and prove that no process of it is left; the folder stays",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := localcloud.Stop(c.Context(), f.dir); err != nil {
				return err
			}
			_, err := fmt.Fprintln(c.OutOrStdout(), "stopped; no process left")
			return err
		},
	}
}
