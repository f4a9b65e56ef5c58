package manifests_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

func files(t *testing.T) map[string][]byte {
	t.Helper()
	return map[string][]byte{"gotk-components.yaml": artifacttest.Manifests(t, version)}
}

// deployments renders a customization and returns its Deployments by name.
func deployments(t *testing.T, customization manifests.Customization) map[string]appsv1.Deployment {
	t.Helper()
	objects, err := customization.Render(files(t))
	if err != nil {
		t.Fatalf("rendering %+v: %v", customization, err)
	}
	found := map[string]appsv1.Deployment{}
	for _, object := range objects {
		if object.GetKind() != "Deployment" {
			continue
		}
		var deployment appsv1.Deployment
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &deployment); err != nil {
			t.Fatalf("reading %s: %v", object.GetName(), err)
		}
		found[deployment.Name] = deployment
	}
	return found
}

func imagesOf(found map[string]appsv1.Deployment) []string {
	var images []string
	for _, deployment := range found {
		for _, container := range deployment.Spec.Template.Spec.Containers {
			images = append(images, container.Image)
		}
	}
	slices.Sort(images)
	return images
}

// TestImages compares what is read from the files with what is rendered.
func TestImages(t *testing.T) {
	t.Parallel()
	for name, customization := range map[string]manifests.Customization{
		"default":    {Components: manifests.DefaultComponents()},
		"everything": {Components: manifests.Components()},
		"mirror":     {Components: manifests.DefaultComponents(), Registry: "mirror.example:5000/flux"},
	} {
		rendered := imagesOf(deployments(t, customization))
		if diff := cmp.Diff(rendered, customization.Images(files(t))); diff != "" {
			t.Errorf("%s (-rendered +read):\n%s", name, diff)
		}
		for _, image := range rendered {
			if !strings.HasPrefix(image, customization.Registry) || !strings.Contains(image, ":v") {
				t.Errorf("%s: got image %s", name, image)
			}
		}
	}
	// The artifact that the Flux project publishes on Docker Hub names images there.
	fromHub := map[string][]byte{"a.yaml": []byte(strings.ReplaceAll(
		string(artifacttest.Manifests(t, version)), "ghcr.io/fluxcd/", "docker.io/fluxcd/"))}
	mirror := manifests.Customization{Components: []string{"source-controller"}, Registry: "mirror.example/flux"}
	want := []string{"mirror.example/flux/source-controller:v1.9.5"}
	if diff := cmp.Diff(want, mirror.Images(fromHub)); diff != "" {
		t.Errorf("from Docker Hub (-want +got):\n%s", diff)
	}
}

func TestTolerations(t *testing.T) {
	t.Parallel()
	found := deployments(t, manifests.Customization{
		Components:  manifests.DefaultComponents(),
		Tolerations: []map[string]any{{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}},
	})
	for name, deployment := range found {
		tolerations := deployment.Spec.Template.Spec.Tolerations
		if len(tolerations) != 1 || tolerations[0].Key != "dedicated" || tolerations[0].Operator != "Exists" {
			t.Errorf("%s tolerates %v", name, tolerations)
		}
	}
	if len(found) != 4 {
		t.Errorf("got %d deployments, want 4", len(found))
	}
}

func TestImagePullSecret(t *testing.T) {
	t.Parallel()
	found := deployments(t, manifests.Customization{
		Components: manifests.DefaultComponents(), ImagePullSecret: "pull",
		Tolerations: []map[string]any{{"operator": "Exists"}},
	})
	if len(found) != 4 {
		t.Errorf("got %d deployments, want 4", len(found))
	}
	for name, deployment := range found {
		pod := deployment.Spec.Template.Spec
		if len(pod.ImagePullSecrets) != 1 || pod.ImagePullSecrets[0].Name != "pull" || len(pod.Tolerations) != 1 {
			t.Errorf("%s pulls with %v and tolerates %v", name, pod.ImagePullSecrets, pod.Tolerations)
		}
	}
}

// TestSize looks at who grows, and that nobody else is changed.
func TestSize(t *testing.T) {
	t.Parallel()
	components := []string{
		manifests.SourceController, manifests.KustomizeController, manifests.NotificationController,
	}
	before := deployments(t, manifests.Customization{Components: components})
	after := deployments(t, manifests.Customization{
		Components: components, Size: manifests.Size{Workers: 10, CPU: "2", Memory: "2Gi"},
	})
	for _, name := range components {
		want, got := before[name].Spec.Template.Spec.Containers[0], after[name].Spec.Template.Spec.Containers[0]
		if name != manifests.NotificationController {
			want.Args = append(want.Args, "--concurrent=10", "--requeue-dependency=5s")
			want.Resources.Limits = corev1.ResourceList{
				corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("2Gi"),
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestLabels puts labels on every object and on no template, which would start the pods anew.
func TestLabels(t *testing.T) {
	t.Parallel()
	customization := manifests.Customization{
		Components: manifests.DefaultComponents(), Labels: map[string]string{"team": "platform"},
	}
	objects, err := customization.Render(files(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		if object.GetLabels()["team"] != "platform" {
			t.Errorf("%s %s has the labels %v", object.GetKind(), object.GetName(), object.GetLabels())
		}
	}
	for name, deployment := range deployments(t, customization) {
		if _, ok := deployment.Spec.Template.Labels["team"]; ok {
			t.Errorf("the pods of %s have the labels %v", name, deployment.Spec.Template.Labels)
		}
	}
}

func TestNoNetworkPolicies(t *testing.T) {
	t.Parallel()
	all := names(render(t, manifests.DefaultComponents()))
	without, err := manifests.Customization{
		Components: manifests.DefaultComponents(), NoNetworkPolicies: true,
	}.Render(files(t))
	if err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(all, func(name string) bool { return strings.HasPrefix(name, "NetworkPolicy ") })
	if diff := cmp.Diff(want, names(without)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

// The user's own patches.
var (
	argument = manifests.Patch{
		Target: map[string]string{"kind": "Deployment", "name": "(kustomize|helm)-controller"},
		Patch:  "- {op: add, path: /spec/template/spec/containers/0/args/-, value: --concurrent=20}\n",
	}
	replicas = manifests.Patch{
		Patch: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: source-controller, namespace: flux-system}\n" +
			"spec: {replicas: 0}\n",
	}
)

func TestOwnPatches(t *testing.T) {
	t.Parallel()
	customization := manifests.Customization{
		Components: manifests.DefaultComponents(), Own: []manifests.Patch{argument, replicas},
	}
	if err := customization.CheckOwn(files(t)); err != nil {
		t.Fatalf("checking: %v", err)
	}
	found := deployments(t, customization)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		deployment := found[name]
		changed := slices.Contains(deployment.Spec.Template.Spec.Containers[0].Args, "--concurrent=20")
		if want := name == "kustomize-controller" || name == "helm-controller"; changed != want {
			t.Errorf("%s has the argument: got %t, want %t", name, changed, want)
		}
		if scaled := *deployment.Spec.Replicas == 0; scaled != (name == "source-controller") {
			t.Errorf("%s has %d replicas", name, *deployment.Spec.Replicas)
		}
	}
}

func TestOwnPatchesRefused(t *testing.T) {
	t.Parallel()
	set := func(kind, annotation string) manifests.Patch {
		return manifests.Patch{
			Target: map[string]string{"kind": kind},
			Patch: "apiVersion: v1\nkind: Any\nmetadata: {name: any, " +
				"annotations: {kustomize.toolkit.fluxcd.io/" + annotation + "}}\n",
		}
	}
	for name, test := range map[string]struct {
		patch manifests.Patch
		want  string
	}{
		"selects nothing": {
			manifests.Patch{Target: map[string]string{"kind": "DaemonSet"}, Patch: argument.Patch}, "selects none",
		},
		"selects what is left out": {
			manifests.Patch{Target: map[string]string{"name": "source-watcher"}, Patch: argument.Patch}, "selects none",
		},
		"bad selector": {
			manifests.Patch{Target: map[string]string{"name": "("}, Patch: argument.Patch}, "cannot be read",
		},
		"names nothing": {
			manifests.Patch{Patch: strings.Replace(replicas.Patch, "source", "sauce", 1)}, "cannot be applied",
		},
		"no such path": {
			manifests.Patch{Target: argument.Target, Patch: "- {op: remove, path: /spec/nothing}\n"}, "cannot be applied",
		},
		"force": {set("CustomResourceDefinition", "force: Enabled"), "must not set the annotation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := manifests.Customization{
				Components: manifests.DefaultComponents(), Own: []manifests.Patch{argument, test.patch},
			}.CheckOwn(files(t))
			var own *manifests.OwnPatchError
			if !errors.As(err, &own) || own.Index != 1 || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want patch 1 to be refused with %q", err, test.want)
			}
		})
	}
	// Whatever a patch says, nothing that would take user data with it is pruned.
	objects, err := manifests.Customization{
		Components: manifests.DefaultComponents(),
		Own:        []manifests.Patch{set("(CustomResourceDefinition|Namespace)", "prune: Enabled")},
	}.Render(files(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		keep := object.GetKind() == "CustomResourceDefinition" || object.GetKind() == "Namespace"
		if disabled := object.GetAnnotations()[pruneAnnotation] == "Disabled"; disabled != keep {
			t.Errorf("%s %s: prune disabled = %t, want %t", object.GetKind(), object.GetName(), disabled, keep)
		}
	}
}

func TestKubernetesMinimum(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"v2.6.4": "1.31", "v2.9.5": "1.33", "v2.10.0": "", "v2": "", "": ""} {
		if got := manifests.KubernetesMinimum(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}

// TestLockDown looks at the arguments of each controller.
func TestLockDown(t *testing.T) {
	t.Parallel()
	const apart, remote = "--no-cross-namespace-refs=true", "--no-remote-bases=true"
	const account = "--default-service-account=tenant"
	want := map[string][]string{
		"source-controller": nil, "kustomize-controller": {apart, remote, account}, "helm-controller": {apart, account},
		"notification-controller": {apart}, "image-reflector-controller": {apart},
		"image-automation-controller": {apart}, "source-watcher": nil,
	}
	all := manifests.Components()
	for _, components := range [][]string{all, manifests.DefaultComponents(), all[:2]} {
		plain := deployments(t, manifests.Customization{Components: components})
		locked := deployments(t, manifests.Customization{Components: components, TenantAccount: "tenant"})
		if len(locked) != len(components) {
			t.Errorf("got %d deployments, want %v", len(locked), components)
		}
		for name, deployment := range locked {
			before := plain[name].Spec.Template.Spec.Containers[0].Args
			added := deployment.Spec.Template.Spec.Containers[0].Args[len(before):]
			if diff := cmp.Diff(want[name], added, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("arguments of %s (-want +got):\n%s", name, diff)
			}
		}
	}
}
