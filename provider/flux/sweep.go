package flux

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
)

// releaseLoadBalancers deletes what has a load balancer outside of the cluster, and waits until its controller has
// removed that: one that is left behind holds addresses in the subnets, and the network could not be deleted.
func (d *drain) releaseLoadBalancers(ctx context.Context) error {
	// By their uids: one that is put back is looked for again when what puts it back is gone.
	var first map[string]bool
	err := kube.Wait(ctx, d.left(), d.report, func(ctx context.Context) (string, error) {
		holders, err := d.loadBalanced(ctx)
		if err != nil {
			return retrying("looking for load balancers", err)
		}
		if first == nil {
			first = map[string]bool{}
			for i := range holders {
				first[string(holders[i].GetUID())] = true
			}
		}
		var left []string
		for i := range holders {
			if !first[string(holders[i].GetUID())] {
				continue
			}
			if err := d.ask(ctx, &holders[i]); err != nil {
				return retrying("deleting "+describe(&holders[i]), err)
			}
			left = append(left, describe(&holders[i]))
		}
		return listed("the load balancers to go of", left), nil
	})
	if err != nil {
		return fmt.Errorf("%w; %w", err, errHeld)
	}
	return nil
}

// loadBalanced lists what may have a load balancer, as far as this drain may touch it.
func (d *drain) loadBalanced(ctx context.Context) ([]unstructured.Unstructured, error) {
	var found []unstructured.Unstructured
	for _, kind := range []struct{ apiVersion, kind string }{
		{"v1", "Service"}, {"networking.k8s.io/v1", "Ingress"}, {"gateway.networking.k8s.io/v1", "Gateway"},
	} {
		objects, err := listAll(ctx, d.cluster, kind.apiVersion, kind.kind)
		if err != nil {
			return nil, err
		}
		for _, object := range objects {
			kindOfService, _, _ := unstructured.NestedString(object.Object, "spec", "type")
			if kind.kind == "Service" && kindOfService != string(corev1.ServiceTypeLoadBalancer) {
				continue
			}
			if d.wholeCluster || d.chosen[appliedBy(&object)] {
				found = append(found, object)
			}
		}
	}
	return found, nil
}

// releaseVolumes deletes all claims, with what still uses them, and waits until the volumes that go with their claims
// are gone: the driver that removes them runs on the nodes, which go next.
func (d *drain) releaseVolumes(ctx context.Context) error {
	var kept string
	err := kube.Wait(ctx, d.left(), d.report, func(ctx context.Context) (string, error) {
		claims := &corev1.PersistentVolumeClaimList{}
		if err := d.cluster.List(ctx, claims); err != nil {
			return retrying("listing the volume claims", err)
		}
		var left []string
		claimed := map[client.ObjectKey]bool{}
		for i := range claims.Items {
			claim := &claims.Items[i]
			claimed[client.ObjectKeyFromObject(claim)] = true
			left = append(left, "PersistentVolumeClaim "+claim.Namespace+"/"+claim.Name)
			if claim.DeletionTimestamp == nil {
				if err := ignoreGone(d.cluster.Delete(ctx, claim)); err != nil {
					return retrying("deleting volume claim "+claim.Name, err)
				}
			}
		}
		if err := d.removeUsers(ctx, claimed); err != nil {
			return retrying("removing what uses volumes", err)
		}
		volumes := &corev1.PersistentVolumeList{}
		if err := d.cluster.List(ctx, volumes); err != nil {
			return retrying("listing the volumes", err)
		}
		var retained []string
		for _, volume := range volumes.Items {
			switch {
			case volume.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete:
				retained = append(retained, volume.Name)
			case volume.Spec.ClaimRef != nil:
				left = append(left, "PersistentVolume "+volume.Name)
			}
		}
		kept = strings.Join(retained, ", ")
		return listed("the volumes to go of", left), nil
	})
	if err != nil {
		return fmt.Errorf("%w; %w", err, errHeld)
	}
	if kept != "" {
		d.warn("these volumes are kept, as their reclaim policy says, and stay in the account: " + kept)
	}
	return nil
}

// removeUsers deletes the pods that use one of the claims, and with them what would make them again.
func (d *drain) removeUsers(ctx context.Context, claimed map[client.ObjectKey]bool) error {
	if len(claimed) == 0 {
		return nil
	}
	pods, err := listAll(ctx, d.cluster, "v1", "Pod")
	if err != nil {
		return err
	}
	for i := range pods {
		if pods[i].GetDeletionTimestamp() != nil || !uses(&pods[i], claimed) {
			continue
		}
		root, err := d.root(ctx, &pods[i])
		if err != nil {
			return err
		}
		if err := d.ask(ctx, root); err != nil {
			return fmt.Errorf("deleting %s: %w", describe(root), err)
		}
	}
	return nil
}

func uses(pod *unstructured.Unstructured, claimed map[client.ObjectKey]bool) bool {
	volumes, _, _ := unstructured.NestedSlice(pod.Object, "spec", "volumes")
	for _, entry := range volumes {
		volume, ok := entry.(map[string]any)
		if !ok {
			continue
		}
		name, _, _ := unstructured.NestedString(volume, "persistentVolumeClaim", "claimName")
		if _, ephemeral := volume["ephemeral"]; ephemeral {
			short, _ := volume["name"].(string)
			name = pod.GetName() + "-" + short
		}
		if claimed[client.ObjectKey{Namespace: pod.GetNamespace(), Name: name}] {
			return true
		}
	}
	return false
}

// root follows the owners of an object up to the one that nobody owns, such as the StatefulSet of a pod.
func (d *drain) root(ctx context.Context, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	const deepest = 10
	for range deepest {
		owner := metav1.GetControllerOf(object)
		// A node is no owner that one would delete for a pod.
		if owner == nil || owner.Kind == "Node" {
			break
		}
		above, err := kube.Get(ctx, d.cluster, owner.APIVersion, owner.Kind, object.GetNamespace(), owner.Name)
		if kube.Gone(err) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("looking at %s %s: %w", owner.Kind, owner.Name, err)
		}
		object = above
	}
	return object, nil
}
