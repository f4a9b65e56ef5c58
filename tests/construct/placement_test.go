package construct

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider"
)

// TestPlacement plays the engine for a NodeGroupPlacement: what a preview and an up ask it, one after the other.
func TestPlacement(t *testing.T) {
	t.Parallel()
	server := serve(t)
	urn := resource.CreateURN("prod-default", provider.Name+":index:NodeGroupPlacement", "", "project", "dev")
	someUnknown := property.New(property.Computed)
	placement := func(ids ...any) property.Map {
		return plain(map[string]any{"subnetIds": ids, "nodeKind": "t3.medium"}).AsMap()
	}
	old := placement("a", "b")
	tests := map[string]struct {
		now property.Map
		// replaces tells that the group will be replaced; subnets are what it is given, in a preview.
		replaces bool
		subnets  property.Value
	}{
		"a zone more":           {now: placement("a", "b", someUnknown), subnets: old.Get("subnetIds")},
		"a zone less":           {now: placement("a"), replaces: true, subnets: plain([]any{"a"})},
		"a zone that will come": {now: placement("a", someUnknown), replaces: true, subnets: plain([]any{"a", someUnknown})},
		"more zones, and other nodes": {
			now:      placement("a", "b", "c").Set("nodeKind", property.New("m7g.large")),
			replaces: true, subnets: plain([]any{"a", "b", "c"}),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checked, err := server.Check(p.CheckRequest{Urn: urn, State: old, Inputs: test.now})
			if err != nil || len(checked.Failures) > 0 {
				t.Fatalf("checking: %v %v", err, checked.Failures)
			}
			diff, err := server.Diff(p.DiffRequest{
				ID: "prod-default", Urn: urn, State: old, OldInputs: old, Inputs: checked.Inputs,
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff.HasChanges != test.replaces {
				t.Errorf("changes: got %v, want them to be %t", diff.DetailedDiff, test.replaces)
			}
			for property, change := range diff.DetailedDiff {
				if change.Kind == p.UpdateReplace || change.Kind == p.AddReplace || change.Kind == p.DeleteReplace {
					t.Errorf("%s replaces the placement, which has a state to keep", property)
				}
			}
			updated, err := server.Update(p.UpdateRequest{
				ID: "prod-default", Urn: urn, State: old, OldInputs: old, Inputs: checked.Inputs, DryRun: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := updated.Properties.Get("subnetIds"); !open(got).Equals(test.subnets) {
				t.Errorf("subnets of the group: got %v, want %v", got, test.subnets)
			}
		})
	}
	created, err := server.Create(p.CreateRequest{Urn: urn, Properties: placement("a", someUnknown), DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := created.Properties.Get("subnetIds"), plain([]any{"a", someUnknown}); !open(got).Equals(want) {
		t.Errorf("subnets of a new group, one of which is not there yet: got %v, want %v", got, want)
	}
}

// TestPreviewOfAZone previews a third zone: the subnets that there are stay known where it matters, although the third
// is not. A list that is unknown as a whole would let everything that has it look replaced.
func TestPreviewOfAZone(t *testing.T) {
	t.Parallel()
	recorded := &recording{missing: "prod-private-2"}
	_, err := constructOn(t, recorded, answer, "GitOpsCluster", "prod", inputs(t, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	known := []any{"prod-private-0-id", "prod-private-1-id"}
	for kind, want := range map[string]struct {
		name    string
		subnets property.Value
	}{
		provider.Name + ":index:NodeGroupPlacement": {"prod-default", plain(append(known, property.New(property.Computed)))},
		"eks:index:Cluster":                         {"prod", plain(known)},
	} {
		if got := recorded.find(t, kind, want.name).Inputs.Get("subnetIds"); !open(got).Equals(want.subnets) {
			t.Errorf("subnets of %s: got %v, want %v", kind, got, want.subnets)
		}
	}
}
