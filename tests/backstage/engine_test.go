package backstage

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"gopkg.in/yaml.v3"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// onLocalCloud points what was emitted to what the local cloud has: its registry in place of the one of the Flux
// project, and its git server in place of GitHub.
func onLocalCloud(t *testing.T, program string, cloud fixture.Cloud) string {
	t.Helper()
	const flux = "version: v2.9.5"
	if strings.Count(program, flux) != 1 || strings.Count(program, orderedRepository) != 1 {
		t.Fatalf("the program does not say once %q and %q:\n%s", flux, orderedRepository, program)
	}
	var read map[string]any
	if err := yaml.Unmarshal([]byte(program), &read); err != nil {
		t.Fatal(err)
	}
	for _, resource := range read["resources"].(map[string]any) {
		properties := resource.(map[string]any)["properties"].(map[string]any)
		properties["flux"].(map[string]any)["interval"] = "5s"
		properties["flux"].(map[string]any)["artifact"] = map[string]any{"url": cloud.Artifact(), "insecure": true}
		properties["sync"].(map[string]any)["url"] = cloud.GitURL(fixture.Sample)
	}
	written, err := yaml.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	return string(written)
}

// orderedRepository is what the orders of these tests have Flux sync.
const orderedRepository = "https://github.com/acme/fleet"

// TestEmittedPrograms has the real engine look at what the templates emit.
func TestEmittedPrograms(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	p := start(t, map[string]any{"integrations": github()})
	p.eachOrder(func(p portal, _ string, result emitted) {
		program := onLocalCloud(p.t, programOf(p.t, result), cloud)
		opened := cloud.OpenForGood(p.t, "prod", []byte(program), nil)
		preview, err := opened.Preview(p.t.Context())
		if err != nil {
			p.t.Fatal(err)
		}
		if created := preview.ChangeSummary["create"]; created < 40 {
			p.t.Errorf("the preview shows %d resources", created)
		}
	})
	t.Run("hostile text", func(t *testing.T) {
		staysText(p.in(t), cloud)
	})
}

// staysText runs the outputs of what was emitted for hostile text, beside a secret that it asks for.
func staysText(p portal, cloud fixture.Cloud) {
	p.t.Helper()
	run := readTemplate(p.t, "repository")
	changes := orders()["repository"].changes
	program := map[string]any{
		"name": "outputs", "runtime": "yaml",
		"config":  map[string]any{"secretThing": map[string]any{"type": "string", "secret": true}},
		"outputs": map[string]any{},
	}
	want := map[string]string{}
	var descriptions strings.Builder
	for _, text := range hostile() {
		status, result, _ := p.dryRun(run, order(changes, map[string]any{"purpose": text}))
		if status != http.StatusOK {
			continue
		}
		var read struct {
			Description string
			Outputs     map[string]any
		}
		if err := yaml.Unmarshal([]byte(programOf(p.t, result)), &read); err != nil {
			p.t.Fatal(err)
		}
		name := fmt.Sprintf("text%d", len(want))
		program["outputs"].(map[string]any)[name] = read.Outputs["purpose"]
		want[name] = text
		descriptions.WriteString(read.Description)
	}
	// Pulumi refuses a program whose description is an expression.
	program["description"] = descriptions.String()
	// JSON is YAML, and the YAML package loses a line break at the beginning of a text when it writes one.
	written, err := json.Marshal(program)
	if err != nil {
		p.t.Fatal(err)
	}
	opened := cloud.OpenForGood(p.t, "texts", written, nil)
	if err := opened.SetConfig(p.t.Context(), "secretThing", auto.ConfigValue{Value: "hidden", Secret: true}); err != nil {
		p.t.Fatal(err)
	}
	fixture.Up(p.t, opened)
	outputs, err := opened.Outputs(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	for name, text := range want {
		if got := outputs[name]; got.Value != text || got.Secret {
			p.t.Errorf("%.80q arrives as %.80q, secret %t", text, got.Value, got.Secret)
		}
	}
	if len(want) < 15 {
		p.t.Errorf("only %d texts were carried", len(want))
	}
}
