//go:build acceptance

package acceptance

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

// TestExternal takes the emulator of one local cloud for the external AWS of another, as one takes LocalStack or a real
// account: only the environment says where it is.
func TestExternal(t *testing.T) {
	emulator := start(t, localcloud.Moto)
	t.Setenv("AWS_ENDPOINT_URL", emulator.AWSEndpoint)
	t.Setenv("AWS_ACCESS_KEY_ID", emulator.AccessKeys[0].AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", emulator.AccessKeys[0].SecretAccessKey)
	t.Setenv("AWS_REGION", emulator.Region)
	t.Setenv("LOCALCLOUD_AWS_PLUGIN", filepath.Join(emulator.Tree.Bin, "witness", "pulumi-resource-aws"))
	for _, variable := range emulator.Env() {
		if name, value, _ := strings.Cut(variable, "="); name == "WITNESS_TERRAFORM_PROVIDER" {
			t.Setenv(name, value)
		}
	}
	// It is not of this cloud's making, and must not be reported as such.
	caller{t, emulator}.call("ec2", "create-vpc", "--cidr-block", "10.9.0.0/16")

	cloud := start(t, localcloud.External)
	opened := cloud.Open(t, "network", []byte(networkProgram), nil)
	live(t, cloud, opened, func() { rewrite(t, opened, "team: platform", "team: infrastructure") })
	left, err := emulator.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 {
		t.Errorf("the emulator must hold the VPC from before alone; got %v", left)
	}
}
