package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/util"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/spf13/afero"
)

// schemaOf makes the schema when it is asked for, which programs with an SDK of their own never do.
func schemaOf(info tfbridge.ProviderInfo) func(context.Context, plugin.GetSchemaRequest) ([]byte, error) {
	// The generator insists on every resource that it sees, also one whose name only a mapped data source bears.
	info.P = &util.FilteringProvider{
		Provider:         info.P,
		ResourceFilter:   func(name string) bool { return info.Resources[name] != nil },
		DataSourceFilter: func(name string) bool { return info.DataSources[name] != nil },
	}
	info.IgnoreMappings = slices.Collect(maps.Keys(info.P.Functions()))
	return func(ctx context.Context, _ plugin.GetSchemaRequest) ([]byte, error) {
		generator, err := tfgen.NewGenerator(tfgen.GeneratorOptions{
			Package: info.Name, Version: info.Version, Language: tfgen.Schema, ProviderInfo: info,
			Root: afero.NewMemMapFs(), XInMemoryDocs: true, SkipExamples: true,
			// Its remarks are for those who publish a provider.
			Sink: diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never}),
		})
		if err != nil {
			return nil, fmt.Errorf("making the schema: %w", err)
		}
		made, err := generator.Generate(ctx)
		if err != nil {
			return nil, fmt.Errorf("making the schema: %w", err)
		}
		return json.Marshal(made.PackageSpec)
	}
}
