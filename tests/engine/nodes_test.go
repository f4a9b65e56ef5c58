package engine

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// nodesAndIdentities are inputs of the example's cluster.
const nodesAndIdentities = `      nodeGroups:
        system: {}
        batch:
          instanceTypes: [m7g.large, m6g.large]
          capacityType: SPOT
          minSize: 1
          labels: {tier: batch}
          taints: [{key: batch, value: "true", effect: NO_SCHEDULE}]
          policyArns: ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]
      addons:
        coredns: {configuration: {replicaCount: 2}}
        metrics-server: {}
      workloadIdentities:
        ingress: {preset: AwsLoadBalancerController}
        secrets:
          preset: ExternalSecrets
          mode: Irsa
          policyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
`

// anotherGroup is added to them.
const anotherGroup = `        more: {minSize: 1, amiType: BOTTLEROCKET_x86_64}
`

// TestNodesAndIdentities brings up what there is for nodes, add-ons and identities, and changes the groups.
func TestNodesAndIdentities(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	program, config := cloud.Example(t)
	program = bytes.Replace(program, []byte("      flux:\n"), []byte(nodesAndIdentities+"      flux:\n"), 1)
	program = append(program, "  workloadRoleArns: ${platform.workloadRoleArns}\n  vpcId: ${platform.vpcId}\n"...)
	opened := cloud.Open(t, "nodes", program, config)
	upAsPreviewed(t, opened)

	c := cloud.Connect(t, fixture.Output(t, opened, "kubeconfig"), cloud.AccessKeys[0])
	t.Run("nodes are as their groups say", func(t *testing.T) { //nolint:paralleltest // what follows changes the cluster.
		nodes := c.Kubectl(t, "get", "nodes", "--selector", "tier=batch", "--output",
			`jsonpath={range .items[*]}{.metadata.labels.kubernetes\.io/arch} `+
				`{.metadata.labels.eks\.amazonaws\.com/capacityType} `+
				`{.spec.taints[0].key}={.spec.taints[0].value}:{.spec.taints[0].effect}{"\n"}{end}`)
		if diff := cmp.Diff("arm64 SPOT batch=true:NoSchedule\n", nodes); diff != "" {
			t.Errorf("nodes of the group batch (-want +got):\n%s", diff)
		}
	})
	t.Run("add-ons run", func(t *testing.T) { //nolint:paralleltest // as above.
		for _, workload := range []string{
			"daemonset/eks-pod-identity-agent", "deployment/ebs-csi-controller", "deployment/metrics-server",
		} {
			c.Kubectl(t, "rollout", "status", workload, "--namespace", "kube-system", "--timeout", "30s")
		}
	})
	t.Run("roles are told", func(t *testing.T) { //nolint:paralleltest // as above.
		rolesAreTold(t, opened)
	})
	t.Run("the chart of the load balancer controller is told", func(t *testing.T) { //nolint:paralleltest // as above.
		var secret struct {
			Data map[string][]byte `json:"data"`
		}
		c.Get(t, &secret, "secret", "aws-load-balancer-controller-values", "--namespace", "flux-system")
		want := fmt.Sprintf("clusterName: platform-nodes\nregion: us-west-2\nserviceAccount:\n  create: true\n"+
			"  name: aws-load-balancer-controller\nvpcId: %s\n", fixture.Output(t, opened, "vpcId"))
		if diff := cmp.Diff(map[string][]byte{"values.yaml": []byte(want)}, secret.Data); diff != "" {
			t.Errorf("data (-want +got):\n%s", diff)
		}
	})
	t.Run("the outputs tell what there is", func(t *testing.T) { //nolint:paralleltest // as above.
		outputsTell(t, opened)
	})
	t.Run("all that can carry tags has them", func(t *testing.T) { //nolint:paralleltest // as above.
		allTagged(t, opened)
	})
	t.Run("nothing goes before the teardown", func(t *testing.T) { //nolint:paralleltest // as above.
		nothingBeforeTeardown(t, opened)
	})
	t.Run("a second up changes nothing", func(t *testing.T) { //nolint:paralleltest // as above.
		if _, err := opened.Up(t.Context(), optup.ExpectNoChanges()); err != nil {
			t.Error(err)
		}
	})
	t.Run("a group more changes nothing else", func(t *testing.T) { //nolint:paralleltest // as above.
		more := strings.Replace(string(program), "      addons:\n", anotherGroup+"      addons:\n", 1)
		change(t, opened, more, map[string]int{"create": 3})
	})
	t.Run("a group less changes nothing else", func(t *testing.T) { //nolint:paralleltest // as above.
		change(t, opened, string(program), map[string]int{"delete": 3})
	})
	t.Run("another size changes nothing else", func(t *testing.T) { //nolint:paralleltest // as above.
		resize(t, opened, c, string(program))
	})
	t.Run("a policy is taken off its role", func(t *testing.T) { //nolint:paralleltest // as above.
		change(t, opened, strings.Replace(string(program),
			"          policyArns: [\"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\"]\n", "", 1), map[string]int{"update": 1})
	})
	t.Run("destroy leaves nothing", func(t *testing.T) { //nolint:paralleltest // as above.
		if _, err := opened.Destroy(t.Context()); err != nil {
			t.Fatal(err)
		}
		cloud.MustBeEmpty(t)
	})
}

// resize changes the sizes of the group system. A number of nodes that nobody gave is an autoscaler's affair, and EKS
// refuses a minimum above it.
func resize(t *testing.T, opened auto.Stack, c fixture.Cluster, program string) {
	t.Helper()
	sized := func(sizes string) string { return strings.Replace(program, "system: {}", "system: {"+sizes+"}", 1) }
	change(t, opened, sized("maxSize: 6"), map[string]int{"update": 1})
	rewrite(t, opened, sized("minSize: 3, maxSize: 6"))
	const refusal = "Minimum capacity 3 can't be greater than desired size 2"
	if _, err := opened.Up(t.Context()); err == nil || !strings.Contains(err.Error(), refusal) {
		t.Errorf("a minimum above the number of nodes: got %v, want %q", err, refusal)
	}
	change(t, opened, sized("minSize: 3, desiredSize: 3, maxSize: 6"), map[string]int{"update": 1})
	nodes := c.Kubectl(t, "get", "nodes", "--selector", "eks.amazonaws.com/nodegroup", "--output",
		`jsonpath={range .items[*]}{.metadata.labels.eks\.amazonaws\.com/nodegroup}{"\n"}{end}`)
	if got := strings.Count(nodes, "system"); got != 3 {
		t.Errorf("nodes of the group system: got %d, want 3", got)
	}
	change(t, opened, sized("minSize: 3, maxSize: 6"), map[string]int{})
	change(t, opened, sized("minSize: 1, desiredSize: 1, maxSize: 2"), map[string]int{"update": 1})
	// The example as it was again has a minimum above that.
	change(t, opened, sized("desiredSize: 2"), map[string]int{"update": 1})
}

// allTagged looks at everything that AWS has, the children of pulumi-eks among it.
func allTagged(t *testing.T, opened auto.Stack) {
	t.Helper()
	known := catalog.Resources()
	for _, r := range resourcesOf(t, opened) {
		kind, ours := known[string(r.Type)]
		if tags, _ := r.Inputs["tags"].(map[string]any); ours && kind.TakesTags() && tags["team"] != "platform" {
			t.Errorf("%s has the tags %v", r.URN, r.Inputs["tags"])
		}
	}
}

func rolesAreTold(t *testing.T, opened auto.Stack) {
	t.Helper()
	outputs, err := opened.Outputs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	roles, _ := outputs["workloadRoleArns"].Value.(map[string]any)
	for _, name := range []string{"ingress", "secrets"} {
		arn, _ := roles[name].(string)
		if !strings.Contains(arn, ":role/platform-"+name+"-") {
			t.Errorf("role of the identity %s: got %q", name, arn)
		}
	}
	if len(roles) != 2 {
		t.Errorf("roles: got %v, want two", roles)
	}
}

// change runs up with another program, and compares what that changed. Everything else must stay the same.
func change(t *testing.T, opened auto.Stack, program string, want map[string]int) {
	t.Helper()
	rewrite(t, opened, program)
	result, err := opened.Up(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := *result.Summary.ResourceChanges
	delete(got, string(apitype.OpSame))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}
