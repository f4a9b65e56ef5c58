package flux

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

const (
	// fluxFinalizer is on every object that a controller of Flux looks after.
	fluxFinalizer = "finalizers.fluxcd.io"

	// podsPatience is how long the controllers may take to stop by themselves. helm-controller asks for ten minutes to
	// finish what it is doing; what it is doing is about to lose its object.
	podsPatience        = time.Minute
	podsTimeout         = 3 * time.Minute
	definitionsPatience = 5 * time.Minute
	namespacePatience   = time.Minute
	namespaceTimeout    = 3 * time.Minute
)

// uninstall removes what belongs to Flux, in the order in which nothing is left hanging: controllers, then their
// objects and kinds, then the rest. What Flux has applied stays.
//
// The order is the point. While a controller runs it puts its finalizer back on an object that has lost it, and the
// object's kind then never goes (fluxcd/terraform-provider-flux#720).
func uninstall(ctx context.Context, cluster client.Client, owner string, report kube.Progress) error {
	namespace, err := kube.Get(ctx, cluster, "v1", "Namespace", "", manifests.Namespace)
	if err != nil && !kube.Gone(err) {
		return fmt.Errorf("looking for the namespace %s: %w", manifests.Namespace, err)
	}
	if err == nil {
		if by := namespace.GetAnnotations()[ownerMark]; by != "" && by != owner {
			return fmt.Errorf("the Flux on the cluster was installed by %s in the meantime; take this resource out of the "+
				"state with `pulumi state delete`", by)
		}
		if err := removeControllers(ctx, cluster, report); err != nil {
			return err
		}
	}
	if err := removeDefinitions(ctx, cluster, report); err != nil {
		return err
	}
	for _, kind := range []string{"ClusterRoleBindingList", "ClusterRoleList"} {
		if _, err := removeAll(ctx, cluster, "rbac.authorization.k8s.io/v1", kind, ""); err != nil {
			return err
		}
	}
	if namespace == nil {
		return nil
	}
	if namespace.GetAnnotations()[foundMark] == "true" {
		return emptyNamespace(ctx, cluster)
	}
	return removeNamespace(ctx, cluster, report)
}

// removeControllers deletes the Deployments and waits until no pod of theirs is left.
func removeControllers(ctx context.Context, cluster client.Client, report kube.Progress) error {
	if _, err := removeAll(ctx, cluster, "apps/v1", "DeploymentList", manifests.Namespace); err != nil {
		return err
	}
	forceAt := time.Now().Add(podsPatience)
	return kube.Wait(ctx, podsTimeout, report, func(ctx context.Context) (string, error) {
		pods := &corev1.PodList{}
		// By the label that the Deployments select by, which no version can change.
		if err := cluster.List(ctx, pods, client.InNamespace(manifests.Namespace)); err != nil {
			return retrying("listing the pods of Flux", err)
		}
		var left []string
		for _, pod := range pods.Items {
			if !slices.Contains(manifests.Components(), pod.Labels["app"]) {
				continue
			}
			left = append(left, pod.Name)
			if time.Now().After(forceAt) {
				err := cluster.Delete(ctx, &pod, client.GracePeriodSeconds(0))
				if err != nil && !kube.Gone(err) && !kube.Retryable(err) {
					return "", fmt.Errorf("deleting pod %s: %w", pod.Name, err)
				}
			}
		}
		return listed("the controllers of Flux to stop", left), nil
	})
}

// removeDefinitions deletes the kinds of Flux with all their objects, which no controller looks after any more: their
// finalizers are taken off, again and again until the kinds are gone, because objects may still be on their way.
func removeDefinitions(ctx context.Context, cluster client.Client, report kube.Progress) error {
	return kube.Wait(ctx, definitionsPatience, report, func(ctx context.Context) (string, error) {
		definitions, err := removeAll(ctx, cluster, crdAPIVersion, crdKind+"List", "")
		if err != nil {
			return retrying("deleting the custom resource definitions of Flux", err)
		}
		var left []string
		for i := range definitions {
			left = append(left, definitions[i].GetName())
			if err := hurry(ctx, cluster, &definitions[i], time.Now()); err != nil {
				return retrying("deleting custom resource definition "+definitions[i].GetName(), err)
			}
			if err := releaseObjects(ctx, cluster, &definitions[i]); err != nil {
				return retrying("taking the finalizers off "+definitions[i].GetName(), err)
			}
		}
		return listed("the custom resource definitions of Flux to go", left), nil
	})
}

const (
	// hurriedMark says when the API server was last asked to try again.
	hurriedMark = "gitops-cluster/deletion-retried-at"
	// hurryInterval is how long it is left alone in between.
	hurryInterval = 5 * time.Second
)

// hurry has the API server try at once to delete a kind that it could not delete. Of a kind that is only seconds old it
// says "storage is (re)initializing", and it waits for up to a quarter of an hour before it looks again; but it looks
// at every change of the definition.
func hurry(ctx context.Context, cluster client.Client, definition *unstructured.Unstructured, now time.Time) error {
	ending := conditionOf(definition, "Terminating")
	if ending.Status != conditionTrue || ending.Reason != "InstanceDeletionFailed" {
		return nil
	}
	annotations := definition.GetAnnotations()
	if last, err := time.Parse(time.RFC3339, annotations[hurriedMark]); err == nil && now.Sub(last) < hurryInterval {
		return nil
	}
	before := definition.DeepCopy()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[hurriedMark] = now.UTC().Format(time.RFC3339)
	definition.SetAnnotations(annotations)
	return ignoreGone(cluster.Patch(ctx, definition, client.MergeFrom(before)))
}

// releaseObjects takes Flux's finalizer off all objects of a kind. Other finalizers stay: they are somebody else's.
func releaseObjects(ctx context.Context, cluster client.Client, definition *unstructured.Unstructured) error {
	group, _, _ := unstructured.NestedString(definition.Object, "spec", "group")
	kind, _, _ := unstructured.NestedString(definition.Object, "spec", "names", "kind")
	versions, _, _ := unstructured.NestedSlice(definition.Object, "spec", "versions")
	for _, entry := range versions {
		version, ok := entry.(map[string]any)
		if !ok || version["storage"] != true {
			continue
		}
		name, _ := version["name"].(string)
		objects := &unstructured.UnstructuredList{}
		objects.SetAPIVersion(group + "/" + name)
		objects.SetKind(kind + "List")
		if err := cluster.List(ctx, objects); err != nil {
			return ignoreGone(err)
		}
		for i := range objects.Items {
			if err := release(ctx, cluster, &objects.Items[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// release takes Flux's finalizer off an object.
func release(ctx context.Context, cluster client.Client, object *unstructured.Unstructured) error {
	if !slices.Contains(object.GetFinalizers(), fluxFinalizer) {
		return nil
	}
	before := object.DeepCopy()
	object.SetFinalizers(slices.DeleteFunc(object.GetFinalizers(), func(name string) bool {
		return name == fluxFinalizer
	}))
	return ignoreGone(cluster.Patch(ctx, object, client.MergeFrom(before)))
}

// removeAll deletes all objects of a kind that are part of Flux and returns those that were there.
func removeAll(
	ctx context.Context, cluster client.Client, apiVersion, listKind, namespace string,
) ([]unstructured.Unstructured, error) {
	objects := &unstructured.UnstructuredList{}
	objects.SetAPIVersion(apiVersion)
	objects.SetKind(listKind)
	if err := cluster.List(ctx, objects, client.InNamespace(namespace),
		client.MatchingLabels{manifests.PartOfLabel: manifests.PartOf}); err != nil {
		if kube.Gone(err) {
			return nil, nil
		}
		return nil, fmt.Errorf("listing what is part of Flux (%s): %w", listKind, err)
	}
	for i := range objects.Items {
		object := &objects.Items[i]
		if object.GetDeletionTimestamp() != nil {
			continue
		}
		err := cluster.Delete(ctx, object, client.PropagationPolicy(metav1.DeletePropagationBackground))
		if ignoreGone(err) != nil {
			return nil, fmt.Errorf("deleting %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return objects.Items, nil
}

// emptyNamespace removes what is Flux's from a Namespace that was there before it.
func emptyNamespace(ctx context.Context, cluster client.Client) error {
	for _, kind := range []struct{ apiVersion, list string }{
		{"v1", "ServiceList"},
		{"v1", "ServiceAccountList"},
		{"v1", "SecretList"},
		{"v1", "ResourceQuotaList"},
		{"networking.k8s.io/v1", "NetworkPolicyList"},
	} {
		if _, err := removeAll(ctx, cluster, kind.apiVersion, kind.list, manifests.Namespace); err != nil {
			return err
		}
	}
	// Applied with nothing in it, an object loses all that its manager has ever put there.
	for _, manager := range []string{fluxFieldManager, markFieldManager} {
		nothing := kube.Object("v1", "Namespace", "", manifests.Namespace)
		err := cluster.Apply(ctx, client.ApplyConfigurationFromUnstructured(nothing), client.FieldOwner(manager))
		if err != nil {
			return fmt.Errorf("taking what is Flux's off the namespace %s: %w", manifests.Namespace, err)
		}
	}
	return nil
}

// removeNamespace deletes the Namespace and waits until it is gone. One that is empty and still does not go is
// finalized: its controller sometimes stumbles over the discovery of kinds that have just been removed.
func removeNamespace(ctx context.Context, cluster client.Client, report kube.Progress) error {
	forceAt := time.Now().Add(namespacePatience)
	return kube.Wait(ctx, namespaceTimeout, report, func(ctx context.Context) (string, error) {
		namespace := &corev1.Namespace{}
		err := cluster.Get(ctx, client.ObjectKey{Name: manifests.Namespace}, namespace)
		if kube.Gone(err) {
			return "", nil
		}
		if err == nil && namespace.DeletionTimestamp == nil {
			err = ignoreGone(cluster.Delete(ctx, namespace))
		}
		if err != nil {
			return retrying("deleting the namespace "+manifests.Namespace, err)
		}
		why, contentRemains := namespaceHeldBy(namespace)
		if !contentRemains && time.Now().After(forceAt) {
			namespace.Spec.Finalizers = nil
			err := cluster.SubResource("finalize").Update(ctx, namespace)
			if ignoreGone(err) != nil && !kube.Retryable(err) {
				return "", fmt.Errorf("finalizing the namespace %s: %w", manifests.Namespace, err)
			}
		}
		return "the namespace " + manifests.Namespace + " to go" + why, nil
	})
}

// namespaceHeldBy says what a Namespace that is being deleted still waits for, and whether it holds anything.
func namespaceHeldBy(namespace *corev1.Namespace) (why string, contentRemains bool) {
	for _, found := range namespace.Status.Conditions {
		if found.Status != corev1.ConditionTrue {
			continue
		}
		why = ": " + found.Message
		// The other conditions tell that the content could not be looked at, not that there is any.
		if found.Type == corev1.NamespaceContentRemaining || found.Type == corev1.NamespaceFinalizersRemaining {
			return why, true
		}
	}
	return why, false
}

// retrying turns an error that may pass into something to wait for.
func retrying(doing string, err error) (string, error) {
	if errors.Is(err, context.DeadlineExceeded) || kube.Retryable(err) {
		return "the API server, which failed while " + doing + ": " + kube.Brief(err), nil
	}
	return "", fmt.Errorf("%s: %w", doing, err)
}

func ignoreGone(err error) error {
	if err != nil && kube.Gone(err) {
		return nil
	}
	return err
}
