package construct

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi-go-provider/integration"
	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// outlivesTeardown proves that all that was registered is still there while the cluster drains, but for what is allowed
// to go before that. What a cluster has no use for must be allowed here by name: most of what goes early, such as a
// route, a policy of a role or an access entry, ends a destroy that then never comes back.
func (r *recording) outlivesTeardown(t *testing.T, allowed ...string) {
	t.Helper()
	states := r.states()
	if !slices.ContainsFunc(states, func(s *pkgresource.State) bool { return s.URN.Type() == fluxType }) {
		return // there is no cluster to drain
	}
	early, err := fixture.BeforeTeardown(states)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(allowed, early); diff != "" {
		t.Errorf("what may go before the teardown or beside it (-want +got):\n%s", diff)
	}
}

const fluxType = "gitops-cluster:index:Flux"

// states are what the engine would keep of what was registered.
func (r *recording) states() []*pkgresource.State {
	states := make([]*pkgresource.State, 0, len(r.resources))
	for _, registered := range r.resources {
		request := registered.RegisterRPC
		state := &pkgresource.State{
			URN: urnOf(registered), Type: registered.TypeToken,
			// Of a component of another plugin only the name is known here. Whatever it makes is below it, and goes when it
			// goes.
			Custom:       registered.Custom || request.GetRemote(),
			Parent:       resource.URN(request.GetParent()),
			Provider:     request.GetProvider(),
			Dependencies: urns(request.GetDependencies()),
			DeletedWith:  resource.URN(request.GetDeletedWith()),

			PropertyDependencies: map[resource.PropertyKey][]resource.URN{},
		}
		for property, dependencies := range request.GetPropertyDependencies() {
			state.PropertyDependencies[resource.PropertyKey(property)] = urns(dependencies.GetUrns())
		}
		states = append(states, state)
	}
	return states
}

// urnOf is the URN that the mocks have given to a resource.
func urnOf(registered integration.MockResourceArgs) resource.URN {
	var parent tokens.Type
	if urn := resource.URN(registered.RegisterRPC.GetParent()); urn.IsValid() && urn.Type() != resource.RootStackType {
		parent = urn.QualifiedType()
	}
	return resource.NewURN("stack", "project", parent, registered.TypeToken, registered.Name)
}

func urns(texts []string) []resource.URN {
	converted := make([]resource.URN, 0, len(texts))
	for _, text := range texts {
		converted = append(converted, resource.URN(text))
	}
	return converted
}

// TestEarlyDeparturesAreSeen lets a teardown forget what it waits for: everything then goes early. A check that always
// finds nothing would prove nothing.
func TestEarlyDeparturesAreSeen(t *testing.T) {
	t.Parallel()
	recorded, _, err := construct(t, "GitOpsCluster", "prod", inputs(t, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	states := recorded.states()
	teardown := slices.IndexFunc(states, func(s *pkgresource.State) bool { return s.URN.Type() == teardownType })
	states[teardown].Dependencies, states[teardown].PropertyDependencies = nil, nil
	early, err := fixture.BeforeTeardown(states)
	if err != nil {
		t.Fatal(err)
	}
	for _, seen := range []string{
		"aws:ec2/route:Route prod-public", "aws:eks/nodeGroup:NodeGroup prod-default", "eks:index:Cluster prod",
		"aws:iam/rolePolicy:RolePolicy prod-cluster-log-groups", "gitops-cluster:index:FluxInstall prod",
	} {
		if !slices.Contains(early, seen) {
			t.Errorf("a teardown that waits for nothing outlives %s; early are only %v", seen, early)
		}
	}
}

const teardownType = "gitops-cluster:index:GitOpsTeardown"
