package engine

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// remote is a component of ours as a program sees it that has no SDK of ours.
type remote struct{ pulumi.ResourceState }

// team is a component of the user's own.
type team struct{ pulumi.ResourceState }

// TestInsideAComponent puts a cluster without a way to the internet into a component of the user's own, with an aws
// provider that a preview cannot configure. The region of the stack is one that there is not in the local cloud:
// whatever did not use the given provider would fail.
func TestInsideAComponent(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	run := func(ctx *pulumi.Context) error {
		first, err := aws.NewProvider(ctx, "first", &aws.ProviderArgs{Region: pulumi.String(cloud.Region)})
		if err != nil {
			return err
		}
		deployer, err := iam.NewRole(ctx, "deployer", &iam.RoleArgs{
			AssumeRolePolicy: pulumi.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",` +
				`"Principal":{"Service":"ec2.amazonaws.com"}}]}`),
		}, pulumi.Provider(first))
		if err != nil {
			return err
		}
		// Like one that takes this role: until there is a role, nobody can be asked.
		second, err := aws.NewProvider(ctx, "second", &aws.ProviderArgs{
			Region:      pulumi.String(cloud.Region),
			DefaultTags: aws.ProviderDefaultTagsArgs{Tags: pulumi.StringMap{"deployer": deployer.Arn}},
		})
		if err != nil {
			return err
		}
		payments := &team{}
		if err := ctx.RegisterComponentResource("acme:index:Team", "payments", payments); err != nil {
			return err
		}
		platform := &remote{}
		return ctx.RegisterRemoteComponentResource("gitops-cluster:index:GitOpsCluster", "platform", pulumi.Map{
			"network": pulumi.Map{
				"natGateways":  pulumi.Map{"strategy": pulumi.String("None")},
				"vpcEndpoints": pulumi.ToStringArray([]string{"s3", "ec2", "ecr-api", "ecr-dkr", "eks-auth", "sts"}),
				"flowLogs":     pulumi.Map{},
			},
			"endpoint": pulumi.Map{"publicAccess": pulumi.Bool(false)},
			"flux": pulumi.Map{
				"registry": pulumi.String(cloud.RegistryHost + "/fluxcd"),
				"artifact": pulumi.Map{"url": pulumi.String(cloud.Artifact()), "insecure": pulumi.Bool(true)},
			},
		}, platform, pulumi.Parent(payments), pulumi.Providers(second))
	}
	opened := cloud.OpenGo(t, "nested", run, map[string]string{"aws:region": "sa-east-1"})
	upAsPreviewed(t, opened)

	t.Run("every resource in AWS is made with the given provider", func(t *testing.T) { //nolint:paralleltest // see below.
		count := 0
		for _, state := range states(t, opened) {
			if !strings.HasPrefix(string(state.Type), "aws:") || !strings.Contains(string(state.URN), "GitOpsCluster") {
				continue
			}
			count++
			if !strings.Contains(state.Provider, "pulumi:providers:aws::second::") {
				t.Errorf("%s %s is made with %s", state.Type, state.URN.Name(), state.Provider)
			}
		}
		if count < 50 {
			t.Errorf("the cluster has %d resources in AWS, which cannot be all", count)
		}
	})
	t.Run("the children are those of a cluster by itself", func(t *testing.T) { //nolint:paralleltest // see below.
		for _, state := range states(t, opened) {
			types, name := string(state.URN.QualifiedType()), state.URN.Name()
			if below, inside := strings.CutPrefix(types, "acme:index:Team$"); inside {
				if !strings.HasPrefix(below, "gitops-cluster:index:GitOpsCluster") {
					t.Errorf("%s %s is not below the cluster", types, name)
				}
				if !strings.HasPrefix(name, "platform") {
					t.Errorf("%s %s has a name that does not begin with the cluster's", types, name)
				}
			}
		}
	})
	t.Run("nothing goes before the teardown", func(t *testing.T) { //nolint:paralleltest // see below.
		nothingBeforeTeardown(t, opened)
	})
	t.Run("a second up changes nothing", func(t *testing.T) { //nolint:paralleltest // one after the other, as in life.
		if _, err := opened.Up(t.Context(), optup.ExpectNoChanges()); err != nil {
			t.Error(err)
		}
	})
	t.Run("destroy leaves nothing", func(t *testing.T) { //nolint:paralleltest // see above.
		if _, err := opened.Destroy(t.Context()); err != nil {
			t.Fatal(err)
		}
		cloud.MustBeEmpty(t)
	})
}
