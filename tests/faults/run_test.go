package faults

import (
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// openPlanted makes a stack of the example with secrets in it: what AWS gets, what the cluster gets, and what Flux
// signs in with.
func openPlanted(t *testing.T, cloud fixture.Cloud) auto.Stack {
	t.Helper()
	example, config := cloud.Example(t)
	program := string(example)
	for given, secret := range map[string]string{
		"team: platform":              "team: { fn::secret: " + planted + " }",
		"artifact: ${fluxArtifact}\n": "artifact: ${fluxArtifact}\n        secrets: { app: { token: " + planted + " } }\n",
		"path: ${syncPath}\n": "path: ${syncPath}\n        auth: { basic: { username: git, password: { fn::secret: " +
			planted + " } } }\n",
	} {
		if strings.Count(program, given) != 1 {
			t.Fatalf("the example has no single %q to plant a secret at", given)
		}
		program = strings.Replace(program, given, secret, 1)
	}
	return cloud.Open(t, "faults", []byte(program), config)
}

// run runs one command of Pulumi's, looks at it while it runs, and searches what it said.
func (r runner) run(command, trial string, look func(said string)) (said string, failure error) {
	r.t.Helper()
	said, failure = r.cloud.WatchPulumi(r.t, r.opened, command, look, r.logs...)
	r.search("pulumi "+command+" ("+trial+")", said)
	return said, failure
}

// search fails where a text tells a planted secret, as it is or as a Secret holds it.
func (r runner) search(whose, text string) {
	r.t.Helper()
	// Without the last bytes, which are encoded with what comes after them.
	encoded := base64.RawStdEncoding.EncodeToString([]byte(planted[:len(planted)/3*3]))
	for _, secret := range []string{planted, encoded} {
		if at := strings.Index(text, secret); at >= 0 {
			r.t.Errorf("%s tells a secret: …%s…", whose, text[max(0, at-200):min(len(text), at+100)])
		}
	}
}

// searchLogs searches what everything in the local cloud has logged, Flux's controllers above all.
func (r runner) searchLogs() {
	r.t.Helper()
	var found []string
	folder := os.DirFS(filepath.Join(r.cloud.Dir, "logs"))
	err := fs.WalkDir(folder, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(folder, file)
		if err == nil && len(text) > 0 {
			found = append(found, filepath.Base(file))
		}
		r.search(file, string(text))
		return err
	})
	if err != nil {
		r.t.Error(err)
	}
	for _, name := range []string{"source-controller.log", "kustomize-controller.log", "kube-apiserver.log"} {
		if !slices.Contains(found, name) {
			r.t.Errorf("there is no %s to search; there are %q", name, found)
		}
	}
}
