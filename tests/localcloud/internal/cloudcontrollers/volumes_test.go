package cloudcontrollers_test

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// createClaims makes two storage classes, which are named after what they do, and a claim of each and of EKS's own.
// There is no driver yet, so nothing comes of them.
func (b *bed) createClaims() {
	b.t.Helper()
	for name, policy := range map[string]corev1.PersistentVolumeReclaimPolicy{
		"immediate": corev1.PersistentVolumeReclaimDelete, "retain": corev1.PersistentVolumeReclaimRetain,
	} {
		class := &storagev1.StorageClass{
			ObjectMeta: metav1.ObjectMeta{Name: name}, Provisioner: "ebs.csi.aws.com", ReclaimPolicy: &policy,
		}
		_, err := b.clientset().StorageV1().StorageClasses().Create(b.t.Context(), class, metav1.CreateOptions{})
		if err != nil {
			b.t.Fatal(err)
		}
	}
	before := b.made()
	for _, class := range []string{"immediate", "retain", "gp2"} {
		b.createClaim(class, class)
	}
	var annotations map[string]string
	eventually(b.t, "Kubernetes to ask for a volume", func() bool {
		annotations = b.claim("immediate").Annotations
		return annotations["volume.kubernetes.io/storage-provisioner"] == "ebs.csi.aws.com"
	}, func() any { return annotations })
	b.settle(before...)
}

func (b *bed) createClaim(name, class string) {
	b.t.Helper()
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: &class,
			Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1500Mi")},
			},
		},
	}
	_, err := b.clientset().CoreV1().PersistentVolumeClaims("default").
		Create(b.t.Context(), claim, metav1.CreateOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bed) claim(name string) *corev1.PersistentVolumeClaim {
	b.t.Helper()
	claim, err := b.clientset().CoreV1().PersistentVolumeClaims("default").Get(b.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	return claim
}

// awaitBound waits for the volume of a claim, and returns how it stands in the account.
func (b *bed) awaitBound(name string) string {
	b.t.Helper()
	var claim *corev1.PersistentVolumeClaim
	eventually(b.t, "claim "+name+" to be bound", func() bool {
		claim = b.claim(name)
		return claim.Status.Phase == corev1.ClaimBound
	}, func() any { return claim.Status })
	if size := claim.Status.Capacity.Storage().String(); size != "2Gi" {
		b.t.Errorf("the volume of claim %s has %s, want 2Gi", name, size)
	}
	return volume + " demo-dynamic-pvc-" + string(claim.UID)
}

// awaitReleased waits until the PersistentVolume of a volume in the account has lost its claim.
func (b *bed) awaitReleased(inAccount string) {
	b.t.Helper()
	name := strings.TrimPrefix(inAccount, volume+" demo-dynamic-")
	var phase corev1.PersistentVolumePhase
	eventually(b.t, "PersistentVolume "+name+" to be released", func() bool {
		found, err := b.clientset().CoreV1().PersistentVolumes().Get(b.t.Context(), name, metav1.GetOptions{})
		if err != nil {
			b.t.Fatal(err)
		}
		phase = found.Status.Phase
		return phase == corev1.VolumeReleased
	}, func() any { return phase })
}

func (b *bed) deleteClaim(name string) {
	b.t.Helper()
	claims := b.clientset().CoreV1().PersistentVolumeClaims("default")
	err := claims.Delete(b.t.Context(), name, metav1.DeleteOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	eventually(b.t, "the end of claim "+name, func() bool {
		_, err := claims.Get(b.t.Context(), name, metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	}, func() any { return b.claim(name) })
}

// checkVolumes has claims get volumes and lose them, and returns the one that is retained.
func (b *bed) checkVolumes(others ...string) (kept string) {
	b.t.Helper()
	kept = b.awaitBound("retain")
	before := slices.DeleteFunc(b.made(), func(made string) bool { return strings.HasPrefix(made, volume) })
	before = append(before, others...)
	b.settle(append(before, kept)...) // the class gp2 waits for a pod

	pods := b.clientset().CoreV1().Pods("default")
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "user"},
		Spec: corev1.PodSpec{
			Containers: []corev1.Container{{Name: "main", Image: "main"}},
			Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "gp2"},
			}}},
		},
	}
	if _, err := pods.Create(b.t.Context(), pod, metav1.CreateOptions{}); err != nil {
		b.t.Fatal(err)
	}
	used := b.awaitBound("gp2")
	eventually(b.t, "the pod to run", func() bool {
		found, err := pods.Get(b.t.Context(), "user", metav1.GetOptions{})
		if err != nil {
			b.t.Fatal(err)
		}
		pod = found
		return pod.Status.Phase == corev1.PodRunning
	}, func() any { return pod.Status })

	claims := b.clientset().CoreV1().PersistentVolumeClaims("default")
	for _, name := range []string{"gp2", "retain"} {
		if err := claims.Delete(b.t.Context(), name, metav1.DeleteOptions{}); err != nil {
			b.t.Fatal(err)
		}
	}
	b.awaitReleased(kept)
	if b.claim("gp2").DeletionTimestamp == nil {
		b.t.Error("a claim in use is not even being deleted")
	}
	b.settle(append(before, kept, used)...)
	if err := pods.Delete(b.t.Context(), "user", metav1.DeleteOptions{}); err != nil {
		b.t.Fatal(err)
	}
	b.settle(append(before, kept)...)
	b.awaitOnlyVolumes(append(others, kept)...)
	return kept
}

// awaitOnlyVolumes waits until there are the PersistentVolumes of those volumes in the account and no others.
func (b *bed) awaitOnlyVolumes(inAccount ...string) {
	b.t.Helper()
	inAccount = slices.Sorted(slices.Values(inAccount))
	var names []string
	eventually(b.t, "the end of other PersistentVolumes", func() bool {
		list, err := b.clientset().CoreV1().PersistentVolumes().List(b.t.Context(), metav1.ListOptions{})
		if err != nil {
			b.t.Fatal(err)
		}
		names = nil
		for _, found := range list.Items {
			names = append(names, volume+" demo-dynamic-"+found.Name)
		}
		slices.Sort(names)
		return slices.Equal(names, inAccount)
	}, func() any { return names })
}
