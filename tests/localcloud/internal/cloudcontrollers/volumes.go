package cloudcontrollers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	appslisters "k8s.io/client-go/listers/apps/v1"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/record"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
)

const (
	// driver is the name of the EBS CSI driver, driverDeployment that of the part which talks to AWS.
	driver           = "ebs.csi.aws.com"
	driverDeployment = "ebs-csi-controller"

	// volumeFinalizer holds a PersistentVolume until its volume is gone.
	volumeFinalizer = "external-provisioner.volume.kubernetes.io/finalizer"
	// provisionerAnnotation is how Kubernetes asks a driver for a volume: set as soon as there should be one, whatever
	// the class's binding mode, and naming the driver where the class names the in-tree plugin of old.
	provisionerAnnotation   = "volume.kubernetes.io/storage-provisioner"
	selectedNodeAnnotation  = "volume.kubernetes.io/selected-node"
	provisionedByAnnotation = "pv.kubernetes.io/provisioned-by"
)

// volumeController is the EBS CSI driver, as far as it makes and deletes volumes.
type volumeController struct {
	cluster     *kube.Cluster
	claims      listers.PersistentVolumeClaimLister
	volumes     listers.PersistentVolumeLister
	deployments appslisters.DeploymentNamespaceLister
	events      record.EventRecorder
}

func (c *volumeController) reconcile(ctx context.Context, account Account) error {
	running, err := c.driverRuns()
	if err != nil || !running {
		return err
	}
	claims, err := c.claims.List(labels.Everything())
	if err != nil {
		return fmt.Errorf("listing claims: %w", err)
	}
	volumes, err := c.volumes.List(labels.Everything())
	if err != nil {
		return fmt.Errorf("listing PersistentVolumes: %w", err)
	}
	var errs []error
	for _, claim := range claims {
		if claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil ||
			claim.Annotations[provisionerAnnotation] != driver {
			continue
		}
		if err := c.provision(ctx, account, claim); err != nil {
			c.events.Eventf(claim, corev1.EventTypeWarning, "ProvisioningFailed", "failed to provision volume: %v", err)
			errs = append(errs, fmt.Errorf("provisioning for claim %s/%s: %w", claim.Namespace, claim.Name, err))
		}
	}
	for _, volume := range volumes {
		if volume.Spec.CSI == nil || volume.Annotations[provisionedByAnnotation] != driver {
			continue
		}
		if err := c.sync(ctx, account, volume); err != nil {
			c.events.Event(volume, corev1.EventTypeWarning, "VolumeFailedDelete", err.Error())
			errs = append(errs, fmt.Errorf("syncing PersistentVolume %s: %w", volume.Name, err))
		}
	}
	return errors.Join(errs...)
}

// driverRuns says that a pod of the driver is available, whoever installed it.
func (c *volumeController) driverRuns() (bool, error) {
	deployment, err := c.deployments.Get(driverDeployment)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for the EBS CSI driver: %w", err)
	}
	return deployment.Status.AvailableReplicas > 0, nil
}

// sync holds a PersistentVolume as its policy says, and removes one whose claim has gone. Before that Kubernetes itself
// holds it.
func (c *volumeController) sync(ctx context.Context, account Account, volume *corev1.PersistentVolume) error {
	deletes := volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete
	isHeld := slices.Contains(volume.Finalizers, volumeFinalizer)
	switch {
	case deletes && volume.Status.Phase == corev1.VolumeReleased:
		return c.remove(ctx, account, volume)
	case deletes && !isHeld && volume.DeletionTimestamp == nil:
		return c.patch(ctx, volume, fmt.Sprintf(`"finalizers":[%q]`, volumeFinalizer))
	case !deletes && isHeld:
		return c.release(ctx, volume)
	}
	return nil
}

func (c *volumeController) remove(ctx context.Context, account Account, volume *corev1.PersistentVolume) error {
	if err := account.DeleteVolume(c.cluster.Name(), volume.Spec.CSI.VolumeHandle); err != nil {
		return fmt.Errorf("could not delete volume %q: %w", volume.Spec.CSI.VolumeHandle, err)
	}
	err := c.cluster.Clientset.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{
		Preconditions: metav1.NewUIDPreconditions(string(volume.UID)),
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleting the PersistentVolume: %w", err)
	}
	return c.release(ctx, volume)
}

func (c *volumeController) release(ctx context.Context, volume *corev1.PersistentVolume) error {
	return c.patch(ctx, volume, fmt.Sprintf(`"$deleteFromPrimitiveList/finalizers":[%q]`, volumeFinalizer))
}

// patch changes a PersistentVolume, if it is there. The uid makes it fail for another one of the same name.
func (c *volumeController) patch(ctx context.Context, volume *corev1.PersistentVolume, fields string) error {
	patch := fmt.Sprintf(`{"metadata":{"uid":%q,%s}}`, volume.UID, fields)
	_, err := c.cluster.Clientset.CoreV1().PersistentVolumes().Patch(ctx, volume.Name, types.StrategicMergePatchType,
		[]byte(patch), metav1.PatchOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("patching the finalizers: %w", err)
	}
	return nil
}
