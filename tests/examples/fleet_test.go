package examples

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/guide"
)

// laterFields are those that a Stack has from the operator's v2 on, the definitions of which are in no module of Go's.
var laterFields = []string{"serviceAccountName", "workspaceTemplate"}

// TestFleet brings the management cluster up as the guide says, on which Flux applies the objects of the example's
// repository. The real definitions of the operator are in the place of its chart, which is on the internet. What the
// API server has of the program is previewed.
func TestFleet(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	repository, program := theRepository(t, cloud)
	if _, err := cloud.PushFiles(t.Context(), "clusters", repository, "Order a cluster"); err != nil {
		t.Fatal(err)
	}
	opened := cloud.Open(t, "management", read(t, "fleet/Pulumi.yaml"), cloud.SignedArtifact("fluxArtifact"))
	shell := guide.In(opened).Where("https://github.com/acme/clusters", cloud.GitURL("clusters"))
	shell.Answer = "pul-0123456789\n"
	guide.Open(t, "examples/fleet/README.md").Follow(t, shell, "")

	cluster := cloud.Connect(t, fixture.Output(t, opened, "kubeconfig"), cloud.AccessKeys[0])
	var stored struct {
		Program map[string]any `json:"program"`
	}
	fixture.Eventually(t, time.Minute, "the objects of the repository", func() (bool, string) {
		printed, err := cluster.Try(t, "--namespace", "flux-system", "get", "program/payments", "stack/payments")
		return err == nil, printed
	})
	cluster.Get(t, &stored, "--namespace", "flux-system", "program.pulumi.com", "payments")
	if diff := cmp.Diff(program, stored.Program); diff != "" {
		t.Errorf("what the API server has kept of the program (-want +got):\n%s", diff)
	}
	cluster.Kubectl(t, "--namespace", "flux-system", "get", "serviceaccount/pulumi")
	token := cluster.Kubectl(t, "--namespace", "flux-system", "get", "secret/pulumi-access-token", "--output",
		"go-template={{.data.accessToken | base64decode}}")
	if token != "pul-0123456789" {
		t.Errorf("the token in the cluster is %q, want what the guide's command was answered", token)
	}

	payments := stored.Program["resources"].(map[string]any)["payments"].(map[string]any)
	flux := payments["properties"].(map[string]any)["flux"].(map[string]any)
	flux["artifact"] = map[string]any{
		"url": cloud.Artifact(), "insecure": true, "verify": map[string]any{"publicKey": cloud.SignerKey},
	}
	stored.Program["name"], stored.Program["runtime"] = "payments", "yaml"
	text, err := yaml.Marshal(stored.Program)
	if err != nil {
		t.Fatal(err)
	}
	ordered := cloud.OpenForGood(t, "prod", text, nil)
	if _, err := ordered.Preview(t.Context()); err != nil {
		t.Error(err)
	}

	if _, err := opened.Destroy(t.Context()); err != nil {
		t.Fatal(err)
	}
	cloud.MustBeEmpty(t)
}

// theRepository is the example's, and the program in it.
func theRepository(t *testing.T, cloud fixture.Cloud) (files fstest.MapFS, program map[string]any) {
	t.Helper()
	files = fstest.MapFS{}
	add := func(name string, text []byte) { files[name] = &fstest.MapFile{Data: text, Mode: 0o644} }
	source := os.DirFS(filepath.Join(folder("fleet"), "repository"))
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == "operator/release.yaml" {
			return err
		}
		text, err := fs.ReadFile(source, name)
		add(name, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	definitions, err := filepath.Glob(filepath.Join(cloud.Tree.Tools, "operator-crds", "*.yaml"))
	if err != nil || len(definitions) != 2 {
		t.Fatalf("finding the operator's definitions: %v %v; `make tools` builds them", definitions, err)
	}
	for _, path := range definitions {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		add("operator/"+filepath.Base(path), text)
	}
	var adapted bytes.Buffer
	for _, object := range documents(t, files["clusters/payments.yaml"].Data) {
		if of, ok := object["program"].(map[string]any); ok {
			program = of
		}
		if spec, ok := object["spec"].(map[string]any); ok {
			for _, field := range laterFields {
				if _, ok := spec[field]; !ok {
					t.Errorf("the Stack has no %s", field)
				}
				delete(spec, field)
			}
		}
		text, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		adapted.WriteString("---\n" + string(text))
	}
	add("clusters/payments.yaml", adapted.Bytes())
	return files, program
}

// documents decodes all of a file.
func documents(t *testing.T, text []byte) (all []map[string]any) {
	t.Helper()
	for decoder := yaml.NewDecoder(strings.NewReader(string(text))); ; {
		var one map[string]any
		err := decoder.Decode(&one)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
}
