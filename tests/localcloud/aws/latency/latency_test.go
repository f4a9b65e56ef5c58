package latency_test

import (
	"testing"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
)

// TestKnows proves that a type which is simulated without a figure is noticed: it would take no time, and nobody would
// see it in a report.
func TestKnows(t *testing.T) {
	t.Parallel()
	for _, token := range aws.Types() {
		if !latency.Knows(token) {
			t.Errorf("there is no duration for %s", token)
		}
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	const addon, group = "aws:eks/addon:Addon", "aws:eks/nodeGroup:NodeGroup"
	for name, c := range map[string]struct {
		operation latency.Operation
		token     string
		inputs    map[string]any
		want      time.Duration
	}{
		"a cluster":               {latency.Create, "aws:eks/cluster:Cluster", nil, 568 * time.Second},
		"a cluster that goes":     {latency.Delete, "aws:eks/cluster:Cluster", nil, 151 * time.Second},
		"an add-on of its own":    {latency.Create, addon, map[string]any{"addonName": "coredns"}, 15 * time.Second},
		"an add-on like others":   {latency.Create, addon, map[string]any{"addonName": "adot"}, 25 * time.Second},
		"any add-on that goes":    {latency.Delete, addon, map[string]any{"addonName": "coredns"}, 9 * time.Second},
		"a group with nodes":      {latency.Create, group, sized(2), 118 * time.Second},
		"a group without nodes":   {latency.Create, group, sized(0), 58 * time.Second},
		"a group of unknown size": {latency.Create, group, nil, 118 * time.Second},
		"a VPC with host names": {
			latency.Create, "aws:ec2/vpc:Vpc", map[string]any{"enableDnsHostnames": true}, 16 * time.Second,
		},
		"a subnet with addresses": {
			latency.Create, "aws:ec2/subnet:Subnet", map[string]any{"mapPublicIpOnLaunch": true}, 11 * time.Second,
		},
		"an endpoint with interfaces": {
			latency.Create, "aws:ec2/vpcEndpoint:VpcEndpoint", map[string]any{"vpcEndpointType": "Interface"},
			150 * time.Second,
		},
		"what is unknown": {latency.Create, "aws:sqs/queue:Queue", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := latency.Of(c.operation, c.token, c.inputs); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func sized(nodes float64) map[string]any {
	return map[string]any{"scalingConfig": map[string]any{"desiredSize": nodes}}
}
