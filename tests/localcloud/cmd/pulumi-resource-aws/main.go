// Command pulumi-resource-aws is the local cloud's stand-in for Pulumi's aws plugin. It serves the simulated AWS of the
// daemon that LOCALCLOUD_ENDPOINT names.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/plugin"
)

func main() {
	if err := plugin.Serve(context.Background(), api.FromEnvironment()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
