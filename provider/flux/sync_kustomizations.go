package flux

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// SyncKustomizationSpec is one of several parts of a repository that are applied one by one.
type SyncKustomizationSpec struct {
	Name            string             `pulumi:"name"`
	Path            pulumi.StringInput `pulumi:"path"`
	DependsOn       []string           `pulumi:"dependsOn,optional"`
	TargetNamespace pulumi.StringInput `pulumi:"targetNamespace,optional"`
	Prune           pulumi.BoolInput   `pulumi:"prune,optional"`
	Wait            pulumi.BoolInput   `pulumi:"wait,optional"`
}

// Annotate describes the specification in the schema.
func (s *SyncKustomizationSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A part of the repository that is applied by a Kustomization of its own.")
	a.Describe(&s.Name, "The name of the Kustomization in the cluster: lower-case letters, digits and hyphens, at most "+
		"63; each only once. Under another name it takes over what was applied before.")
	a.Describe(&s.Path, "The folder in the repository that is applied, such as `./infrastructure`.")
	a.Describe(&s.DependsOn, "The names of those kustomizations that must be ready before this one is applied, such as "+
		"the one with the kinds that this one uses. A destroy removes them in reverse order. Default: none.")
	a.Describe(&s.TargetNamespace, "The namespace into which everything is put that has one; it must exist. Default: the "+
		"one that each manifest says.")
	a.Describe(&s.Prune, "The same as prune of the sync, for this part. Default: what the sync says.")
	a.Describe(&s.Wait, "The same as wait of the sync, for this part. Default: what the sync says.")
}

// part is a Kustomization of the sync.
type part struct {
	// child is the end of the resource's name, name that of the object.
	child, name string
	spec        SyncKustomizationSpec
}

// parts returns the Kustomizations of the sync: one that is called like it, unless there are several.
func (s SyncSpec) parts() []part {
	if len(s.Kustomizations) == 0 {
		return []part{{child: "sync", name: s.name(), spec: SyncKustomizationSpec{Path: s.Path}}}
	}
	parts := make([]part, 0, len(s.Kustomizations))
	for _, spec := range s.Kustomizations {
		parts = append(parts, part{child: "sync-" + spec.Name, name: spec.Name, spec: spec})
	}
	return parts
}

// kustomizationNames are what the Kustomizations of the sync are called in the cluster.
func (s SyncSpec) kustomizationNames() []string {
	parts := s.parts()
	names := make([]string, 0, len(parts))
	for _, part := range parts {
		names = append(names, part.name)
	}
	return names
}

// addTo adds what is special about the part to the specification of its Kustomization.
func (s SyncKustomizationSpec) addTo(spec pulumi.Map) {
	put(spec, "path", s.Path)
	put(spec, "targetNamespace", s.TargetNamespace)
	for field, value := range map[string]pulumi.BoolInput{"prune": s.Prune, "wait": s.Wait} {
		if value != nil {
			spec[field] = value
		}
	}
	if len(s.DependsOn) > 0 {
		dependencies := make(pulumi.Array, 0, len(s.DependsOn))
		for _, name := range s.DependsOn {
			dependencies = append(dependencies, reference(pulumi.String(name)))
		}
		spec["dependsOn"] = dependencies
	}
}

func (s SyncSpec) validateKustomizations(found *inputs.Violations, path string, raw property.Map) {
	if len(s.Kustomizations) == 0 {
		return
	}
	if given(raw, "path") {
		found.Addf(inputs.Join(path, "path"), "is not for a sync with kustomizations, each of which has its own; leave "+
			"it out")
	}
	path = inputs.Join(path, "kustomizations")
	names := s.kustomizationNames()
	for i, part := range s.Kustomizations {
		at := inputs.Index(path, i)
		for _, reason := range validation.IsDNS1123Label(part.Name) {
			found.Addf(inputs.Join(at, "name"), "cannot name Kubernetes objects: %s; got %q", reason, part.Name)
		}
		switch {
		case part.Name == selfName:
			found.Addf(inputs.Join(at, "name"), "must not be %q, which is the name of Flux's own; choose another", part.Name)
		case slices.Contains(names[:i], part.Name):
			found.Addf(inputs.Join(at, "name"), "is given twice: %q; choose another", part.Name)
		}
		for j, needed := range part.DependsOn {
			if !slices.Contains(names, needed) {
				found.Addf(inputs.Index(inputs.Join(at, "dependsOn"), j), "must be the name of one of the kustomizations (%s); "+
					"got %q", strings.Join(names, ", "), needed)
			}
		}
	}
	if list := raw.Get("kustomizations"); list.IsArray() {
		for i, known := range list.AsArray().All {
			if known.IsMap() {
				validateKnown(found, inputs.Index(path, i), known.AsMap(), "path", checkPath)
				validateKnown(found, inputs.Index(path, i), known.AsMap(), "targetNamespace", checkNamespace)
			}
		}
	}
	if circle := s.circle(); circle != nil {
		found.Addf(path, "must not depend on each other in a circle: %s; take one dependsOn out",
			strings.Join(circle, " needs "))
	}
}

// circle returns names of kustomizations that wait for each other, the first one at the end again; nil if none do.
func (s SyncSpec) circle() []string {
	dependsOn := map[string][]string{}
	for _, part := range s.Kustomizations {
		dependsOn[part.Name] = part.DependsOn
	}
	done := map[string]bool{}
	var walk func(way []string, name string) []string
	walk = func(way []string, name string) []string {
		if i := slices.Index(way, name); i >= 0 {
			return append(slices.Clone(way[i:]), name)
		}
		if done[name] {
			return nil
		}
		for _, needed := range dependsOn[name] {
			if circle := walk(append(slices.Clone(way), name), needed); circle != nil {
				return circle
			}
		}
		done[name] = true
		return nil
	}
	for _, part := range s.Kustomizations {
		if circle := walk(nil, part.Name); circle != nil {
			return circle
		}
	}
	return nil
}
