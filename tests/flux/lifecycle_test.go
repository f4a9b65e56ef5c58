package flux

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/guide"
)

// TestLifecycle goes through the life of Flux on one cluster. Its parts follow each other, as in life.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	h := start(t)
	before := h.everything(t)
	opened := h.open(t, "alone", map[string]string{"fluxVersion": "v2.9.4"})
	fixture.Up(t, opened)

	t.Run("outputs", func(t *testing.T) { //nolint:paralleltest // what follows changes the cluster.
		outputs, err := opened.Outputs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		revision := strings.TrimSpace(h.Kubectl(t, "--namespace", "flux-system", "get", "kustomization", "flux-system",
			"--output", "jsonpath={.status.lastAppliedRevision}"))
		want := map[string]any{
			"fluxVersion":        "v2.9.4",
			"fluxArtifactDigest": outputs["fluxArtifactDigest"].Value,
			"fluxNamespace":      "flux-system",
			"syncName":           "flux-system",
			"syncRevision":       revision,
		}
		got := map[string]any{}
		for key, output := range outputs {
			got[key] = output.Value
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("outputs (-want +got):\n%s", diff)
		}
	})
	t.Run("the state keeps the kubeconfig secret", func(t *testing.T) { //nolint:paralleltest // as above.
		keepsSecret(t, h, opened)
	})
	t.Run("Flux takes over", func(t *testing.T) { //nolint:paralleltest // as above.
		takesOver(t, h)
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
	t.Run("a wrong path fails and a right one does not", func(t *testing.T) { //nolint:paralleltest // as above.
		wrongPath(t, opened)
	})
	t.Run("nothing is ever replaced", func(t *testing.T) { //nolint:paralleltest // as above.
		nothingReplaced(t, h, opened)
	})
	t.Run("an upgrade changes a tag and Flux does the rest", func(t *testing.T) { //nolint:paralleltest // as above.
		upgrade(t, h, opened)
	})
	t.Run("a thousand objects are synced", func(t *testing.T) { //nolint:paralleltest // as above.
		syncsThousand(t, h, opened)
	})
	t.Run("destroy leaves the cluster as it was", func(t *testing.T) { //nolint:paralleltest // as above.
		began := time.Now()
		if _, err := opened.Destroy(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("destroy took %s", time.Since(began).Round(time.Second))
		h.asBefore(t, before)
	})
}

// keepsSecret looks for the administrator's key in the state, in which all that is secret is encrypted.
func keepsSecret(t *testing.T, h host, opened auto.Stack) {
	t.Helper()
	kubeconfig, err := clientcmd.LoadFromFile(h.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	// The file itself: an export through the Automation API decrypts what it exports.
	folder := filepath.Join(filepath.Dir(opened.Workspace().WorkDir()), "state", ".pulumi", "stacks")
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("looking for the state in %s: got %v, %v, want one file", folder, files, err)
	}
	state, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(state), "gitops-cluster:index:FluxInstall") {
		t.Fatalf("%s is not the state", files[0])
	}
	for name, user := range kubeconfig.AuthInfos {
		secret := user.Token + base64.StdEncoding.EncodeToString(user.ClientKeyData)
		if secret == "" {
			t.Fatalf("user %s of the kubeconfig has neither token nor key", name)
		}
		if strings.Contains(string(state), secret) {
			t.Errorf("the state holds the credentials of %s in clear", name)
		}
	}
}

// takesOver looks at how Flux has adopted what was seeded: with nothing but its labels, and with no other owner.
func takesOver(t *testing.T, h host) {
	t.Helper()
	var deployments struct {
		Items []struct {
			Metadata struct {
				Name          string            `json:"name"`
				Labels        map[string]string `json:"labels"`
				ManagedFields []struct {
					Manager   string `json:"manager"`
					Operation string `json:"operation"`
				} `json:"managedFields"`
			} `json:"metadata"`
		} `json:"items"`
	}
	fixture.Eventually(t, time.Minute, "Flux to apply itself", func() (bool, string) {
		printed := h.Kubectl(t, "--namespace", "flux-system", "get", "kustomization", "flux", "--output",
			`jsonpath={.status.conditions[?(@.type=="Ready")].status}`)
		return printed == "True", printed
	})
	h.Get(t, &deployments, "deployments", "--namespace", "flux-system", "--show-managed-fields")
	var names []string
	for _, deployment := range deployments.Items {
		names = append(names, deployment.Metadata.Name)
		if by := deployment.Metadata.Labels["kustomize.toolkit.fluxcd.io/name"]; by != "flux" {
			t.Errorf("%s is applied by %q, want flux", deployment.Metadata.Name, by)
		}
		for _, entry := range deployment.Metadata.ManagedFields {
			manager := entry.Manager + "/" + entry.Operation
			if manager != "kustomize-controller/Apply" && manager != "kube-controller-manager/Update" {
				t.Errorf("%s has the field manager %s", deployment.Metadata.Name, manager)
			}
		}
	}
	want := []string{"helm-controller", "kustomize-controller", "notification-controller", "source-controller"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("deployments (-want +got):\n%s", diff)
	}
	// Our mark belongs to another manager, so that Flux leaves it alone.
	mark := h.Kubectl(t, "get", "namespace", "flux-system", "--output",
		`jsonpath={.metadata.annotations.gitops-cluster/installed-by}`)
	if want := "flux-alone/alone/gitops"; mark != want {
		t.Errorf("mark on the namespace: got %q, want %q", mark, want)
	}
	if sets := h.Words(t, "get", "replicasets", "--namespace", "flux-system", "--output", "name"); len(sets) != 4 {
		t.Errorf("Flux has %d ReplicaSets, want 4: %v", len(sets), sets)
	}
}

func wrongPath(t *testing.T, opened auto.Stack) {
	t.Helper()
	fixture.Set(t, opened, "syncPath", "./nowhere")
	failsWithWordsOfFlux := func() {
		t.Helper()
		_, err := opened.Up(t.Context())
		if err == nil {
			t.Fatal("up succeeded with a path that is not there")
		}
		if !strings.Contains(err.Error(), "kustomization path not found: stat ") {
			t.Errorf("the error lacks what Flux says: %v", err)
		}
	}
	failsWithWordsOfFlux()
	// A refresh must not make the failure forgotten.
	if _, err := opened.Refresh(t.Context()); err != nil {
		t.Error(err)
	}
	failsWithWordsOfFlux()
	fixture.Set(t, opened, "syncPath", "./apps")
	fixture.Up(t, opened)
}

// upgrade goes to the next release as the guide says: the program changes a tag, and Flux replaces its own controllers
// before up is done.
func upgrade(t *testing.T, h host, opened auto.Stack) {
	t.Helper()
	fixture.Set(t, opened, "fluxVersion", "v2.9.5")
	walk, shell := guide.Open(t, "examples/upgrades/README.md"), guide.In(opened)
	walk.Follow(t, shell, "pulumi up")
	preview, err := opened.Preview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The installation, which prepares the cluster, Flux's own source, and the teardown, which waits for Flux; the rest is
	// as it was, the component and the stack among it.
	want := map[apitype.OpType]int{apitype.OpUpdate: 3, apitype.OpSame: 6}
	if diff := cmp.Diff(want, preview.ChangeSummary); diff != "" {
		t.Errorf("preview of an upgrade (-want +got):\n%s\n%s", diff, preview.StdOut)
	}
	walk.Follow(t, shell, "")
	versions := h.Kubectl(t, "--namespace", "flux-system", "get", "deployments", "--output",
		`jsonpath={range .items[*]}{.metadata.labels.app\.kubernetes\.io/version}={.status.availableReplicas} {end}`)
	if versions != "v2.9.5=1 v2.9.5=1 v2.9.5=1 v2.9.5=1 " {
		t.Errorf("after up the deployments are %s", versions)
	}
	if _, err := opened.Up(t.Context(), optup.ExpectNoChanges()); err != nil {
		t.Error(err)
	}
}

// nothingReplaced changes each input that is not the cluster's identity.
func nothingReplaced(t *testing.T, h host, opened auto.Stack) {
	t.Helper()
	kubeconfig, err := os.ReadFile(h.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{
		"kubeconfig":   string(kubeconfig) + "\n# renewed\n",
		"fluxInterval": "15s",
		"syncPath":     "./",
	} {
		before, err := opened.GetConfig(t.Context(), key)
		if err != nil {
			before = auto.ConfigValue{Value: map[string]string{"fluxInterval": "10s", "syncPath": "./apps"}[key]}
		}
		fixture.Set(t, opened, key, value)
		preview, err := opened.Preview(t.Context(), optpreview.Diff())
		if err != nil {
			t.Fatal(err)
		}
		for _, operation := range []apitype.OpType{
			apitype.OpReplace, apitype.OpCreate, apitype.OpDelete, apitype.OpCreateReplacement, apitype.OpDeleteReplaced,
		} {
			if count := preview.ChangeSummary[operation]; count > 0 {
				t.Errorf("a change of %s would %s %d resources:\n%s", key, operation, count, preview.StdOut)
			}
		}
		if preview.ChangeSummary[apitype.OpUpdate] == 0 {
			t.Errorf("a change of %s would update nothing:\n%s", key, preview.StdOut)
		}
		fixture.Set(t, opened, key, before.Value)
	}
}
