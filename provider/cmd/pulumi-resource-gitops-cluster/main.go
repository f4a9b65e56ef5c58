// Command pulumi-resource-gitops-cluster is the plugin that Pulumi starts for the package gitops-cluster.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider"
)

const help = `pulumi-resource-gitops-cluster is a plugin of Pulumi, which starts it by itself for programs that use
the package gitops-cluster.

  --version   print the version of the plugin
  --help      print this text
`

func main() {
	if len(os.Args) == 2 {
		switch os.Args[1] {
		case "--version", "-version":
			fmt.Println(provider.Version)
			return
		case "--help", "-help", "-h":
			fmt.Print(help)
			return
		}
	}
	if err := provider.Run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}
