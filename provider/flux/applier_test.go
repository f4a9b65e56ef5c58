package flux

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"pgregory.net/rapid"
)

func TestReadApplier(t *testing.T) {
	t.Parallel()
	const namespace = "flux-system"
	object := func(kind string, labels map[string]any, spec map[string]any) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"kind": kind, "metadata": map[string]any{"name": "x", "namespace": namespace, "labels": labels}, "spec": spec,
		}}
	}
	tests := map[string]struct {
		object *unstructured.Unstructured
		want   applier
	}{
		"by itself": {object(kindKustomization, nil, map[string]any{"prune": true}), applier{}},
		"applied by a Kustomization": {
			object(kindHelmRelease, map[string]any{
				"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": namespace,
			}, nil),
			applier{parent: applierKey{kindKustomization, namespace, "apps"}},
		},
		"applied by a release": {
			object(kindHelmRelease, map[string]any{
				"helm.toolkit.fluxcd.io/name": "chart", "helm.toolkit.fluxcd.io/namespace": "web",
				"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": namespace,
			}, nil),
			applier{parent: applierKey{kindHelmRelease, "web", "chart"}},
		},
		"with dependencies": {
			object(kindKustomization, nil, map[string]any{"prune": true, "dependsOn": []any{
				map[string]any{"name": "infra"}, map[string]any{"name": "db", "namespace": "data"},
			}}),
			applier{dependsOn: []applierKey{
				{kindKustomization, namespace, "infra"}, {kindKustomization, "data", "db"},
			}},
		},
		"frozen": {
			object(kindHelmRelease, nil, map[string]any{"dependsOn": []any{
				map[string]any{"name": "infra"}, map[string]any{"name": barrier},
			}}),
			applier{frozen: true, dependsOn: []applierKey{{kindHelmRelease, namespace, "infra"}}},
		},
		"without prune": {object(kindKustomization, nil, nil), applier{keeps: true}},
		"orphaning": {
			object(kindKustomization, nil, map[string]any{"prune": true, "deletionPolicy": "Orphan"}),
			applier{keeps: true},
		},
		"deleting, without prune":  {object(kindKustomization, nil, map[string]any{"deletionPolicy": "Delete"}), applier{}},
		"a release without policy": {object(kindHelmRelease, nil, nil), applier{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.want.applierKey = applierKey{test.object.GetKind(), namespace, "x"}
			got := readApplier(test.object)
			got.object = nil
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(applier{}, applierKey{}, inventoryEntry{})); diff != "" {
				t.Errorf("applier (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBelongingFollowsWhatWasApplied(t *testing.T) {
	t.Parallel()
	key := func(name string) applierKey { return applierKey{kindKustomization, "flux-system", name} }
	all := []applier{
		{applierKey: key("grandchild"), parent: key("child")},
		{applierKey: key("theirs")},
		{applierKey: key("child"), parent: key("root")},
		{applierKey: key("dependent"), dependsOn: []applierKey{key("root")}},
		{applierKey: key("root"), parent: key("root")},
	}
	names := func(appliers []applier) []string {
		var list []string
		for _, a := range appliers {
			list = append(list, a.name)
		}
		return list
	}
	chosen := map[applierKey]bool{key("root"): true}
	if diff := cmp.Diff([]string{"grandchild", "child", "root"}, names(belonging(all, chosen))); diff != "" {
		t.Errorf("what belongs to the root (-want +got):\n%s", diff)
	}
	keeping := slices.Clone(all)
	keeping[2].keeps = true
	if diff := cmp.Diff([]string{"child", "root"},
		names(belonging(keeping, map[applierKey]bool{key("root"): true}))); diff != "" {
		t.Errorf("what belongs to a root whose child keeps what it has applied (-want +got):\n%s", diff)
	}
	// Its child is gone, and still known as what has applied the grandchild.
	if diff := cmp.Diff([]string{"grandchild"}, names(belonging(all[:2], chosen))); diff != "" {
		t.Errorf("what is left of the root (-want +got):\n%s", diff)
	}
}

// TestOrderOfGoing draws appliers that depend on earlier ones and were applied by earlier ones, and lets them go wave
// by wave: none goes while something depends on it or was applied by it, and all of them go.
func TestOrderOfGoing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		living := rapid.Custom(func(t *rapid.T) []applier {
			var all []applier
			for i := range rapid.IntRange(0, 12).Draw(t, "number") {
				kind := rapid.SampledFrom([]string{kindKustomization, kindHelmRelease}).Draw(t, "kind")
				a := applier{applierKey: applierKey{kind, "ns", strconv.Itoa(i)}}
				a.parent = a.applierKey
				for _, before := range all {
					if rapid.Bool().Draw(t, "depends") {
						a.dependsOn = append(a.dependsOn, before.applierKey)
					}
				}
				if i > 0 && rapid.Bool().Draw(t, "applied") {
					a.parent = all[rapid.IntRange(0, i-1).Draw(t, "by")].applierKey
				}
				all = append(all, a)
			}
			return all
		}).Draw(t, "appliers")
		for waves := 0; len(living) > 0; waves++ {
			if waves > len(living)+12 {
				t.Fatal("it never ends")
			}
			going := free(living)
			if len(going) == 0 {
				t.Fatal("nothing goes")
			}
			for _, gone := range going {
				for _, a := range living {
					if a.applierKey != gone.applierKey &&
						(a.parent == gone.applierKey || slices.Contains(a.dependsOn, gone.applierKey)) {
						t.Fatalf("%s goes although %s needs it", gone, a)
					}
				}
			}
			living = slices.DeleteFunc(living, func(a applier) bool {
				return slices.ContainsFunc(going, func(gone applier) bool { return gone.applierKey == a.applierKey })
			})
		}
	})
}

func TestAllGoWhereAllWait(t *testing.T) {
	t.Parallel()
	a, b := applierKey{kindKustomization, "ns", "a"}, applierKey{kindKustomization, "ns", "b"}
	going := free([]applier{
		{applierKey: b, dependsOn: []applierKey{a}}, {applierKey: a, dependsOn: []applierKey{b}},
	})
	if len(going) != 2 || going[0].name != "a" {
		t.Errorf("what goes of two that wait for each other: got %v, want both", going)
	}
}

func TestParentsAreFrozenFirst(t *testing.T) {
	t.Parallel()
	key := func(name string) applierKey { return applierKey{kindKustomization, "ns", name} }
	ordered := parentsFirst([]applier{
		{applierKey: key("grandchild"), parent: key("child")},
		{applierKey: key("child"), parent: key("root")},
		{applierKey: key("root"), parent: key("root")},
		{applierKey: key("loner")},
	})
	at := map[string]int{}
	for i, a := range ordered {
		at[a.name] = i
	}
	if at["root"] > at["child"] || at["child"] > at["grandchild"] {
		t.Errorf("order of freezing: got %v", at)
	}
}
