package flux

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

const (
	// drainTimeout bounds the removal of everything that Flux has applied.
	drainTimeout = 30 * time.Minute
	// healthTimeout is how long the controllers get to become available, if they are not.
	healthTimeout = 2 * time.Minute
	// forcedTimeout is how long a forced drain waits for controllers that do not work.
	forcedTimeout = time.Minute
)

// drain removes a sync and what Flux has applied for it.
type drain struct {
	cluster    client.Client
	report     kube.Progress
	kind, name string
	// force goes on without the controllers.
	force bool
	// until is when all of it must be done.
	until time.Time
}

func (d drain) kustomization() *unstructured.Unstructured {
	return kube.Object(kustomizeAPIVersion, "Kustomization", manifests.Namespace, d.name)
}

func (d drain) source() *unstructured.Unstructured {
	return kube.Object(sourceAPIVersion, d.kind, manifests.Namespace, d.name)
}

// run deletes the Kustomization, waits until what it has applied is gone, and then deletes the source.
func (d drain) run(ctx context.Context) error {
	d.until = time.Now().Add(drainTimeout)
	_, err := kube.Get(ctx, d.cluster, kustomizeAPIVersion, "Kustomization", manifests.Namespace, d.name)
	if err != nil && !kube.Gone(err) {
		return fmt.Errorf("looking at Kustomization %s: %w", d.name, err)
	}
	if err == nil {
		if err := d.prune(ctx); err != nil {
			return err
		}
	}
	_, err = d.remove(ctx, d.source(), time.Until(d.until))
	return err
}

// prune has Flux remove what the Kustomization has applied.
func (d drain) prune(ctx context.Context) error {
	unhealthy := d.controllersUnhealthy(ctx)
	if unhealthy != nil && !d.force {
		return fmt.Errorf("flux cannot remove what it has applied, because its controllers do not work: %w; "+
			"mend them, or run it again with %s=%s to go on without them, or %s=%s to leave what Flux has applied",
			unhealthy, TeardownVariable, teardownForce, TeardownVariable, teardownOrphan)
	}
	if err := d.patch(ctx, map[string]any{
		"deletionPolicy": "WaitForTermination",
		// Flux gives up waiting after the timeout, silently.
		"timeout": drainTimeout.String(),
		// A Kustomization that is suspended leaves everything behind.
		"suspend": false,
	}); err != nil {
		return err
	}
	if unhealthy != nil {
		d.report("going on without the controllers of Flux: " + unhealthy.Error())
		return d.pruneWithoutFlux(ctx)
	}
	inventory, err := d.remove(ctx, d.kustomization(), time.Until(d.until))
	if err != nil {
		return err
	}
	return d.waitForObjects(ctx, inventory)
}

// orphan makes Flux leave what it has applied when its objects are deleted, which Pulumi does next.
func (d drain) orphan(ctx context.Context) error {
	return d.patch(ctx, map[string]any{"deletionPolicy": "Orphan"})
}

func (d drain) patch(ctx context.Context, spec map[string]any) error {
	kustomization := d.kustomization()
	if err := d.cluster.Get(ctx, client.ObjectKeyFromObject(kustomization), kustomization); err != nil {
		if kube.Gone(err) {
			return nil
		}
		return fmt.Errorf("looking at Kustomization %s: %w", d.name, err)
	}
	before := kustomization.DeepCopy()
	for field, value := range spec {
		if err := unstructured.SetNestedField(kustomization.Object, value, "spec", field); err != nil {
			return fmt.Errorf("preparing Kustomization %s for its deletion: %w", d.name, err)
		}
	}
	if err := d.cluster.Patch(ctx, kustomization, client.MergeFrom(before)); ignoreGone(err) != nil {
		return fmt.Errorf("preparing Kustomization %s for its deletion: %w", d.name, err)
	}
	return nil
}

// controllersUnhealthy says why Flux could not do its part, or nil. It starts controllers that somebody has stopped.
func (d drain) controllersUnhealthy(ctx context.Context) error {
	for _, name := range []string{manifests.KustomizeController, manifests.SourceController} {
		if err := d.start(ctx, name); err != nil {
			return err
		}
	}
	return kube.Wait(ctx, healthTimeout, d.report, func(ctx context.Context) (string, error) {
		for _, name := range []string{manifests.KustomizeController, manifests.SourceController} {
			if reason, err := unavailable(ctx, d.cluster, name); err != nil || reason != "" {
				return name + " (" + reason + ")", err
			}
		}
		return "", nil
	})
}

// start gives a Deployment of Flux that is scaled to nothing its one replica back. One that does not exist is an
// error at once, because nobody would make it.
func (d drain) start(ctx context.Context, name string) error {
	deployment, err := kube.Get(ctx, d.cluster, "apps/v1", "Deployment", manifests.Namespace, name)
	if err != nil {
		return fmt.Errorf("looking at deployment %s: %w", name, err)
	}
	replicas, found, _ := unstructured.NestedInt64(deployment.Object, "spec", "replicas")
	if !found || replicas > 0 {
		return nil
	}
	d.report("starting " + name + ", which is scaled to 0")
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"replicas":1}}`))
	if err := d.cluster.Patch(ctx, deployment, patch); err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	return nil
}

// remove deletes one object of Flux and waits until it is gone. It returns the last inventory that it has seen.
func (d drain) remove(
	ctx context.Context, object *unstructured.Unstructured, timeout time.Duration,
) (inventory []inventoryEntry, err error) {
	what := object.GetKind() + " " + object.GetName()
	err = kube.Wait(ctx, timeout, d.report, func(ctx context.Context) (string, error) {
		live := object.DeepCopy()
		err := d.cluster.Get(ctx, client.ObjectKeyFromObject(live), live)
		if kube.Gone(err) {
			return "", nil
		}
		if err == nil && live.GetDeletionTimestamp() == nil {
			err = ignoreGone(d.cluster.Delete(ctx, live, client.PropagationPolicy(metav1.DeletePropagationForeground)))
		}
		if err != nil {
			return retrying("deleting "+what, err)
		}
		inventory = inventoryOf(live)
		if len(inventory) == 0 {
			return what + " to go", nil
		}
		return fmt.Sprintf("Flux to remove the %d objects of %s", len(inventory), what), nil
	})
	return inventory, err
}

// pruneWithoutFlux deletes what is in the inventory itself, last applied first, and then makes Flux's objects free to
// go without their controllers.
func (d drain) pruneWithoutFlux(ctx context.Context) error {
	kustomization, err := kube.Get(ctx, d.cluster, kustomizeAPIVersion, "Kustomization", manifests.Namespace, d.name)
	if err != nil {
		return fmt.Errorf("looking at Kustomization %s: %w", d.name, err)
	}
	for _, entry := range slices.Backward(inventoryOf(kustomization)) {
		live, err := d.owned(ctx, entry)
		if err != nil {
			return err
		}
		if live == nil {
			continue
		}
		if err := ignoreGone(d.cluster.Delete(ctx, live,
			client.PropagationPolicy(metav1.DeletePropagationBackground))); err != nil {
			return fmt.Errorf("deleting %s: %w", entry, err)
		}
	}
	// Those of Flux itself too: Pulumi deletes them next, and would wait for their controllers as well.
	for _, object := range []*unstructured.Unstructured{
		d.kustomization(), d.source(),
		kube.Object(kustomizeAPIVersion, "Kustomization", manifests.Namespace, selfName),
		kube.Object(sourceAPIVersion, "OCIRepository", manifests.Namespace, selfSourceName),
	} {
		if err := d.cluster.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			if kube.Gone(err) {
				continue
			}
			return fmt.Errorf("looking at %s %s: %w", object.GetKind(), object.GetName(), err)
		}
		if err := release(ctx, d.cluster, object); err != nil {
			return fmt.Errorf("taking the finalizer off %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	_, err = d.remove(ctx, d.kustomization(), forcedTimeout)
	return err
}

// waitForObjects makes sure that what Flux was to remove is gone: Flux lets go of its object when its own time is up,
// whatever is left.
func (d drain) waitForObjects(ctx context.Context, inventory []inventoryEntry) error {
	err := kube.Wait(ctx, time.Until(d.until), d.report, func(ctx context.Context) (string, error) {
		var left []string
		for _, entry := range inventory {
			live, err := d.owned(ctx, entry)
			if err != nil {
				return retrying("looking at "+entry.String(), err)
			}
			if live != nil {
				left = append(left, entry.String())
			}
		}
		return listed("objects that Flux has applied to go", left), nil
	})
	if err != nil {
		return fmt.Errorf("%w; look at what holds them (their finalizers), remove it and run this again", err)
	}
	return nil
}

// owned reads an object of an inventory, or nil if it is gone or was never to be removed.
func (d drain) owned(ctx context.Context, entry inventoryEntry) (*unstructured.Unstructured, error) {
	live, err := kube.Get(ctx, d.cluster, entry.apiVersion(), entry.kind, entry.namespace, entry.name)
	if err != nil {
		return nil, ignoreGone(err)
	}
	const disabled, prune = "disabled", fluxFieldGroup + "/prune"
	if strings.EqualFold(live.GetAnnotations()[prune], disabled) || strings.EqualFold(live.GetLabels()[prune], disabled) {
		return nil, nil
	}
	// Somebody else may have made an object of that name since.
	if live.GetLabels()[fluxFieldGroup+"/name"] != d.name {
		return nil, nil
	}
	return live, nil
}
