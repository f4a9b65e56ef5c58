//go:build acceptance

package acceptance

import (
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

// holds are things that AWS does not delete while others of the table use them, by what it answers then.
var holds = []struct {
	thing, code string
	// call is how the aws program is told to delete the thing, whose id comes last. The provider would wait and try
	// again for as long as its user lets it.
	call []string
	// missing is AWS's own word for it, where moto does not refuse and is not asked, because the thing would be gone.
	missing string
}{
	{thing: "vpc", code: "DependencyViolation", call: []string{"ec2", "delete-vpc", "--vpc-id"}},
	{thing: "cluster-role", code: "DeleteConflict", call: []string{"iam", "delete-role", "--role-name"}},
	{thing: "cluster", code: "ResourceInUseException", call: []string{"eks", "delete-cluster", "--name"}},
	{
		thing: "subnet", code: "DependencyViolation",
		missing: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-deleting.html",
	},
	{
		thing: "endpoint-group", code: "DependencyViolation",
		missing: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html",
	},
	{
		thing: "gateway", code: "DependencyViolation",
		missing: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html",
	},
	{
		thing: "address", code: "InvalidIPAddress.InUse",
		missing: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html",
	},
}

// holdsBack asks an AWS that has everything of the table to delete what is in use.
func holdsBack(t *testing.T, cloud fixture.Cloud, plugin asked, made map[string]resource) {
	t.Helper()
	for _, held := range holds {
		r := made[held.thing]
		var said string
		switch {
		case cloud.AWS == localcloud.Simulator:
			if err := plugin.delete(t, r); err != nil {
				said = err.Error()
			}
		case held.missing != "":
			t.Logf("moto deletes %s although it is in use; that AWS does not: %s", held.thing, held.missing)
			continue
		default:
			said, _ = caller{t, cloud}.try(append(held.call, r.id)...) // what was deleted says nothing
		}
		t.Logf("the %s, asked to delete %s: %s", cloud.AWS, held.thing, said)
		if !strings.Contains(said, held.code) {
			t.Errorf("the %s deletes %s, which is in use; want %s, got %q", cloud.AWS, held.thing, held.code, said)
		}
	}
}
