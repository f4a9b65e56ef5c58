package aliases_test

import (
	"context"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/aliases"
)

// listener keeps the request that it is constructed with.
type listener struct {
	rpc.UnimplementedResourceProviderServer

	request *rpc.ConstructRequest
}

func (l *listener) Construct(_ context.Context, request *rpc.ConstructRequest) (*rpc.ConstructResponse, error) {
	l.request = request
	return &rpc.ConstructResponse{}, nil
}

func TestServer(t *testing.T) {
	t.Parallel()
	const parent = "urn:pulumi:dev::fleet::acme:index:Platform::platform"
	spec := func(spec *rpc.Alias_Spec) *rpc.Alias { return &rpc.Alias{Alias: &rpc.Alias_Spec_{Spec: spec}} }
	for name, test := range map[string]struct {
		parent string
		alias  *rpc.Alias
		want   string
	}{
		"name":    {"", spec(&rpc.Alias_Spec{Name: "before"}), "urn:pulumi:dev::fleet::pkg:index:Flux::before"},
		"type":    {"", spec(&rpc.Alias_Spec{Type: "pkg:a:B"}), "urn:pulumi:dev::fleet::pkg:a:B::now"},
		"project": {"", spec(&rpc.Alias_Spec{Project: "old"}), "urn:pulumi:dev::old::pkg:index:Flux::now"},
		"stack":   {"", spec(&rpc.Alias_Spec{Stack: "old"}), "urn:pulumi:old::fleet::pkg:index:Flux::now"},
		"in place": {
			parent, spec(&rpc.Alias_Spec{Name: "before"}),
			"urn:pulumi:dev::fleet::acme:index:Platform$pkg:index:Flux::before",
		},
		"moved in": {
			parent, spec(&rpc.Alias_Spec{Parent: &rpc.Alias_Spec_NoParent{NoParent: true}}),
			"urn:pulumi:dev::fleet::pkg:index:Flux::now",
		},
		"moved out": {
			"", spec(&rpc.Alias_Spec{Parent: &rpc.Alias_Spec_ParentUrn{ParentUrn: parent}}),
			"urn:pulumi:dev::fleet::acme:index:Platform$pkg:index:Flux::now",
		},
		"below the stack": {
			"urn:pulumi:dev::fleet::pulumi:pulumi:Stack::fleet-dev", spec(&rpc.Alias_Spec{Name: "before"}),
			"urn:pulumi:dev::fleet::pkg:index:Flux::before",
		},
		"whole": {
			parent, &rpc.Alias{Alias: &rpc.Alias_Urn{Urn: "urn:pulumi:a::b::c:d:E::f"}}, "urn:pulumi:a::b::c:d:E::f",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			heard := &listener{}
			if _, err := aliases.Server(heard).Construct(t.Context(), &rpc.ConstructRequest{
				Project: "fleet", Stack: "dev", Type: "pkg:index:Flux", Name: "now", Parent: test.parent,
				Aliases: []*rpc.Alias{test.alias},
			}); err != nil {
				t.Fatal(err)
			}
			if got := heard.request.GetAliases()[0].GetUrn(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
