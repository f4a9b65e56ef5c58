package fluxcontrollers_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/fluxcontrollers"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kubetest"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
)

// install applies Flux's manifests as they are.
func install(t *testing.T, cluster *kube.Cluster, tools string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(tools, "flux-manifests", "*", "gotk-components.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no manifests of Flux in %s (%v); build them with `make tools`", tools, err)
	}
	content, err := os.ReadFile(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	for document := range strings.SplitSeq(string(content), "\n---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatal(err)
		}
		err := cluster.Client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("test"))
		if err != nil {
			t.Fatal(err)
		}
	}
}

// eventually waits until the processes of Flux are the given ones.
func eventually(t *testing.T, host *kubetest.Host, want ...string) []process.Status {
	t.Helper()
	var running []process.Status
	var names []string
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, 30*time.Second, true,
		func(context.Context) (bool, error) {
			running, names = nil, nil
			for _, status := range host.Supervisor.List() {
				if strings.HasSuffix(status.Name, "-controller") && status.PID != 0 {
					running, names = append(running, status), append(names, filepath.Base(status.Name))
				}
			}
			return slices.Equal(names, want), nil
		})
	if err != nil {
		t.Fatalf("waiting for the processes %q: %v; there are %q", want, err, names)
	}
	return running
}

func scale(t *testing.T, cluster *kube.Cluster, deployment string, replicas int) {
	t.Helper()
	patch := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, replicas)
	_, err := cluster.Clientset.AppsV1().Deployments("flux-system").Patch(t.Context(), deployment,
		types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// bed is a cluster with Flux's controllers beside it, as a daemon runs them.
type bed struct {
	host    *kubetest.Host
	manager *fluxcontrollers.Manager
	backend *kube.Backend
	cluster *kube.Cluster
}

func newBed(t *testing.T, dir string) *bed {
	t.Helper()
	host := kubetest.NewHost(t, dir, nil)
	manager, err := fluxcontrollers.NewManager(fluxcontrollers.Options{
		ToolsDir: host.Tools, Supervisor: host.Supervisor, Log: host.Log,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(manager.Close)
	backend := host.Backend(t, manager)
	return &bed{host: host, manager: manager, backend: backend, cluster: kubetest.Create(t, backend, "flux")}
}

// all are the controllers that run when all is well, by name.
var all = []string{"helm-controller", "kustomize-controller", "notification-controller", "source-controller"}

// TestControllersFollowTheirDeployments walks one cluster through the life of its controllers, since each step needs
// the one before.
func TestControllersFollowTheirDeployments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := newBed(t, dir)
	install(t, b.cluster, b.host.Tools)
	awaitPods(t, b.cluster, "source-controller", 1)
	eventually(t, b.host) // no node, so no pod runs, so no process either

	if err := b.backend.ApplyNodeGroup(t.Context(), "flux", kubetest.NodeGroup("default", 1)); err != nil {
		t.Fatal(err)
	}
	first := eventually(t, b.host, all...)
	for _, controller := range all {
		checkIdentity(t, b.cluster, controller)
	}
	checkSync(t, b.cluster)
	checkReceiver(t, b)
	checkRelease(t, b.cluster)
	checkSteady(t, b.host, first)

	b.manager.Close()
	b.host.Supervisor.Close(0)
	b = newBed(t, dir)
	checkSteady(t, b.host, eventually(t, b.host, all...))
	checkSync(t, b.cluster)

	checkScaling(t, b)
	checkRollout(t, b)

	err := b.cluster.Clientset.CoreV1().Namespaces().Delete(t.Context(), "flux-system", metav1.DeleteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, b.host)
	for _, controller := range all {
		awaitPods(t, b.cluster, controller, 0)
	}
}

func checkScaling(t *testing.T, b *bed) {
	t.Helper()
	before := eventually(t, b.host, all...)
	for i, name := range all {
		scale(t, b.cluster, name, 0)
		eventually(t, b.host, slices.Delete(slices.Clone(all), i, i+1)...)
		awaitPods(t, b.cluster, name, 0)
		scale(t, b.cluster, name, 1)
		after := eventually(t, b.host, all...)
		for j := range all {
			if same := before[j].PID == after[j].PID; same == (i == j) {
				t.Errorf("scaling %s gave %v after %v", name, after, before)
			}
		}
		before = after
	}
}

// checkRollout changes the template of a Deployment, which replaces its pod and with it the process.
func checkRollout(t *testing.T, b *bed) {
	t.Helper()
	running := eventually(t, b.host, all...)
	before := running[slices.Index(all, "source-controller")]
	patch := []byte(`{"spec":{"template":{"metadata":{"annotations":{"changed":"yes"}}}}}`)
	_, err := b.cluster.Clientset.AppsV1().Deployments("flux-system").Patch(t.Context(), "source-controller",
		types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	err = wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, 30*time.Second, true,
		func(context.Context) (bool, error) {
			after := b.host.Supervisor.List()
			i := slices.IndexFunc(after, func(s process.Status) bool { return s.Name == before.Name })
			return i >= 0 && after[i].PID != 0 && after[i].PID != before.PID, nil
		})
	if err != nil {
		t.Errorf("a changed template did not restart the process: %v", err)
	}
}

// awaitPods waits until there are so many pods of a controller. A pod that is gone means a process that is gone.
func awaitPods(t *testing.T, cluster *kube.Cluster, controller string, want int) {
	t.Helper()
	var pods *corev1.PodList
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, 30*time.Second, true,
		func(ctx context.Context) (bool, error) {
			var err error
			pods, err = cluster.Clientset.CoreV1().Pods("flux-system").List(ctx,
				metav1.ListOptions{LabelSelector: "app=" + controller})
			return err == nil && len(pods.Items) == want, err
		})
	if err != nil {
		t.Errorf("waiting for %d pods of %s: %v; there are %d", want, controller, err, len(pods.Items))
	}
}

// checkIdentity asks the API server who the owner of the kubeconfig is that the controller's process was given.
func checkIdentity(t *testing.T, cluster *kube.Cluster, controller string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(cluster.Dir(), "flux", controller, "*", "kubeconfig"))
	if err != nil || len(files) != 1 {
		t.Fatalf("found the kubeconfigs %q of %s (%v), want one", files, controller, err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", files[0])
	if err != nil {
		t.Fatal(err)
	}
	set, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	review, err := set.AuthenticationV1().SelfSubjectReviews().Create(t.Context(),
		&authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("system:serviceaccount:flux-system:"+controller, review.Status.UserInfo.Username); diff != "" {
		t.Error(diff)
	}
}

// checkSteady makes sure that the processes live: a controller that cannot reach its API server or may not read its
// objects ends, and is started again and again.
func checkSteady(t *testing.T, host *kubetest.Host, running []process.Status) {
	t.Helper()
	for i, status := range eventually(t, host, all...) {
		if status.PID != running[i].PID || status.Restarts != 0 {
			t.Errorf("%s does not stay up: %+v", status.Name, status)
		}
	}
}
