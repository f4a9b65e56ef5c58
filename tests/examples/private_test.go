package examples

import (
	"maps"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// TestPrivateCluster brings the cluster without the internet up and takes it away. A public server in it is refused.
func TestPrivateCluster(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	config := cloud.SignedArtifact("fluxArtifact")
	maps.Copy(config, map[string]string{
		"fluxImages": "111122223333.dkr.ecr.us-west-2.amazonaws.com/fluxcd",
		"syncUrl":    cloud.GitURL(fixture.Sample), "syncPath": "./apps",
	})
	opened := cloud.Open(t, "private", read(t, "private-cluster/Pulumi.yaml"), config)

	fixture.Set(t, opened, "syncUrl", "https://github.com/acme/fleet")
	_, err := opened.Preview(t.Context())
	if err == nil || !strings.Contains(err.Error(), "got an address at github.com") {
		t.Errorf("a public repository: got %v", err)
	}
	fixture.Set(t, opened, "syncUrl", config["syncUrl"])
	fixture.Up(t, opened)
	if cloud.Has(t, "aws:ec2/natGateway:NatGateway") {
		t.Error("there is a NAT gateway")
	}
	if _, err := opened.Destroy(t.Context()); err != nil {
		t.Fatal(err)
	}
	cloud.MustBeEmpty(t)
}
