package engine

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// nothingBeforeTeardown proves that network, roles, access, nodes and add-ons all outlive the teardown, for a cluster
// that drains still needs its way to the API and to AWS. Only what is allowed may go before it, or beside it.
func nothingBeforeTeardown(t *testing.T, opened auto.Stack, allowed ...string) {
	t.Helper()
	early, err := fixture.BeforeTeardown(states(t, opened))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(allowed, early); diff != "" {
		t.Errorf("what may go before the teardown or beside it (-want +got):\n%s", diff)
	}
}

// ownPluginOnly proves that the children of our own package run on the component's own plugin: a second version of it
// in the state would mean that Pulumi fetches and runs another one.
func ownPluginOnly(t *testing.T, cloud fixture.Cloud, opened auto.Stack) {
	t.Helper()
	want, err := cloud.Tree.PluginVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The linker says nothing when it is told to set a variable that does not exist.
	if want == provider.Version {
		t.Errorf("the plugin was built without its version: it says %s", want)
	}
	for _, state := range states(t, opened) {
		if state.Type != "pulumi:providers:gitops-cluster" {
			continue
		}
		version, known := state.Inputs["version"]
		if known && version.StringValue() != want {
			t.Errorf("provider %s has version %s, the plugin %s", state.URN, version.StringValue(), want)
		}
	}
}

// states reads the resources of a stack with what orders them.
func states(t *testing.T, opened auto.Stack) []*pkgresource.State {
	t.Helper()
	resources := resourcesOf(t, opened)
	states := make([]*pkgresource.State, 0, len(resources))
	for _, r := range resources {
		states = append(states, &pkgresource.State{
			URN:                  r.URN,
			Type:                 r.Type,
			Custom:               r.Custom,
			ID:                   r.ID,
			Parent:               r.Parent,
			Provider:             r.Provider,
			Dependencies:         r.Dependencies,
			PropertyDependencies: r.PropertyDependencies,
			DeletedWith:          r.DeletedWith,
			Inputs:               resource.NewPropertyMapFromMap(plainOnly(r.Inputs)),
		})
	}
	return states
}

// resourcesOf are the resources in the state of a stack.
func resourcesOf(t *testing.T, opened auto.Stack) []apitype.ResourceV3 {
	t.Helper()
	deployment := fixture.Deployment(t, opened)
	return deployment.Resources
}

// urns are those of the resources in the state of a stack, in order.
func urns(t *testing.T, opened auto.Stack) []string {
	t.Helper()
	var urns []string
	for _, r := range resourcesOf(t, opened) {
		urns = append(urns, string(r.URN))
	}
	slices.Sort(urns)
	return urns
}

// plainOnly leaves out what is encoded as an object, such as secrets: nobody here looks at it.
func plainOnly(inputs map[string]any) map[string]any {
	plain := map[string]any{}
	for key, value := range inputs {
		if text, ok := value.(string); ok {
			plain[key] = text
		}
	}
	return plain
}
