package flux

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func read(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	json, err := yaml.YAMLToJSON([]byte(text))
	if err == nil {
		// Numbers become what they are when they come from an API server: integers.
		err = object.UnmarshalJSON(json)
	}
	if err != nil {
		t.Fatalf("reading %s: %v", text, err)
	}
	return object
}

// TestJudge reads the states that a source and its Kustomization go through, as the controllers write them.
func TestJudge(t *testing.T) {
	t.Parallel()
	const (
		newSource = `{kind: GitRepository, metadata: {name: s, generation: 1}}`
		fetched   = `{kind: GitRepository, metadata: {name: s, generation: 2}, status: {artifact: {revision: main@sha1:2},
			conditions: [{type: Ready, status: "True", observedGeneration: 2, message: stored}]}}`
		unfetched = `{kind: GitRepository, metadata: {name: s, generation: 1}, status: {conditions: [
			{type: Ready, status: "False", observedGeneration: 1, reason: GitOperationFailed, message: no such host}]}}`
		notLetIn = `{kind: GitRepository, metadata: {name: s, generation: 1}, status: {conditions: [
			{type: Reconciling, status: "True", observedGeneration: 1, reason: ProgressingWithRetry},
			{type: Ready, status: "False", observedGeneration: 1, reason: AuthenticationFailed, message: "failed to configure
			authentication options: invalid 'ssh' auth option: 'known_hosts' is required"},
			{type: FetchFailed, status: "True", observedGeneration: 1, reason: AuthenticationFailed, message: the same}]}}`
		notPulled = `{kind: OCIRepository, metadata: {name: s, generation: 1}, status: {conditions: [
			{type: Ready, status: "False", observedGeneration: 1, reason: OCIArtifactPullFailed, message: "failed to determine
			artifact digest: GET https://ghcr.io/v2/o/r/manifests/latest: UNAUTHORIZED: authentication required"}]}}`
		noVariable = `{kind: Kustomization, metadata: {name: s, generation: 1}, status: {conditions: [{type: Ready,
			status: "False", observedGeneration: 1, reason: BuildFailed, message: "post build failed for 'hello': envsubst
			error: variable substitution failed: variable not set (strict mode): \"TIER\""}]}}`
		stalled = `{kind: GitRepository, metadata: {name: s, generation: 1}, status: {conditions: [
			{type: Stalled, status: "True", observedGeneration: 1},
			{type: Ready, status: "False", observedGeneration: 1, reason: URLInvalid, message: bad url}]}}`
		fetchedBefore = `{kind: GitRepository, metadata: {name: s, generation: 3}, status: {artifact: {revision: main@sha1:2},
			conditions: [{type: Ready, status: "True", observedGeneration: 2, message: stored}]}}`
		// What was looked at is the generation before, but the change came before that was written.
		overtaken = `{kind: GitRepository, metadata: {name: s, generation: 3}, status: {observedGeneration: 2, artifact: {
			revision: main@sha1:2}, conditions: [{type: Ready, status: "True", observedGeneration: 3, message: stored}]}}`
		newKustomization = `{kind: Kustomization, metadata: {name: s, generation: 1}}`
		applied          = `{kind: Kustomization, metadata: {name: s, generation: 4}, status: {
			lastAppliedRevision: main@sha1:2, conditions: [{type: Ready, status: "True", observedGeneration: 4}]}}`
		appliedBefore = `{kind: Kustomization, metadata: {name: s, generation: 4}, status: {
			lastAppliedRevision: main@sha1:1, conditions: [{type: Ready, status: "True", observedGeneration: 4}]}}`
		appliedOtherSpec = `{kind: Kustomization, metadata: {name: s, generation: 5}, status: {
			lastAppliedRevision: main@sha1:2, conditions: [{type: Ready, status: "True", observedGeneration: 4}]}}`
		noArtifact = `{kind: Kustomization, metadata: {name: s, generation: 1}, status: {conditions: [{type: Ready,
			status: "False", observedGeneration: 1, reason: ArtifactFailed, message: "Source artifact not found, x"}]}}`
		notItsTurn = `{kind: Kustomization, metadata: {name: s, generation: 1}, status: {conditions: [{type: Ready,
			status: "False", observedGeneration: 1, reason: DependencyNotReady, message: "dependency 'n/a' is not ready"}]}}`
		noPath = `{kind: Kustomization, metadata: {name: s, generation: 1}, status: {conditions: [{type: Ready,
			status: "False", observedGeneration: 1, reason: ArtifactFailed, message: "kustomization path not found"}]}}`
		noPathBefore = `{kind: Kustomization, metadata: {name: s, generation: 2}, status: {conditions: [{type: Ready,
			status: "False", observedGeneration: 1, reason: ArtifactFailed, message: "kustomization path not found"}]}}`
		applying = `{kind: Kustomization, metadata: {name: s, generation: 1}, status: {conditions: [{type: Ready,
			status: "Unknown", observedGeneration: 1, reason: Progressing, message: "Reconciliation in progress"}]}}`
	)
	for name, test := range map[string]struct {
		source, kustomization string
		want                  verdict
	}{
		"overtaken": {overtaken, applied, verdict{waitingFor: "GitRepository s to be fetched (stored)"}},
		"just made": {newSource, newKustomization, verdict{waitingFor: "GitRepository s to be fetched"}},
		"not fetched": {unfetched, newKustomization, verdict{
			failure: "GitRepository s: GitOperationFailed: no such host", patience: failurePatience,
		}},
		"not let in": {notLetIn, newKustomization, verdict{
			failure: "GitRepository s: AuthenticationFailed: failed to configure authentication options: invalid 'ssh' auth " +
				"option: 'known_hosts' is required", patience: failurePatience,
		}},
		"not pulled": {notPulled, newKustomization, verdict{
			failure: "OCIRepository s: OCIArtifactPullFailed: failed to determine artifact digest: GET " +
				"https://ghcr.io/v2/o/r/manifests/latest: UNAUTHORIZED: authentication required", patience: failurePatience,
		}},
		"no variable": {fetched, noVariable, verdict{
			failure: "Kustomization s: BuildFailed: post build failed for 'hello': envsubst error: variable substitution " +
				`failed: variable not set (strict mode): "TIER"`, patience: verdictPatience,
		}},
		"stalled": {stalled, newKustomization, verdict{failure: "GitRepository s: URLInvalid: bad url"}},
		"source has changed": {
			fetchedBefore, applied, verdict{waitingFor: "GitRepository s to be fetched (stored)"},
		},
		"fetched": {fetched, newKustomization, verdict{waitingFor: "Kustomization s to be applied"}},
		"not looked at again": {fetched, noArtifact, verdict{
			waitingFor: "Kustomization s to be applied (Source artifact not found, x)",
		}},
		"applying": {fetched, applying, verdict{
			waitingFor: "Kustomization s to be applied (Reconciliation in progress)",
		}},
		"not its turn": {fetched, notItsTurn, verdict{
			waitingFor: "Kustomization s to be applied (dependency 'n/a' is not ready)",
		}},
		"wrong path": {fetched, noPath, verdict{
			failure: "Kustomization s: ArtifactFailed: kustomization path not found", patience: verdictPatience,
		}},
		"path was wrong": {fetched, noPathBefore, verdict{
			waitingFor: "Kustomization s to be applied (kustomization path not found)",
		}},
		"applied":        {fetched, applied, verdict{ready: true, revision: "main@sha1:2"}},
		"older revision": {fetched, appliedBefore, verdict{waitingFor: "Kustomization s to be applied"}},
		"older spec":     {fetched, appliedOtherSpec, verdict{waitingFor: "Kustomization s to be applied"}},
	} {
		got := judge(read(t, test.source), read(t, test.kustomization))
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(verdict{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTogether(t *testing.T) {
	t.Parallel()
	ready := verdict{ready: true, revision: "r"}
	for name, test := range map[string]struct {
		verdicts []verdict
		want     verdict
	}{
		"one":          {[]verdict{ready}, ready},
		"all":          {[]verdict{ready, ready}, ready},
		"one waits":    {[]verdict{ready, {waitingFor: "a"}}, verdict{waitingFor: "a"}},
		"several wait": {[]verdict{{waitingFor: "a"}, {waitingFor: "b"}, {waitingFor: "a"}}, verdict{waitingFor: "a, b"}},
		"one fails":    {[]verdict{{waitingFor: "a"}, {failure: "f"}, ready}, verdict{failure: "f"}},
	} {
		if diff := cmp.Diff(test.want, together(test.verdicts), cmp.AllowUnexported(verdict{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestPatience lets a failure last: it counts only when it has not changed for long enough.
func TestPatience(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	watch := syncWatch{now: func() time.Time { return now }}
	failure := func(message string) verdict { return verdict{failure: message, patience: 10 * time.Second} }
	for _, step := range []struct {
		after   time.Duration
		verdict verdict
		fails   bool
	}{
		{0, failure("a"), false},
		{9 * time.Second, failure("a"), false},
		{time.Second, failure("b"), false},
		{9 * time.Second, failure("b"), false},
		{0, verdict{waitingFor: "x"}, false},
		{time.Second, failure("b"), false},
		{9 * time.Second, failure("b"), false},
		{time.Second, failure("b"), true},
	} {
		now = now.Add(step.after)
		if _, err := watch.weigh(step.verdict); (err != nil) != step.fails {
			t.Fatalf("at %s: got %v, want failure = %t", now.UTC().Format("04:05"), err, step.fails)
		}
	}
	if waitingFor, err := watch.weigh(verdict{ready: true, revision: "r"}); waitingFor != "" || err != nil ||
		watch.revision != "r" {
		t.Errorf("ready: got %q, %v, %q", waitingFor, err, watch.revision)
	}
	if _, err := watch.weigh(verdict{failure: "stalled"}); err == nil || err.Error() != "stalled" {
		t.Errorf("stalled: got %v, want it at once", err)
	}
}

func TestInventory(t *testing.T) {
	t.Parallel()
	got := inventoryOf(read(t, `{kind: Kustomization, status: {inventory: {entries: [
		{id: _hello__Namespace, v: v1}, {id: hello_web_apps_Deployment, v: v1},
		{id: _system__controller__a_rbac.authorization.k8s.io_ClusterRole, v: v1}, {id: nonsense, v: v1}]}}}`))
	want := []inventoryEntry{
		{name: "hello", kind: "Namespace", version: "v1"},
		{namespace: "hello", name: "web", group: "apps", kind: "Deployment", version: "v1"},
		{name: "system:controller:a", group: "rbac.authorization.k8s.io", kind: "ClusterRole", version: "v1"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(inventoryEntry{})); diff != "" {
		t.Errorf("inventory (-want +got):\n%s", diff)
	}
	var lines []string
	for _, entry := range got {
		lines = append(lines, entry.apiVersion()+" "+entry.String())
	}
	wantLines := "v1 Namespace hello, apps/v1 Deployment hello/web, " +
		"rbac.authorization.k8s.io/v1 ClusterRole system:controller:a"
	if got := strings.Join(lines, ", "); got != wantLines {
		t.Errorf("got %s, want %s", got, wantLines)
	}
}
