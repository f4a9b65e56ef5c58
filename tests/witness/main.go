// Command pulumi-resource-aws is the witness: the real terraform-provider-aws behind Pulumi's Terraform bridge, under
// the tokens and property names of pulumi-aws v6. README.md says what it is a witness of, and how far.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/proto"
	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	// providerVariable names the environment variable that holds the path of terraform-provider-aws.
	providerVariable = "WITNESS_TERRAFORM_PROVIDER"
	// endpointVariable names the one that holds the URL of the emulator.
	endpointVariable = "WITNESS_ENDPOINT"
	// awsEndpointVariable is what the AWS SDK reads. Only the provider below is to see it: `aws eks get-token` would sign
	// for another host than a cluster accepts.
	awsEndpointVariable = "AWS_ENDPOINT_URL"
)

func main() {
	var err error
	if path := os.Getenv(guardVariable); path != "" {
		err = becomeProvider(path)
	} else {
		err = serve(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-aws (witness):", err)
		os.Exit(1)
	}
}

// serve returns when the engine ends the plugin.
func serve(ctx context.Context) error {
	path := os.Getenv(providerVariable)
	if path == "" {
		return fmt.Errorf("%s must name the program terraform-provider-aws; got nothing, the local cloud sets it",
			providerVariable)
	}
	if endpoint := os.Getenv(endpointVariable); endpoint != "" {
		if err := os.Setenv(awsEndpointVariable, endpoint); err != nil {
			return fmt.Errorf("telling the provider where the emulator is: %w", err)
		}
	}
	terraform, err := startGuarded(ctx, path)
	if err != nil {
		return fmt.Errorf("starting %s: %w", path, err)
	}
	defer func() { _ = terraform.Close() }()
	info, err := describe(proto.New(ctx, terraform))
	if err != nil {
		return err
	}
	return provider.Main(packageName, func(host *provider.HostClient) (rpc.ResourceProviderServer, error) {
		var sink logSink // stays nil without an engine, which a nil *HostClient in it would not be
		if host != nil {
			sink = host
		}
		server, err := pfbridge.NewProviderServer(ctx, sink, info, pfbridge.ProviderMetadata{XGetSchema: schemaOf(info)})
		return cancelable{server, terraform}, err
	})
}

// logSink is where the bridge sends what the provider logs.
type logSink interface {
	Log(context context.Context, severity diag.Severity, urn resource.URN, message string) error
	LogStatus(context context.Context, severity diag.Severity, urn resource.URN, message string) error
}

// cancelable tells the provider below when the engine cancels. The bridge does not: it lets every operation end.
type cancelable struct {
	rpc.ResourceProviderServer
	terraform tfprotov6.ProviderServer
}

// Cancel ends what is under way.
func (c cancelable) Cancel(ctx context.Context, request *emptypb.Empty) (*emptypb.Empty, error) {
	if _, err := c.terraform.StopProvider(ctx, &tfprotov6.StopProviderRequest{}); err != nil {
		return nil, fmt.Errorf("stopping the provider: %w", err)
	}
	return c.ResourceProviderServer.Cancel(ctx, request)
}
