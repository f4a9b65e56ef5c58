package kube

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// applyStorageClass makes the class that EKS puts into every cluster. Since Kubernetes 1.30 it is no longer the
// default: a claim that names no class waits until somebody makes one the default. Its provisioner is one that
// Kubernetes itself hands on to the EBS CSI driver.
func applyStorageClass(ctx context.Context, c *Cluster) error {
	class := &storagev1.StorageClass{
		ObjectMeta:  metav1.ObjectMeta{Name: "gp2"},
		Provisioner: "kubernetes.io/aws-ebs", Parameters: map[string]string{"type": "gp2", "fsType": "ext4"},
		ReclaimPolicy:     new(corev1.PersistentVolumeReclaimDelete),
		VolumeBindingMode: new(storagev1.VolumeBindingWaitForFirstConsumer),
	}
	_, err := c.Clientset.StorageV1().StorageClasses().Create(ctx, class, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("creating storage class %s: %w", class.Name, err)
	}
	return nil
}
