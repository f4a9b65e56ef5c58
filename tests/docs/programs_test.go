package docs

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"gopkg.in/yaml.v3"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// others are blocks in YAML that are no programs and no inputs of a GitOpsCluster, by the first of their keys, each
// with what it is. All of them must be YAML.
var others = map[string]string{
	"integrations":     "the configuration of Backstage; tests/backstage starts it with settings like these",
	"kubernetes":       "the configuration of Backstage; tests/backstage starts it with settings like these",
	"catalog":          "the configuration of Backstage; tests/backstage starts it with settings like these",
	"options":          "an option of a resource; it is part of the example existing-vpc",
	"privateSubnetIds": "ids of outputs one by one; tests/engine has a program with them",
	"fromTheOffice":    "a resource of the package aws, which is not there on the local cloud",
}

// nowhere is a kubeconfig of a cluster that does not answer: a preview does without. In JSON, Pulumi's YAML would take
// it for an object.
const nowhere = `apiVersion: v1
kind: Config
current-context: a
contexts: [{ name: a, context: { cluster: a, user: a } }]
clusters: [{ name: a, cluster: { server: "https://127.0.0.1:1" } }]
users: [{ name: a, user: { token: none } }]
`

// TestPrograms previews every program in YAML on a local cloud, and in a program of its own all that is inputs of a
// GitOpsCluster. Only Flux's artifact comes from there.
func TestPrograms(t *testing.T) {
	t.Parallel()
	cloud, inputs := fixture.StartHollow(t), readSchema(t).Resources[token+"GitOpsCluster"].InputProperties
	used, parts := map[string]bool{}, map[string]any{}
	programs := map[string]map[string]any{"parts": {"runtime": "yaml", "resources": parts}}
	for _, b := range blocks(t) {
		if b.Language != "yaml" {
			continue
		}
		var content map[string]any
		if err := yaml.Unmarshal([]byte(b.Text), &content); err != nil {
			t.Errorf("%s:%d: %v", b.Document, b.Line, err)
			continue
		}
		name := fmt.Sprintf("%s-%d", filepath.Base(filepath.Dir(b.Document)), b.Line)
		if _, whole := content["runtime"]; whole {
			programs[name] = content
			continue
		}
		first, _, _ := strings.Cut(b.Text, ":")
		if others[first] != "" {
			used[first] = true
			continue
		}
		for key := range content {
			if _, known := inputs[key]; !known {
				t.Errorf("%s:%d: a GitOpsCluster has no input %s", b.Document, b.Line, key)
			}
		}
		parts[name] = map[string]any{"type": "gitops-cluster:GitOpsCluster", "properties": content}
	}
	if left := len(others) - len(used); left > 0 {
		t.Errorf("no document has %d of the blocks %q any more", left, slices.Sorted(maps.Keys(others)))
	}
	if len(programs) < 4 || len(parts) < 4 {
		t.Errorf("there are %d programs and %d parts", len(programs), len(parts))
	}
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		previews(t, cloud, name, programs[name])
	}
}

func previews(t *testing.T, cloud fixture.Cloud, name string, program map[string]any) {
	t.Helper()
	program["name"] = strings.Trim(name, ".-")
	fromHere(program, cloud)
	text, err := yaml.Marshal(program)
	if err != nil {
		t.Fatal(err)
	}
	opened := cloud.OpenForGood(t, "guide", text, nil)
	if _, asked := configOf(program)["kubeconfig"]; asked {
		if err := opened.SetConfig(t.Context(), "kubeconfig", auto.ConfigValue{Value: nowhere, Secret: true}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := opened.Preview(t.Context()); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func configOf(program map[string]any) map[string]any {
	config, _ := program["config"].(map[string]any)
	return config
}

// fromHere has everything in a program take Flux's artifact from the registry of the local cloud.
func fromHere(program map[string]any, cloud fixture.Cloud) {
	artifact := map[string]any{
		"url": cloud.Artifact(), "insecure": true, "verify": map[string]any{"publicKey": cloud.SignerKey},
	}
	inside := func(of map[string]any, key string) map[string]any {
		found, ok := of[key].(map[string]any)
		if !ok {
			found = map[string]any{}
			of[key] = found
		}
		return found
	}
	for _, resource := range inside(program, "resources") {
		r := resource.(map[string]any)
		properties := inside(r, "properties")
		switch r["type"] {
		case "gitops-cluster:GitOpsCluster":
			flux := inside(properties, "flux")
			maps.Copy(inside(flux, "artifact"), artifact)
		case "gitops-cluster:Flux":
			properties["artifact"] = artifact
		}
	}
	for _, variable := range inside(program, "variables") {
		if call, ok := variable.(map[string]any)["fn::invoke"].(map[string]any); ok {
			maps.Copy(inside(call, "arguments"), artifact)
		}
	}
}
