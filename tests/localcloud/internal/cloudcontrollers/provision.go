package cloudcontrollers

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

const gibibyte = 1 << 30

// provision gives a claim a volume in the account and a PersistentVolume. Kubernetes binds the two objects.
func (c *volumeController) provision(ctx context.Context, account Account, seen *corev1.PersistentVolumeClaim) error {
	// Of a claim that came and went meanwhile the cache may not have heard; a volume for it would stay for ever.
	claim, err := c.cluster.Clientset.CoreV1().PersistentVolumeClaims(seen.Namespace).
		Get(ctx, seen.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) || err == nil && (claim.UID != seen.UID || claim.Spec.VolumeName != "") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the claim: %w", err)
	}
	if claim.Spec.StorageClassName == nil {
		return errors.New("the claim has no storage class")
	}
	class, err := c.cluster.Clientset.StorageV1().StorageClasses().
		Get(ctx, *claim.Spec.StorageClassName, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("reading the storage class: %w", err)
	}
	zone, err := c.zoneFor(ctx, claim, class)
	if err != nil || zone == "" {
		return err
	}
	request := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	size := (request.Value() + gibibyte - 1) / gibibyte
	name := "pvc-" + string(claim.UID)
	id, err := account.EnsureVolume(c.cluster.Name(), aws.VolumeSpec{
		PersistentVolume: name, ClaimNamespace: claim.Namespace, Claim: claim.Name, Zone: zone,
		Type: cmp.Or(class.Parameters["type"], "gp3"), SizeGiB: int(size),
	})
	if err != nil {
		return fmt.Errorf("could not create volume %q: %w", name, err)
	}
	volume := newVolume(name, id, zone, size, claim, class)
	_, err = c.cluster.Clientset.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("creating PersistentVolume %s: %w", name, err)
	}
	c.events.Eventf(claim, corev1.EventTypeNormal, "ProvisioningSucceeded", "Successfully provisioned volume %s", name)
	return nil
}

// zoneFor is the zone of the node that the scheduler has chosen, or the first one that there are nodes in. It is empty
// while no node is chosen.
func (c *volumeController) zoneFor(
	ctx context.Context, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass,
) (string, error) {
	if mode := class.VolumeBindingMode; mode == nil || *mode == storagev1.VolumeBindingImmediate {
		nodes, err := c.cluster.Clientset.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return "", fmt.Errorf("listing nodes: %w", err)
		}
		first := ""
		for _, node := range nodes.Items {
			if zone := node.Labels[corev1.LabelTopologyZone]; first == "" || zone < first {
				first = zone
			}
		}
		return first, nil
	}
	name := claim.Annotations[selectedNodeAnnotation]
	if name == "" {
		return "", nil
	}
	node, err := c.cluster.Clientset.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return "", c.askAgain(ctx, claim)
	}
	if err != nil {
		return "", fmt.Errorf("reading node %s: %w", name, err)
	}
	return node.Labels[corev1.LabelTopologyZone], nil
}

// askAgain has the scheduler choose another node, because the one it chose has gone.
func (c *volumeController) askAgain(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	patch := fmt.Sprintf(`{"metadata":{"uid":%q,"annotations":{%q:null}}}`, claim.UID, selectedNodeAnnotation)
	_, err := c.cluster.Clientset.CoreV1().PersistentVolumeClaims(claim.Namespace).Patch(ctx, claim.Name,
		types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		return fmt.Errorf("asking for another node: %w", err)
	}
	return nil
}

func newVolume(
	name, id, zone string, sizeGiB int64, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass,
) *corev1.PersistentVolume {
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{provisionedByAnnotation: driver}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity: corev1.ResourceList{
				corev1.ResourceStorage: *resource.NewQuantity(sizeGiB*gibibyte, resource.BinarySI),
			},
			AccessModes: claim.Spec.AccessModes, VolumeMode: claim.Spec.VolumeMode, MountOptions: class.MountOptions,
			StorageClassName: class.Name, PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
				ResourceVersion: claim.ResourceVersion,
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{
				Driver: driver, VolumeHandle: id, FSType: cmp.Or(class.Parameters["csi.storage.k8s.io/fstype"], "ext4"),
			}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{
					{Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{zone}},
				}}},
			}},
		},
	}
	if class.ReclaimPolicy != nil {
		volume.Spec.PersistentVolumeReclaimPolicy = *class.ReclaimPolicy
	}
	if volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
		volume.Finalizers = []string{volumeFinalizer}
	}
	return volume
}
