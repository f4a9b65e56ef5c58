package cluster

import (
	"cmp"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"pgregory.net/rapid"
)

func TestNodeGroupDefaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spec NodeGroupSpec
		want NodeGroup
	}{
		"nothing given": {
			want: NodeGroup{Min: 2, Desired: 2, Max: 4, Floats: true},
		},
		"only a small maximum": {
			spec: NodeGroupSpec{MaxSize: new(1)},
			want: NodeGroup{Min: 1, Desired: 1, Max: 1, Floats: true},
		},
		"only a large minimum": {
			spec: NodeGroupSpec{MinSize: new(6)},
			want: NodeGroup{Min: 6, Desired: 6, Max: 6, Floats: true},
		},
		"only a large number": {
			spec: NodeGroupSpec{DesiredSize: new(5)},
			want: NodeGroup{Min: 2, Desired: 5, Max: 5},
		},
		"everything given": {
			spec: NodeGroupSpec{
				InstanceTypes: []string{"m7g.large", "m6g.large"}, MinSize: new(0), DesiredSize: new(3), MaxSize: new(9),
				CapacityType: new(CapacitySpot), AmiType: new(AmiType("BOTTLEROCKET_ARM_64")), DiskSize: new(100),
				MaxUnavailablePercentage: new(10), Taints: []NodeTaintSpec{{Effect: TaintNoExecute}},
			},
			want: NodeGroup{
				InstanceTypes: []string{"m7g.large", "m6g.large"}, Min: 0, Desired: 3, Max: 9, Capacity: CapacitySpot,
				AMI: "BOTTLEROCKET_ARM_64", DiskSize: 100, MaxUnavailable: 10,
				Taints: []NodeTaintSpec{{Effect: TaintNoExecute}},
			},
		},
		"AMI of the instance types": {
			spec: NodeGroupSpec{InstanceTypes: []string{"g5.xlarge"}},
			want: NodeGroup{
				InstanceTypes: []string{"g5.xlarge"}, Min: 2, Desired: 2, Max: 4, Floats: true, AMI: "AL2023_x86_64_NVIDIA",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.want.Name = "group"
			if test.want.InstanceTypes == nil {
				test.want.InstanceTypes = []string{"t3.medium"}
			}
			test.want.Capacity = cmp.Or(test.want.Capacity, CapacityOnDemand)
			test.want.AMI = cmp.Or(test.want.AMI, "AL2023_x86_64_STANDARD")
			test.want.DiskSize = cmp.Or(test.want.DiskSize, 50)
			test.want.MaxUnavailable = cmp.Or(test.want.MaxUnavailable, 33)
			got := NodeGroups(map[string]NodeGroupSpec{"group": test.spec})
			if diff := gocmp.Diff([]NodeGroup{test.want}, got); diff != "" {
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
		violations := ValidateNodeGroups("nodeGroups", map[string]NodeGroupSpec{"group": spec}, property.Value{})
		if (ordered && got.Desired > 0) != (len(violations) == 0) {
			t.Fatalf("%+v, which became %+v, gives %v", spec, got, violations)
		}
	})
}
