package kube

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
)

const (
	mergePatch = types.MergePatchType
	// drainTimeout is how long pods are given to leave a node. EKS waits 15 minutes; no container runs here.
	drainTimeout = 20 * time.Second
)

// drain deletes the pods of a cordoned node, so that their controllers make others elsewhere, and waits until they are
// gone. Pods of DaemonSets stay: their controller would put them back at once. Unlike EKS it does not ask disruption
// budgets, because what is drained here is drained to be deleted.
func (c *Cluster) drain(ctx context.Context, node string) error {
	movable := func(pod corev1.Pod) bool {
		owner := metav1.GetControllerOf(&pod)
		return owner == nil || owner.Kind != "DaemonSet"
	}
	if err := c.deletePods(ctx, node, -1, movable); err != nil {
		return err
	}
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, drainTimeout, true,
		func(ctx context.Context) (bool, error) {
			pods, err := c.podsOn(ctx, node)
			if err != nil {
				return false, err
			}
			return !slices.ContainsFunc(pods, movable), nil
		})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil // the machine goes whether or not a pod's finalizer lets go
	}
	if err != nil {
		return fmt.Errorf("draining node %s: %w", node, err)
	}
	return nil
}

func (c *Cluster) podsOn(ctx context.Context, node string) ([]corev1.Pod, error) {
	pods, err := c.Clientset.CoreV1().Pods("").List(ctx, metav1.ListOptions{FieldSelector: "spec.nodeName=" + node})
	if err != nil {
		return nil, fmt.Errorf("listing the pods of node %s: %w", node, err)
	}
	return pods.Items, nil
}

// deletePods deletes the chosen pods of a node. A negative grace is that of each pod.
func (c *Cluster) deletePods(ctx context.Context, node string, grace int64, chosen func(corev1.Pod) bool) error {
	pods, err := c.podsOn(ctx, node)
	if err != nil {
		return err
	}
	for _, pod := range pods {
		if !chosen(pod) {
			continue
		}
		options := metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(pod.UID))}
		if grace >= 0 {
			options.GracePeriodSeconds = &grace
		}
		err := c.Clientset.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, options)
		if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
			return fmt.Errorf("deleting pod %s/%s: %w", pod.Namespace, pod.Name, err)
		}
	}
	return nil
}
