package construct

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// TestRename renames a component and finds every child under the name that it had: none would be made anew.
func TestRename(t *testing.T) {
	t.Parallel()
	inputs := func() map[string]property.Value {
		return map[string]property.Value{"clusterName": property.New("platform"), "flux": object(map[string]property.Value{
			"artifact": artifact(t),
		}), "sync": object(map[string]property.Value{"url": property.New("https://git.example/fleet")})}
	}
	before, _, err := construct(t, "GitOpsCluster", "before", inputs())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, registered := range before.resources {
		want[typeAndName(registered, registered.Name)] = true
	}
	urn := resource.NewURN("dev", "project", "", "gitops-cluster:index:GitOpsCluster", "before")
	after, _, err := construct(t, "GitOpsCluster", "after", inputs(), urn)
	if err != nil {
		t.Fatal(err)
	}
	var strangers []string
	for _, registered := range after.resources {
		found := false
		for _, alias := range registered.RegisterRPC.GetAliases() {
			found = found || want[typeAndName(registered, alias.GetSpec().GetName())]
		}
		if !found {
			strangers = append(strangers, registered.Name)
		}
	}
	slices.Sort(strangers)
	if diff := cmp.Diff([]string(nil), strangers); diff != "" {
		t.Errorf("made anew (-want +got):\n%s", diff)
	}
	if len(after.resources) != len(before.resources) {
		t.Errorf("got %d resources, had %d", len(after.resources), len(before.resources))
	}
}

// typeAndName is what is left of a URN if project and stack are the same: the types of all that it is in, and its name.
func typeAndName(registered integration.MockResourceArgs, name string) string {
	parent := resource.URN(registered.RegisterRPC.GetParent())
	types := string(registered.TypeToken)
	if parent.IsValid() {
		types = string(parent.QualifiedType()) + "$" + types
	}
	return strings.Join([]string{types, fmt.Sprintf("%q", name)}, "::")
}
