package manifests

import (
	"fmt"
	"slices"
	"strings"
)

// Size is how much Flux's controllers do at a time, and what they may use up for it.
type Size struct {
	// Workers is how many objects a controller looks at at the same time.
	Workers int
	// CPU and Memory are the limits of each controller, as Kubernetes spells them.
	CPU, Memory string
}

// resize returns the patch for those controllers whose work grows with what is synced, as Flux documents it for its
// vertical scaling.
func (c Customization) resize() []Patch {
	if c.Size == (Size{}) {
		return nil
	}
	of := slices.DeleteFunc([]string{SourceController, KustomizeController, HelmController}, func(name string) bool {
		return !slices.Contains(c.Components, name)
	})
	const argument = "- op: add\n  path: /spec/template/spec/containers/0/args/-\n  value: %s\n"
	return []Patch{{
		Target: map[string]string{"kind": "Deployment", "name": "(" + strings.Join(of, "|") + ")"},
		Patch: fmt.Sprintf(argument, fmt.Sprintf("--concurrent=%d", c.Size.Workers)) +
			fmt.Sprintf(argument, "--requeue-dependency=5s") +
			"- op: replace\n  path: /spec/template/spec/containers/0/resources/limits\n" +
			fmt.Sprintf("  value: {cpu: %q, memory: %q}\n", c.Size.CPU, c.Size.Memory),
	}}
}
