// Package stack runs Pulumi programs with the real engine and the real language hosts on a local cloud: for the demo,
// and for the tests that do what a user does.
package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

// Options says what is run where.
type Options struct {
	// Dir is a folder of the stack's own: it holds PULUMI_HOME, the state and the program.
	Dir string
	// Program is the text of a Pulumi.yaml.
	Program []byte
	// Run is the program of a project in Go, for what YAML cannot say.
	Run pulumi.RunFunc
	// Name is the name of the stack.
	Name string
	// Cloud is the local cloud that the stack is on.
	Cloud *localcloud.LocalCloud
	// Config is the stack's configuration; a key with dots is a path into an object.
	Config map[string]string
}

// Open makes the stack, or opens it where it exists.
func Open(ctx context.Context, tree Tree, o Options) (auto.Stack, error) {
	var none auto.Stack
	env, err := Env(ctx, tree, o.Dir, o.Cloud)
	if err != nil {
		return none, err
	}
	program := filepath.Join(o.Dir, "program")
	if err := os.MkdirAll(program, 0o755); err != nil {
		return none, fmt.Errorf("making the folder of the program: %w", err)
	}
	if err := os.WriteFile(filepath.Join(program, "Pulumi.yaml"), o.Program, 0o600); err != nil {
		return none, fmt.Errorf("writing the program: %w", err)
	}
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: tree.Tools})
	if err != nil {
		return none, fmt.Errorf("finding the Pulumi program in %s: %w; `make tools` builds it", tree.Tools, err)
	}
	workspace, err := auto.NewLocalWorkspace(ctx, auto.WorkDir(program), auto.PulumiHome(env["PULUMI_HOME"]),
		auto.Pulumi(command), auto.EnvVars(env), auto.Program(o.Run))
	if err != nil {
		return none, fmt.Errorf("opening the workspace: %w", err)
	}
	stack, err := auto.UpsertStack(ctx, o.Name, workspace)
	if err != nil {
		return none, fmt.Errorf("opening the stack: %w", err)
	}
	config, paths := auto.ConfigMap{"aws:region": {Value: o.Cloud.Region}}, auto.ConfigMap{}
	for key, value := range o.Config {
		if strings.Contains(key, ".") {
			paths[key] = auto.ConfigValue{Value: value}
		} else {
			config[key] = auto.ConfigValue{Value: value}
		}
	}
	if err := stack.SetAllConfig(ctx, config); err != nil {
		return none, fmt.Errorf("configuring the stack: %w", err)
	}
	if len(paths) == 0 {
		return stack, nil
	}
	if err := stack.SetAllConfigWithOptions(ctx, paths, &auto.ConfigOptions{Path: true}); err != nil {
		return none, fmt.Errorf("configuring the stack: %w", err)
	}
	return stack, nil
}

// Env is the environment in which pulumi works on a local cloud, with its plugins and its state in a folder.
func Env(ctx context.Context, tree Tree, folder string, cloud *localcloud.LocalCloud) (map[string]string, error) {
	home, state := filepath.Join(folder, "home"), filepath.Join(folder, "state")
	for _, folder := range []string{home, state} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, fmt.Errorf("making a folder of the stack: %w", err)
		}
	}
	if err := makeHome(ctx, home, tree, cloud); err != nil {
		return nil, err
	}
	env := map[string]string{
		"PATH":                     tree.Tools + string(os.PathListSeparator) + os.Getenv("PATH"),
		"PULUMI_BACKEND_URL":       "file://" + state,
		"PULUMI_CONFIG_PASSPHRASE": "local cloud",
		"PULUMI_SKIP_UPDATE_CHECK": "true",
		"PULUMI_HOME":              home,
		// Only what stands in PULUMI_HOME is used, whatever the machine has on its PATH, and nothing is fetched.
		"PULUMI_IGNORE_AMBIENT_PLUGINS":               "true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
	}
	for _, variable := range cloud.Env() {
		name, value, _ := strings.Cut(variable, "=")
		env[name] = value
	}
	return env, nil
}

// ExampleConfig is the configuration of the example on a local cloud: it syncs the sample application in a repository,
// and Flux looks at itself as often as interval says.
func ExampleConfig(cloud *localcloud.LocalCloud, repository, interval string) map[string]string {
	config := SignedArtifact("fluxArtifact", cloud)
	config["syncUrl"], config["syncPath"], config["fluxInterval"] = cloud.GitURL(repository), "./apps", interval
	return config
}

// Deployment is the state of a stack as Pulumi exports it.
func Deployment(ctx context.Context, opened auto.Stack) (apitype.DeploymentV3, error) {
	var deployment apitype.DeploymentV3
	exported, err := opened.Export(ctx)
	if err != nil {
		return deployment, fmt.Errorf("exporting the state: %w", err)
	}
	if err := json.Unmarshal(exported.Deployment, &deployment); err != nil {
		return deployment, fmt.Errorf("decoding the state: %w", err)
	}
	return deployment, nil
}

// SignedArtifact is the configuration of a program that takes Flux's artifact from the registry of a local cloud and
// verifies its signature: the fields of the object called name, which goes into the input flux.artifact.
func SignedArtifact(name string, cloud *localcloud.LocalCloud) map[string]string {
	return map[string]string{
		name + ".url":              "oci://" + cloud.RegistryHost + "/fluxcd/flux-manifests",
		name + ".insecure":         "true",
		name + ".verify.publicKey": cloud.SignerKey,
	}
}
