package provider

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/backstage"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/network"
)

// TestForeignVPC describes a VPC only where it is made, and nobody has an entity for it.
func TestForeignVPC(t *testing.T) {
	t.Parallel()
	existing := &network.NetworkSpec{VpcId: pulumi.String("vpc-0123456789abcdef0")}
	described := &backstage.BackstageSpec{VpcEntityRef: pulumi.String("shared")}
	for name, test := range map[string]struct {
		args GitOpsClusterArgs
		want bool
	}{
		"a VPC that is made":                {GitOpsClusterArgs{}, false},
		"one with a range of its own":       {GitOpsClusterArgs{Network: &network.NetworkSpec{}}, false},
		"an existing one":                   {GitOpsClusterArgs{Network: existing}, true},
		"one with an entity":                {GitOpsClusterArgs{Backstage: described}, true},
		"an existing one with an entity":    {GitOpsClusterArgs{Network: existing, Backstage: described}, true},
		"one with a description without it": {GitOpsClusterArgs{Backstage: &backstage.BackstageSpec{}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.args.portalSettings("prod", "dev").ForeignVPC; got != test.want {
				t.Errorf("foreign: got %t, want %t", got, test.want)
			}
		})
	}
}
