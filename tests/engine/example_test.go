// Package engine does what a user does, with the real engine: pulumi up, up again, refresh and destroy, of programs in
// YAML, on the local cloud. A test here proves what a mock cannot: that the resources fit together in time.
package engine

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// example returns the program of examples/yaml and the configuration with which it runs on a local cloud.
func example(t *testing.T, cloud fixture.Cloud) (program []byte, config map[string]string) {
	t.Helper()
	program, err := os.ReadFile(filepath.Join("..", "..", "examples", "yaml", "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	config = cloud.SignedArtifact("fluxArtifact")
	maps.Copy(config, map[string]string{
		"syncUrl": cloud.GitURL(fixture.Sample), "syncPath": "./apps", "fluxInterval": "5s",
	})
	return program, config
}
