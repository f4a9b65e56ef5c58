//go:build acceptance

package acceptance

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

// clusterProgram has all that a cluster can have in AWS.
const clusterProgram = `name: plans
runtime: yaml
config:
  artifact: { type: string }
resources:
  platform:
    type: gitops-cluster:GitOpsCluster
    properties:
      tags: { team: platform }
      endpoint: { publicAccess: false }
      network:
        numberOfAvailabilityZones: 2
        natGateways: { strategy: OnePerAz }
        vpcEndpoints: [s3, ec2, ecr-api]
        flowLogs: {}
      logging: { types: [audit, api], retentionInDays: 30 }
      serviceIpv4Cidr: 172.30.0.0/16
      nodeGroups:
        system: {}
        batch:
          instanceTypes: [m7g.large, m6g.large]
          capacityType: SPOT
          minSize: 1
          labels: { tier: batch }
          taints: [{ key: batch, value: "true", effect: NO_SCHEDULE }]
          policyArns: ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]
      workloadIdentities:
        ingress: { preset: AwsLoadBalancerController }
        secrets:
          preset: ExternalSecrets
          mode: Irsa
          policyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
      flux: { artifact: { url: "${artifact}", insecure: true } }
`

// TestNetworkPlans compares the plans of both AWS for the Network.
func TestNetworkPlans(t *testing.T) {
	agree(t, networkProgram, "")
}

// TestClusterPlans compares the plans of both AWS for a cluster. Nothing is asked of the cluster itself, so there is
// none behind its record, and the up ends where Flux would be installed: all that is in AWS comes before.
func TestClusterPlans(t *testing.T) {
	agree(t, clusterProgram, "no client can be made from the kubeconfig")
}

// agree brings a program up on both AWS, as far as it gets, and compares what each says about changes.
func agree(t *testing.T, program, ends string) {
	t.Helper()
	var sides []side
	for _, kind := range []string{localcloud.Moto, localcloud.Simulator} {
		t.Setenv("LOCALCLOUD_AWS", kind)
		cloud := fixture.StartHollow(t)
		opened := cloud.OpenForGood(t, "plans", []byte(program), map[string]string{"artifact": cloud.Artifact()})
		timed(t, "up on the "+kind, func(progress *bytes.Buffer) error { return upUntil(t, opened, ends, progress) })
		sides = append(sides, side{ask(t, cloud), resourcesOf(t, opened)})
	}
	timed(t, "comparing", func(*bytes.Buffer) error {
		compare(t, sides[0], sides[1])
		return nil
	})
}

// upUntil runs an up in which, if there are words, one resource fails with them.
func upUntil(t *testing.T, opened auto.Stack, ends string, progress *bytes.Buffer) error {
	t.Helper()
	_, err := opened.Up(t.Context(), optup.ProgressStreams(progress))
	if ends == "" {
		return err
	}
	const failed = "**creating failed" // of the resource, and of the stack
	if err == nil || !strings.Contains(err.Error(), ends) || strings.Count(progress.String(), failed) != 2 {
		return fmt.Errorf("the up was to end with %q alone; got %w", ends, err)
	}
	return nil
}
