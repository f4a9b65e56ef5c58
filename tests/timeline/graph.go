package timeline

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
)

// Resource is a resource of a stack. Those that are not AWS's take no time here, and still order the others.
type Resource struct {
	Name string `json:"name"`
	Type string `json:"type"`
	ID   string `json:"id,omitempty"`

	inputs  map[string]any
	outputs map[string]any
	// needs are the positions of the resources that it depends on.
	needs []int
	// awaits are the positions of those that are there before it is made and may go when they like: the program waits for
	// them, and no edge in the state says so.
	awaits []int
	// goesWith is the position of the resource whose deletion takes this one away as well, or -1.
	goesWith int
}

// Title is how a report calls the resource.
func (r Resource) Title() string {
	return r.Type[strings.LastIndex(r.Type, ":")+1:] + " " + r.Name
}

// FromAWS says whether AWS takes time for the resource.
func (r Resource) FromAWS() bool { return latency.Knows(r.Type) }

// takes is how long AWS takes for an operation on the resource.
func (r Resource) takes(operation latency.Operation) time.Duration {
	if operation == latency.Delete && r.goesWith >= 0 {
		return 0
	}
	return latency.Of(operation, r.Type, r.inputs)
}

// Resources reads the resources of a stack, and what orders them, from its state: the dependencies of each, its
// provider and its parents, and all that is below a component on which one depends.
//
// They are in the order of their names: a state has them in the order in which they were made, which differs from run
// to run, and by which a report would choose among those that end at the same time.
func Resources(deployment apitype.DeploymentV3) []Resource {
	states := slices.SortedFunc(slices.Values(deployment.Resources), func(a, b apitype.ResourceV3) int {
		return cmp.Compare(a.URN, b.URN)
	})
	positions := map[string]int{}
	children := map[string][]string{}
	for i, state := range states {
		positions[string(state.URN)] = i
		children[string(state.Parent)] = append(children[string(state.Parent)], string(state.URN))
	}
	var below func(urn string) []int
	below = func(urn string) []int {
		position, known := positions[urn]
		if !known {
			return nil
		}
		found := []int{position}
		if !states[position].Custom {
			for _, child := range children[urn] {
				found = append(found, below(child)...)
			}
		}
		return found
	}
	resources := make([]Resource, 0, len(states))
	for _, state := range states {
		r := Resource{
			Name: state.URN.Name(), Type: string(state.Type), ID: string(state.ID), inputs: state.Inputs,
			outputs: state.Outputs, goesWith: -1,
		}
		own := ancestors(states, positions, string(state.URN))
		for _, urn := range dependencies(state) {
			for _, position := range below(urn) {
				// A child that depends on its own component waits for its siblings, never for itself.
				if !slices.Contains(own, position) {
					r.needs = append(r.needs, position)
				}
			}
			r.awaits = append(r.awaits, siblings(states, positions, own, urn, below)...)
		}
		r.needs = append(r.needs, own[1:]...)
		slices.Sort(r.needs)
		r.needs = slices.Compact(r.needs)
		if position, known := positions[string(state.DeletedWith)]; known {
			r.goesWith = position
		}
		resources = append(resources, r)
	}
	for i, r := range resources {
		if !r.runsOnNodes() {
			continue
		}
		for position, other := range resources {
			if other.Type == nodes {
				resources[i].awaits = append(resources[i].awaits, position)
			}
		}
	}
	return resources
}

// remote is a component of another plugin, whose outputs are there when all is made that it consists of.
const remote = "eks:index:Cluster"

// siblings are the positions of what a remote component consists of besides a resource, for somebody outside.
func siblings(
	states []apitype.ResourceV3, positions map[string]int, outside []int, urn string, below func(string) []int,
) []int {
	for _, position := range ancestors(states, positions, urn) {
		if states[position].Type == remote && !slices.Contains(outside, position) {
			return below(string(states[position].URN))
		}
	}
	return nil
}

func dependencies(state apitype.ResourceV3) []string {
	var urns []string
	for _, urn := range state.Dependencies {
		urns = append(urns, string(urn))
	}
	for _, property := range state.PropertyDependencies {
		for _, urn := range property {
			urns = append(urns, string(urn))
		}
	}
	if end := strings.LastIndex(state.Provider, "::"); end >= 0 {
		urns = append(urns, state.Provider[:end])
	}
	return urns
}

// ancestors are the positions of a resource and of all above it.
func ancestors(states []apitype.ResourceV3, positions map[string]int, urn string) []int {
	var found []int
	for {
		position, known := positions[urn]
		if !known {
			return found
		}
		found = append(found, position)
		urn = string(states[position].Parent)
	}
}
