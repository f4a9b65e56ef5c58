package flux

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

const (
	conditionTrue  = "True"
	conditionFalse = "False"
)

// condition is one entry of an object's status.conditions.
type condition struct {
	Status, Reason, Message string
	// Current is false if the condition speaks of an earlier generation of the object.
	Current bool
}

// conditionOf returns the condition of the given type, or a zero one.
func conditionOf(object *unstructured.Unstructured, conditionType string) condition {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, entry := range conditions {
		fields, ok := entry.(map[string]any)
		if !ok || fields["type"] != conditionType {
			continue
		}
		found := condition{Current: true}
		found.Status, _, _ = unstructured.NestedString(fields, "status")
		found.Reason, _, _ = unstructured.NestedString(fields, "reason")
		found.Message, _, _ = unstructured.NestedString(fields, "message")
		if observed, ok, _ := unstructured.NestedInt64(fields, "observedGeneration"); ok {
			found.Current = observed >= object.GetGeneration()
		}
		// Flux stamps a condition with the generation that the object has when it is written, though what it says may be of
		// the one before, which was looked at meanwhile. What was looked at stands in the status itself, but only once that
		// has gone well (fluxcd/pkg/runtime, conditions.Set and patch.WithStatusObservedGeneration).
		if seen, ok, _ := unstructured.NestedInt64(object.Object, "status", "observedGeneration"); ok &&
			found.Status == conditionTrue {
			found.Current = found.Current && seen >= object.GetGeneration()
		}
		return found
	}
	return condition{}
}

// installed tells whether Flux is there: what it is driven by, and those who drive it.
func installed(ctx context.Context, cluster client.Client) (bool, error) {
	for _, object := range []*unstructured.Unstructured{
		kube.Object(crdAPIVersion, crdKind, "", "kustomizations.kustomize.toolkit.fluxcd.io"),
		kube.Object("apps/v1", "Deployment", manifests.Namespace, manifests.SourceController),
		kube.Object("apps/v1", "Deployment", manifests.Namespace, manifests.KustomizeController),
	} {
		err := cluster.Get(ctx, client.ObjectKeyFromObject(object), object)
		if kube.Gone(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// unavailable says why a Deployment of Flux is not available, or "" if it is.
func unavailable(ctx context.Context, cluster client.Client, name string) (string, error) {
	deployment := &appsv1.Deployment{}
	err := cluster.Get(ctx, client.ObjectKey{Namespace: manifests.Namespace, Name: name}, deployment)
	switch {
	case kube.Gone(err):
		return "it does not exist", nil
	case err != nil && kube.Retryable(err):
		return kube.Brief(err), nil
	case err != nil:
		return "", fmt.Errorf("looking at deployment %s: %w", name, err)
	case deployment.Spec.Replicas != nil && *deployment.Spec.Replicas == 0:
		return "it is scaled to 0", nil
	case deployment.Status.ObservedGeneration < deployment.Generation:
		return "not looked at yet", nil
	}
	for _, found := range deployment.Status.Conditions {
		if found.Type == appsv1.DeploymentAvailable && found.Status == corev1.ConditionTrue {
			return "", nil
		}
	}
	return whyNotRunning(ctx, cluster, deployment), nil
}

// whyNotRunning looks for the cause at the pods: an image that cannot be pulled, no node to run on.
func whyNotRunning(ctx context.Context, cluster client.Client, deployment *appsv1.Deployment) string {
	reason := "starting"
	for _, found := range deployment.Status.Conditions {
		if found.Type == appsv1.DeploymentReplicaFailure && found.Status == corev1.ConditionTrue {
			reason = found.Message
		}
	}
	pods := &corev1.PodList{}
	if err := cluster.List(ctx, pods, client.InNamespace(deployment.Namespace), client.MatchingLabelsSelector{
		Selector: labels.SelectorFromSet(deployment.Spec.Selector.MatchLabels),
	}); err != nil {
		return reason
	}
	for _, pod := range pods.Items {
		for _, found := range pod.Status.Conditions {
			if found.Type == corev1.PodScheduled && found.Status == corev1.ConditionFalse {
				reason = found.Reason + ": " + found.Message
			}
		}
		for _, container := range pod.Status.ContainerStatuses {
			if waiting := container.State.Waiting; waiting != nil && waiting.Reason != "ContainerCreating" {
				reason = waiting.Reason + ": " + waiting.Message
			}
		}
	}
	return reason
}
