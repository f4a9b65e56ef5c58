package flux

import (
	"encoding/base64"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// synced are manifests that need values: from the cluster variables, from their secret half, and from the sync itself.
const synced = `apiVersion: v1
kind: Namespace
metadata:
  name: synced
---
apiVersion: v1
kind: Secret
metadata:
  name: synced
  namespace: synced
stringData:
  values: ${GREETING} ${TIER} ${TOKEN} ${ABSENT:-default}
`

// TestSynced syncs an artifact from a registry, with everything that goes with a sync.
func TestSynced(t *testing.T) {
	t.Parallel()
	h := start(t)
	before := h.everything(t)
	repository := "oci://" + h.RegistryHost + "/acme/fleet"
	misspelt := strings.Replace(synced, "${TIER}", "${TIERS}", 1)
	push(t, repository+":v1", map[string]string{"synced.yaml": synced})
	push(t, repository+":v2", map[string]string{"synced.yaml": misspelt})
	push(t, repository+":parts", inParts(synced))
	push(t, repository+":misspelt-parts", inParts(misspelt))
	told := listen(t)
	program, err := os.ReadFile("synced.yaml")
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := os.ReadFile(h.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config := h.SignedArtifact("artifact")
	maps.Copy(config, map[string]string{"kubeconfig": string(kubeconfig), "syncUrl": repository, "alertUrl": told.url})
	opened := h.Open(t, "synced", program, config)
	fixture.Up(t, opened)
	has := func(want string) {
		t.Helper()
		encoded := h.Kubectl(t, "--namespace", "synced", "get", "secret", "synced", "--output", "jsonpath={.data.values}")
		got, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("values in what is synced (-want +got):\n%s", diff)
		}
	}
	has("hello gold planted-variable default")

	t.Run("Flux is as it was asked for", func(t *testing.T) { //nolint:paralleltest // what follows changes the cluster.
		asAsked(t, h, opened)
	})
	t.Run("nothing secret is in the state", func(t *testing.T) { //nolint:paralleltest // as above.
		holdsNothingPlanted(t, opened)
	})
	t.Run("a second up and a refresh change nothing", func(t *testing.T) { //nolint:paralleltest // as above.
		if _, err := opened.Up(t.Context(), optup.ExpectNoChanges()); err != nil {
			t.Error(err)
		}
		if _, err := opened.Refresh(t.Context(), optrefresh.ExpectNoChanges()); err != nil {
			t.Error(err)
		}
	})
	t.Run("a changed variable is applied when up is done", func(t *testing.T) { //nolint:paralleltest // as above.
		fixture.Set(t, opened, "greeting", "good morning")
		fixture.Up(t, opened)
		has("good morning gold planted-variable default")
	})
	t.Run("a missing variable fails", func(t *testing.T) { //nolint:paralleltest // as above.
		fixture.Set(t, opened, "syncTag", "v2")
		_, err := opened.Up(t.Context())
		if err == nil || !strings.Contains(err.Error(), "variable not set (strict mode)") {
			t.Errorf("got %v, want what Flux says about a variable that is not set", err)
		}
		told.await(t, "variable not set (strict mode)")
		fixture.Set(t, opened, "syncTag", "v1")
		fixture.Up(t, opened)
	})
	t.Run("a webhook has the source fetched", func(t *testing.T) { //nolint:paralleltest // as above.
		callReceiver(t, h, opened)
	})
	t.Run("in parts", func(t *testing.T) { //nolint:paralleltest // as above.
		goesOnInParts(t, h, opened, program)
		has("good morning gold planted-variable default")
	})
	t.Run("destroy leaves the cluster as it was", func(t *testing.T) { //nolint:paralleltest // as above.
		if _, err := opened.Destroy(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.asBefore(t, before)
	})
}

// push makes an artifact of files, as `flux push artifact` does.
func push(t *testing.T, address string, files map[string]string) {
	t.Helper()
	tag, err := name.NewTag(strings.TrimPrefix(address, "oci://"), name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	image := artifacttest.Artifact(t, artifacttest.Files(t, files))
	if err := remote.Write(tag, image, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// holdsNothingPlanted looks for the secrets of the program in the state, in which all that is secret is encrypted. The
// program marks none of them, as most programs do not.
func holdsNothingPlanted(t *testing.T, opened auto.Stack) {
	t.Helper()
	state := fixture.StoredState(t, opened)
	if !strings.Contains(state, "kubernetes:core/v1:Secret") {
		t.Fatal("the state holds no Secret, so that nothing would be found in it")
	}
	for _, planted := range []string{
		"planted-placed", "planted-password", "planted-variable", "planted-pull", "planted-receiver", "planted-alert",
	} {
		for _, text := range []string{planted, base64.StdEncoding.EncodeToString([]byte(planted))} {
			if strings.Contains(state, text) {
				t.Errorf("the state holds %s in clear", planted)
			}
		}
	}
}
