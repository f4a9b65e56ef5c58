package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// TestExistingVpc puts a cluster into a VPC of the same program, whose ids a preview does not know. The VPC has no way
// to the internet: nodes join because of its endpoints. The program says dependsOn, so that the VPC outlives the drain.
func TestExistingVpc(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	program := func(network string) []byte {
		return fmt.Appendf(nil, `name: existing-vpc
runtime: yaml
resources:
  vpc:
    type: gitops-cluster:Network
    properties:
      numberOfAvailabilityZones: 2
      natGateways: { strategy: None }
      vpcEndpoints: [s3, ec2, ecr-api, ecr-dkr]
      flowLogs: { trafficType: REJECT, retentionInDays: 7 }
  platform:
    type: gitops-cluster:GitOpsCluster
    properties:
      endpoint: { publicAccess: false }
      network: { vpcId: "${vpc.vpcId}", %s }
      flux: { artifact: { url: %q, insecure: true } }
    options: { dependsOn: ["${vpc}"] }
outputs:
  zones: "${platform.availabilityZones}"
  block: "${platform.vpcCidrBlock}"
`, network, cloud.Artifact())
	}
	tagged := cloud.OpenForGood(t, "tagged", program(
		`privateSubnetIds: ["${vpc.privateSubnetIds[0]}", "${vpc.privateSubnetIds[1]}"], tagSubnets: true`), nil)
	if _, err := tagged.Preview(t.Context()); err != nil {
		t.Errorf("a list of outputs is of known length, but the preview failed: %v", err)
	}
	shown, err := os.ReadFile(filepath.Join("..", "..", "examples", "existing-vpc", "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	guide := cloud.OpenForGood(t, "example", shown, map[string]string{
		"syncUrl": cloud.GitURL(fixture.Sample), "fluxArtifactUrl": cloud.Artifact(), "fluxArtifactInsecure": "true",
	})
	if _, err := guide.Preview(t.Context()); err != nil {
		t.Errorf("previewing the example: %v", err)
	}
	opened := cloud.Open(t, "existing", program(`privateSubnetIds: "${vpc.privateSubnetIds}"`), nil)
	upAsPreviewed(t, opened)
	outputs, err := opened.Outputs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"zones": []any{"us-west-2a", "us-west-2b"}, "block": "10.0.0.0/16"}
	got := map[string]any{"zones": outputs["zones"].Value, "block": outputs["block"].Value}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	nothingBeforeTeardown(t, opened)
	if _, err := opened.Up(t.Context(), optup.ExpectNoChanges()); err != nil {
		t.Error(err)
	}
	if _, err := opened.Destroy(t.Context()); err != nil {
		t.Fatal(err)
	}
	cloud.MustBeEmpty(t)
	wrong := cloud.OpenForGood(t, "wrong", program(`privateSubnetIds: "${vpc.privateSubnetIds}", tagSubnets: true`), nil)
	if _, err := wrong.Preview(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "must be a list of known length, because tagSubnets makes a tag for each subnet") {
		t.Errorf("an output whose length nobody knows is to be tagged, and the preview says %v", err)
	}
}
