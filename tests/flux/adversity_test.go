package flux

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/guide"
)

// TestAdversity lets one thing after another go wrong on one cluster, which is as it was after each.
func TestAdversity(t *testing.T) {
	t.Parallel()
	h := start(t)
	before := h.everything(t)
	for _, test := range []struct { //nolint:paralleltest // they share the cluster.
		name string
		run  func(t *testing.T, h host)
	}{
		{"a first sync that fails is torn down", failedFirstSync},
		{"somebody else's Flux is left alone, or adopted", foreign},
		{"a Flux that is broken is repaired", repaired},
		{"the example does what its guide says", example},
		{"a destroy goes on without Flux where it is told to", choices},
		{"what Flux has made in the account goes too", balanced},
		{"a suspended sync is pruned all the same", suspended},
		{"a namespace that was there stays", namespaceStays},
		{"an upgrade is refused or prepared", upgradePrepared},
		{"Pulumi keeps Flux where it is asked to", managedByPulumi},
		{"a removal that is cut off goes on", cutOff},
		{"an installation that is interrupted can be removed", interruptedForGood},
		{"an installation that is interrupted goes on", interrupted},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run(t, h)
			h.asBefore(t, before)
		})
	}
}

func destroy(t *testing.T, opened auto.Stack) {
	t.Helper()
	if _, err := opened.Destroy(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// fails runs what must fail with words that tell why.
func fails(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil {
		t.Errorf("it succeeded, want an error with %q", words)
	} else if !strings.Contains(err.Error(), words) {
		t.Errorf("the error lacks %q: %v", words, err)
	}
}

func failedFirstSync(t *testing.T, h host) {
	t.Helper()
	opened := h.open(t, "failed", map[string]string{"syncPath": "./nowhere"})
	_, err := opened.Up(t.Context())
	fails(t, err, "kustomization path not found: stat ")
	destroy(t, opened)
}

func foreign(t *testing.T, h host) {
	t.Helper()
	theirs := filepath.Join(h.Tree.Tools, "flux-manifests", "v2.9.5", "gotk-components.yaml")
	h.Kubectl(t, "apply", "--server-side", "--filename", theirs)
	with := h.everything(t)
	opened := h.open(t, "second", nil)
	_, err := opened.Up(t.Context())
	fails(t, err, "the cluster has Flux already, installed by somebody else")
	destroy(t, opened)
	h.asBefore(t, with)

	fixture.Set(t, opened, "adopt", "true")
	fixture.Up(t, opened)
	// Theirs had all the components; of those that are not asked for nobody takes care but the destroy.
	for _, entry := range h.Words(t, "--namespace", "flux-system", "get", "deployments", "--show-managed-fields",
		"--selector", "kustomize.toolkit.fluxcd.io/name=flux",
		"--output", "jsonpath={range .items[*]}{range .metadata.managedFields[*]}"+
			"{.manager}:{.operation}:{.subresource} {end}{end}") {
		manager, _, _ := strings.Cut(entry, ":")
		if manager != "kustomize-controller" && manager != "kube-controller-manager" {
			t.Errorf("an adopted deployment has the field manager %s", entry)
		}
	}
	destroy(t, opened)
	if left := h.Words(t, "--namespace", "flux-system", "get", "deployments", "--output", "name"); len(left) > 0 {
		t.Errorf("of the adopted Flux are left: %v", left)
	}
	// The namespace was theirs, and may hold more than Flux.
	h.Kubectl(t, "delete", "namespace", "flux-system")
}

func repaired(t *testing.T, h host) {
	t.Helper()
	opened := h.open(t, "repaired", nil)
	fixture.Up(t, opened)
	h.Kubectl(t, "--namespace", "flux-system", "delete", "deployment", "kustomize-controller")
	if _, err := opened.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	fixture.Up(t, opened)
	h.Kubectl(t, "--namespace", "flux-system", "rollout", "status", "deployment", "kustomize-controller", "--timeout=10s")
	destroy(t, opened)
}

// example follows the guide of the example.
func example(t *testing.T, h host) {
	t.Helper()
	program, err := os.ReadFile(filepath.Join("..", "..", "examples", "flux-only", "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".kube"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(h.kubeconfig, filepath.Join(home, ".kube", "config")); err != nil {
		t.Fatal(err)
	}
	opened := h.Open(t, "example", program, h.SignedArtifact("fluxArtifact"))
	shell := guide.In(opened).With("HOME", home).
		Where("https://github.com/acme/fleet", h.GitURL(fixture.Sample)).Where("./clusters/production", "./apps")
	guide.Open(t, "examples/flux-only/README.md").Follow(t, shell, "")
	h.Kubectl(t, "--namespace", "hello", "get", "deployment", "hello")
	destroy(t, opened)
}

// choices destroys in both ways that the guide has for when Flux cannot do its part.
func choices(t *testing.T, h host) {
	t.Helper()
	walk := guide.Open(t, "examples/teardown/README.md", "Choices, made at that moment")
	forced(t, h, walk.Next(t))
	orphaned(t, h, walk.Next(t))
}

func forced(t *testing.T, h host, command string) {
	t.Helper()
	opened := h.open(t, "forced", nil)
	fixture.Up(t, opened)
	h.Kubectl(t, "--namespace", "flux-system", "delete", "deployment", "kustomize-controller")
	_, err := opened.Destroy(t.Context())
	fails(t, err, `deployments.apps "kustomize-controller" not found`)
	fails(t, err, flux.TeardownVariable+"=Force")
	guide.In(opened).Run(t, command)
}

func orphaned(t *testing.T, h host, command string) {
	t.Helper()
	opened := h.open(t, "orphaned", nil)
	fixture.Up(t, opened)
	const left = "what Flux has applied stays in the cluster, and nobody looks after it any more: that of " +
		"Kustomization flux-system/flux-system"
	if printed := guide.In(opened).Run(t, command); !strings.Contains(printed, left) {
		t.Errorf("the destroy does not say %q:\n%s", left, printed)
	}
	h.Kubectl(t, "--namespace", "hello", "get", "deployment", "hello")
	h.Kubectl(t, "delete", "namespace", "hello")
}

// balanced destroys a sync that has load balancers and volumes. Those of others are among what must be as before.
func balanced(t *testing.T, h host) {
	t.Helper()
	folder := filepath.Join("..", "engine", "testdata", "nested")
	if _, err := h.PushFolder(t.Context(), "nested", folder, "Nest Kustomizations"); err != nil {
		t.Fatal(err)
	}
	opened := h.open(t, "balanced", map[string]string{"syncUrl": h.GitURL("nested"), "syncPath": "./cluster"})
	fixture.Up(t, opened)
	fixture.Eventually(t, 2*time.Minute, "what comes last", func() (bool, string) {
		printed, err := h.Try(t, "--namespace", "flux-system", "get", "helmrelease", "stall", "--output",
			`jsonpath={.status.conditions[?(@.type=="Ready")].status}`)
		return err == nil && printed == "True", printed
	})
	destroy(t, opened)
}

func suspended(t *testing.T, h host) {
	t.Helper()
	opened := h.open(t, "suspended", nil)
	fixture.Up(t, opened)
	h.Kubectl(t, "--namespace", "flux-system", "patch", "kustomization", "flux-system", "--type", "merge",
		"--patch", `{"spec":{"suspend":true}}`)
	h.Kubectl(t, "--namespace", "flux-system", "scale", "deployment", "kustomize-controller", "--replicas", "0")
	destroy(t, opened)
}

func namespaceStays(t *testing.T, h host) {
	t.Helper()
	h.Kubectl(t, "create", "namespace", "flux-system")
	h.Kubectl(t, "--namespace", "flux-system", "create", "secret", "generic", "sops-age", "--from-literal=a=b")
	read := func() string {
		return h.Kubectl(t, "get", "namespace", "flux-system", "--output",
			"jsonpath={.metadata.labels}{.metadata.annotations}")
	}
	metadata, objects := read(), h.everything(t)
	opened := h.open(t, "stays", nil)
	fixture.Up(t, opened)
	destroy(t, opened)
	if diff := cmp.Diff(metadata, read()); diff != "" {
		t.Errorf("labels and annotations of the namespace before and after (-before +after):\n%s", diff)
	}
	h.asBefore(t, objects)
	h.Kubectl(t, "delete", "namespace", "flux-system")
}

// cutOff kills what removes Flux, and when the next destroy is at it, the API server that it asks.
func cutOff(t *testing.T, h host) {
	t.Helper()
	opened := h.open(t, "cut-off", nil)
	fixture.Up(t, opened)
	if said, err := h.strike(t, opened, func() bool { return h.KillPlugin(t, opened) }); err == nil {
		t.Errorf("the destroy has not noticed that its plugin was killed:\n%s", said)
	}
	if said, err := h.strike(t, opened, func() bool { return h.KillServer(t, "kube-apiserver") }); err != nil {
		t.Errorf("the destroy has not waited for the API server: %v\n%s", err, said)
	}
}

// strike runs pulumi destroy, and once does something when Flux is being removed.
func (h host) strike(t *testing.T, opened auto.Stack, do func() bool) (said string, failure error) {
	t.Helper()
	removing, done := regexp.MustCompile(`FluxInstall \S+ deleting`), false
	said, failure = h.WatchPulumi(t, opened, "destroy", func(said string) {
		done = done || removing.MatchString(said) && do()
	})
	if !done {
		t.Errorf("it was not done while Flux was removed:\n%s", said)
	}
	return said, failure
}

// interruptedForGood cancels an installation sooner and later until it has left something behind, and removes that.
func interruptedForGood(t *testing.T, h host) {
	t.Helper()
	args := h.installArgs(t)
	for limit := 250 * time.Millisecond; limit < time.Minute; limit += 250 * time.Millisecond {
		if state := attempt(t, limit, args, nil); state != nil {
			if state.InstalledVersion != "" {
				t.Fatal("the installation was never interrupted halfway")
			}
			uninstall(t, *state)
			return
		}
	}
	t.Fatal("the installation has never begun")
}

// interrupted cancels an installation sooner and later, and once not at all. Each attempt goes on from what the one
// before has left.
func interrupted(t *testing.T, h host) {
	t.Helper()
	args := h.installArgs(t)
	var state *flux.FluxInstallState
	for limit := 250 * time.Millisecond; limit < time.Minute; limit += 250 * time.Millisecond {
		if state = attempt(t, limit, args, state); state != nil && state.InstalledVersion != "" {
			renamed(t, h, args, *state)
			return
		}
	}
	t.Fatal("not installed within a minute")
}

// renamed gives an installation another owner, as a stack that is renamed does, and removes it as that one.
func renamed(t *testing.T, h host, args flux.FluxInstallArgs, state flux.FluxInstallState) {
	t.Helper()
	before := state
	args.Owner = "renamed"
	state = *attempt(t, time.Minute, args, &state)
	mark := h.Kubectl(t, "get", "namespace", "flux-system", "--output",
		`jsonpath={.metadata.annotations.gitops-cluster/installed-by}`)
	if mark != "renamed" {
		t.Errorf("mark on the namespace: got %q, want renamed", mark)
	}
	// Whoever still has the old state cannot take the installation away.
	request := infer.DeleteRequest[flux.FluxInstallState]{ID: "x", State: before}
	_, err := (flux.FluxInstall{}).Delete(t.Context(), request)
	fails(t, err, "was installed by renamed")
	uninstall(t, state)
}

func (h host) installArgs(t *testing.T) flux.FluxInstallArgs {
	t.Helper()
	kubeconfig, err := os.ReadFile(h.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	url := "oci://" + h.RegistryHost + "/fluxcd/flux-manifests"
	repository, err := artifact.ParseRepository(url, true)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := repository.Resolve(t.Context(), "v2.9.5")
	if err != nil {
		t.Fatal(err)
	}
	insecure := true
	return flux.FluxInstallArgs{
		Kubeconfig: string(kubeconfig), FluxVersion: "v2.9.5", URL: url, Digest: digest, Insecure: &insecure,
		Components: manifests.DefaultComponents(), Owner: "interrupted",
	}
}

func uninstall(t *testing.T, state flux.FluxInstallState) {
	t.Helper()
	request := infer.DeleteRequest[flux.FluxInstallState]{ID: "x", State: state}
	if _, err := (flux.FluxInstall{}).Delete(t.Context(), request); err != nil {
		t.Fatal(err)
	}
}

// attempt does what the engine does: it creates the resource until it is in the state, and then updates it.
func attempt(
	t *testing.T, limit time.Duration, args flux.FluxInstallArgs, state *flux.FluxInstallState,
) *flux.FluxInstallState {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	var install flux.FluxInstall
	if state != nil {
		response, err := install.Update(ctx, infer.UpdateRequest[flux.FluxInstallArgs, flux.FluxInstallState]{
			ID: "x", State: *state, Inputs: args,
		})
		t.Logf("update within %s: %v", limit, err)
		return &response.Output
	}
	response, err := install.Create(ctx, infer.CreateRequest[flux.FluxInstallArgs]{Name: "x", Inputs: args})
	t.Logf("create within %s: %v", limit, err)
	if response.ID == "" {
		return nil
	}
	return &response.Output
}
