package flux_test

import (
	"encoding/base64"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// expected is what is sent for one resource.
type expected struct {
	token, name string
	want        map[string]any
}

func (r *recorder) compare(t *testing.T, all []expected) {
	t.Helper()
	for _, test := range all {
		got := goValue(property.New(r.find(t, test.token, test.name).Inputs))
		if diff := cmp.Diff(any(test.want), got); diff != "" {
			t.Errorf("inputs of %s %s (-want +got):\n%s", test.token, test.name, diff)
		}
	}
}

// labelled returns what every object of Flux has, with labels.
func labelled(name string, labels map[string]any) map[string]any {
	with := metadata(name)
	with["labels"] = labels
	return with
}

func secretObject(name, key, value string) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "Secret",
		"metadata": map[string]any{
			"name": name, "namespace": "flux-system", "labels": map[string]any{"reconcile.fluxcd.io/watch": "Enabled"},
		},
		"data": secret{map[string]any{key: base64.StdEncoding.EncodeToString([]byte(value))}},
	}
}

// TestParts compares every input of the objects of a sync that is applied in parts.
func TestParts(t *testing.T) {
	t.Parallel()
	inputs, _ := given(t)
	inputs["sync"] = property.New(property.NewMap(properties(t, `
url: https://git.example/repo
timeout: 2m
wait: false
kustomizations:
- {name: infra, path: ./infra, prune: false, wait: true}
- {name: apps, path: ./apps, dependsOn: [infra], targetNamespace: shop}`)))
	_, recorder, err := construct(t, inputs)
	if err != nil {
		t.Fatalf("constructing Flux: %v", err)
	}
	const token = "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization"
	spec := func(special map[string]any) map[string]any {
		spec := map[string]any{
			"interval": "1m", "retryInterval": "1m", "timeout": "2m", "prune": true, "wait": false,
			"deletionPolicy": "WaitForTermination",
			"sourceRef":      map[string]any{"kind": "GitRepository", "name": "flux-system"},
		}
		maps.Copy(spec, special)
		return spec
	}
	object := func(name string, spec map[string]any) map[string]any {
		return map[string]any{
			"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": metadata(name), "spec": spec,
		}
	}
	recorder.compare(t, []expected{
		{token, "prod-sync-infra", object("infra", spec(map[string]any{"path": "./infra", "prune": false, "wait": true}))},
		{token, "prod-sync-apps", object("apps", spec(map[string]any{
			"path": "./apps", "targetNamespace": "shop", "dependsOn": []any{map[string]any{"name": "infra"}},
		}))},
	})
	teardown := recorder.find(t, "gitops-cluster:index:GitOpsTeardown", "prod").Inputs
	if diff := cmp.Diff(any([]any{"infra", "apps"}), goValue(teardown.Get("syncKustomizations"))); diff != "" {
		t.Errorf("what the teardown removes (-want +got):\n%s", diff)
	}
}

// TestNotifications compares every input of what Flux is told by and what it tells.
func TestNotifications(t *testing.T) {
	t.Parallel()
	inputs, _ := given(t)
	inputs["receiver"] = property.New(property.NewMap(properties(t, "{type: github, events: [push], token: sesame}")))
	inputs["alerts"] = property.New(property.NewMap(properties(t, `
on-call: {type: slack, address: https://hooks.example/1, channel: alerts, username: flux}
board: {type: nats, severity: info, exclusions: ["^no changes"]}`)))
	response, recorder, err := construct(t, inputs)
	if err != nil {
		t.Fatalf("constructing Flux: %v", err)
	}
	const receiver = "kubernetes:notification.toolkit.fluxcd.io/v1:Receiver"
	const provider = "kubernetes:notification.toolkit.fluxcd.io/v1beta3:Provider"
	const alert = "kubernetes:notification.toolkit.fluxcd.io/v1beta3:Alert"
	sources := []any{}
	for _, kind := range []string{"Kustomization", "HelmRelease", "OCIRepository", "GitRepository"} {
		sources = append(sources, map[string]any{"kind": kind, "name": "*"})
	}
	beta := func(kind, name string, spec map[string]any) map[string]any {
		return map[string]any{
			"apiVersion": "notification.toolkit.fluxcd.io/v1beta3", "kind": kind, "metadata": metadata(name), "spec": spec,
		}
	}
	recorder.compare(t, []expected{
		{"kubernetes:core/v1:Secret", "prod-receiver-token", secretObject("receiver-token", "token", "sesame")},
		{receiver, "prod-receiver", map[string]any{
			"apiVersion": "notification.toolkit.fluxcd.io/v1", "kind": "Receiver", "metadata": metadata("flux-system"),
			"spec": map[string]any{
				"type": "github", "events": []any{"push"}, "secretRef": map[string]any{"name": "receiver-token"},
				"resources": []any{map[string]any{
					"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "name": "flux-system",
				}},
			},
		}},
		{"kubernetes:core/v1:Secret", "prod-alert-on-call",
			secretObject("alert-on-call", "address", "https://hooks.example/1")},
		{provider, "prod-alert-on-call", beta("Provider", "on-call", map[string]any{
			"type": "slack", "channel": "alerts", "username": "flux", "secretRef": map[string]any{"name": "alert-on-call"},
		})},
		{alert, "prod-alert-on-call", beta("Alert", "on-call", map[string]any{
			"providerRef": map[string]any{"name": "on-call"}, "eventSeverity": "error", "eventSources": sources,
		})},
		{provider, "prod-alert-board", beta("Provider", "board", map[string]any{"type": "nats"})},
		{alert, "prod-alert-board", beta("Alert", "board", map[string]any{
			"providerRef": map[string]any{"name": "board"}, "eventSeverity": "info", "eventSources": sources,
			"exclusionList": []any{"^no changes"},
		})},
	})
	// As `echo -n sesameflux-systemflux-system | sha256sum` says.
	const path = "/hook/acbd412a1a9990310d155141516df6c028c9f04a2175cb92c7459d99b8028d06"
	if diff := cmp.Diff(any(secret{path}), goValue(response.State.Get("receiverWebhookPath"))); diff != "" {
		t.Errorf("receiverWebhookPath (-want +got):\n%s", diff)
	}
}

// TestLabelsAndSize looks at where what is said about Flux itself arrives: in the installation and in what keeps it so.
func TestLabelsAndSize(t *testing.T) {
	t.Parallel()
	inputs, _ := given(t)
	maps.Copy(inputs, properties(t, `
labels: {team: platform}
size: Medium
imagePullSecret: {username: me, password: hunter2}
clusterVariables: {A: b}`))
	_, recorder, err := construct(t, inputs)
	if err != nil {
		t.Fatalf("constructing Flux: %v", err)
	}
	install := recorder.find(t, "gitops-cluster:index:FluxInstall", "prod").Inputs
	for field, want := range map[string]any{
		"labels": map[string]any{"team": "platform"}, "size": "Medium",
		"imagePullUsername": "me", "imagePullPassword": secret{"hunter2"},
	} {
		if diff := cmp.Diff(want, goValue(install.Get(field))); diff != "" {
			t.Errorf("%s of the installation (-want +got):\n%s", field, diff)
		}
	}
	self := recorder.find(t, "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization", "prod-self").Inputs
	spec, _ := goValue(self.Get("spec")).(map[string]any)
	team := map[string]any{"team": "platform"}
	if diff := cmp.Diff(any(map[string]any{"labels": team}), spec["commonMetadata"]); diff != "" {
		t.Errorf("common metadata (-want +got):\n%s", diff)
	}
	customization := manifests.Customization{
		Components: manifests.DefaultComponents(), ImagePullSecret: "flux-image-pull",
		Size: manifests.Size{Workers: 10, CPU: "2", Memory: "2Gi"},
	}
	if diff := cmp.Diff(customization.Spec()["patches"], spec["patches"]); diff != "" {
		t.Errorf("patches (-want +got):\n%s", diff)
	}
	for _, test := range []struct {
		token, name string
		want        map[string]any
	}{
		{"kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization", "prod-self", labelled("flux", team)},
		{"kubernetes:source.toolkit.fluxcd.io/v1:GitRepository", "prod-sync", labelled("flux-system", team)},
		{"kubernetes:core/v1:ConfigMap", "prod-cluster-variables", map[string]any{
			"name": "cluster-variables", "namespace": "flux-system",
			"labels": map[string]any{"team": "platform", "reconcile.fluxcd.io/watch": "Enabled"},
		}},
	} {
		got := goValue(recorder.find(t, test.token, test.name).Inputs.Get("metadata"))
		if diff := cmp.Diff(any(test.want), got); diff != "" {
			t.Errorf("metadata of %s (-want +got):\n%s", test.name, diff)
		}
	}
}
