package flux

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// leaving names the Kustomizations that the sync had and has no more. Pulumi deletes them when the update is over, and
// if that is broken off they are still there at the next one.
func (s GitOpsTeardownState) leaving(previous GitOpsTeardownState) []string {
	names := slices.Concat(previous.kustomizations(), previous.Leaving)
	slices.Sort(names)
	kept := s.kustomizations()
	names = slices.DeleteFunc(slices.Compact(names), func(name string) bool { return slices.Contains(kept, name) })
	if len(names) == 0 {
		return nil
	}
	return names
}

// handOver has the Kustomizations that leave the sync apply nothing more, so that those which it has now get what is in
// the repository from them and keep it.
//
// Each object belongs to the Kustomization that has applied it last, and goes with it. One that still applies would
// take objects back at its next turn, and have them removed when Pulumi deletes it. Suspending it would not do: it
// would leave behind what is no longer in the repository.
func (s *GitOpsTeardownState) handOver(ctx context.Context, previous GitOpsTeardownState) error {
	if len(s.Leaving) == 0 && previous.Synced {
		return nil
	}
	cluster, err := kube.Connect(s.Kubeconfig)
	if err != nil {
		return err
	}
	if err := kube.WaitForAccess(ctx, cluster, readTimeout, progress(ctx)); err != nil {
		return fmt.Errorf("looking at what the sync has applied: %w", err)
	}
	living, err := livingOf(ctx, cluster, s.Leaving)
	if err != nil {
		return err
	}
	s.Leaving = stillOurs(living, previous)
	if err := thaw(ctx, cluster, s.Leaving); err != nil {
		return err
	}
	if len(s.kustomizations()) == 0 || len(s.Leaving) == 0 {
		return nil
	}
	timeout, err := time.ParseDuration(stringOr(s.SyncTimeout, defaultSyncTimeout))
	if err != nil {
		return fmt.Errorf("reading the timeout of the sync: %w", err)
	}
	if err := stop(ctx, cluster, s.Leaving, timeout+awaitMargin); err != nil {
		return fmt.Errorf("handing what is synced over from %s to %s: %w",
			strings.Join(s.Leaving, ", "), strings.Join(s.kustomizations(), ", "), err)
	}
	return nil
}

// livingOf reads those of the named Kustomizations that are there.
func livingOf(ctx context.Context, cluster client.Client, names []string) ([]applier, error) {
	var living []applier
	for _, name := range names {
		object, err := kube.Get(ctx, cluster, kustomizeAPIVersion, kindKustomization, manifests.Namespace, name)
		if kube.Gone(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("looking at Kustomization %s: %w", name, err)
		}
		living = append(living, readApplier(object))
	}
	return living, nil
}

// stillOurs names those that leave. One that left in an update which was done, and is not stopped, is another of the
// same name that somebody has made since.
func stillOurs(living []applier, previous GitOpsTeardownState) []string {
	var names []string
	for _, a := range living {
		if a.frozen || !previous.Synced || slices.Contains(previous.kustomizations(), a.name) {
			names = append(names, a.name)
		}
	}
	return names
}

// stop has Kustomizations apply nothing more, and waits until what they are doing is done.
func stop(ctx context.Context, cluster client.Client, names []string, timeout time.Duration) error {
	d := drain{cluster: cluster}
	return kube.Wait(ctx, timeout, progress(ctx), func(ctx context.Context) (string, error) {
		living, err := livingOf(ctx, cluster, names)
		if err != nil {
			return retrying("looking at what leaves the sync", err)
		}
		if _, err := d.freeze(ctx, living); err != nil {
			return retrying("having Flux apply nothing more", err)
		}
		var busy []string
		for _, a := range living {
			if !stopped(a) {
				busy = append(busy, a.name)
			}
		}
		return listed("Flux to be done with", busy), nil
	})
}

// stopped tells whether a Kustomization applies nothing and will not. It looks at what it depends on before it applies
// anything, so a refusal that speaks of the object with the barrier comes from there or from before it.
func stopped(a applier) bool {
	if a.deleting || suspended(a.object) {
		return true
	}
	ready := conditionOf(a.object, "Ready")
	return a.frozen && ready.Current && ready.Status == conditionFalse
}

func suspended(object *unstructured.Unstructured) bool {
	suspend, _, _ := unstructured.NestedBool(object.Object, "spec", "suspend")
	return suspend
}
