package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

const (
	packageName = "aws"
	// packageVersion is the version of pulumi-aws whose place the witness takes.
	packageVersion = "6.83.2"
	// maximumName is what pulumi-aws cuts names of its own making to, where no table entry says less.
	maximumName = 255
)

// describe tells the bridge how pulumi-aws calls what the provider has.
func describe(provider shim.Provider) (tfbridge.ProviderInfo, error) {
	info := tfbridge.ProviderInfo{
		P: provider, Name: packageName, Version: packageVersion, ResourcePrefix: packageName,
		MetadataInfo: &tfbridge.MetadataInfo{Data: tfbridge.ProviderMetadata(nil)},
		Resources:    map[string]*tfbridge.ResourceInfo{}, DataSources: map[string]*tfbridge.DataSourceInfo{},
		Config: map[string]*tfbridge.SchemaInfo{
			"region": {Default: &tfbridge.DefaultInfo{EnvVars: []string{"AWS_REGION", "AWS_DEFAULT_REGION"}}},
			// The emulator has one address for all buckets.
			"s3_use_path_style": {Default: &tfbridge.DefaultInfo{Value: true}},
			// Terraform's protocol says of no block that there is at most one.
			"assume_role": {MaxItemsOne: tfbridge.True()}, "assume_role_with_web_identity": {MaxItemsOne: tfbridge.True()},
			"default_tags": {MaxItemsOne: tfbridge.True()}, "ignore_tags": {MaxItemsOne: tfbridge.True()},
		},
		EnableAccuratePFBridgePreview: true,
	}
	for token, entry := range resources {
		if _, found := provider.ResourcesMap().GetOk(entry.terraform); !found {
			return info, fmt.Errorf("%s stands for %s, which this terraform-provider-aws lacks", token, entry.terraform)
		}
		info.Resources[entry.terraform] = &tfbridge.ResourceInfo{
			Tok: tokens.Type(token), Fields: entry.fields, DeleteBeforeReplace: entry.deleteFirst,
			TransformOutputs: entry.outputs,
		}
	}
	for token, entry := range functions {
		if _, found := provider.DataSourcesMap().GetOk(entry.terraform); !found {
			return info, fmt.Errorf("%s stands for %s, which this terraform-provider-aws lacks", token, entry.terraform)
		}
		info.DataSources[entry.terraform] = &tfbridge.DataSourceInfo{
			Tok: tokens.ModuleMember(token), Fields: entry.fields,
		}
	}
	info.IgnoreMappings = unmapped(provider, info)
	info.SetAutonaming(maximumName, "-")
	return info, nil
}

// unmapped is all that the provider has and the tables do not: the bridge wants to hear that this is on purpose.
func unmapped(provider shim.Provider, info tfbridge.ProviderInfo) []string {
	var names []string
	provider.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		if info.Resources[name] == nil && info.DataSources[name] == nil {
			names = append(names, name)
		}
		return true
	})
	provider.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		if info.Resources[name] == nil && info.DataSources[name] == nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
		return true
	})
	slices.SortFunc(names, strings.Compare)
	return names
}
