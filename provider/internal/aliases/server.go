package aliases

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Server makes whole URNs of the aliases that a component is constructed with.
//
// The framework keeps only those (pulumi/pulumi-go-provider#572). Without this step `aliases: [{name: before}]` would
// replace the component with all that is in it.
func Server(server rpc.ResourceProviderServer) rpc.ResourceProviderServer {
	return spelling{server}
}

type spelling struct{ rpc.ResourceProviderServer }

// Construct passes the request on with its aliases spelled out.
func (s spelling) Construct(ctx context.Context, request *rpc.ConstructRequest) (*rpc.ConstructResponse, error) {
	for i, alias := range request.GetAliases() {
		if spec := alias.GetSpec(); spec != nil {
			request.Aliases[i] = &rpc.Alias{Alias: &rpc.Alias_Urn{Urn: string(spell(request, spec))}}
		}
	}
	return s.ResourceProviderServer.Construct(ctx, request)
}

// spell returns the URN that an alias stands for: what it does not say is as it is now.
func spell(request *rpc.ConstructRequest, alias *rpc.Alias_Spec) urn.URN {
	parent := request.GetParent()
	switch {
	case alias.GetNoParent():
		parent = ""
	case alias.GetParentUrn() != "":
		parent = alias.GetParentUrn()
	}
	var parentType tokens.Type
	if parent != "" {
		parentType = resource.URN(parent).QualifiedType()
	}
	return urn.New(
		tokens.QName(or(alias.GetStack(), request.GetStack())),
		tokens.PackageName(or(alias.GetProject(), request.GetProject())),
		parentType,
		tokens.Type(or(alias.GetType(), request.GetType())),
		or(alias.GetName(), request.GetName()),
	)
}

func or(said, now string) string {
	if said != "" {
		return said
	}
	return now
}
