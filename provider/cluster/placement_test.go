package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestKeepSubnets(t *testing.T) {
	t.Parallel()
	unknown := property.New(property.Computed)
	ids := func(all ...any) property.Value {
		list := make([]property.Value, len(all))
		for i, id := range all {
			if text, ok := id.(string); ok {
				list[i] = property.New(text)
			} else {
				list[i] = unknown
			}
		}
		return property.New(property.NewArray(list))
	}
	placement := func(subnets property.Value, kind string) property.Map {
		return property.NewMap(map[string]property.Value{"subnetIds": subnets, "nodeKind": property.New(kind)})
	}
	old := placement(ids("a", "b"), "t3.medium")
	tests := map[string]struct{ before, now, want property.Map }{
		"a new group":               {property.Map{}, old, old},
		"nothing changed":           {old, old, old},
		"a zone more":               {old, placement(ids("a", "b", "c"), "t3.medium"), old},
		"a zone more, in a preview": {old, placement(ids("a", "b", unknown), "t3.medium"), old},
		"another order":             {old, placement(ids("b", "a"), "t3.medium"), old},
		"a zone less":               {old, placement(ids("a"), "t3.medium"), placement(ids("a"), "t3.medium")},
		"another zone":              {old, placement(ids("a", "c"), "t3.medium"), placement(ids("a", "c"), "t3.medium")},
		"another VPC, in a preview": {
			old, placement(ids(unknown, unknown, unknown), "t3.medium"),
			placement(ids(unknown, unknown, unknown), "t3.medium"),
		},
		"nobody knows which": {old, placement(unknown, "t3.medium"), placement(unknown, "t3.medium")},
		"a zone more for a group that is replaced": {
			old, placement(ids("a", "b", "c"), "m7g.large"), placement(ids("a", "b", "c"), "m7g.large"),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, want := property.New(keepSubnets(test.before, test.now)), property.New(test.want)
			if !got.Equals(want) {
				t.Errorf("inputs: got %v, want %v", got, want)
			}
		})
	}
}

// TestKind proves that what makes EKS replace a group is part of its kind, and nothing else: each such change is the
// moment at which a group takes new zones in.
func TestKind(t *testing.T) {
	t.Parallel()
	first := withDefaults("a", NodeGroupSpec{})
	if diff := cmp.Diff("t3.medium ON_DEMAND AL2023_x86_64_STANDARD common role", first.kind()); diff != "" {
		t.Errorf("kind of the default group (-want +got):\n%s", diff)
	}
	same := withDefaults("b", NodeGroupSpec{MinSize: new(3), DiskSize: new(100), MaxUnavailablePercentage: new(50)})
	if same.kind() != first.kind() {
		t.Errorf("a size makes another kind: %s", same.kind())
	}
}
