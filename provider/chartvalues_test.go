package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/cluster"
)

// TestChartValues compares whole documents: what the chart is not told it asks the nodes' metadata service, which pods
// do not reach.
func TestChartValues(t *testing.T) {
	t.Parallel()
	for mode, want := range map[cluster.IdentityMode]string{
		cluster.ModePodIdentity: `clusterName: prod
region: eu-central-1
serviceAccount:
  create: true
  name: lbc
vpcId: vpc-1
`,
		cluster.ModeIRSA: `clusterName: prod
region: eu-central-1
serviceAccount:
  annotations:
    eks.amazonaws.com/role-arn: arn:aws:iam::123456789012:role/lbc
  create: true
  name: lbc
vpcId: vpc-1
`,
	} {
		identity := cluster.WorkloadIdentity{Name: "ingress", ServiceAccount: "lbc", Mode: mode}
		got, err := chartValues(identity, "prod", "eu-central-1", "vpc-1", "arn:aws:iam::123456789012:role/lbc")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("values with %s (-want +got):\n%s", mode, diff)
		}
	}
}
