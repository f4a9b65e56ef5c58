package flux

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

func TestLeaving(t *testing.T) {
	t.Parallel()
	name := "fleet"
	one := GitOpsTeardownArgs{SyncName: &name}
	two := GitOpsTeardownArgs{SyncName: &name, SyncKustomizations: []string{"infra", "apps"}}
	for what, test := range map[string]struct {
		now      GitOpsTeardownArgs
		previous GitOpsTeardownState
		want     []string
	}{
		"as before":   {now: two, previous: GitOpsTeardownState{GitOpsTeardownArgs: two}},
		"one to two":  {now: two, previous: GitOpsTeardownState{GitOpsTeardownArgs: one}, want: []string{"fleet"}},
		"two to one":  {now: one, previous: GitOpsTeardownState{GitOpsTeardownArgs: two}, want: []string{"apps", "infra"}},
		"no sync now": {previous: GitOpsTeardownState{GitOpsTeardownArgs: one}, want: []string{"fleet"}},
		"no sync yet": {now: one},
		"an update that failed": {
			now: two, previous: GitOpsTeardownState{GitOpsTeardownArgs: two, Leaving: []string{"fleet"}},
			want: []string{"fleet"},
		},
		"an update taken back": {
			now: one, previous: GitOpsTeardownState{GitOpsTeardownArgs: two, Leaving: []string{"fleet"}},
			want: []string{"apps", "infra"},
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			got := GitOpsTeardownState{GitOpsTeardownArgs: test.now}.leaving(test.previous)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("leaving (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStillOurs tells a Kustomization that leaves from one of the same name that somebody has made later.
func TestStillOurs(t *testing.T) {
	t.Parallel()
	named := func(name string, frozen bool) applier {
		return applier{applierKey: applierKey{kindKustomization, manifests.Namespace, name}, frozen: frozen}
	}
	living := []applier{named("old", false), named("older", true), named("theirs", false)}
	for what, test := range map[string]struct {
		synced bool
		want   []string
	}{
		"after an update that was done": {synced: true, want: []string{"old", "older"}},
		"after one that failed":         {want: []string{"old", "older", "theirs"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			got := stillOurs(living, GitOpsTeardownState{
				GitOpsTeardownArgs: GitOpsTeardownArgs{SyncKustomizations: []string{"old"}}, Synced: test.synced,
			})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("still ours (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStopped believes a Kustomization only when it has looked at the barrier.
func TestStopped(t *testing.T) {
	t.Parallel()
	const (
		head = `{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: fleet, namespace:
		flux-system, generation: 2}, `
		frozen  = `spec: {dependsOn: [{name: ` + barrier + `}]}, `
		refused = `status: {conditions: [{type: Ready, status: "False", observedGeneration: `
		busy    = `status: {conditions: [{type: Ready, status: Unknown, observedGeneration: `
	)
	for what, test := range map[string]struct {
		object string
		want   bool
	}{
		"not asked":        {object: head + `spec: {}, ` + refused + `2}]}}`},
		"not looked at":    {object: head + frozen + refused + `1}]}}`},
		"still busy":       {object: head + frozen + busy + `2}]}}`},
		"nothing known":    {object: head + frozen + `status: {}}`},
		"has looked at it": {object: head + frozen + refused + `2}]}}`, want: true},
		"suspended":        {object: head + `spec: {suspend: true}}`, want: true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			if got := stopped(readApplier(read(t, test.object))); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

// TestStop puts the barrier on those that leave alone, and thaw leaves it there.
func TestStop(t *testing.T) {
	t.Parallel()
	object := func(name, labels string) *unstructured.Unstructured {
		return read(t, `{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: `+name+`,
			namespace: flux-system`+labels+`}, spec: {}, status: {conditions: [{type: Ready, status: "False"}]}}`)
	}
	child := `, labels: {kustomize.toolkit.fluxcd.io/name: old, kustomize.toolkit.fluxcd.io/namespace: flux-system}`
	cluster := newFake().WithObjects(object("old", ""), object("new", ""), object("child", child)).Build()
	frozen := func() []string {
		t.Helper()
		all, err := listAppliers(t.Context(), cluster)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, a := range all {
			if a.frozen {
				names = append(names, a.name)
			}
		}
		return names
	}
	if err := stop(t.Context(), cluster, []string{"old", "gone"}, failurePatience); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"old"}, frozen()); diff != "" {
		t.Errorf("stopped (-want +got):\n%s", diff)
	}
	if err := thaw(t.Context(), cluster, []string{"old"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"old"}, frozen()); diff != "" {
		t.Errorf("stopped, after others were let go on (-want +got):\n%s", diff)
	}
	if err := thaw(t.Context(), cluster, nil); err != nil {
		t.Fatal(err)
	}
	if got := frozen(); len(got) > 0 {
		t.Errorf("still stopped: %v", got)
	}
}
