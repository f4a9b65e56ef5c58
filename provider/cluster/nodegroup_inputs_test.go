package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNodeGroupDefaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spec NodeGroupSpec
		want NodeGroup
	}{
		"nothing given": {
			want: NodeGroup{InstanceTypes: []string{"t3.medium"}, Min: 2, Desired: 2, Max: 4},
		},
		"only a small maximum": {
			spec: NodeGroupSpec{MaxSize: new(1)},
			want: NodeGroup{InstanceTypes: []string{"t3.medium"}, Min: 1, Desired: 1, Max: 1},
		},
		"only a large minimum": {
			spec: NodeGroupSpec{MinSize: new(6)},
			want: NodeGroup{InstanceTypes: []string{"t3.medium"}, Min: 6, Desired: 6, Max: 6},
		},
		"only a large number": {
			spec: NodeGroupSpec{DesiredSize: new(5)},
			want: NodeGroup{InstanceTypes: []string{"t3.medium"}, Min: 2, Desired: 5, Max: 5},
		},
		"everything given": {
			spec: NodeGroupSpec{
				InstanceTypes: []string{"m7i.large"}, MinSize: new(0), DesiredSize: new(3), MaxSize: new(9),
			},
			want: NodeGroup{InstanceTypes: []string{"m7i.large"}, Min: 0, Desired: 3, Max: 9},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.want.Name = "group"
			got := NodeGroups(map[string]NodeGroupSpec{"group": test.spec})
			if diff := cmp.Diff([]NodeGroup{test.want}, got); diff != "" {
				t.Errorf("node groups (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsGivenWinsOverDefaults(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string, from int) *int {
			if rapid.Bool().Draw(t, "with "+label) {
				return new(rapid.IntRange(from, 20).Draw(t, label))
			}
			return nil
		}
		spec := NodeGroupSpec{MinSize: draw("min", 0), DesiredSize: draw("desired", 0), MaxSize: draw("max", 1)}
		got := withDefaults("group", spec)
		for _, pair := range []struct {
			given *int
			got   int
		}{{spec.MinSize, got.Min}, {spec.DesiredSize, got.Desired}, {spec.MaxSize, got.Max}} {
			if pair.given != nil && *pair.given != pair.got {
				t.Fatalf("%+v became %+v", spec, got)
			}
		}
		given := []int{}
		for _, size := range []*int{spec.MinSize, spec.DesiredSize, spec.MaxSize} {
			if size != nil {
				given = append(given, *size)
			}
		}
		ordered := true
		for i := 1; i < len(given); i++ {
			ordered = ordered && given[i-1] <= given[i]
		}
		violations := ValidateNodeGroups("nodeGroups", map[string]NodeGroupSpec{"group": spec})
		if ordered != (len(violations) == 0) {
			t.Fatalf("%+v, which became %+v, gives %v", spec, got, violations)
		}
	})
}

func TestValidateNodeGroups(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		groups map[string]NodeGroupSpec
		want   []string
	}{
		"none given": {},
		"no group": {
			groups: map[string]NodeGroupSpec{},
			want: []string{"nodeGroups: must hold at least one group, for Flux needs nodes; leave it out for the " +
				"default group"},
		},
		"minimum above maximum": {
			groups: map[string]NodeGroupSpec{"a": {MinSize: new(5), MaxSize: new(3)}},
			want:   []string{`nodeGroups["a"].minSize: must not be greater than maxSize; got 5 > 3`},
		},
		"number outside": {
			groups: map[string]NodeGroupSpec{"a": {MinSize: new(2), DesiredSize: new(1), MaxSize: new(3)}},
			want: []string{
				`nodeGroups["a"].desiredSize: must be from minSize to maxSize; got 1, allowed are 2 to 3`,
			},
		},
		"negative": {
			groups: map[string]NodeGroupSpec{"a": {MinSize: new(-1)}},
			want:   []string{`nodeGroups["a"].minSize: must not be negative; got -1`},
		},
		"no room": {
			groups: map[string]NodeGroupSpec{"a": {MaxSize: new(0)}},
			want:   []string{`nodeGroups["a"].maxSize: must be at least 1; got 0`},
		},
		"bad names": {
			groups: map[string]NodeGroupSpec{"A_b": {InstanceTypes: []string{"large"}}},
			want: []string{
				`nodeGroups["A_b"]: must be a name of at most 32 lower-case letters, digits and hyphens; got "A_b"`,
				`nodeGroups["A_b"].instanceTypes[0]: must be an EC2 instance type such as t3.medium; got "large"`,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, violation := range ValidateNodeGroups("nodeGroups", test.groups) {
				got = append(got, violation.Path+": "+violation.Reason)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}
