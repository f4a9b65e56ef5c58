package flux

import (
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

const describeLabels = "Labels for Flux's own objects: its controllers with all that belongs to them, and the " +
	"sources, Kustomizations, Secrets and whatever else is made here for Flux; not for what is synced, nor for pods. " +
	"Those that begin with `app.kubernetes.io/` or `kustomize.toolkit.fluxcd.io/` are Flux's own. Default: none."

// reservedLabels begin the labels by which Flux's objects are known again.
var reservedLabels = []string{"app.kubernetes.io/", fluxFieldGroup + "/"}

func validateLabels(found *inputs.Violations, path string, raw property.Value) {
	if !raw.IsMap() {
		return
	}
	for key, value := range raw.AsMap().AllStable {
		at := inputs.Key(path, key)
		for _, reason := range validation.IsQualifiedName(key) {
			found.Addf(at, "cannot be a label: %s", reason)
		}
		for _, reserved := range reservedLabels {
			if strings.HasPrefix(key, reserved) {
				found.Addf(at, "must not begin with %s, which Flux's own labels do; choose another", reserved)
			}
		}
		found.Text(at, value, checkLabelValue)
	}
}

// labelled returns the labels of an object: the user's, and over them ours and those of the object. Nil if there are
// none.
func (c children) labelled(own map[string]string) pulumi.StringMapInput {
	ours := map[string]string{}
	maps.Copy(ours, c.labels)
	maps.Copy(ours, own)
	switch {
	case c.givenLabels != nil:
		return c.givenLabels.ToStringMapOutput().ApplyT(func(given map[string]string) map[string]string {
			all := maps.Clone(given)
			maps.Copy(all, ours)
			return all
		}).(pulumi.StringMapOutput) //nolint:forcetypeassert // the function returns a map of strings.
	case len(ours) > 0:
		return pulumi.ToStringMap(ours)
	}
	return nil
}
