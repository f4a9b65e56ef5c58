package flux

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

const (
	kindKustomization = "Kustomization"
	kindHelmRelease   = "HelmRelease"

	helmAPIVersion = "helm.toolkit.fluxcd.io/v2"
	helmGroup      = "helm.toolkit.fluxcd.io"

	// barrier is a dependency that is never met. An applier that has it applies nothing more; it still removes what it
	// has applied when it is deleted, which one that is suspended does not.
	barrier = "gitops-cluster-teardown-has-begun"
)

// applierKey names a Kustomization or a HelmRelease: what applies objects for Flux.
type applierKey struct{ kind, namespace, name string }

func (k applierKey) String() string { return k.kind + " " + k.namespace + "/" + k.name }

// applier is a Kustomization or a HelmRelease as it stands among the others.
type applier struct {
	applierKey

	// parent is what has applied it; a zero one if somebody else has.
	parent    applierKey
	dependsOn []applierKey
	// deleting is true once somebody has asked for its deletion.
	deleting bool
	// frozen is true once it applies nothing more.
	frozen bool
	// keeps is true if its owner wants its objects to stay when it goes.
	keeps     bool
	inventory []inventoryEntry

	object *unstructured.Unstructured
}

func readApplier(object *unstructured.Unstructured) applier {
	a := applier{
		applierKey: applierKey{object.GetKind(), object.GetNamespace(), object.GetName()},
		parent:     appliedBy(object),
		deleting:   object.GetDeletionTimestamp() != nil,
		inventory:  inventoryOf(object),
		object:     object,
	}
	for _, dependency := range dependencies(object) {
		name, _ := dependency["name"].(string)
		namespace, _ := dependency["namespace"].(string)
		if name == barrier {
			a.frozen = true
			continue
		}
		if namespace == "" {
			namespace = a.namespace
		}
		a.dependsOn = append(a.dependsOn, applierKey{a.kind, namespace, name})
	}
	policy, _, _ := unstructured.NestedString(object.Object, "spec", "deletionPolicy")
	prune, _, _ := unstructured.NestedBool(object.Object, "spec", "prune")
	a.keeps = a.kind == kindKustomization &&
		(policy == "Orphan" || (policy == "" || policy == "MirrorPrune") && !prune)
	return a
}

// among tells whether it is one of the sync's own Kustomizations, given by their names.
func (a applier) among(names []string) bool {
	return a.kind == kindKustomization && a.namespace == manifests.Namespace && slices.Contains(names, a.name)
}

func dependencies(object *unstructured.Unstructured) []map[string]any {
	entries, _, _ := unstructured.NestedSlice(object.Object, "spec", "dependsOn")
	var read []map[string]any
	for _, entry := range entries {
		if fields, ok := entry.(map[string]any); ok {
			read = append(read, fields)
		}
	}
	return read
}

// appliedBy reads the labels by which Flux's controllers mark what they apply. Those of a Helm release count first: a
// chart may copy the others from the object that it was made for.
func appliedBy(object *unstructured.Unstructured) applierKey {
	labels := object.GetLabels()
	if name := labels[helmGroup+"/name"]; name != "" {
		return applierKey{kindHelmRelease, labels[helmGroup+"/namespace"], name}
	}
	if name := labels[fluxFieldGroup+"/name"]; name != "" {
		return applierKey{kindKustomization, labels[fluxFieldGroup+"/namespace"], name}
	}
	return applierKey{}
}

// belonging returns those appliers that are among the chosen ones or were applied by them, directly or not, and adds
// them to the chosen: an applier that is gone is still known as the parent of what it has left. The chosen say whether
// what they have applied goes with them.
func belonging(all []applier, chosen map[applierKey]bool) []applier {
	for _, a := range all {
		if _, known := chosen[a.applierKey]; known && a.keeps {
			chosen[a.applierKey] = false
		}
	}
	for grown := true; grown; {
		grown = false
		for _, a := range all {
			if _, known := chosen[a.applierKey]; !known && chosen[a.parent] {
				chosen[a.applierKey], grown = !a.keeps, true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(a applier) bool {
		_, known := chosen[a.applierKey]
		return !known
	})
}

// free returns the appliers that may go now: nothing that is still there depends on them or was applied by them. Flux
// itself knows no such order for deletions (fluxcd/kustomize-controller#301). Where all wait for each other, all may
// go.
func free(living []applier) []applier {
	needed := map[applierKey]bool{}
	for _, a := range living {
		for _, key := range append(slices.Clone(a.dependsOn), a.parent) {
			// A repository that holds its own Kustomization, as `flux bootstrap` writes it, is its own parent.
			if key != a.applierKey {
				needed[key] = true
			}
		}
	}
	ready := slices.DeleteFunc(slices.Clone(living), func(a applier) bool { return needed[a.applierKey] })
	if len(ready) == 0 {
		ready = slices.Clone(living)
	}
	slices.SortFunc(ready, func(a, b applier) int { return strings.Compare(a.String(), b.String()) })
	return ready
}

// parentsFirst orders appliers such that none comes before what has applied it: one that is frozen later than its
// child would take the freeze off that child.
func parentsFirst(all []applier) []applier {
	byKey := map[applierKey]applier{}
	for _, a := range all {
		byKey[a.applierKey] = a
	}
	depth := func(a applier) int {
		steps := 0
		// A root may be its own parent, and the labels that tell may form a circle.
		for a.parent != a.applierKey && steps <= len(all) {
			parent, ok := byKey[a.parent]
			if !ok {
				break
			}
			a, steps = parent, steps+1
		}
		return steps
	}
	ordered := slices.Clone(all)
	slices.SortStableFunc(ordered, func(a, b applier) int { return depth(a) - depth(b) })
	return ordered
}
