// Package plugin is the simulated pulumi-resource-aws: the Pulumi engine on one side, the control plane of the local
// cloud on the other. What needs only types is answered here, with package catalog; what needs the account is asked of
// the control plane, with package api.
package plugin

import (
	"context"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

const (
	// Name is the plugin's name.
	Name = "aws"
	// Version is the version of pulumi-aws that the plugin stands in for.
	Version = "6.83.2"
)

// plugin is one configured instance.
type plugin struct {
	resources map[string]catalog.Resource
	functions map[string]catalog.Function
	canceled  context.Context //nolint:containedctx // it is the plugin's lifetime
	cancel    context.CancelFunc

	mutex  sync.RWMutex
	client api.Client
	config configuration
}

// New makes the provider. client is whom it asks; the provider's own configuration may name other credentials.
func New(client api.Client) p.Provider {
	canceled, cancel := context.WithCancel(context.Background())
	g := &plugin{
		resources: catalog.Resources(), functions: catalog.Functions(), canceled: canceled, cancel: cancel, client: client,
	}
	return p.Provider{
		GetSchema: func(context.Context, p.GetSchemaRequest) (p.GetSchemaResponse, error) {
			return p.GetSchemaResponse{Schema: schema()}, nil
		},
		Cancel: func(context.Context) error {
			cancel()
			return nil
		},
		CheckConfig: g.checkConfig,
		DiffConfig:  g.diffConfig,
		Configure:   g.configure,
		Invoke:      g.invoke,
		Check:       g.check,
		Diff:        g.diff,
		Create:      g.create,
		Read:        g.read,
		Update:      g.update,
		Delete:      g.remove,
	}
}

// Serve runs the plugin until the engine ends it.
func Serve(ctx context.Context, client api.Client) error {
	return provider.MainContext(ctx, Name, func(host *provider.HostClient) (rpc.ResourceProviderServer, error) {
		return NewServer(host, client)
	})
}

// NewServer makes the plugin's gRPC server.
func NewServer(host *provider.HostClient, client api.Client) (rpc.ResourceProviderServer, error) {
	inner, err := p.RawServer(Name, Version, New(client))(host)
	if err != nil {
		return nil, err
	}
	return seeded{inner}, nil
}

// seeded brings the engine's random seed to Check: pulumi-go-provider v1.5.0 has a field for it and does not fill it.
// Without the seed, names made in Check would be the same for a resource and for its replacement.
type seeded struct{ rpc.ResourceProviderServer }

type seedKey struct{}

// Check passes the request on with its seed in the context.
func (s seeded) Check(ctx context.Context, request *rpc.CheckRequest) (*rpc.CheckResponse, error) {
	return s.ResourceProviderServer.Check(context.WithValue(ctx, seedKey{}, request.GetRandomSeed()), request)
}

func seedOf(ctx context.Context, request p.CheckRequest) []byte {
	if seed, ok := ctx.Value(seedKey{}).([]byte); ok {
		return seed
	}
	return request.RandomSeed
}

// call asks the control plane. It ends when the caller goes, when the engine cancels, and after the resource's own
// timeout, if there is one.
func (g *plugin) call(ctx context.Context, seconds float64, path string, request api.Request) (api.Response, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(g.canceled, stop)()
	if seconds > 0 {
		var done context.CancelFunc
		ctx, done = context.WithTimeout(ctx, duration(seconds))
		defer done()
	}
	g.mutex.RLock()
	client := g.client
	request.DefaultTags, request.Region = g.config.defaultTags, g.config.region
	g.mutex.RUnlock()
	return client.Do(ctx, path, request)
}

func (g *plugin) defaultTags() map[string]string {
	g.mutex.RLock()
	defer g.mutex.RUnlock()
	return g.config.defaultTags
}
