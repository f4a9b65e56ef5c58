package provider

import (
	"context"
	"fmt"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	serving "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/cluster"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/aliases"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/network"
)

// Name is the name of the Pulumi package and of its plugin.
const Name = plugin.Name

// Version is the version of the plugin, without a leading v. The build sets it with
// -ldflags "-X github.com/my-backstage-demo/pulumi-gitops-cluster/provider.Version=1.2.3"; the linker says nothing when
// that name is wrong, so an engine test asks the plugin that `make build` has made.
var Version = "0.0.0-dev"

// tellVersion is done once: whoever makes a second provider may do so while the first one reads it.
var tellVersion = sync.OnceFunc(func() { plugin.Version = Version })

// New returns the provider.
func New() (p.Provider, error) {
	tellVersion()
	built, err := infer.NewProviderBuilder().
		WithDisplayName("GitOpsCluster").
		WithDescription("An EKS cluster with its network, Flux syncing a repository, and an entry in the Backstage "+
			"catalog, as one resource.").
		WithKeywords("category/cloud", "kind/component", "eks", "kubernetes", "flux", "gitops", "backstage").
		WithPublisher(plugin.Organization).
		WithHomepage(plugin.Homepage).
		WithRepository(plugin.Homepage).
		WithLicense("Apache-2.0").
		WithPluginDownloadURL(plugin.DownloadURL).
		WithComponents(
			infer.ComponentF(NewGitOpsCluster),
			infer.ComponentF(network.NewNetwork),
			infer.ComponentF(flux.NewFlux),
		).
		WithResources(
			infer.Resource(flux.FluxInstall{}),
			infer.Resource(flux.GitOpsTeardown{}),
			infer.Resource(cluster.NodeGroupPlacement{}),
		).
		WithFunctions(
			infer.Function(network.PlanNetwork{}),
		).
		WithFunctions(
			infer.Function(flux.GetFluxArtifact{}),
		).
		// infer makes the module of a token from the last element of the Go package's path; users see one module.
		WithModuleMap(map[tokens.ModuleName]tokens.ModuleName{
			"provider": "index", "network": "index", "cluster": "index", "flux": "index", "backstage": "index",
		}).
		// Replaces the map instead of merging into it, hence the framework's own defaults among ours.
		WithLanguageMap(languages()).
		// After the language map, which would drop it.
		WithGoImportPath(goModule + "/sdk/go/gitopscluster").
		Build()
	if err != nil {
		return p.Provider{}, fmt.Errorf("building the provider: %w", err)
	}
	handshake := built.Handshake
	built.Handshake = func(ctx context.Context, request p.HandshakeRequest) (p.HandshakeResponse, error) {
		if request.ProgramDirectory != nil {
			plugin.RunsIn(*request.ProgramDirectory)
		}
		if handshake == nil {
			return p.HandshakeResponse{}, nil
		}
		return handshake(ctx, request)
	}
	components, err := guarded()
	if err != nil {
		return p.Provider{}, err
	}
	plan, err := inputs.NewFunction(network.PlanToken, network.PlanNetworkArgs.Validate)
	if err != nil {
		return p.Provider{}, err
	}
	built = inputs.GuardNulls(inputs.GuardFunctions(inputs.Guard(built, components...), plan))
	return inputs.MarkPlain(built, components...), nil
}

// Run serves the provider to the engine that has started this process.
func Run(ctx context.Context) error {
	built, err := New()
	if err != nil {
		return err
	}
	serve := p.RawServer(Name, Version, built)
	return serving.MainContext(ctx, Name, func(host *serving.HostClient) (rpc.ResourceProviderServer, error) {
		server, err := serve(host)
		if err != nil {
			return nil, fmt.Errorf("serving the provider: %w", err)
		}
		return aliases.Server(server), nil
	})
}

// guarded describes the component resources to the guard and the schema.
func guarded() ([]inputs.Component, error) {
	gitOpsCluster, err := inputs.NewComponent(Token, validate)
	if err != nil {
		return nil, err
	}
	vpc, err := inputs.NewComponent(network.Token,
		func(resource inputs.Resource, args network.NetworkArgs, raw property.Map) inputs.Violations {
			return args.Validate(resource.Name, raw)
		})
	if err != nil {
		return nil, err
	}
	gitops, err := inputs.NewComponent(flux.Token,
		func(resource inputs.Resource, args flux.FluxArgs, raw property.Map) inputs.Violations {
			return flux.Validate(resource.Name, args, raw)
		})
	if err != nil {
		return nil, err
	}
	return []inputs.Component{gitOpsCluster, vpc, gitops}, nil
}

const goModule = "github.com/" + plugin.Organization + "/" + plugin.Repository

// languages says how the SDKs are called and built in each language.
func languages() map[string]any {
	return map[string]any{
		"go": map[string]any{
			"respectSchemaVersion":           true,
			"generateResourceContainerTypes": true,
		},
		"nodejs": map[string]any{
			"respectSchemaVersion": true,
			"packageName":          "@" + plugin.Organization + "/" + Name,
		},
		"python": map[string]any{
			"respectSchemaVersion": true,
			"packageName":          "pulumi_gitops_cluster",
			"pyproject":            map[string]any{"enabled": true},
		},
		"csharp": map[string]any{
			"respectSchemaVersion": true,
			"rootNamespace":        "MyBackstageDemo",
			"packageReferences":    map[string]any{"Pulumi": "3.*"},
		},
		// Built by Maven, with a pom.xml of ours: what is generated wants Gradle, newer than distributions have it.
		"java": map[string]any{
			"buildFiles":  "none",
			"basePackage": "com.mybackstagedemo",
		},
	}
}
