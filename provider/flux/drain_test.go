package flux

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// fakeCluster holds objects that go as soon as they are deleted, and records in which order that happens and what was
// asked of an applier before.
type fakeCluster struct {
	client.Client

	deleted []string
}

// newFake begins a client without a server. Each has a scheme of its own: it adds the kinds that it meets, and the
// common scheme is read by other tests meanwhile.
func newFake() *fake.ClientBuilder {
	own := runtime.NewScheme()
	utilruntime.Must(scheme.AddToScheme(own))
	return fake.NewClientBuilder().WithScheme(own)
}

func newFakeCluster(objects ...client.Object) *fakeCluster {
	recorder := &fakeCluster{}
	recorder.Client = newFake().WithObjects(objects...).WithInterceptorFuncs(interceptor.Funcs{
		Delete: func(
			ctx context.Context, inner client.WithWatch, object client.Object, options ...client.DeleteOption,
		) error {
			entry := describe(asUnstructured(inner, object))
			if live, ok := object.(*unstructured.Unstructured); ok {
				policy, _, _ := unstructured.NestedString(live.Object, "spec", "deletionPolicy")
				suspended, _, _ := unstructured.NestedBool(live.Object, "spec", "suspend")
				if policy != "" || suspended {
					entry += " " + policy
				}
			}
			recorder.deleted = append(recorder.deleted, entry)
			return inner.Delete(ctx, object, options...)
		},
	}).Build()
	return recorder
}

func asUnstructured(inner client.WithWatch, object client.Object) *unstructured.Unstructured {
	kind, err := inner.GroupVersionKindFor(object)
	if err != nil {
		return &unstructured.Unstructured{}
	}
	return kube.Object(kind.GroupVersion().String(), kind.Kind, object.GetNamespace(), object.GetName())
}

// made returns an object of any kind with the given content beside its name.
func made(apiVersion, kind, namespace, name string, labels map[string]string, content map[string]any) client.Object {
	object := kube.Object(apiVersion, kind, namespace, name)
	object.SetUID("uid-of-" + object.GetUID())
	object.SetLabels(labels)
	maps.Copy(object.Object, content)
	return object
}

func by(name string) map[string]string {
	return map[string]string{fluxFieldGroup + "/name": name, fluxFieldGroup + "/namespace": manifests.Namespace}
}

func kustomization(name string, parent string, spec map[string]any) client.Object {
	labels := map[string]string(nil)
	if parent != "" {
		labels = by(parent)
	}
	spec["prune"] = true
	return made(kustomizeAPIVersion, kindKustomization, manifests.Namespace, name, labels, map[string]any{"spec": spec})
}

func available(name string) client.Object {
	return made("apps/v1", "Deployment", manifests.Namespace, name, nil, map[string]any{
		"spec": map[string]any{"replicas": int64(1)},
		"status": map[string]any{"conditions": []any{
			map[string]any{"type": "Available", "status": "True"},
		}},
	})
}

func loadBalancer(namespace, name string, labels map[string]string) client.Object {
	return made("v1", "Service", namespace, name, labels, map[string]any{"spec": map[string]any{"type": "LoadBalancer"}})
}

// populated is a cluster with a repository of nested Kustomizations and what somebody else has put there.
func populated() []client.Object {
	pod := made("v1", "Pod", "db", "postgres-0", nil, map[string]any{"spec": map[string]any{"volumes": []any{
		map[string]any{"name": "data", "persistentVolumeClaim": map[string]any{"claimName": "data-postgres-0"}},
	}}})
	pod.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: "apps/v1", Kind: "StatefulSet", Name: "postgres", UID: "u", Controller: new(true),
	}})
	return []client.Object{
		available(manifests.SourceController), available(manifests.KustomizeController), available(manifests.HelmController),
		made(sourceAPIVersion, "GitRepository", manifests.Namespace, "flux-system", nil, nil),
		kustomization("flux-system", "flux-system", map[string]any{}),
		kustomization("infra", "flux-system", map[string]any{"suspend": true}),
		kustomization("apps", "flux-system", map[string]any{"dependsOn": []any{map[string]any{"name": "infra"}}}),
		kustomization(selfName, "", map[string]any{}),
		kustomization("theirs", "", map[string]any{}),
		made(helmAPIVersion, kindHelmRelease, "web", "shop", by("apps"), map[string]any{"spec": map[string]any{}}),
		loadBalancer("web", "shop", map[string]string{
			helmGroup + "/name": "shop", helmGroup + "/namespace": "web",
		}),
		loadBalancer("theirs", "api", nil),
		made("v1", "Service", "theirs", "internal", nil, map[string]any{"spec": map[string]any{"type": "ClusterIP"}}),
		made("v1", "PersistentVolumeClaim", "db", "data-postgres-0", nil, nil),
		made("apps/v1", "StatefulSet", "db", "postgres", nil, nil),
		pod,
	}
}

func newDrain(cluster client.Client, wholeCluster bool) (*drain, *[]string) {
	warnings := &[]string{}
	return &drain{
		cluster: cluster, report: func(string) {}, warn: func(text string) { *warnings = append(*warnings, text) },
		wholeCluster: wholeCluster, kind: "GitRepository", name: "flux-system",
		kustomizations: []string{"flux-system"}, timeout: 30 * time.Second,
	}, warnings
}

func TestDrainOfAClusterThatGoes(t *testing.T) {
	t.Parallel()
	cluster := newFakeCluster(populated()...)
	drain, warnings := newDrain(cluster, true)
	if err := drain.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		// Load balancers first, while what removes them still runs.
		"Service theirs/api", "Service web/shop",
		// Then what Flux has applied, dependents first, and somebody else's in the same cluster.
		"HelmRelease web/shop", "Kustomization flux-system/theirs WaitForTermination",
		"Kustomization flux-system/apps WaitForTermination",
		"Kustomization flux-system/infra WaitForTermination",
		"Kustomization flux-system/flux-system WaitForTermination",
		"PersistentVolumeClaim db/data-postgres-0", "StatefulSet db/postgres",
		"GitRepository flux-system/flux-system",
	}
	if diff := cmp.Diff(want, cluster.deleted); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	if len(*warnings) > 0 {
		t.Errorf("warnings: %v", *warnings)
	}
}

func TestDrainOfFluxAloneTouchesNothingElse(t *testing.T) {
	t.Parallel()
	cluster := newFakeCluster(populated()...)
	drain, _ := newDrain(cluster, false)
	if err := drain.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Service web/shop",
		"HelmRelease web/shop",
		"Kustomization flux-system/apps WaitForTermination",
		"Kustomization flux-system/infra WaitForTermination",
		"Kustomization flux-system/flux-system WaitForTermination",
		"GitRepository flux-system/flux-system",
	}
	if diff := cmp.Diff(want, cluster.deleted); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
}

func TestDrainSaysWhatIsStuck(t *testing.T) {
	t.Parallel()
	stuck := loadBalancer("web", "shop", nil)
	stuck.SetFinalizers([]string{"service.kubernetes.io/load-balancer-cleanup"})
	volume := &corev1.PersistentVolume{Spec: corev1.PersistentVolumeSpec{
		PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
		ClaimRef:                      &corev1.ObjectReference{Namespace: "db", Name: "gone"},
	}}
	volume.Name = "pv-1"
	kept := volume.DeepCopy()
	kept.Name, kept.Spec.PersistentVolumeReclaimPolicy = "pv-2", corev1.PersistentVolumeReclaimRetain
	for name, test := range map[string]struct {
		objects []client.Object
		want    string
		warning string
	}{
		"a load balancer": {
			[]client.Object{stuck},
			"waiting for the load balancers to go of: Service web/shop " +
				"(held by service.kubernetes.io/load-balancer-cleanup)", "",
		},
		"a volume":               {[]client.Object{volume}, "waiting for the volumes to go of: PersistentVolume pv-1", ""},
		"a volume that is kept":  {[]client.Object{kept}, "", "stay in the account: pv-2"},
		"controllers of nothing": {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			drain, warnings := newDrain(newFakeCluster(test.objects...), true)
			drain.name, drain.kind, drain.timeout = "", "", 2*time.Second
			err := drain.run(t.Context())
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
			if test.warning != "" && (len(*warnings) != 1 || !strings.Contains((*warnings)[0], test.warning)) {
				t.Errorf("warnings: got %v, want %q", *warnings, test.warning)
			}
		})
	}
}

// TestForcedDrainUsesWhatWorks has kustomize-controller dead, and helm-controller too or not.
func TestForcedDrainUsesWhatWorks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		dead    []string
		warning []string
	}{
		"helm-controller works": {[]string{manifests.KustomizeController}, nil},
		"nothing works": {
			[]string{manifests.KustomizeController, manifests.HelmController},
			[]string{"these Helm releases were not uninstalled, because helm-controller does not work: web/shop"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			objects := slices.DeleteFunc(populated(), func(object client.Object) bool {
				return slices.Contains(test.dead, object.GetName())
			})
			cluster := newFakeCluster(objects...)
			drain, warnings := newDrain(cluster, false)
			drain.force = true
			if err := drain.run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.warning, *warnings, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			if !slices.Contains(cluster.deleted, "HelmRelease web/shop") {
				t.Errorf("the release has not gone; deleted: %v", cluster.deleted)
			}
		})
	}
}

func TestOrphanLeavesAndSaysSo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		wholeCluster bool
		want         string
	}{
		"a cluster that goes": {true, "what Flux has applied stays as it is: load balancers and volumes of the cluster " +
			"stay in the AWS account, cost money, and may keep the VPC from being deleted"},
		"Flux alone": {false, "what Flux has applied stays in the cluster, and nobody looks after it any more: that of " +
			"Kustomization flux-system/apps, Kustomization flux-system/flux-system, Kustomization flux-system/infra, " +
			"HelmRelease web/shop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := newFakeCluster(populated()...)
			drain, warnings := newDrain(cluster, test.wholeCluster)
			if err := drain.orphan(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(cluster.deleted) > 0 {
				t.Errorf("deleted: %v", cluster.deleted)
			}
			if diff := cmp.Diff([]string{test.want}, *warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			live, err := kube.Get(t.Context(), cluster, kustomizeAPIVersion, kindKustomization, manifests.Namespace, "apps")
			if err != nil {
				t.Fatal(err)
			}
			if policy, _, _ := unstructured.NestedString(live.Object, "spec", "deletionPolicy"); policy != "Orphan" {
				t.Errorf("deletion policy: got %q, want Orphan", policy)
			}
		})
	}
}

// TestThawTakesAFreezeBack leaves every applier as it was before the freeze.
func TestThawTakesAFreezeBack(t *testing.T) {
	t.Parallel()
	cluster := newFakeCluster(populated()...)
	drain, _ := newDrain(cluster, true)
	drain.begin()
	read := func() map[string]any {
		all, err := listAppliers(t.Context(), cluster)
		if err != nil {
			t.Fatal(err)
		}
		specs := map[string]any{}
		for _, a := range all {
			specs[a.String()] = a.object.Object["spec"]
		}
		return specs
	}
	before := read()
	if err := drain.freezeAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if cmp.Equal(before, read()) {
		t.Fatal("nothing was frozen")
	}
	if err := thaw(t.Context(), cluster, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, read()); diff != "" {
		t.Errorf("specs before the freeze and after the thaw (-before +after):\n%s", diff)
	}
	release, err := kube.Get(t.Context(), cluster, helmAPIVersion, kindHelmRelease, "web", "shop")
	if err != nil {
		t.Fatal(err)
	}
	// Helm puts back what a drain has deleted only if it is made to.
	asked := release.GetAnnotations()
	if asked[forceAnnotation] == "" || asked[forceAnnotation] != asked[requestAnnotation] {
		t.Errorf("the release is not asked to be upgraded: %v", asked)
	}
}
