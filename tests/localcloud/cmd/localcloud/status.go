package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

// exitNotRunning is what `systemctl status` and its kin exit with for a service that does not run.
const exitNotRunning = 3

func statusCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show endpoint, registry, repositories, clusters, processes and the number of AWS resources",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cloud, err := localcloud.Attach(c.Context(), f.dir)
			if errors.Is(err, localcloud.ErrNotRunning) {
				fmt.Println("not running")
				os.Exit(exitNotRunning)
			}
			if err != nil {
				return err
			}
			return printReport(c, cloud)
		},
	}
}

func resourcesCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "resources",
		Short: "List what is in the simulated AWS account: type, id and name, a line each",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cloud, err := localcloud.Attach(c.Context(), f.dir)
			if err != nil {
				return err
			}
			resources, err := cloud.Resources(c.Context())
			if err != nil {
				return err
			}
			rows := make([][]string, 0, len(resources))
			for _, r := range resources {
				rows = append(rows, []string{r.Type, r.ID, r.Name})
			}
			return printTable(c, rows)
		},
	}
}

func envCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "env",
		Short: "Print the environment for pulumi, kubectl and aws, for a shell to evaluate",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cloud, err := localcloud.Attach(c.Context(), f.dir)
			if err != nil {
				return err
			}
			for _, variable := range cloud.Env() {
				name, value, _ := strings.Cut(variable, "=")
				quoted := "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
				if _, err := fmt.Fprintf(c.OutOrStdout(), "export %s=%s\n", name, quoted); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func printReport(c *cobra.Command, cloud *localcloud.LocalCloud) error {
	report, err := cloud.Report(c.Context())
	if err != nil {
		return err
	}
	rows := [][]string{
		{"folder", cloud.Dir}, {"endpoint", report.Endpoint}, {"registry", report.RegistryHost}, {"aws", report.AWS},
	}
	for _, image := range report.Images {
		rows = append(rows, []string{"artifact", "oci://" + report.RegistryHost + "/" + image})
	}
	for _, repository := range report.Repositories {
		rows = append(rows, []string{"git", cloud.GitURL(repository)})
	}
	rows = append(rows, []string{"controllers", strings.Join(report.Controllers, ", ")})
	for _, cluster := range report.Clusters {
		rows = append(rows, []string{"cluster", cluster.Name, cluster.Endpoint, cluster.Kubeconfig})
	}
	for _, p := range report.Processes {
		row := []string{"process", p.Name, strconv.Itoa(p.PID)}
		if p.Restarts > 0 {
			row = append(row, fmt.Sprintf("restarted %d times, last because of %s", p.Restarts, p.LastExit))
		}
		rows = append(rows, row)
	}
	return printTable(c, append(rows, []string{"resources", strconv.Itoa(report.Resources)}))
}

func printTable(c *cobra.Command, rows [][]string) error {
	table := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, row := range rows {
		if _, err := fmt.Fprintln(table, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return table.Flush()
}
