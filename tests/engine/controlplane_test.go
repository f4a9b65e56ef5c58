package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

const controlPlaneProgram = `
name: control-plane
runtime: yaml
config:
  artifact: { type: string }
  days: { type: integer, default: 90 }
  team: { type: string, default: platform }
resources:
  platform:
    type: gitops-cluster:GitOpsCluster
    properties:
      tags: { team: "${team}" }
      endpoint: { publicAccessCidrs: ["0.0.0.0/0"] }
      logging: { types: [audit, api, authenticator], retentionInDays: "${days}" }
      upgradePolicy: EXTENDED
      serviceIpv4Cidr: 10.100.0.0/16
      iam: { path: /platform/ }
      flux: { interval: 5s, artifact: { url: "${artifact}", insecure: true } }
      access: { entries: {} }
outputs:
  kubeconfig: ${platform.kubeconfig}
  kmsKeyArn: ${platform.kmsKeyArn}
  logGroupName: ${platform.logGroupName}
`

// TestControlPlane changes one thing at a time about a cluster: each change is made in place, and nothing else is.
func TestControlPlane(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	program := controlPlaneProgram
	opened := cloud.Open(t, "control-plane", []byte(program), map[string]string{"artifact": cloud.Artifact()})
	fixture.Up(t, opened)
	change := func(name, from, to string, want ...string) {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(program, from) {
				t.Fatalf("the program does not say %q", from)
			}
			program = strings.Replace(program, from, to, 1)
			rewrite(t, opened, program)
			if diff := cmp.Diff(want, changes(t, opened)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
	const entry, association = "aws:eks/accessEntry:AccessEntry", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"

	t.Run("outputs", func(t *testing.T) { //nolint:paralleltest // what follows changes the cluster.
		if name := fixture.Output(t, opened, "logGroupName"); name != "/aws/eks/platform-control-plane/cluster" {
			t.Errorf("log group: got %q", name)
		}
		if key := fixture.Output(t, opened, "kmsKeyArn"); !strings.HasPrefix(key, "arn:aws:kms:"+cloud.Region+":") {
			t.Errorf("key: got %q", key)
		}
	})
	t.Run("nothing goes before the teardown", func(t *testing.T) { //nolint:paralleltest // as above.
		nothingBeforeTeardown(t, opened)
	})
	t.Run("a second up changes nothing", func(t *testing.T) { //nolint:paralleltest // as above.
		if _, err := opened.Up(t.Context(), optup.ExpectNoChanges()); err != nil {
			t.Error(err)
		}
	})
	t.Run("a refresh changes nothing", func(t *testing.T) { //nolint:paralleltest // as above.
		if _, err := opened.Refresh(t.Context(), optrefresh.ExpectNoChanges()); err != nil {
			t.Error(err)
		}
	})
	change("log types", "[audit, api, authenticator]", "[audit]",
		"update aws:eks/cluster:Cluster platform-eksCluster")
	change("retention", `"${days}"`, "30", "update aws:cloudwatch/logGroup:LogGroup platform")
	change("upgrade policy", "EXTENDED", "STANDARD", "update aws:eks/cluster:Cluster platform-eksCluster")

	outsider := outsiderOf(t, cloud)
	c := cloud.Connect(t, fixture.Output(t, opened, "kubeconfig"), outsider)
	change("an entry is added", "entries: {}", "entries: { reader: { principalArn: \""+outsider.PrincipalARN+
		"\", policy: View } }", "create "+entry+" platform-reader", "create "+association+" platform-reader")
	t.Run("its holder reads", func(t *testing.T) { //nolint:paralleltest // as above.
		c.Kubectl(t, "get", "pods", "--namespace", "flux-system")
		if printed, err := c.Try(t, "get", "secrets", "--namespace", "flux-system"); err == nil {
			t.Errorf("a viewer reads Secrets: %s", printed)
		}
	})
	change("its namespaces change", "policy: View", "policy: View, namespaces: [payments]",
		"replace "+association+" platform-reader")
	change("and change back", ", namespaces: [payments]", "",
		"replace "+association+" platform-reader")
	t.Run("its holder still reads", func(t *testing.T) { //nolint:paralleltest // as above.
		c.Kubectl(t, "get", "pods", "--namespace", "flux-system")
	})
	change("the entry goes", "reader: { principalArn: \""+outsider.PrincipalARN+"\", policy: View }", "",
		"delete "+entry+" platform-reader", "delete "+association+" platform-reader")
	t.Run("tags are updates", func(t *testing.T) { //nolint:paralleltest // as above.
		fixture.Set(t, opened, "team", "payments")
		for _, line := range changes(t, opened) {
			if !strings.HasPrefix(line, "update ") {
				t.Errorf("a tag makes more than an update: %s", line)
			}
		}
	})
	t.Run("another key is another cluster", func(t *testing.T) { //nolint:paralleltest // as above.
		const other = "encryption: { kmsKeyArn: \"arn:aws:kms:us-west-2:123456789012:key/other\" }"
		rewrite(t, opened, strings.Replace(program, "access: ", other+"\n      access: ", 1))
		if lines := previewed(t, opened); !slices.Contains(lines, "replace aws:eks/cluster:Cluster platform-eksCluster") {
			t.Errorf("the preview does not say that the cluster is replaced: %v", lines)
		}
		rewrite(t, opened, program)
	})
	t.Run("another name for the component replaces nothing", func(t *testing.T) { //nolint:paralleltest // as above.
		renamed(t, opened, program)
	})
	t.Run("destroy leaves nothing", func(t *testing.T) { //nolint:paralleltest // as above.
		if _, err := opened.Destroy(t.Context()); err != nil {
			t.Fatal(err)
		}
		cloud.MustBeEmpty(t)
	})
}

// renamed gives the component another name in the program, and says which one it had.
func renamed(t *testing.T, opened auto.Stack, program string) {
	t.Helper()
	const heading = "  platform:\n    type: gitops-cluster:GitOpsCluster\n    properties:\n"
	if !strings.Contains(program, heading) {
		t.Fatalf("the program does not say %q", heading)
	}
	program = strings.Replace(program, heading, "  fleet:\n    type: gitops-cluster:GitOpsCluster\n"+
		"    options: { aliases: [{ name: platform }] }\n    properties:\n      clusterName: platform-control-plane\n", 1)
	rewrite(t, opened, strings.ReplaceAll(program, "${platform.", "${fleet."))
	for _, line := range changes(t, opened) {
		if !strings.HasPrefix(line, "update ") {
			t.Errorf("another name makes more than an update: %s", line)
		}
	}
	if _, err := opened.Up(t.Context(), optup.ExpectNoChanges()); err != nil {
		t.Error(err)
	}
}

// rewrite gives a stack another program.
func rewrite(t *testing.T, opened auto.Stack, program string) {
	t.Helper()
	file := filepath.Join(opened.Workspace().WorkDir(), "Pulumi.yaml")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
}

// unchanging are the operations that change nothing, or are parts of one that says so itself.
var unchanging = []apitype.OpType{
	apitype.OpSame, apitype.OpRead, apitype.OpCreateReplacement, apitype.OpDeleteReplaced,
}

// isComponent says that nothing outside of the state stands behind a resource: pulumi-eks gives its component inputs.
func isComponent(step apitype.StepEventMetadata) bool {
	if step.New != nil {
		return !step.New.Custom
	}
	return step.Old != nil && !step.Old.Custom
}

// changes runs pulumi up and returns what it does.
func changes(t *testing.T, opened auto.Stack) []string {
	t.Helper()
	return steps(t, func(stream chan<- events.EngineEvent) error {
		_, err := opened.Up(t.Context(), optup.EventStreams(stream))
		return err
	})
}

// steps returns what the engine does with resources that are no components, in the form "operation type name".
func steps(t *testing.T, run func(stream chan<- events.EngineEvent) error) []string {
	t.Helper()
	stream := make(chan events.EngineEvent)
	collected := make(chan []string)
	go func() {
		var found []string
		for event := range stream {
			if event.ResourcePreEvent == nil {
				continue
			}
			step := event.ResourcePreEvent.Metadata
			if slices.Contains(unchanging, step.Op) || isComponent(step) {
				continue
			}
			urn := resource.URN(step.URN)
			found = append(found, fmt.Sprintf("%s %s %s", step.Op, urn.Type(), urn.Name()))
		}
		collected <- found
	}()
	if err := run(stream); err != nil {
		t.Fatal(err)
	}
	found := <-collected
	slices.Sort(found)
	return found
}

// outsiderOf returns the access key of a principal without any rights of its own.
func outsiderOf(t *testing.T, cloud fixture.Cloud) localcloud.AccessKey {
	t.Helper()
	for _, key := range cloud.AccessKeys {
		if strings.HasSuffix(key.PrincipalARN, "/outsider") {
			return key
		}
	}
	t.Fatal("the account has no outsider")
	return localcloud.AccessKey{}
}
