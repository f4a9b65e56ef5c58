package flux

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	// healthTimeout is how long the controllers get to become available, if they are not.
	healthTimeout = 2 * time.Minute
	// forcedTimeout is how long a forced drain waits for controllers that do not work.
	forcedTimeout = time.Minute
	// uninstallTimeout is how long a forced drain waits for a Helm release to be uninstalled.
	uninstallTimeout = 5 * time.Minute
)

// drain removes what Flux has applied, and in a cluster that goes everything else that holds something outside of it.
//
// The order is: nothing more is applied; load balancers, whose controllers need the cluster; what Flux has applied, the
// dependents first; and in a cluster that goes the volumes, which nothing uses any more by then.
type drain struct {
	cluster client.Client
	report  kube.Progress
	// warn tells what is left although the drain succeeds.
	warn func(message string)
	// wholeCluster is set if the cluster goes too. Otherwise only what the sync has applied is touched.
	wholeCluster bool
	// kind and name are those of the sync's source; empty without a sync.
	kind, name string
	// kustomizations are the names of the sync's own.
	kustomizations []string
	// force goes on without the controllers.
	force bool
	// timeout bounds the whole, and until is when it is over.
	timeout time.Duration
	until   time.Time
	// chosen are the appliers that go, and whether what they have applied goes too. It grows while they do.
	chosen map[applierKey]bool
}

func (d *drain) run(ctx context.Context) error {
	d.begin()
	living, err := d.appliers(ctx)
	if err != nil {
		return err
	}
	unhealthy := d.controllersUnhealthy(ctx, living)
	if unhealthy != nil && !d.force {
		return fmt.Errorf("flux cannot remove what it has applied, because its controllers do not work: %w; "+
			"mend them, or run it again with %s=%s to go on without them, or %s=%s to leave what Flux has applied",
			unhealthy, TeardownVariable, TeardownForce, TeardownVariable, TeardownOrphan)
	}
	if err := d.freezeAll(ctx); err != nil {
		return err
	}
	if err := d.releaseLoadBalancers(ctx); err != nil {
		return err
	}
	if unhealthy != nil {
		d.report("going on without the controllers of Flux: " + unhealthy.Error())
		err = d.pruneWithoutFlux(ctx)
	} else {
		err = d.prune(ctx)
	}
	if err != nil {
		return err
	}
	if d.wholeCluster {
		// Once more: what has put one back is gone by now.
		if err := d.releaseLoadBalancers(ctx); err != nil {
			return err
		}
		if err := d.releaseVolumes(ctx); err != nil {
			return err
		}
	}
	if d.name == "" {
		return nil
	}
	return d.remove(ctx, d.source(), d.left())
}

func (d *drain) begin() {
	d.until = time.Now().Add(d.timeout)
	d.chosen = map[applierKey]bool{}
	for _, name := range d.kustomizations {
		d.chosen[applierKey{kindKustomization, manifests.Namespace, name}] = true
	}
}

// left is the time that is left.
func (d *drain) left() time.Duration { return time.Until(d.until) }

func (d *drain) source() *unstructured.Unstructured {
	return kube.Object(sourceAPIVersion, d.kind, manifests.Namespace, d.name)
}

// appliers lists what is to go, as it is now.
func (d *drain) appliers(ctx context.Context) ([]applier, error) {
	all, err := listAppliers(ctx, d.cluster)
	if err != nil {
		return nil, err
	}
	if d.wholeCluster {
		for _, a := range all {
			d.chosen[a.applierKey] = true
		}
	}
	return belonging(all, d.chosen), nil
}

// listAppliers lists all Kustomizations and HelmReleases but Flux's own: it looks after itself until the end.
func listAppliers(ctx context.Context, cluster client.Client) ([]applier, error) {
	var all []applier
	for _, kind := range []struct{ apiVersion, kind string }{
		{kustomizeAPIVersion, kindKustomization}, {helmAPIVersion, kindHelmRelease},
	} {
		objects, err := listAll(ctx, cluster, kind.apiVersion, kind.kind)
		if err != nil {
			return nil, err
		}
		for i := range objects {
			a := readApplier(&objects[i])
			if a.applierKey != (applierKey{kindKustomization, manifests.Namespace, selfName}) {
				all = append(all, a)
			}
		}
	}
	return all, nil
}

// listAll lists the objects of a kind in all namespaces; none if the cluster does not know the kind.
func listAll(
	ctx context.Context, cluster client.Client, apiVersion, kind string,
) ([]unstructured.Unstructured, error) {
	objects := &unstructured.UnstructuredList{}
	objects.SetAPIVersion(apiVersion)
	objects.SetKind(kind + "List")
	if err := cluster.List(ctx, objects); err != nil {
		if kube.Gone(err) {
			return nil, nil
		}
		return nil, fmt.Errorf("listing %s objects: %w", kind, err)
	}
	return objects.Items, nil
}

// controllersUnhealthy says why Flux could not do its part, or nil. It starts controllers that somebody has stopped.
func (d *drain) controllersUnhealthy(ctx context.Context, living []applier) error {
	needed := map[string]bool{}
	if d.name != "" {
		needed[manifests.SourceController] = true
	}
	for _, a := range living {
		if a.kind == kindHelmRelease {
			needed[manifests.HelmController] = true
		} else {
			needed[manifests.KustomizeController] = true
		}
	}
	names := slices.Sorted(maps.Keys(needed))
	for _, name := range names {
		if err := d.start(ctx, name); err != nil {
			return err
		}
	}
	return kube.Wait(ctx, healthTimeout, d.report, func(ctx context.Context) (string, error) {
		for _, name := range names {
			if reason, err := unavailable(ctx, d.cluster, name); err != nil || reason != "" {
				return name + " (" + reason + ")", err
			}
		}
		return "", nil
	})
}

// start gives a Deployment of Flux that is scaled to nothing its one replica back. One that does not exist is an
// error at once, because nobody would make it.
func (d *drain) start(ctx context.Context, name string) error {
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

// remove deletes one object and waits until it is gone.
func (d *drain) remove(ctx context.Context, object *unstructured.Unstructured, timeout time.Duration) error {
	what := object.GetKind() + " " + object.GetName()
	return kube.Wait(ctx, timeout, d.report, func(ctx context.Context) (string, error) {
		live := object.DeepCopy()
		err := d.cluster.Get(ctx, client.ObjectKeyFromObject(live), live)
		if kube.Gone(err) {
			return "", nil
		}
		if err == nil {
			err = d.ask(ctx, live)
		}
		if err != nil {
			return retrying("deleting "+what, err)
		}
		return what + " to go", nil
	})
}

// ask asks for the deletion of an object, unless somebody has done so already.
func (d *drain) ask(ctx context.Context, object *unstructured.Unstructured) error {
	if object.GetDeletionTimestamp() != nil {
		return nil
	}
	// By its uid: one of the same name that somebody makes now is another.
	uid := object.GetUID()
	return ignoreGone(d.cluster.Delete(ctx, object, client.Preconditions{UID: &uid},
		client.PropagationPolicy(metav1.DeletePropagationBackground)))
}

// describe names an object, and what keeps it from going.
func describe(object *unstructured.Unstructured) string {
	name := object.GetName()
	if object.GetNamespace() != "" {
		name = object.GetNamespace() + "/" + name
	}
	text := object.GetKind() + " " + name
	if finalizers := object.GetFinalizers(); object.GetDeletionTimestamp() != nil && len(finalizers) > 0 {
		text += " (held by " + strings.Join(finalizers, ", ") + ")"
	}
	return text
}

// orphan makes Flux leave what it has applied when its objects are deleted, which happens next.
func (d *drain) orphan(ctx context.Context) error {
	d.begin()
	living, err := d.appliers(ctx)
	if err != nil {
		return err
	}
	left := make([]string, 0, len(living))
	for _, a := range living {
		left = append(left, a.String())
		// A HelmRelease that is suspended does not uninstall.
		patch := map[string]any{"suspend": true}
		if a.kind == kindKustomization {
			patch = map[string]any{"deletionPolicy": "Orphan"}
		}
		if err := d.patch(ctx, a, patch); err != nil {
			return err
		}
	}
	switch {
	case d.wholeCluster:
		d.warn("what Flux has applied stays as it is: load balancers and volumes of the cluster stay in the AWS account, " +
			"cost money, and may keep the VPC from being deleted")
	case len(left) > 0:
		d.warn("what Flux has applied stays in the cluster, and nobody looks after it any more: that of " +
			strings.Join(left, ", "))
	}
	return nil
}

func (d *drain) patch(ctx context.Context, a applier, spec map[string]any) error {
	before := a.object.DeepCopy()
	for field, value := range spec {
		if err := unstructured.SetNestedField(a.object.Object, value, "spec", field); err != nil {
			return fmt.Errorf("preparing %s for its deletion: %w", a, err)
		}
	}
	if err := d.cluster.Patch(ctx, a.object, client.MergeFrom(before)); ignoreGone(err) != nil {
		return fmt.Errorf("preparing %s for its deletion: %w", a, err)
	}
	return nil
}

var errHeld = errors.New("look at what holds them, such as their finalizers, remove it and run this again")
