package stack

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// needsServers are the resources that ask a cluster's API server, or that wait for one that does.
var needsServers = []string{"**FluxInstall::**", "**GitOpsTeardown::**", "**pulumi:providers:kubernetes::**"}

// Hollow runs preview, up or destroy on a hollow local cloud: preview on everything, and the others on what is in AWS.
func Hollow(ctx context.Context, opened auto.Stack, command string, flags ...string) error {
	if command == "up" {
		flags = append(slices.Clone(flags), "--exclude-dependents")
		for _, pattern := range needsServers {
			flags = append(flags, "--exclude", pattern)
		}
	}
	if command != "preview" {
		flags = append(flags, "--disable-integrity-checking")
	}
	return Run(ctx, opened, command, flags...)
}

// Run runs preview, up or destroy with flags that the Automation API does not know, such as the one which says that a
// provider in the state may depend on an installation of Flux that is not there.
//
// The state is written once, at the end: where it is a file, Pulumi writes all of it after each resource, which grows
// with the square of the resources of whatever program.
func Run(ctx context.Context, opened auto.Stack, command string, flags ...string) error {
	arguments := append([]string{command, "--stack", opened.Name(), "--non-interactive", "--color", "never"}, flags...)
	if command != "preview" {
		arguments = append(arguments, "--yes", "--skip-preview")
	}
	workspace := opened.Workspace()
	variables := maps.Clone(workspace.GetEnvVars())
	variables["PULUMI_HOME"], variables["PULUMI_SKIP_CHECKPOINTS"] = workspace.PulumiHome(), "true"
	env := make([]string, 0, len(variables))
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		env = append(env, name+"="+variables[name])
	}
	said, complained, _, err := workspace.PulumiCommand().Run(ctx, workspace.WorkDir(), nil, nil, nil, env, arguments...)
	if err != nil {
		return fmt.Errorf("%w: %s%s", err, said, complained)
	}
	return nil
}
