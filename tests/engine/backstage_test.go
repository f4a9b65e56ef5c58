package engine

import (
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
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
  token: { type: boolean, default: true }
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
        serviceAccountToken: ${token}
outputs:
  kubeconfig: ${platform.kubeconfig}
  catalogInfo: ${platform.catalogInfo}
  token: ${platform.backstageToken}
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
	t.Run("a token looks and changes nothing", func(t *testing.T) { //nolint:paralleltest // as above.
		looksOnly(t, cloud.ConnectFile(tokenKubeconfig(t, opened)))
		staysSecret(t, opened)
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
	t.Run("a token that is not asked for is worth nothing", func(t *testing.T) { //nolint:paralleltest // as above.
		revoked(t, cloud, opened)
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

// tokenKubeconfig writes the kubeconfig of somebody who has the token, and no identity at AWS.
func tokenKubeconfig(t *testing.T, opened auto.Stack) string {
	t.Helper()
	var config map[string]any
	if err := yaml.Unmarshal([]byte(fixture.Output(t, opened, "kubeconfig")), &config); err != nil {
		t.Fatal(err)
	}
	for _, user := range config["users"].([]any) {
		user.(map[string]any)["user"] = map[string]any{"token": fixture.Output(t, opened, "token")}
	}
	written, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, written, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// staysSecret looks for the token where it must not stand in clear.
func staysSecret(t *testing.T, opened auto.Stack) {
	t.Helper()
	outputs, err := opened.Outputs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !outputs["token"].Secret {
		t.Error("the output is no secret")
	}
	token, state := fixture.Output(t, opened, "token"), fixture.StoredState(t, opened)
	if !strings.Contains(state, "kubernetes.io/service-account-token") {
		t.Fatal("the state does not know of the token, so that it would not be found in it")
	}
	for _, text := range []string{token, base64.StdEncoding.EncodeToString([]byte(token))} {
		if text == "" || strings.Contains(state, text) {
			t.Error("the state holds the token in clear, or there is none")
		}
	}
	if _, err := opened.Refresh(t.Context(), optrefresh.ExpectNoChanges()); err != nil {
		t.Error(err)
	}
}

// shutOut waits for an API server to forget whom it has let in: it remembers for some seconds.
func shutOut(t *testing.T, c fixture.Cluster) {
	t.Helper()
	fixture.Eventually(t, time.Minute, "the token to be refused", func() (bool, string) {
		printed, err := c.Try(t, "get", "pods", "--namespace", "flux-system")
		return err != nil && strings.Contains(printed, "Unauthorized"), printed
	})
}

// revoked takes the token back: it opens nothing then, whoever has kept it, not even once there is another. (Kubernetes
// signs the same token again for the same account, so that a new Secret alone would not do.)
func revoked(t *testing.T, cloud fixture.Cloud, opened auto.Stack) {
	t.Helper()
	before, kept := fixture.Output(t, opened, "token"), cloud.ConnectFile(tokenKubeconfig(t, opened))
	fixture.Set(t, opened, "token", "false")
	want := []string{
		"delete kubernetes:core/v1:Secret platform-cluster-viewer",
		"delete kubernetes:core/v1:ServiceAccount platform-cluster-viewer",
		"delete kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding platform-cluster-viewer",
	}
	if diff := cmp.Diff(want, changes(t, opened)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if token := fixture.Output(t, opened, "token"); token != "" {
		t.Error("the output still has a token")
	}
	shutOut(t, kept)
	fixture.Set(t, opened, "token", "true")
	fixture.Up(t, opened)
	if fixture.Output(t, opened, "token") == before {
		t.Error("the token is the same again")
	}
	looksOnly(t, cloud.ConnectFile(tokenKubeconfig(t, opened)))
	shutOut(t, kept)
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
