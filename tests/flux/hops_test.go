package flux

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// TestUpgrade takes Flux from the oldest version that can be installed to the present one, with the definitions that
// these versions really have: at once it is refused, and by way of the version that it is told to take nothing is lost.
// The controllers' programs are those of the present version all the time.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	h := start(t)
	opened := h.open(t, "upgrade", map[string]string{"fluxVersion": "v2.6.4"})
	program, err := os.ReadFile("program.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, opened, program, "      adopt: ${adopt}\n", "      adopt: ${adopt}\n      components: "+
		"[source-controller, kustomize-controller, notification-controller, image-reflector-controller]\n")
	fixture.Up(t, opened)
	// Written by somebody in versions that the present Flux does not know.
	h.applyAs(t, "image.toolkit.fluxcd.io/v1beta2", imageRepository)
	h.applyAs(t, "notification.toolkit.fluxcd.io/v1beta2", provider)
	before := h.lasting(t)

	fixture.Set(t, opened, "fluxVersion", "v2.9.5")
	const refused = "the cluster stores imagepolicies.image.toolkit.fluxcd.io as v1beta2, " +
		"imagerepositories.image.toolkit.fluxcd.io as v1beta2, which v2.9.5 no longer knows; " +
		"set the version to v2.8.8 first and run `pulumi up`, then to v2.9.5"
	if _, err := opened.Preview(t.Context()); err == nil || !strings.Contains(err.Error(), refused) {
		t.Errorf("preview: got %v, want an error with %q", err, refused)
	}
	for _, version := range []string{"v2.8.8", "v2.9.5"} {
		fixture.Set(t, opened, "fluxVersion", version)
		fixture.Up(t, opened)
		running := h.Words(t, "--namespace", "flux-system", "get", "deployments", "--output",
			`jsonpath={.items[*].metadata.labels.app\.kubernetes\.io/version}`)
		if diff := cmp.Diff([]string{version}, slices.Compact(running)); diff != "" {
			t.Errorf("versions of the controllers (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, h.lasting(t)); diff != "" {
			t.Errorf("what was there before %s (-before +after):\n%s", version, diff)
		}
		stored := h.Words(t, "get", "customresourcedefinitions", "--selector", "app.kubernetes.io/part-of=flux",
			"--output", `jsonpath={range .items[*]}{.metadata.name}={.status.storedVersions[*]}{"\n"}{end}`)
		for _, line := range stored {
			if !strings.Contains(line, "=v") {
				t.Errorf("%s: objects are stored in several versions: %v", version, stored)
			}
		}
	}
	// Whoever wrote the objects goes on writing them, in the version that there is now.
	h.applyAs(t, "image.toolkit.fluxcd.io/v1", imageRepository)
	h.applyAs(t, "notification.toolkit.fluxcd.io/v1beta3", provider)
	if diff := cmp.Diff(before, h.lasting(t)); diff != "" {
		t.Errorf("what was there before it was written again (-before +after):\n%s", diff)
	}
}

const imageRepository = `
kind: ImageRepository
metadata: {name: kept, namespace: theirs}
spec: {image: registry.example/app, interval: 1h}
`

const provider = `
kind: Provider
metadata: {name: kept, namespace: theirs}
spec: {type: generic, address: "https://example.com/hook"}
`

// lasting lists what no upgrade may make anew: the kinds of Flux, objects of them, and what Flux has applied.
func (h host) lasting(t *testing.T) []string {
	t.Helper()
	const each = `jsonpath={range .items[*]}{.kind}/{.metadata.name}/{.metadata.uid}/` +
		`{.spec.image}{.spec.address}{"\n"}{end}`
	const ofFlux = "app.kubernetes.io/part-of=flux"
	kinds := h.Words(t, "get", "customresourcedefinitions", "--selector", ofFlux, "--output", each)
	// The later versions bring more of them.
	kinds = slices.DeleteFunc(kinds, func(line string) bool { return strings.Contains(line, "externalartifacts") })
	// Otherwise kubectl asks in the versions that it knows from before.
	objects := h.Words(t, "--cache-dir", t.TempDir(), "get",
		"gitrepositories,ocirepositories,kustomizations,imagerepositories,providers,namespaces",
		"--all-namespaces", "--output", each)
	workloads := h.Words(t, "get", "deployments", "--all-namespaces", "--selector", "app.kubernetes.io/part-of!=flux",
		"--output", each)
	return slices.Concat(kinds, objects, workloads)
}

// applyAs applies a manifest in a version, as somebody does by server-side apply.
func (h host) applyAs(t *testing.T, apiVersion, manifest string) {
	t.Helper()
	file := h.written(t, "apiVersion: "+apiVersion+manifest)
	h.Kubectl(t, "apply", "--server-side", "--field-manager", "somebody", "--filename", file)
}
