package flux

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// upgradePrepared plays an earlier Flux on the cluster: one that stores Receivers in a version that the present one
// does not know, and one that has stored some in it.
func upgradePrepared(t *testing.T, h host) {
	t.Helper()
	args := h.installArgs(t)
	state := attempt(t, time.Minute, args, nil)
	if state == nil || state.InstalledVersion == "" {
		t.Fatal("Flux was not installed")
	}
	defer uninstall(t, *state)
	before := *state
	before.FluxVersion, before.Digest = "v2.6.4", "sha256:"+strings.Repeat("0", 64)
	update := func(preview bool) error {
		request := infer.UpdateRequest[flux.FluxInstallArgs, flux.FluxInstallState]{
			ID: "x", State: before, Inputs: args, DryRun: preview,
		}
		_, err := (flux.FluxInstall{}).Update(t.Context(), request)
		return err
	}
	const definition = "receivers.notification.toolkit.fluxcd.io"
	patch := func(operations string) {
		h.Kubectl(t, "patch", "customresourcedefinition", definition, "--type", "json", "--patch", operations)
	}
	stored := func() string {
		return h.Kubectl(t, "get", "customresourcedefinition", definition, "--output", "jsonpath={.status.storedVersions}")
	}
	patch(`[{"op": "replace", "path": "/spec/versions/0/storage", "value": false},
		{"op": "add", "path": "/spec/versions/-", "value": {"name": "v1beta2", "served": true, "storage": true,
		 "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}]`)
	h.apply(t, receiver)
	for _, preview := range []bool{true, false} {
		fails(t, update(preview), "the cluster stores "+definition+" as v1beta2, which v2.9.5 no longer knows; "+
			"set the version to v2.8.8 first and run `pulumi up`, then to v2.9.5")
	}

	// The release between stores them as v1, and knows the old version still.
	patch(`[{"op": "replace", "path": "/spec/versions/1/storage", "value": false},
		{"op": "replace", "path": "/spec/versions/0/storage", "value": true}]`)
	forget := []string{"patch", "customresourcedefinition", definition, "--type", "json", "--patch",
		`[{"op": "remove", "path": "/spec/versions/1"}]`}
	if printed, err := h.Try(t, forget...); err == nil {
		t.Fatalf("the API server takes a definition that lacks a stored version, so that nothing is tested: %s", printed)
	}
	if err := update(true); err != nil || stored() != `["v1","v1beta2"]` {
		t.Errorf("preview: got %v and stored versions %s, want nothing to happen", err, stored())
	}
	if err := update(false); err != nil || stored() != `["v1"]` {
		t.Errorf("update: got %v and stored versions %s, want v1 alone", err, stored())
	}
	h.Kubectl(t, forget...)
	if kept := h.Kubectl(t, "get", "receivers.v1.notification.toolkit.fluxcd.io", "old", "--output",
		"jsonpath={.spec.type}"); kept != "generic" {
		t.Errorf("type of the Receiver: got %q, want generic", kept)
	}
}

const receiver = `apiVersion: notification.toolkit.fluxcd.io/v1beta2
kind: Receiver
metadata:
  name: old
  namespace: default
spec:
  type: generic
  resources: []
  secretRef: { name: token }
`

// managedByPulumi upgrades Flux without Flux's help, and hands it over and takes it back: neither starts a pod anew.
func managedByPulumi(t *testing.T, h host) {
	t.Helper()
	opened := h.open(t, "managed", map[string]string{"management": "Pulumi", "fluxVersion": "v2.9.4"})
	fixture.Up(t, opened)
	if printed, err := h.Try(t, "--namespace", "flux-system", "get", "kustomization", "flux"); err == nil {
		t.Errorf("Flux manages itself: %s", printed)
	}
	fixture.Set(t, opened, "fluxVersion", "v2.9.5")
	fixture.Up(t, opened)
	versions := h.Kubectl(t, "--namespace", "flux-system", "get", "deployments", "--output",
		`jsonpath={range .items[*]}{.metadata.labels.app\.kubernetes\.io/version}={.status.availableReplicas} {end}`)
	if versions != "v2.9.5=1 v2.9.5=1 v2.9.5=1 v2.9.5=1 " {
		t.Errorf("after up the deployments are %s", versions)
	}
	sets := func() []string {
		return h.Words(t, "--namespace", "flux-system", "get", "replicasets", "--output", "name")
	}
	before := sets()
	for _, management := range []string{"Flux", "Pulumi"} {
		fixture.Set(t, opened, "management", management)
		fixture.Up(t, opened)
		if management == "Flux" {
			fixture.Eventually(t, time.Minute, "Flux to take over", func() (bool, string) {
				printed := h.Kubectl(t, "--namespace", "flux-system", "get", "kustomization", "flux", "--output",
					`jsonpath={.status.conditions[?(@.type=="Ready")].status}`)
				return printed == "True", printed
			})
		}
		if diff := cmp.Diff(before, sets()); diff != "" {
			t.Errorf("ReplicaSets once %s keeps Flux (-before +after):\n%s", management, diff)
		}
		if _, err := opened.Up(t.Context(), optup.ExpectNoChanges()); err != nil {
			t.Error(err)
		}
	}
	destroy(t, opened)
}
