// Command clusters makes, changes and destroys the clusters of a list, each in a stack of its own.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/sdk/go/gitopscluster"
)

// list is the file with the clusters.
const list = "clusters.json"

// Cluster is one of the list.
type Cluster struct {
	Name       string `json:"name"`
	Region     string `json:"region"`
	Kubernetes string `json:"kubernetes"`
	Repository string `json:"repository"`
	Folder     string `json:"folder"`
	Owner      string `json:"owner"`
	// Flux is where Flux's artifact is and whose signature it carries, where it is not that of the Flux project.
	Flux gitopscluster.FluxArtifactSpecArgs `json:"flux"`
}

func main() {
	// Pulumi ends what it has begun when this program is told to stop.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		return errors.New("usage: clusters preview|up|destroy [NAME...]")
	}
	do, ok := map[string]func(context.Context, auto.Stack) error{
		"preview": preview, "up": up, "destroy": destroy,
	}[arguments[0]]
	if !ok {
		return fmt.Errorf("clusters cannot %s; it can preview, up and destroy", arguments[0])
	}
	clusters, err := read(arguments[1:])
	if err != nil {
		return err
	}
	var failed []error
	for _, cluster := range clusters {
		stack, err := open(ctx, cluster)
		if err == nil {
			err = do(ctx, stack)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", cluster.Name, err))
		}
	}
	return errors.Join(failed...)
}

// read returns the clusters of the list that have one of the names, or all of them if there are no names.
func read(names []string) ([]Cluster, error) {
	text, err := os.ReadFile(list)
	if err != nil {
		return nil, err
	}
	var all []Cluster
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("reading %s: %w", list, err)
	}
	if len(names) == 0 {
		return all, nil
	}
	var chosen []Cluster
	for _, name := range names {
		i := slices.IndexFunc(all, func(c Cluster) bool { return c.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("%s has no cluster %s", list, name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// open returns the stack of a cluster, which it makes if there is none.
func open(ctx context.Context, cluster Cluster) (auto.Stack, error) {
	stack, err := auto.UpsertStackInlineSource(ctx, cluster.Name, "clusters", cluster.program)
	if err != nil {
		return stack, err
	}
	return stack, stack.SetConfig(ctx, "aws:region", auto.ConfigValue{Value: cluster.Region})
}

// program is what Pulumi runs for a cluster.
func (c Cluster) program(ctx *pulumi.Context) error {
	platform, err := gitopscluster.NewGitOpsCluster(ctx, c.Name, &gitopscluster.GitOpsClusterArgs{
		ClusterName: pulumi.StringRef(c.Name),
		Version:     pulumi.String(c.Kubernetes),
		Flux:        &gitopscluster.FluxSpecArgs{Version: pulumi.StringRef("v2.9.5"), Artifact: &c.Flux},
		Sync: &gitopscluster.SyncSpecArgs{
			Url:  pulumi.String(c.Repository),
			Path: pulumi.String(c.Folder),
		},
		Backstage: &gitopscluster.BackstageSpecArgs{Owner: pulumi.StringRef(c.Owner)},
	})
	if err != nil {
		return err
	}
	ctx.Export("endpoint", platform.Endpoint)
	ctx.Export("kubeconfig", platform.Kubeconfig)
	return nil
}

func preview(ctx context.Context, stack auto.Stack) error {
	_, err := stack.Preview(ctx, optpreview.ProgressStreams(os.Stdout))
	return err
}

func up(ctx context.Context, stack auto.Stack) error {
	result, err := stack.Up(ctx, optup.ProgressStreams(os.Stdout))
	if err != nil {
		return err
	}
	fmt.Printf("%s is at %v\n", stack.Name(), result.Outputs["endpoint"].Value)
	return nil
}

func destroy(ctx context.Context, stack auto.Stack) error {
	if _, err := stack.Destroy(ctx, optdestroy.ProgressStreams(os.Stdout)); err != nil {
		return err
	}
	return stack.Workspace().RemoveStack(ctx, stack.Name())
}
