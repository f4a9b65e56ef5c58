package flux

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// freezeAll has Flux apply nothing more, so that what is removed does not come back. Suspending would do so too, but
// what is suspended leaves everything behind when it goes.
func (d *drain) freezeAll(ctx context.Context) error {
	return kube.Wait(ctx, d.left(), d.report, func(ctx context.Context) (string, error) {
		living, err := d.appliers(ctx)
		if err != nil {
			return retrying("listing what Flux applies", err)
		}
		frozen, err := d.freeze(ctx, living)
		if err != nil {
			return retrying("having Flux apply nothing more", err)
		}
		return listed("Flux to apply nothing more", frozen), nil
	})
}

// freeze puts the barrier where it is missing and names those. A parent that was just applying when it got its own may
// have taken it off again.
func (d *drain) freeze(ctx context.Context, living []applier) ([]string, error) {
	var missing []string
	for _, a := range parentsFirst(living) {
		if a.frozen || a.deleting {
			continue
		}
		missing = append(missing, a.String())
		entries, _, _ := unstructured.NestedSlice(a.object.Object, "spec", "dependsOn")
		if err := d.patch(ctx, a, map[string]any{
			"dependsOn": append(entries, map[string]any{"name": barrier}),
		}); err != nil {
			return nil, err
		}
	}
	return missing, nil
}

// thaw takes a freeze back: a destroy that was broken off was followed by an up. Those of the sync's Kustomizations
// that leave it stay as they are.
func thaw(ctx context.Context, cluster client.Client, leaving []string) error {
	all, err := listAppliers(ctx, cluster)
	if err != nil {
		return err
	}
	for _, a := range all {
		if !a.frozen || a.deleting || a.among(leaving) {
			continue
		}
		var kept []any
		for _, dependency := range dependencies(a.object) {
			if dependency["name"] != barrier {
				kept = append(kept, dependency)
			}
		}
		before := a.object.DeepCopy()
		if len(kept) == 0 {
			unstructured.RemoveNestedField(a.object.Object, "spec", "dependsOn")
		} else if err := unstructured.SetNestedSlice(a.object.Object, kept, "spec", "dependsOn"); err != nil {
			return fmt.Errorf("letting %s go on: %w", a, err)
		}
		if a.kind == kindHelmRelease {
			forceUpgrade(a.object)
		}
		if err := cluster.Patch(ctx, a.object, client.MergeFrom(before)); ignoreGone(err) != nil {
			return fmt.Errorf("letting %s go on: %w", a, err)
		}
	}
	return nil
}

// forceUpgrade has helm-controller apply a release once more. It would see nothing to do, because it compares what it
// has recorded and not what there is: a Service whose load balancer was released would stay away.
func forceUpgrade(release *unstructured.Unstructured) {
	annotations := release.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	token := time.Now().Format(time.RFC3339Nano)
	annotations[requestAnnotation], annotations[forceAnnotation] = token, token
	release.SetAnnotations(annotations)
}

// prune has Flux remove what it has applied, those first on which nothing depends.
func (d *drain) prune(ctx context.Context) error {
	inventories := map[applierKey][]inventoryEntry{}
	err := kube.Wait(ctx, d.left(), d.report, func(ctx context.Context) (string, error) {
		living, err := d.appliers(ctx)
		if err != nil {
			return retrying("listing what Flux applies", err)
		}
		if _, err := d.freeze(ctx, living); err != nil {
			return retrying("having Flux apply nothing more", err)
		}
		for _, a := range living {
			if len(a.inventory) > 0 && !a.keeps {
				inventories[a.applierKey] = a.inventory
			}
		}
		var going []string
		for _, a := range free(living) {
			if err := d.release(ctx, a); err != nil {
				return retrying("deleting "+a.String(), err)
			}
			going = append(going, a.String()+" with "+strconv.Itoa(len(a.inventory))+" objects")
		}
		return listed("Flux to remove", going), nil
	})
	if err != nil {
		return err
	}
	return d.waitForObjects(ctx, inventories)
}

// release asks for the deletion of an applier, such that Flux removes what it has applied and waits for that.
func (d *drain) release(ctx context.Context, a applier) error {
	if a.deleting {
		return nil
	}
	// One that is suspended leaves everything behind.
	spec := map[string]any{"suspend": false}
	if a.kind == kindKustomization && (d.wholeCluster || !a.keeps) {
		spec["deletionPolicy"] = "WaitForTermination"
		// Flux gives up waiting after the timeout, silently.
		spec["timeout"] = d.timeout.String()
	}
	if err := d.patch(ctx, a, spec); err != nil {
		return err
	}
	return d.ask(ctx, a.object)
}

// waitForObjects makes sure that what Flux was to remove is gone: Flux lets go of its object when its own time is up,
// whatever is left.
func (d *drain) waitForObjects(ctx context.Context, inventories map[applierKey][]inventoryEntry) error {
	err := kube.Wait(ctx, d.left(), d.report, func(ctx context.Context) (string, error) {
		var left []string
		for key, inventory := range inventories {
			live, err := d.owned(ctx, key, inventory)
			if err != nil {
				return retrying("looking at what "+key.String()+" has applied", err)
			}
			for _, object := range live {
				left = append(left, describe(object))
			}
		}
		return listed("objects that Flux has applied to go", left), nil
	})
	if err != nil {
		return fmt.Errorf("%w; %w", err, errHeld)
	}
	return nil
}

// owned lists what is left of an inventory, in its order, without what was never to be removed. It asks once for each
// kind: a repository has thousands of objects, and to ask for each of them takes minutes where the cluster is far away.
func (d *drain) owned(
	ctx context.Context, by applierKey, inventory []inventoryEntry,
) ([]*unstructured.Unstructured, error) {
	live := map[inventoryEntry]*unstructured.Unstructured{}
	asked := map[inventoryEntry]bool{}
	for _, entry := range inventory {
		kind := inventoryEntry{group: entry.group, kind: entry.kind, version: entry.version}
		if asked[kind] {
			continue
		}
		asked[kind] = true
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(schema.GroupVersionKind{
			Group: entry.group, Version: entry.version, Kind: entry.kind + "List",
		})
		// By its labels: somebody else may have made an object of that name since.
		if err := d.cluster.List(ctx, list, client.MatchingLabels{
			fluxFieldGroup + "/name": by.name, fluxFieldGroup + "/namespace": by.namespace,
		}); ignoreGone(err) != nil {
			return nil, fmt.Errorf("listing %s objects: %w", entry.kind, err)
		}
		for i := range list.Items {
			if metadata := &list.Items[i]; !keptFromPruning(metadata) {
				kind.namespace, kind.name = metadata.Namespace, metadata.Name
				live[kind] = asObject(entry, metadata)
			}
		}
	}
	var left []*unstructured.Unstructured
	for _, entry := range inventory {
		if object := live[entry]; object != nil {
			left = append(left, object)
		}
	}
	return left, nil
}

func keptFromPruning(object metav1.Object) bool {
	const disabled, prune = "disabled", fluxFieldGroup + "/prune"
	return strings.EqualFold(object.GetAnnotations()[prune], disabled) ||
		strings.EqualFold(object.GetLabels()[prune], disabled)
}

// asObject is an object of the kind of an entry, as far as its deletion goes.
func asObject(entry inventoryEntry, metadata metav1.Object) *unstructured.Unstructured {
	object := kube.Object(entry.apiVersion(), entry.kind, metadata.GetNamespace(), metadata.GetName())
	object.SetUID(metadata.GetUID())
	object.SetFinalizers(metadata.GetFinalizers())
	object.SetDeletionTimestamp(metadata.GetDeletionTimestamp())
	return object
}

// pruneWithoutFlux deletes what is in the inventories itself, last applied first, and then makes Flux's objects free to
// go without their controllers.
func (d *drain) pruneWithoutFlux(ctx context.Context) error {
	living, err := d.appliers(ctx)
	if err != nil {
		return err
	}
	// One controller may work where another does not, and Helm's own knows better than anybody what a release has made.
	reason, err := unavailable(ctx, d.cluster, manifests.HelmController)
	helmWorks := err == nil && reason == ""
	var releases []string
	for len(living) > 0 {
		gone := map[applierKey]bool{}
		for _, a := range free(living) {
			gone[a.applierKey] = true
			if a.kind == kindHelmRelease {
				if helmWorks && d.uninstall(ctx, a) {
					continue
				}
				releases = append(releases, a.namespace+"/"+a.name)
			}
			if err := d.removeForced(ctx, a); err != nil {
				return err
			}
		}
		var rest []applier
		for _, a := range living {
			if !gone[a.applierKey] {
				rest = append(rest, a)
			}
		}
		living = rest
	}
	if len(releases) > 0 {
		d.warn("these Helm releases were not uninstalled, because helm-controller does not work: " +
			strings.Join(releases, ", "))
	}
	// Those of Flux itself too: Pulumi deletes them next, and would wait for their controllers as well.
	objects := []*unstructured.Unstructured{
		kube.Object(kustomizeAPIVersion, kindKustomization, manifests.Namespace, selfName),
		kube.Object(sourceAPIVersion, "OCIRepository", manifests.Namespace, selfSourceName),
	}
	if d.name != "" {
		objects = append(objects, d.source(),
			kube.Object(notificationReceiverAPIVersion, "Receiver", manifests.Namespace, d.name))
	}
	for _, object := range objects {
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
	return nil
}

// uninstall has helm-controller remove a release, and tells whether it has. It is not waited for any longer than Helm
// itself waits by default: whoever forces a teardown wants it to end.
func (d *drain) uninstall(ctx context.Context, a applier) bool {
	if err := d.release(ctx, a); err != nil {
		return false
	}
	return d.remove(ctx, a.object, min(uninstallTimeout, d.left())) == nil
}

// removeForced deletes an applier and what it has applied, without its controller.
func (d *drain) removeForced(ctx context.Context, a applier) error {
	if !a.keeps || d.wholeCluster {
		live, err := d.owned(ctx, a.applierKey, a.inventory)
		if err != nil {
			return fmt.Errorf("looking at what %s has applied: %w", a, err)
		}
		for _, applied := range slices.Backward(live) {
			if err := d.ask(ctx, applied); err != nil {
				return fmt.Errorf("deleting %s: %w", describe(applied), err)
			}
		}
	}
	if err := release(ctx, d.cluster, a.object); err != nil {
		return fmt.Errorf("taking the finalizer off %s: %w", a, err)
	}
	return d.remove(ctx, a.object, forcedTimeout)
}
