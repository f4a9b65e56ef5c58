package manifests

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Patch is a kustomize patch as a Flux Kustomization spells it in spec.patches.
type Patch struct {
	// Patch is the text of the patch.
	Patch string
	// Target selects the objects that it applies to, by the fields of a kustomize selector.
	Target map[string]string
}

// Customization is what makes of the artifact's manifests those of one installation. FluxInstall renders with it and
// the self-management Kustomization carries it: two of them would be a rollout at the handover, or worse, a component
// that Flux installs again after it was left out.
type Customization struct {
	// Components are those that are installed.
	Components []string
	// Registry is where the images are instead: HOST/PATH.
	Registry string
	// NoNetworkPolicies leaves Flux's network policies out.
	NoNetworkPolicies bool
	// Tolerations are those of every pod, as Kubernetes spells them.
	Tolerations []map[string]any
	// ImagePullSecret is the Secret with which the nodes pull the images; empty if they need none.
	ImagePullSecret string
	// Size is that of the controllers; a zero one is what the manifests say.
	Size Size
	// Labels are put on every object, and on none of their templates.
	Labels map[string]string
	// TenantAccount is the service account with which whatever names none applies, if tenants are kept apart.
	TenantAccount string
	// Own are the user's own patches.
	Own []Patch
}

// everything is how the object of a patch is called that has a target: kustomize demands it and ignores it.
const everything = "kind: Any\nmetadata:\n  name: any\n"

// Patches returns the patches of an installation that has nothing special but its components.
func Patches(components []string) []Patch {
	return Customization{Components: components}.patches()
}

func (c Customization) patches() []Patch {
	patches := c.leaveOut()
	if len(c.Tolerations) > 0 {
		patches = append(patches, podPatch("tolerations", c.Tolerations))
	}
	if c.ImagePullSecret != "" {
		patches = append(patches, podPatch("imagePullSecrets", []map[string]any{{"name": c.ImagePullSecret}}))
	}
	patches = append(patches, c.resize()...)
	if c.TenantAccount != "" {
		patches = append(patches, c.lockDown()...)
	}
	patches = append(patches, c.Own...)
	// Flux prunes what a new version of its manifests no longer holds. For a CustomResourceDefinition that would mean
	// every object of that kind, and for the Namespace Flux itself with all its Secrets. The last patch wins.
	return append(patches, Patch{
		Target: map[string]string{"kind": "(CustomResourceDefinition|Namespace)"},
		Patch:  "apiVersion: v1\n" + everything + "  annotations:\n    kustomize.toolkit.fluxcd.io/prune: Disabled\n",
	})
}

// podPatch gives the pods of all controllers a field.
func podPatch(field string, value []map[string]any) Patch {
	// Plain strings, numbers and maps are always printed.
	text, _ := yaml.Marshal(map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "any"},
		"spec": map[string]any{"template": map[string]any{"spec": map[string]any{field: value}}},
	})
	return Patch{Target: map[string]string{"kind": "Deployment"}, Patch: string(text)}
}

// lockDown returns the patches that keep tenants apart, as Flux documents them for each of its controllers.
func (c Customization) lockDown() []Patch {
	arguments := []struct {
		value string
		of    []string
	}{
		{"--no-cross-namespace-refs=true", []string{
			KustomizeController, HelmController, NotificationController, "image-reflector-controller",
			"image-automation-controller",
		}},
		{"--no-remote-bases=true", []string{KustomizeController}},
		{"--default-service-account=" + c.TenantAccount, []string{KustomizeController, HelmController}},
	}
	patches := make([]Patch, 0, len(arguments))
	for _, argument := range arguments {
		of := slices.DeleteFunc(argument.of, func(name string) bool { return !slices.Contains(c.Components, name) })
		patches = append(patches, Patch{
			Target: map[string]string{"kind": "Deployment", "name": "(" + strings.Join(of, "|") + ")"},
			Patch:  "- op: add\n  path: /spec/template/spec/containers/0/args/-\n  value: " + argument.value + "\n",
		})
	}
	return patches
}

func (c Customization) leaveOut() []Patch {
	var patches []Patch
	if drop := unselected(c.Components); len(drop) > 0 {
		patches = append(patches, Patch{
			// Every object of a component carries the label, its CustomResourceDefinitions included.
			Target: map[string]string{
				"labelSelector": fmt.Sprintf("%s in (%s)", componentLabel, strings.Join(drop, ",")),
			},
			Patch: "$patch: delete\napiVersion: v1\n" + everything,
		})
	}
	if c.NoNetworkPolicies {
		patches = append(patches, Patch{
			Target: map[string]string{"kind": "NetworkPolicy"}, Patch: "$patch: delete\napiVersion: v1\n" + everything,
		})
	}
	return patches
}

// DefaultRegistry is where the images are that an artifact of the Flux project names.
const DefaultRegistry = "ghcr.io/fluxcd"

// publishers are where the Flux project publishes its images; an artifact names those of one of them.
var publishers = []string{DefaultRegistry, "docker.io/fluxcd"}

// images returns the replacements of images, as a Flux Kustomization spells them in spec.images.
func (c Customization) images() []any {
	var images []any
	if c.Registry == "" {
		return nil
	}
	for _, publisher := range publishers {
		for _, component := range c.Components {
			images = append(images, map[string]any{
				"name": publisher + "/" + component, "newName": c.Registry + "/" + component,
			})
		}
	}
	return images
}

// Image returns what an image of the artifact is called in the installation.
func (c Customization) Image(image string) string {
	if c.Registry == "" {
		return image
	}
	for _, publisher := range publishers {
		if name, ok := strings.CutPrefix(image, publisher+"/"); ok {
			return c.Registry + "/" + name
		}
	}
	return image
}

// Spec returns the fields of a Flux Kustomization's spec that stand for the customization.
func (c Customization) Spec() map[string]any {
	spec := map[string]any{"patches": PatchList(c.patches())}
	if images := c.images(); len(images) > 0 {
		spec["images"] = images
	}
	return spec
}

// PatchList returns the patches as spec.patches of a Flux Kustomization.
func PatchList(patches []Patch) []any {
	list := make([]any, 0, len(patches))
	for _, patch := range patches {
		entry := map[string]any{"patch": patch.Patch}
		if len(patch.Target) > 0 {
			target := make(map[string]any, len(patch.Target))
			for field, value := range patch.Target {
				target[field] = value
			}
			entry["target"] = target
		}
		list = append(list, entry)
	}
	return list
}
