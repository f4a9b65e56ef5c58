package flux_test

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"sigs.k8s.io/yaml"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
)

// TestMain keeps the tests away from the user's cache of artifacts.
func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "flux-test-")
	if err != nil {
		panic(err) //nolint:forbidigo // there is no test yet that could fail.
	}
	if err := os.Setenv("XDG_CACHE_HOME", folder); err != nil {
		panic(err) //nolint:forbidigo // see above.
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// recorder is a resource monitor that remembers what is registered.
type recorder struct {
	mu         sync.Mutex
	registered []integration.MockResourceArgs
}

func (r *recorder) newResource(args integration.MockResourceArgs) (string, property.Map, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.registered = append(r.registered, args)
	outputs := args.Inputs
	if args.TypeToken == plugin.Token("FluxInstall") {
		outputs = outputs.Set("clusterUid", property.New("uid-1"))
	}
	if args.TypeToken == plugin.Token("GitOpsTeardown") {
		outputs = outputs.Set("syncRevision", property.New("main@sha1:1234"))
	}
	return args.Name + "-id", outputs, nil
}

// tree returns "type name parent" of everything registered, sorted.
func (r *recorder) tree() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := make([]string, 0, len(r.registered))
	for _, args := range r.registered {
		parent := resource.URN(args.RegisterRPC.GetParent())
		parentName := ""
		if parent != "" {
			parentName = parent.Name()
		}
		lines = append(lines, strings.TrimSpace(string(args.TypeToken)+" "+args.Name+" "+parentName))
	}
	slices.Sort(lines)
	return lines
}

func (r *recorder) find(t *testing.T, token, name string) integration.MockResourceArgs {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, args := range r.registered {
		if string(args.TypeToken) == token && args.Name == name {
			return args
		}
	}
	t.Fatalf("no %s %s was registered", token, name)
	return integration.MockResourceArgs{}
}

func serve(t *testing.T, more ...infer.InferredComponent) (integration.Server, *recorder) {
	t.Helper()
	provider, err := infer.NewProviderBuilder().
		WithComponents(append(more, infer.ComponentF(flux.NewFlux))...).
		WithResources(infer.Resource(flux.FluxInstall{}), infer.Resource(flux.GitOpsTeardown{})).
		WithModuleMap(map[tokens.ModuleName]tokens.ModuleName{"flux": "index", "flux_test": "index"}).
		Build()
	if err != nil {
		t.Fatalf("building the provider: %v", err)
	}
	recorder := &recorder{}
	server, err := integration.NewServer(t.Context(), plugin.Name, semver.MustParse("1.2.3"),
		integration.WithProvider(provider),
		integration.WithMocks(&integration.MockResourceMonitor{NewResourceF: recorder.newResource}))
	if err != nil {
		t.Fatalf("serving the provider: %v", err)
	}
	return server, recorder
}

func construct(
	t *testing.T, inputs map[string]property.Value,
) (p.ConstructResponse, *recorder, error) {
	t.Helper()
	server, recorder := serve(t)
	response, err := server.Construct(p.ConstructRequest{
		Urn:    resource.CreateURN("prod", string(plugin.Token("Flux")), "", "proj", "stack"),
		Inputs: property.NewMap(inputs),
	})
	return response, recorder, err
}

func object(entries map[string]property.Value) property.Value {
	return property.New(property.NewMap(entries))
}

// properties reads inputs from YAML. A text that begins with "secret:" is one, and "<unknown>" is not known yet.
func properties(t *testing.T, text string) map[string]property.Value {
	t.Helper()
	var given map[string]any
	if err := yaml.UnmarshalStrict([]byte(text), &given); err != nil {
		t.Fatalf("reading %s: %v", text, err)
	}
	return propertyOf(given).AsMap().AsMap()
}

func propertyOf(value any) property.Value {
	switch value := value.(type) {
	case map[string]any:
		entries := map[string]property.Value{}
		for key, entry := range value {
			entries[key] = propertyOf(entry)
		}
		return object(entries)
	case []any:
		entries := []property.Value{}
		for _, entry := range value {
			entries = append(entries, propertyOf(entry))
		}
		return property.New(property.NewArray(entries))
	case string:
		if value == "<unknown>" {
			return property.New(property.Computed)
		}
		if rest, ok := strings.CutPrefix(value, "secret:"); ok {
			return property.New(rest).WithSecret(true)
		}
		return property.New(value)
	case bool:
		return property.New(value)
	case float64:
		return property.New(value)
	}
	return property.New(property.Null)
}

// secret and unknown stand for values that are so.
type (
	secret  struct{ Value any }
	unknown struct{}
)

var unknownValue any = unknown{}

// goValue turns a property into Go values that can be compared, without its dependencies.
func goValue(value property.Value) any {
	if value.Secret() {
		return secret{goValue(value.WithSecret(false))}
	}
	switch {
	case value.IsComputed():
		return unknown{}
	case value.IsMap():
		object := map[string]any{}
		for key, entry := range value.AsMap().All {
			object[key] = goValue(entry)
		}
		return object
	case value.IsArray():
		list := []any{}
		for _, entry := range value.AsArray().All {
			list = append(list, goValue(entry))
		}
		return list
	case value.IsString():
		return value.AsString()
	case value.IsBool():
		return value.AsBool()
	case value.IsNumber():
		return value.AsNumber()
	}
	return nil
}
