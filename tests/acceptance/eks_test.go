//go:build acceptance

package acceptance

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

// caller calls AWS as a user does, with the aws program.
type caller struct {
	t     *testing.T
	cloud fixture.Cloud
}

func (c caller) try(args ...string) (string, error) {
	c.t.Helper()
	command := exec.CommandContext(c.t.Context(), "aws", append(args, "--output", "text")...)
	command.Env = append(c.cloud.Environ(), "AWS_ENDPOINT_URL="+c.cloud.AWSEndpoint)
	printed, err := command.CombinedOutput()
	return strings.TrimSpace(string(printed)), err
}

func (c caller) call(args ...string) string {
	c.t.Helper()
	printed, err := c.try(args...)
	if err != nil {
		c.t.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, printed)
	}
	return printed
}

// TestEKS proves what stands in front of moto's EKS: there is a real cluster behind it, and everything goes again.
func TestEKS(t *testing.T) {
	cloud := start(t, localcloud.Moto)
	c := caller{t, cloud}
	vpc := c.call("ec2", "create-vpc", "--cidr-block", "10.0.0.0/16", "--query", "Vpc.VpcId")
	var subnets []string
	for zone, block := range map[string]string{"us-west-2a": "10.0.1.0/24", "us-west-2b": "10.0.2.0/24"} {
		subnets = append(subnets, c.call("ec2", "create-subnet", "--vpc-id", vpc, "--cidr-block", block,
			"--availability-zone", zone, "--query", "Subnet.SubnetId"))
	}
	c.call("eks", "create-cluster", "--name", "c", "--role-arn", "arn:aws:iam::123456789012:role/r",
		"--resources-vpc-config", "subnetIds="+strings.Join(subnets, ","), "--access-config", "authenticationMode=API")
	c.call("eks", "wait", "cluster-active", "--name", "c")
	c.call(append([]string{
		"eks", "create-nodegroup", "--cluster-name", "c", "--nodegroup-name", "g", "--node-role",
		"arn:aws:iam::123456789012:role/n", "--scaling-config", "minSize=1,maxSize=3,desiredSize=2", "--subnets",
	}, subnets...)...)
	c.call("eks", "wait", "nodegroup-active", "--cluster-name", "c", "--nodegroup-name", "g")
	c.call("eks", "create-addon", "--cluster-name", "c", "--addon-name", "coredns")
	c.call("eks", "wait", "addon-active", "--cluster-name", "c", "--addon-name", "coredns")

	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	c.call("eks", "update-kubeconfig", "--name", "c", "--kubeconfig", kubeconfig)
	for _, key := range cloud.AccessKeys {
		command := exec.CommandContext(t.Context(), filepath.Join(cloud.Tree.Tools, "kubectl"), "--kubeconfig", kubeconfig,
			"get", "nodes", "--output", "name")
		command.Env = append(cloud.Environ(), cloud.EnvAs(key)...)
		printed, err := command.CombinedOutput()
		creator := strings.HasSuffix(key.PrincipalARN, "/administrator")
		if creator && strings.Count(string(printed), "node/ip-10-0-") != 2 || creator == (err != nil) {
			t.Errorf("nodes as %s: %v %s", key.PrincipalARN, err, printed)
		}
	}

	if printed, err := c.try("eks", "delete-cluster", "--name", "c"); err == nil ||
		!strings.Contains(printed, "ResourceInUseException") {
		t.Errorf("a cluster with a node group was deleted: %v %s", err, printed)
	}
	left, err := cloud.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(left, func(r localcloud.Resource) bool { return r.Type == "aws:eks/nodeGroup:NodeGroup" }) {
		t.Errorf("the inventory lacks the node group: %v", left)
	}
	c.call("eks", "delete-nodegroup", "--cluster-name", "c", "--nodegroup-name", "g")
	c.call("eks", "wait", "nodegroup-deleted", "--cluster-name", "c", "--nodegroup-name", "g")
	c.call("eks", "delete-cluster", "--name", "c")
	c.call("eks", "wait", "cluster-deleted", "--name", "c")
	for _, subnet := range subnets {
		c.call("ec2", "delete-subnet", "--subnet-id", subnet)
	}
	c.call("ec2", "delete-vpc", "--vpc-id", vpc)
	cloud.MustBeEmpty(t)
}
