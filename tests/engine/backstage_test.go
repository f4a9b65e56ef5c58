package engine

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"gopkg.in/yaml.v3"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

const portalProgram = `
name: portal
runtime: yaml
config:
  artifact: { type: string }
  bucket: { type: string }
  role: { type: string }
  lifecycle: { type: string, default: experimental }
resources:
  platform:
    type: gitops-cluster:GitOpsCluster
    properties:
      endpoint: { publicAccessCidrs: ["0.0.0.0/0"] }
      flux: { interval: 5s, artifact: { url: "${artifact}", insecure: true } }
      backstage:
        owner: group:default/platform
        system: payments
        lifecycle: "${lifecycle}"
        tags: ["env:test"]
        annotations: { cluster: { example.com/role: "${role}" } }
        accessRoleArn: "${role}"
        publish: { bucket: "${bucket}" }
outputs:
  kubeconfig: ${platform.kubeconfig}
  catalogInfo: ${platform.catalogInfo}
`

// publishedObject is the document as Pulumi knows it.
const publishedObject = "aws:s3/bucketObjectv2:BucketObjectv2 platform-catalog"

// TestPortal is a cluster as the developer portal sees it: described, published, and open to be looked at.
func TestPortal(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	portal := cloud.Principal(t, "portal")
	opened := cloud.Open(t, "test", []byte(portalProgram), map[string]string{
		"artifact": cloud.Artifact(), "bucket": aws.CatalogBucket, "role": portal.PrincipalARN,
	})
	upAsPreviewed(t, opened)

	t.Run("the document says what it is asked to", func(t *testing.T) { //nolint:paralleltest // what follows changes it.
		document := fixture.Output(t, opened, "catalogInfo")
		describesCluster(t, document, fixture.Output(t, opened, "kubeconfig"))
		got := map[string]any{}
		for _, entity := range entitiesOf(t, document) {
			got[entity.Kind+" "+entity.Metadata.Name+" "+entity.Spec.Owner+" "+entity.Spec.System] = entity.Spec.Lifecycle
			if entity.Spec.Type == "kubernetes-cluster" {
				for _, annotation := range []string{"example.com/role", "kubernetes.io/aws-assume-role"} {
					if role := entity.Metadata.Annotations[annotation]; role != portal.PrincipalARN {
						t.Errorf("%s: got %q, want %q", annotation, role, portal.PrincipalARN)
					}
				}
			}
		}
		want := map[string]any{
			"Component platform-test-flux group:default/platform payments": "experimental",
			"Resource platform-test group:default/platform payments":       "",
			"Resource platform-test-vpc group:default/platform payments":   "",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("entities (-want +got):\n%s", diff)
		}
	})
	t.Run("the portal looks and changes nothing", func(t *testing.T) { //nolint:paralleltest // as above.
		looksOnly(t, cloud.Connect(t, fixture.Output(t, opened, "kubeconfig"), portal))
	})
	t.Run("the document is published", func(t *testing.T) { //nolint:paralleltest // as above.
		published(t, cloud, opened)
	})
	t.Run("only the document may go before the teardown", func(t *testing.T) { //nolint:paralleltest // as above.
		nothingBeforeTeardown(t, opened, publishedObject)
	})
	t.Run("a change is published", func(t *testing.T) { //nolint:paralleltest // as above.
		if err := opened.SetConfig(t.Context(), "lifecycle", auto.ConfigValue{Value: "production"}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"update " + publishedObject}, changes(t, opened)); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
		if document := published(t, cloud, opened); !strings.Contains(document, "lifecycle: production") {
			t.Errorf("the change is not in the document:\n%s", document)
		}
	})
	t.Run("destroy takes the document away", func(t *testing.T) { //nolint:paralleltest // as above.
		if _, err := opened.Destroy(t.Context()); err != nil {
			t.Fatal(err)
		}
		cloud.MustBeEmpty(t)
	})
}

// looksOnly is what a viewer may do, and what not.
func looksOnly(t *testing.T, c fixture.Cluster) {
	t.Helper()
	for _, kind := range []string{"pods", "deployments", "configmaps", "ocirepositories", "kustomizations"} {
		if found := c.Words(t, "get", kind, "--namespace", "flux-system", "--output", "name"); len(found) == 0 {
			t.Errorf("a viewer sees no %s", kind)
		}
	}
	for _, refused := range [][]string{
		{"get", "secrets"}, {"delete", "pods", "--all"}, {"delete", "kustomization", "flux"},
		{"annotate", "kustomization", "flux", "reconcile.fluxcd.io/requestedAt=now"}, {"create", "configmap", "x"},
	} {
		printed, err := c.Try(t, append(refused, "--namespace", "flux-system")...)
		if err == nil || !strings.Contains(printed, "forbidden") {
			t.Errorf("a viewer may kubectl %s: %s", strings.Join(refused, " "), printed)
		}
	}
}

// published returns the document in the bucket, which must be the one that the stack gives.
func published(t *testing.T, cloud fixture.Cloud, opened auto.Stack) string {
	t.Helper()
	objects, err := cloud.Objects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	document := fixture.Output(t, opened, "catalogInfo")
	want := map[string]string{"backstage/portal/test/platform-test.yaml": document}
	if diff := cmp.Diff(want, objects); diff != "" {
		t.Errorf("objects in the bucket (-want +got):\n%s", diff)
	}
	return document
}

// entity is what these tests read of an entity.
type entity struct {
	Kind     string
	Metadata struct {
		Name        string
		Annotations map[string]string
	}
	Spec struct{ Type, Lifecycle, Owner, System string }
}

func entitiesOf(t *testing.T, document string) []entity {
	t.Helper()
	var entities []entity
	decoder := yaml.NewDecoder(strings.NewReader(document))
	for {
		var next entity
		err := decoder.Decode(&next)
		if errors.Is(err, io.EOF) {
			return entities
		}
		if err != nil {
			t.Fatal(err)
		}
		entities = append(entities, next)
	}
}
