package engine

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"gopkg.in/yaml.v3"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// TestLifecycle goes through the life of one cluster. Its parts follow each other, as in life.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	program, config := cloud.Example(t)
	opened := cloud.Open(t, "lifecycle", program, config)
	upAsPreviewed(t, opened)

	c := cloud.Connect(t, fixture.Output(t, opened, "kubeconfig"), cloud.AccessKeys[0])
	t.Run("nodes are ready", func(t *testing.T) { //nolint:paralleltest // what follows changes the cluster.
		ready := c.Kubectl(t, "get", "nodes", "--output",
			`jsonpath={range .items[*]}{.status.conditions[?(@.type=="Ready")].status} {end}`)
		if ready != "True True " {
			t.Errorf("readiness of the nodes: got %q, want two that are ready", ready)
		}
		// A t3.medium takes 17 where the group is made before the CNI is set to prefixes.
		pods := c.Kubectl(t, "get", "nodes", "--output", `jsonpath={.items[*].status.allocatable.pods}`)
		if pods != "110 110" {
			t.Errorf("pods that the nodes take: got %q, want 110 each", pods)
		}
	})
	t.Run("Flux syncs the repository and itself", func(t *testing.T) { //nolint:paralleltest // as above.
		syncedAndManaged(t, c)
	})
	t.Run("what is synced knows the cluster", func(t *testing.T) { //nolint:paralleltest // as above.
		knowsCluster(t, opened, c)
	})
	t.Run("an outsider is refused", func(t *testing.T) { //nolint:paralleltest // as above.
		refusesOutsider(t, cloud, fixture.Output(t, opened, "kubeconfig"))
	})
	t.Run("the catalog describes the cluster", func(t *testing.T) { //nolint:paralleltest // as above.
		describesCluster(t, fixture.Output(t, opened, "catalogInfo"), fixture.Output(t, opened, "kubeconfig"))
	})
	t.Run("nothing goes before the teardown", func(t *testing.T) { //nolint:paralleltest // as above.
		nothingBeforeTeardown(t, opened)
	})
	t.Run("the plugin stands once in the state", func(t *testing.T) { //nolint:paralleltest // as above.
		ownPluginOnly(t, cloud, opened)
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
	t.Run("Flux repairs itself", func(t *testing.T) { //nolint:paralleltest // as above.
		repairsItself(t, c)
	})
	t.Run("destroy leaves nothing", func(t *testing.T) { //nolint:paralleltest // as above.
		if _, err := opened.Destroy(t.Context()); err != nil {
			t.Fatal(err)
		}
		cloud.MustBeEmpty(t)
	})
}

// upAsPreviewed proves that a preview, in which nothing of the cluster is known, shows all that an up then makes.
func upAsPreviewed(t *testing.T, opened auto.Stack) {
	t.Helper()
	preview, err := opened.Preview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	result, err := opened.Up(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	previewed := map[string]int{"create": preview.ChangeSummary[apitype.OpCreate]}
	if diff := cmp.Diff(previewed, *result.Summary.ResourceChanges); diff != "" {
		t.Errorf("changes (-preview +up):\n%s", diff)
	}
}

func syncedAndManaged(t *testing.T, c fixture.Cluster) {
	t.Helper()
	for _, name := range []string{"flux-system", "flux"} {
		fixture.Eventually(t, time.Minute, "Kustomization "+name, func() (bool, string) {
			var kustomization fixture.Object
			c.Get(t, &kustomization, "kustomization", name, "--namespace", "flux-system")
			return kustomization.Is("Ready"), fmt.Sprint(kustomization.Status.Conditions)
		})
	}
	var deployment fixture.Object
	c.Get(t, &deployment, "deployment", "hello", "--namespace", "hello")
	want := map[string]string{
		"app.kubernetes.io/name":                "hello",
		"kustomize.toolkit.fluxcd.io/name":      "flux-system",
		"kustomize.toolkit.fluxcd.io/namespace": "flux-system",
	}
	if diff := cmp.Diff(want, deployment.Metadata.Labels); diff != "" {
		t.Errorf("labels of what was synced (-want +got):\n%s", diff)
	}
	// Taking over what was seeded must not roll anything out: every Deployment still has its first ReplicaSet.
	deployments := c.Words(t, "get", "deployments", "--namespace", "flux-system", "--output", "name")
	sets := c.Words(t, "get", "replicasets", "--namespace", "flux-system", "--output", "name")
	if len(deployments) != 4 || len(sets) != len(deployments) {
		t.Errorf("Flux has %d Deployments and %d ReplicaSets, want 4 of each: %v, %v",
			len(deployments), len(sets), deployments, sets)
	}
}

// knowsCluster looks at the way from the infrastructure to what is synced: the variables in the cluster are the output,
// the sample application was given the name of its cluster, and the developer portal finds the sync.
func knowsCluster(t *testing.T, opened auto.Stack, c fixture.Cluster) {
	t.Helper()
	var variables struct {
		Data map[string]string `json:"data"`
	}
	c.Get(t, &variables, "configmap", "cluster-variables", "--namespace", "flux-system")
	name := fixture.Output(t, opened, "clusterName")
	if got := variables.Data["CLUSTER_NAME"]; got != name {
		t.Errorf("CLUSTER_NAME: got %q, want %q", got, name)
	}
	for variable, value := range variables.Data {
		if value == "" {
			t.Errorf("%s is empty", variable)
		}
	}
	if subnets := strings.Split(variables.Data["PRIVATE_SUBNET_IDS"], ","); len(subnets) != 3 {
		t.Errorf("PRIVATE_SUBNET_IDS: got %q, want three", subnets)
	}
	greeting := c.Kubectl(t, "get", "configmap", "hello", "--namespace", "hello", "--output", "jsonpath={.data.greeting}")
	if want := "Hello from " + name; greeting != want {
		t.Errorf("greeting of the sample application: got %q, want %q", greeting, want)
	}
	found := c.Words(t, "get", "gitrepositories,ocirepositories,kustomizations", "--namespace", "flux-system", "--output",
		"name", "--selector", "app.kubernetes.io/part-of=flux,backstage.io/kubernetes-id="+name+"-flux")
	if len(found) != 4 {
		t.Errorf("the developer portal finds %v, want the sync, Flux itself, and the source of each", found)
	}
}

func refusesOutsider(t *testing.T, cloud fixture.Cloud, kubeconfig string) {
	t.Helper()
	for _, key := range cloud.AccessKeys {
		if strings.HasSuffix(key.PrincipalARN, "/outsider") {
			if printed, err := cloud.Connect(t, kubeconfig, key).Try(t, "get", "nodes"); err == nil ||
				!strings.Contains(printed, "Unauthorized") && !strings.Contains(printed, "must be logged in") {
				t.Errorf("a principal without an access entry got: %v %s", err, printed)
			}
			return
		}
	}
	t.Error("the account has no outsider")
}

func describesCluster(t *testing.T, catalogInfo, kubeconfig string) {
	t.Helper()
	var kinds []string
	decoder := yaml.NewDecoder(strings.NewReader(catalogInfo))
	for {
		var entity struct {
			Kind     string
			Metadata struct{ Annotations map[string]string }
			Spec     struct{ Type string }
		}
		if decoder.Decode(&entity) != nil {
			break
		}
		kinds = append(kinds, entity.Kind+" "+entity.Spec.Type)
		if entity.Spec.Type != "kubernetes-cluster" {
			continue
		}
		for _, annotation := range []string{
			"kubernetes.io/api-server", "kubernetes.io/api-server-certificate-authority",
		} {
			if value := entity.Metadata.Annotations[annotation]; value == "" || !strings.Contains(kubeconfig, value) {
				t.Errorf("annotation %s is not what the kubeconfig says: %q", annotation, value)
			}
		}
		authority, err := base64.StdEncoding.DecodeString(
			entity.Metadata.Annotations["kubernetes.io/api-server-certificate-authority"])
		if err != nil || !strings.HasPrefix(string(authority), "-----BEGIN CERTIFICATE-----") {
			t.Errorf("the certificate authority is not a certificate: %v %s", err, authority)
		}
	}
	if diff := cmp.Diff([]string{"Component gitops", "Resource kubernetes-cluster", "Resource vpc"}, kinds); diff != "" {
		t.Errorf("entities (-want +got):\n%s", diff)
	}
}

// repairsItself edits a component of Flux by hand: Flux takes the edit back at its next look.
func repairsItself(t *testing.T, c fixture.Cluster) {
	t.Helper()
	const path = `jsonpath={.spec.template.spec.containers[0].image}`
	read := func() string {
		return c.Kubectl(t, "get", "deployment", "helm-controller", "--namespace", "flux-system", "--output", path)
	}
	before := read()
	c.Kubectl(t, "set", "image", "deployment/helm-controller", "manager=example.com/tampered:1",
		"--namespace", "flux-system")
	fixture.Eventually(t, time.Minute, "Flux to repair helm-controller", func() (bool, string) {
		now := read()
		return now == before, now
	})
}

// TestWrongPath lets a first sync fail: up fails with Flux's own words, and when the path is right, up succeeds.
func TestWrongPath(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	program, config := cloud.Example(t)
	program = []byte(strings.Replace(string(program), "        path: ${syncPath}\n",
		"        path: ${syncPath}\n        timeout: 10s\n        interval: 5s\n", 1))
	config["syncPath"] = "./nowhere"
	opened := cloud.Open(t, "wrong-path", program, config)
	_, err := opened.Up(t.Context())
	if err == nil {
		t.Fatal("up succeeded with a path that is not there")
	}
	if !strings.Contains(err.Error(), "kustomization path not found: stat ") {
		t.Errorf("the error lacks what Flux says: %v", err)
	}
	fixture.Set(t, opened, "syncPath", "./apps")
	fixture.Up(t, opened)
}
