package flux

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestCircle looks for circles among random dependencies: what is called one is one, and where none is found the
// kustomizations can be put in an order.
func TestCircle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 8).Draw(t, "kustomizations")
		dependsOn := map[string][]string{}
		var sync SyncSpec
		for i := range count {
			part := SyncKustomizationSpec{Name: strconv.Itoa(i)}
			for range rapid.IntRange(0, 2).Draw(t, "dependencies") {
				part.DependsOn = append(part.DependsOn, strconv.Itoa(rapid.IntRange(0, count-1).Draw(t, "dependency")))
			}
			dependsOn[part.Name] = part.DependsOn
			sync.Kustomizations = append(sync.Kustomizations, part)
		}
		if circle := sync.circle(); circle != nil {
			for i, name := range circle[1:] {
				if !slices.Contains(dependsOn[circle[i]], name) {
					t.Fatalf("%q is no circle in %v", circle, dependsOn)
				}
			}
			if circle[0] != circle[len(circle)-1] {
				t.Fatalf("%q does not come back", circle)
			}
			return
		}
		placed := map[string]bool{}
		for range count {
			for name, needed := range dependsOn {
				if !slices.ContainsFunc(needed, func(name string) bool { return !placed[name] }) {
					placed[name] = true
				}
			}
		}
		if len(placed) != count {
			t.Fatalf("no circle was found in %v", dependsOn)
		}
	})
}
