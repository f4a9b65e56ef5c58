package manifests

import (
	"fmt"
	"strings"
)

// Patch is a kustomize patch as a Flux Kustomization spells it in spec.patches.
type Patch struct {
	// Patch is the text of the patch.
	Patch string
	// Target selects the objects that it applies to, by the fields of a kustomize selector.
	Target map[string]string
}

// Patches returns the patches that make the artifact's manifests those of the wanted installation. FluxInstall renders
// with them and the self-management Kustomization carries them: two lists would be a rollout at the handover, or
// worse, a component that Flux installs again after it was left out.
func Patches(components []string) []Patch {
	var patches []Patch
	if drop := unselected(components); len(drop) > 0 {
		patches = append(patches, Patch{
			// Every object of a component carries the label, its CustomResourceDefinitions included. The kind and
			// the name are placeholders that kustomize demands and ignores when there is a target.
			Target: map[string]string{
				"labelSelector": fmt.Sprintf("%s in (%s)", componentLabel, strings.Join(drop, ",")),
			},
			Patch: "$patch: delete\napiVersion: v1\nkind: Any\nmetadata:\n  name: any\n",
		})
	}
	// Flux prunes what a new version of its manifests no longer holds. For a CustomResourceDefinition that would mean
	// every object of that kind, and for the Namespace Flux itself with all its Secrets.
	return append(patches, Patch{
		Target: map[string]string{"kind": "(CustomResourceDefinition|Namespace)"},
		Patch: "apiVersion: v1\nkind: Any\nmetadata:\n  name: any\n" +
			"  annotations:\n    kustomize.toolkit.fluxcd.io/prune: Disabled\n",
	})
}
