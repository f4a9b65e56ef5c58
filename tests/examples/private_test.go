package examples

import (
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/guide"
)

// TestPrivateCluster brings the cluster without the internet up, as its guide says, and takes it away. A public server
// in it is refused.
func TestPrivateCluster(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	// Its url is the guide's to say.
	config := cloud.SignedArtifact("fluxArtifact")
	delete(config, "fluxArtifact.url")
	config["syncPath"] = "./apps"
	opened := cloud.Open(t, "private", read(t, "private-cluster/Pulumi.yaml"), config)
	shell := guide.In(opened).
		Where("oci://111122223333.dkr.ecr.eu-central-1.amazonaws.com/fluxcd/flux-manifests", cloud.Artifact()).
		Where("https://git.acme.internal/platform/fleet", cloud.GitURL(fixture.Sample))
	walk := guide.Open(t, "examples/private-cluster/README.md")
	walk.Follow(t, shell, "pulumi up")

	inside, err := opened.GetConfig(t.Context(), "syncUrl")
	if err != nil {
		t.Fatal(err)
	}
	fixture.Set(t, opened, "syncUrl", "https://github.com/acme/fleet")
	_, err = opened.Preview(t.Context())
	if err == nil || !strings.Contains(err.Error(), "got an address at github.com") {
		t.Errorf("a public repository: got %v", err)
	}
	fixture.Set(t, opened, "syncUrl", inside.Value)
	walk.Follow(t, shell, "")
	if cloud.Has(t, "aws:ec2/natGateway:NatGateway") {
		t.Error("there is a NAT gateway")
	}
	if _, err := opened.Destroy(t.Context()); err != nil {
		t.Fatal(err)
	}
	cloud.MustBeEmpty(t)
}
