package flux

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
)

// TestViewersSeeWhatFluxShows keeps our groups in step with the role that Flux's own manifests bring for viewers.
func TestViewersSeeWhatFluxShows(t *testing.T) {
	t.Parallel()
	decoder := yaml.NewDecoder(strings.NewReader(string(artifacttest.Manifests(t, DefaultVersion))))
	for {
		var object struct {
			Kind     string
			Metadata struct{ Name string }
			Rules    []struct {
				APIGroups []string `yaml:"apiGroups"`
				Verbs     []string
			}
		}
		if err := decoder.Decode(&object); err != nil {
			t.Fatalf("Flux brings no role for viewers: %v", err)
		}
		if object.Kind != "ClusterRole" || !strings.HasPrefix(object.Metadata.Name, "flux-view") {
			continue
		}
		var want []string
		for _, rule := range object.Rules {
			want = append(want, rule.APIGroups...)
		}
		got := viewedGroups()
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
			t.Errorf("API groups (-Flux's +ours):\n%s", diff)
		}
		return
	}
}
