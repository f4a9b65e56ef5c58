package plugin

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"reflect"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// configuration is what the plugin keeps of the provider's configuration.
type configuration struct {
	region      string
	defaultTags map[string]string
}

// engineKeys are in a provider's inputs beside its configuration.
var engineKeys = []string{"version", "pluginDownloadURL", "__internal", catalog.DefaultsKey}

// notSimulatedConfig would change who calls, where, or what comes back.
var notSimulatedConfig = []string{
	"allowedAccountIds", "assumeRole", "assumeRoleWithWebIdentity", "endpoints", "forbiddenAccountIds", "httpProxy",
	"httpsProxy", "ignoreTags", "profile", "sharedConfigFiles", "sharedCredentialsFiles", "token", "useDualstackEndpoint",
	"useFipsEndpoint",
}

// decodeConfig undoes what SDKs and the engine do to a provider's inputs: whatever is no string is sent as its JSON.
func decodeConfig(inputs property.Map) property.Map {
	inputs = inputs.Delete(engineKeys...)
	for field := range (aws.ProviderArgs{}).ElementType().Fields() {
		name := field.Tag.Get("pulumi")
		value, ok := inputs.GetOk(name)
		t := field.Type
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if !ok || t.Kind() == reflect.String || !value.IsString() {
			continue
		}
		var decoded any
		if err := json.Unmarshal([]byte(value.AsString()), &decoded); err == nil {
			inputs = inputs.Set(name, catalog.FromPlain(decoded).WithSecret(value.Secret()))
		}
	}
	return inputs
}

func regionOf(config property.Map) (region string, known bool) {
	value, given := config.GetOk("region")
	switch {
	case given && value.IsComputed():
		return "", false
	case given && value.IsString():
		return value.AsString(), true
	}
	return cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")), true
}

func (g *plugin) checkConfig(_ context.Context, r p.CheckRequest) (p.CheckResponse, error) {
	config := decodeConfig(r.Inputs)
	failures := toFailures(catalog.CheckObject(aws.ProviderArgs{}.ElementType(), config))
	for _, name := range notSimulatedConfig {
		if value := config.Get(name); !value.IsNull() && !isEmpty(value) {
			failures = append(failures, p.CheckFailure{
				Property: name, Reason: "\"" + name + "\" of the provider's configuration is not simulated by the local cloud",
			})
		}
	}
	if region, known := regionOf(config); known && region == "" {
		failures = append(failures, p.CheckFailure{
			Property: "region",
			Reason:   "missing region configuration: `pulumi config set aws:region us-west-2`, or set AWS_REGION",
		})
	}
	return p.CheckResponse{Inputs: r.Inputs, Failures: failures}, nil
}

func isEmpty(value property.Value) bool {
	return value.IsArray() && value.AsArray().Len() == 0 || value.IsMap() && value.AsMap().Len() == 0 ||
		value.IsString() && value.AsString() == "" || value.IsBool() && !value.AsBool()
}

// diffConfig replaces everything when the provider moves to another region, as the real one does.
func (g *plugin) diffConfig(_ context.Context, r p.DiffRequest) (p.DiffResponse, error) {
	response := p.DiffResponse{DetailedDiff: map[string]p.PropertyDiff{}}
	before, after := decodeConfig(r.OldInputs), decodeConfig(r.Inputs)
	for field := range (aws.ProviderArgs{}).ElementType().Fields() {
		name := field.Tag.Get("pulumi")
		old, wanted := before.Get(name), after.Get(name)
		if catalog.SameTags(old, wanted) {
			continue
		}
		kind := p.Update
		if name == "region" {
			kind = p.UpdateReplace
		}
		response.HasChanges = true
		response.DetailedDiff[name] = p.PropertyDiff{Kind: kind, InputDiff: true}
	}
	return response, nil
}

func (g *plugin) configure(_ context.Context, r p.ConfigureRequest) error {
	config := decodeConfig(r.Args)
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.config = configuration{defaultTags: map[string]string{}}
	g.config.region, _ = regionOf(config)
	if tags := config.Get("defaultTags"); tags.IsMap() && tags.AsMap().Get("tags").IsMap() {
		for name, value := range tags.AsMap().Get("tags").AsMap().All {
			if value.IsString() {
				g.config.defaultTags[name] = value.AsString()
			}
		}
	}
	id, secret := config.Get("accessKey"), config.Get("secretKey")
	if id.IsString() && secret.IsString() && !slices.Contains([]string{id.AsString(), secret.AsString()}, "") {
		g.client.AccessKeyID, g.client.SecretAccessKey = id.AsString(), secret.AsString()
	}
	return nil
}
