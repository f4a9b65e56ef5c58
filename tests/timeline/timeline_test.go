package timeline_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/timeline"
)

// recorded is the state that version 0.1.0 left of a whole stack.
func recorded(t *testing.T) apitype.DeploymentV3 {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "release", "testdata", "states", "v0.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	var deployment apitype.DeploymentV3
	if err := json.Unmarshal(content, &deployment.Resources); err != nil {
		t.Fatal(err)
	}
	return deployment
}

// TestReport compares the reports of a recorded stack with what they have been, and have been read to be right.
func TestReport(t *testing.T) {
	t.Parallel()
	for _, operation := range []latency.Operation{latency.Create, latency.Delete} {
		t.Run(string(operation), func(t *testing.T) {
			t.Parallel()
			report := timeline.New(operation, timeline.Resources(recorded(t)), timeline.Run{})
			if report.Ratio < 1 {
				t.Errorf("the graph takes %v s, less than the bound of %v s", report.Graph, report.Bound)
			}
			var text bytes.Buffer
			if err := report.Text(&text); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", string(operation)+".golden")
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), text.String()); diff != "" {
				t.Errorf("%s (-want +got; UPDATE_GOLDEN=1 accepts it):\n%s", file, diff)
			}
		})
	}
}

// TestOrderInTheState proves that two states of the same stack give the same report, in whichever order its resources
// were made.
func TestOrderInTheState(t *testing.T) {
	t.Parallel()
	report := func(deployment apitype.DeploymentV3) string {
		var text bytes.Buffer
		for _, operation := range []latency.Operation{latency.Create, latency.Delete} {
			err := timeline.New(operation, timeline.Resources(deployment), timeline.Run{}).Text(&text)
			if err != nil {
				t.Fatal(err)
			}
		}
		return text.String()
	}
	turned := recorded(t)
	slices.Reverse(turned.Resources)
	if diff := cmp.Diff(report(recorded(t)), report(turned)); diff != "" {
		t.Errorf("(-as made +turned round):\n%s", diff)
	}
}

// TestSeen proves that a run is laid beside the graph: in AWS's time, each operation at its resource, and what waited
// for no edge is told.
func TestSeen(t *testing.T) {
	t.Parallel()
	resources := timeline.Resources(apitype.DeploymentV3{Resources: []apitype.ResourceV3{
		{URN: urn("aws:ec2/vpc:Vpc", "a"), Type: "aws:ec2/vpc:Vpc", Custom: true, ID: "vpc-1"},
		{
			URN: urn("aws:ec2/subnet:Subnet", "b"), Type: "aws:ec2/subnet:Subnet", Custom: true, ID: "subnet-1",
			Inputs: map[string]any{"vpcId": "vpc-1"}, Dependencies: urns(urn("aws:ec2/vpc:Vpc", "a")),
		},
	}})
	began := time.Now()
	at := func(second float64) time.Time { return began.Add(time.Duration(second * float64(time.Second))) }
	report := timeline.New(latency.Create, resources, timeline.Run{Scale: 0.1, Operations: []localcloud.Operation{
		{Operation: "create", Type: "aws:ec2/vpc:Vpc", ID: "vpc-1", Start: at(0), End: at(1)},
		{Operation: "create", Type: "aws:ec2/subnet:Subnet", Start: at(1), End: at(1), Error: "refused"},
		{Operation: "create", Type: "aws:ec2/subnet:Subnet", ID: "subnet-1", Start: at(1.5), End: at(2)},
	}})
	want := []timeline.Line{
		{Title: "Vpc a", End: 6, SeenEnd: 10, Critical: true},
		{
			Title: "Subnet b", Start: 6, End: 7, BoundStart: 6, SeenStart: 15, SeenEnd: 20, Idle: 5, WaitedFor: "Vpc a",
			Critical: true,
		},
	}
	if diff := cmp.Diff(want, report.Lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if report.Graph != 7 || report.Bound != 7 || report.Ratio != 1 || report.Seen != 20 {
		t.Errorf("graph %v, bound %v, ratio %v, seen %v", report.Graph, report.Bound, report.Ratio, report.Seen)
	}
}

// TestNeedlessEdge proves that an edge which AWS does not ask for shows in the ratio, and in what waited for what.
func TestNeedlessEdge(t *testing.T) {
	t.Parallel()
	key, vpc := urn("aws:kms/key:Key", "k"), urn("aws:ec2/vpc:Vpc", "v")
	resources := timeline.Resources(apitype.DeploymentV3{Resources: []apitype.ResourceV3{
		{URN: key, Type: "aws:kms/key:Key", Custom: true, ID: "key-1"},
		{URN: vpc, Type: "aws:ec2/vpc:Vpc", Custom: true, ID: "vpc-1", Dependencies: urns(key)},
	}})
	report := timeline.New(latency.Create, resources, timeline.Run{})
	if report.Graph != 30 || report.Bound != 24 || report.Lines[1].WaitedFor != "Key k" {
		t.Errorf("graph %v, bound %v, lines %v; want 30, 24, and a VPC that waited for the key", report.Graph,
			report.Bound, report.Lines)
	}
}

// TestCNIBeforeNodes proves that AWS's own order has the CNI before the nodes where its settings decide how many pods a
// node takes, and otherwise only before they are ready.
func TestCNIBeforeNodes(t *testing.T) {
	t.Parallel()
	for settings, want := range map[string]float64{
		`{"env":{"ENABLE_PREFIX_DELEGATION":"true"}}`:  35 + 118,
		`{"env":{"ENABLE_PREFIX_DELEGATION":"false"}}`: 118,
		"": 118,
	} {
		resources := timeline.Resources(apitype.DeploymentV3{Resources: []apitype.ResourceV3{
			{
				URN: urn("aws:eks/addon:Addon", "cni"), Type: "aws:eks/addon:Addon", Custom: true, ID: "platform:vpc-cni",
				Inputs: map[string]any{"addonName": "vpc-cni", "configurationValues": settings},
			},
			{
				URN: urn("aws:eks/nodeGroup:NodeGroup", "nodes"), Type: "aws:eks/nodeGroup:NodeGroup", Custom: true,
				ID: "platform:nodes", Inputs: map[string]any{"scalingConfig": map[string]any{"desiredSize": 2.0}},
			},
		}})
		if report := timeline.New(latency.Create, resources, timeline.Run{}); report.Bound != want {
			t.Errorf("with the settings %q AWS takes %v s, want %v", settings, report.Bound, want)
		}
	}
}

// TestSVG proves that the picture is XML with a bar for each resource.
func TestSVG(t *testing.T) {
	t.Parallel()
	report := timeline.New(latency.Create, timeline.Resources(recorded(t)), timeline.Run{})
	var picture bytes.Buffer
	if err := report.SVG(&picture); err != nil {
		t.Fatal(err)
	}
	bars := 0
	for decoder := xml.NewDecoder(&picture); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if element, ok := token.(xml.StartElement); ok && element.Name.Local == "title" {
			bars++
		}
	}
	if bars != len(report.Lines) || bars == 0 {
		t.Errorf("there are %d bars for %d resources", bars, len(report.Lines))
	}
}

func urn(token, name string) resource.URN {
	return resource.NewURN("stack", "project", "", tokens.Type(token), name)
}

func urns(all ...resource.URN) []resource.URN { return all }
