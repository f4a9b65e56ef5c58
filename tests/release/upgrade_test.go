package release

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

const recordedStates = "testdata/states"

// upgrade lays what a released version has left of the example in the place of what is there, and has today's plugin
// preview it: whatever else an upgrade changes, it makes nothing anew and takes nothing away.
func upgrade(t *testing.T, opened auto.Stack, cloud fixture.Cloud, version string) {
	t.Helper()
	today, err := opened.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := opened.Import(t.Context(), today); err != nil {
			t.Error(err)
		}
	}()
	names := namesOf(t, today, cloud, version)
	if release := os.Getenv("RECORD_RELEASE"); release != "" {
		record(t, names.Hide(string(fields(t, today.Deployment)["resources"])), release)
	}
	released, err := filepath.Glob(filepath.Join(recordedStates, "v*.json"))
	if err != nil || len(released) == 0 {
		t.Fatalf("no version is recorded: %v", err)
	}
	for _, file := range released {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		left := fields(t, today.Deployment)
		left["resources"] = json.RawMessage(names.Reveal(string(text)))
		if anew, shown := madeAnew(t, opened, left); anew > 0 {
			t.Errorf("the upgrade from %s makes or takes away %d resources:\n%s", filepath.Base(file), anew, shown)
		}
		// A version that called its first private subnet otherwise would lose it: this is what must be noticed.
		left["resources"] = bytes.ReplaceAll(left["resources"],
			[]byte("Subnet::platform-private-0"), []byte("Subnet::platform-private-zero"))
		if anew, _ := madeAnew(t, opened, left); anew < 2 {
			t.Errorf("a subnet of another name in %s goes unnoticed", filepath.Base(file))
		}
	}
}

// madeAnew counts what a preview of a state makes, takes away or replaces.
func madeAnew(t *testing.T, opened auto.Stack, state map[string]json.RawMessage) (count int, shown string) {
	t.Helper()
	text, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	if err := opened.Import(t.Context(), apitype.UntypedDeployment{Version: 3, Deployment: text}); err != nil {
		t.Fatal(err)
	}
	preview, err := opened.Preview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for operation, number := range preview.ChangeSummary {
		if operation != apitype.OpSame && operation != apitype.OpUpdate {
			count += number
		}
	}
	return count, preview.StdOut
}

// namesOf are what is different in each cloud and for each plugin.
func namesOf(t *testing.T, state apitype.UntypedDeployment, cloud fixture.Cloud, version string) fixture.Names {
	t.Helper()
	var deployment apitype.DeploymentV3
	if err := json.Unmarshal(state.Deployment, &deployment); err != nil {
		t.Fatal(err)
	}
	names := fixture.NamesOf(deployment.Resources)
	names[cloud.GitURL(fixture.Sample)] = "(the repository)"
	names[cloud.RegistryHost] = "(the registry)"
	names[version] = "(the version)"
	names[strings.ReplaceAll(version, ".", "_")] = "(the version in a name)"
	return names
}

func fields(t *testing.T, object json.RawMessage) map[string]json.RawMessage {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(object, &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

// record writes resources down, without when and where in a program they were made.
func record(t *testing.T, resources, release string) {
	t.Helper()
	var all []map[string]any
	if err := json.Unmarshal([]byte(resources), &all); err != nil {
		t.Fatal(err)
	}
	for _, resource := range all {
		for _, key := range []string{"created", "modified", "sourcePosition", "stackTrace"} {
			delete(resource, key)
		}
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(recordedStates, "v"+release+".json"), append(text, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}
