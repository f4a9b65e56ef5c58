package engine

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

const zonesProgram = `
name: zones
runtime: yaml
config:
  artifact: { type: string }
  zones: { type: integer, default: 2 }
resources:
  platform:
    type: gitops-cluster:GitOpsCluster
    properties:
      network: { numberOfAvailabilityZones: "${zones}", natGateways: { strategy: OnePerAz } }
      nodeGroups:
        early: {}
      flux: { artifact: { url: "${artifact}", insecure: true } }
`

// TestZones lets a network grow by a zone, and shrink again. What the new zone needs is added, and what there was
// stays, node groups included; EKS can put none of these into another subnet. Only the list of subnets that is told to
// the repository changes.
func TestZones(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	opened := cloud.Open(t, "zones", []byte(zonesProgram), map[string]string{"artifact": cloud.Artifact()})
	fixture.Up(t, opened)
	const told = "update kubernetes:core/v1:ConfigMap platform-cluster-variables"

	fixture.Set(t, opened, "zones", "3")
	preview := previewed(t, opened)
	for _, line := range preview {
		if !strings.HasPrefix(line, "create ") && line != told {
			t.Errorf("a zone more does more than adding to the network: %s", line)
		}
	}
	if diff := cmp.Diff(preview, changes(t, opened)); diff != "" {
		t.Errorf("changes (-preview +up):\n%s", diff)
	}
	if _, err := opened.Up(t.Context(), optup.ExpectNoChanges()); err != nil {
		t.Error(err)
	}
	rewrite(t, opened, strings.Replace(zonesProgram, "early: {}", "early: {}\n        late: {}", 1))
	fixture.Up(t, opened)
	if early, late := subnetsOf(t, opened, "early"), subnetsOf(t, opened, "late"); early != 2 || late != 3 {
		t.Errorf("the group that was there is in %d subnets, want 2; the one that came later is in %d, want 3", early, late)
	}

	fixture.Set(t, opened, "zones", "2")
	for _, line := range changes(t, opened) {
		about := strings.HasSuffix(line, "-2") || strings.HasSuffix(line, " platform-late")
		if !about && line != told {
			t.Errorf("a zone less changes more than what is in it: %s", line)
		}
	}
	if early, late := subnetsOf(t, opened, "early"), subnetsOf(t, opened, "late"); early != 2 || late != 2 {
		t.Errorf("after the third zone went the groups are in %d and %d subnets, want 2", early, late)
	}
	if _, err := opened.Destroy(t.Context()); err != nil {
		t.Fatal(err)
	}
	cloud.MustBeEmpty(t)
}

// previewed runs pulumi preview and returns what an up would do.
func previewed(t *testing.T, opened auto.Stack) []string {
	t.Helper()
	return steps(t, func(stream chan<- events.EngineEvent) error {
		_, err := opened.Preview(t.Context(), optpreview.EventStreams(stream))
		return err
	})
}

// subnetsOf counts the subnets that a node group was given.
func subnetsOf(t *testing.T, opened auto.Stack, group string) int {
	t.Helper()
	for _, r := range resourcesOf(t, opened) {
		if r.Type == "aws:eks/nodeGroup:NodeGroup" && r.URN.Name() == "platform-"+group {
			subnets, _ := r.Inputs["subnetIds"].([]any)
			return len(subnets)
		}
	}
	t.Fatalf("there is no node group %s", group)
	return 0
}
