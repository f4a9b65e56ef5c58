package manifests_test

import (
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/fuzzed"
)

// FuzzManifests gives anything as the manifests of an artifact: it is rendered or refused, and what is read of it
// without rendering is read. The second file lies where kustomize looks for what to do.
func FuzzManifests(f *testing.F) {
	const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: source-controller, namespace: flux-system, labels: {app.kubernetes.io/version: v2.9.5}}
spec: {template: {spec: {containers: [{name: manager, image: ghcr.io/fluxcd/source-controller:v1}]}}}
`
	for _, seed := range [][2]string{
		{deployment, ""},
		{deployment + "---\n" + deployment, "resources: [a.yaml]"},
		{"kind: List\nitems: [{}]", "resources: ['https://127.0.0.1:1/x', ../.., a.yaml]"},
		{"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "patches: [{patch: '- op: remove'}]"},
		{"\x00", "{"},
		{"---\n---\n", "kind: Component"},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	custom := manifests.Customization{Components: manifests.DefaultComponents(), Registry: "mirror.example.com/flux"}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		files := map[string][]byte{"a.yaml": first}
		if len(second) > 0 {
			files["kustomization.yaml"] = second
		}
		// By how long they are. kustomize reads all of Kubernetes' own kinds when it is first used.
		limit := 128<<20 + 20000*float64(len(first)+len(second))
		fuzzed.Bounded(t, limit, func() {
			_ = manifests.Version(files)
			_ = custom.Images(files)
			objects, err := custom.Render(files)
			if err != nil && objects != nil {
				t.Errorf("got %d objects beside the error %v", len(objects), err)
			}
		})
	})
}
