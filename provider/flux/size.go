package flux

import (
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// FluxSize is how much work Flux is made for.
type FluxSize string

// The sizes.
const (
	FluxSizeSmall  FluxSize = "Small"
	FluxSizeMedium FluxSize = "Medium"
	FluxSizeLarge  FluxSize = "Large"
)

var _ infer.Enum[FluxSize] = FluxSize("")

// Values lists the sizes.
func (FluxSize) Values() []infer.EnumValue[FluxSize] {
	return []infer.EnumValue[FluxSize]{
		{Name: "Small", Value: FluxSizeSmall, Description: "What Flux's own manifests say: each controller looks at two to " +
			"four objects at a time, with at most one processor and 1 GiB of memory."},
		{Name: "Medium", Value: FluxSizeMedium, Description: "10 objects at a time, with at most 2 processors and 2 GiB."},
		{Name: "Large", Value: FluxSizeLarge, Description: "20 objects at a time, with at most 4 processors and 4 GiB."},
	}
}

const describeSize = "How much Flux does at a time: `Small`, `Medium` from about a hundred, `Large` from about five " +
	"hundred Kustomizations and HelmReleases on. It holds for source-, kustomize- and helm-controller, restarts them " +
	"when it changes, and the nodes must have the memory when it is used. Default: `Small`."

// sizes are those that differ from what Flux's manifests say.
var sizes = map[FluxSize]manifests.Size{
	FluxSizeMedium: {Workers: 10, CPU: "2", Memory: "2Gi"},
	FluxSizeLarge:  {Workers: 20, CPU: "4", Memory: "4Gi"},
}

func (s FluxSpec) size() manifests.Size {
	if s.Size == nil {
		return manifests.Size{}
	}
	return sizes[*s.Size]
}

func (s FluxSpec) validateSize(found *inputs.Violations, path string) {
	if s.Size != nil {
		found.OneOf(inputs.Join(path, "size"), string(*s.Size),
			string(FluxSizeSmall), string(FluxSizeMedium), string(FluxSizeLarge))
	}
}
