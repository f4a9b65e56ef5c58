package kube_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kubetest"
)

// apply applies a node group and returns its nodes by name.
func apply(t *testing.T, backend *kube.Backend, cluster *kube.Cluster, group aws.NodeGroupSpec) map[string]corev1.Node {
	t.Helper()
	if err := backend.ApplyNodeGroup(t.Context(), cluster.Name(), group); err != nil {
		t.Fatal(err)
	}
	return nodesOf(t, cluster, group.Name)
}

func nodesOf(t *testing.T, cluster *kube.Cluster, group string) map[string]corev1.Node {
	t.Helper()
	list, err := cluster.Clientset.CoreV1().Nodes().List(t.Context(),
		metav1.ListOptions{LabelSelector: "eks.amazonaws.com/nodegroup=" + group})
	if err != nil {
		t.Fatal(err)
	}
	nodes := map[string]corev1.Node{}
	for _, node := range list.Items {
		nodes[node.Name] = node
	}
	return nodes
}

// subnets are two subnets of one test's own, so that the addresses do not depend on the other tests.
func subnets(n int) []aws.NodeSubnet {
	return []aws.NodeSubnet{
		{ID: "subnet-a", Zone: "us-west-2a", CIDRBlock: fmt.Sprintf("10.%d.0.0/20", n)},
		{ID: "subnet-b", Zone: "us-west-2b", CIDRBlock: fmt.Sprintf("10.%d.16.0/20", n)},
	}
}

func (s shared) nodeGroup(t *testing.T) {
	t.Parallel()
	group := kubetest.NodeGroup("lifecycle", 2)
	group.Subnets = subnets(1)
	group.Taints = []aws.Taint{{Key: "dedicated", Value: "ci", Effect: "NoSchedule"}}
	nodes := apply(t, s.backend, s.cluster, group)
	wantNames := []string{"ip-10-1-0-10.us-west-2.compute.internal", "ip-10-1-16-10.us-west-2.compute.internal"}
	if diff := cmp.Diff(wantNames, slices.Sorted(maps.Keys(nodes))); diff != "" {
		t.Fatal(diff)
	}
	node := nodes[wantNames[1]]
	wantLabels := map[string]string{
		"beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", // the API server's own
		"kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux", "kubernetes.io/hostname": wantNames[1],
		"node.kubernetes.io/instance-type": "t3.medium",
		"topology.kubernetes.io/region":    "us-west-2", "topology.kubernetes.io/zone": "us-west-2b",
		"eks.amazonaws.com/nodegroup": "lifecycle", "eks.amazonaws.com/capacityType": "ON_DEMAND",
		"team": "platform",
	}
	if diff := cmp.Diff(wantLabels, withoutDeprecated(node.Labels)); diff != "" {
		t.Error(diff)
	}
	wantTaints := []corev1.Taint{{Key: "dedicated", Value: "ci", Effect: "NoSchedule"}}
	if diff := cmp.Diff(wantTaints, taintsOf(node)); diff != "" {
		t.Error(diff)
	}
	type quantities struct{ CPU, Memory, Pods string }
	of := func(l corev1.ResourceList) quantities {
		return quantities{l.Cpu().String(), l.Memory().String(), l.Pods().String()}
	}
	if diff := cmp.Diff(quantities{"2", "4Gi", "110"}, of(node.Status.Capacity)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(quantities{"1930m", "2531Mi", "110"}, of(node.Status.Allocatable)); diff != "" {
		t.Error(diff)
	}
	if got := node.Status.NodeInfo.KubeletVersion; got[:5] != "v1.35" {
		t.Errorf("the kubelet is %s, want one of v1.35", got)
	}

	// In place: labels and taints. More nodes: in the emptiest subnet, at the next free address.
	group.Size, group.Labels, group.Taints = 3, map[string]string{"tier": "gold"}, nil
	changed := apply(t, s.backend, s.cluster, group)
	wantNames = slices.Sorted(slices.Values(append(wantNames, "ip-10-1-0-11.us-west-2.compute.internal")))
	if diff := cmp.Diff(wantNames, slices.Sorted(maps.Keys(changed))); diff != "" {
		t.Error(diff)
	}
	for name, node := range changed {
		if old, ok := nodes[name]; ok && old.UID != node.UID {
			t.Errorf("node %s was replaced", name)
		}
		if node.Labels["tier"] != "gold" || node.Labels["team"] != "" || len(taintsOf(node)) != 0 {
			t.Errorf("node %s has labels %v and taints %v", name, node.Labels, node.Spec.Taints)
		}
	}

	if err := s.backend.DeleteNodeGroup(t.Context(), s.cluster.Name(), "lifecycle"); err != nil {
		t.Fatal(err)
	}
	if left := nodesOf(t, s.cluster, "lifecycle"); len(left) != 0 {
		t.Errorf("nodes are left: %v", slices.Collect(maps.Keys(left)))
	}
	if err := s.backend.DeleteNodeGroup(t.Context(), s.cluster.Name(), "lifecycle"); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
}

// withoutDeprecated leaves out the labels that the node controller adds for old clients, some time after the node is
// made.
func withoutDeprecated(labels map[string]string) map[string]string {
	result := maps.Clone(labels)
	for _, label := range []string{
		"beta.kubernetes.io/instance-type", "failure-domain.beta.kubernetes.io/region",
		"failure-domain.beta.kubernetes.io/zone",
	} {
		delete(result, label)
	}
	result["beta.kubernetes.io/arch"], result["beta.kubernetes.io/os"] = "amd64", "linux"
	return result
}

// taintsOf leaves out what Kubernetes itself puts on a node that is new.
func taintsOf(node corev1.Node) []corev1.Taint {
	return slices.DeleteFunc(node.Spec.Taints, func(taint corev1.Taint) bool {
		return taint.Key == corev1.TaintNodeNotReady
	})
}

func (s shared) nodesAreReplaced(t *testing.T) {
	t.Parallel()
	group := kubetest.NodeGroup("replaced", 2)
	group.Subnets = subnets(2)
	before := apply(t, s.backend, s.cluster, group)
	group.InstanceTypes = []string{"m6i.large"}
	after := apply(t, s.backend, s.cluster, group)
	if len(after) != 2 {
		t.Fatalf("there are %d nodes, want 2", len(after))
	}
	for name, node := range after {
		if _, same := before[name]; same || node.Labels[corev1.LabelInstanceTypeStable] != "m6i.large" {
			t.Errorf("node %s is of type %s", name, node.Labels[corev1.LabelInstanceTypeStable])
		}
	}
}

// deploy makes a Deployment that runs on the nodes of one group only, and waits until it is available.
func deploy(t *testing.T, cluster *kube.Cluster, name string, replicas int32, group string) {
	t.Helper()
	labels := map[string]string{"app": name}
	_, err := cluster.Clientset.AppsV1().Deployments("default").Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: new(int64(600)),
					NodeSelector:                  map[string]string{"eks.amazonaws.com/nodegroup": group},
					Containers:                    []corev1.Container{{Name: "app", Image: "registry.example/app:1"}},
				},
			},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	awaitAvailable(t, cluster, name, replicas)
}

func awaitAvailable(t *testing.T, cluster *kube.Cluster, name string, replicas int32) {
	t.Helper()
	eventually(t, fmt.Sprintf("deployment %s has %d pods", name, replicas), func(ctx context.Context) (bool, error) {
		deployment, err := cluster.Clientset.AppsV1().Deployments("default").Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		return deployment.Status.AvailableReplicas == replicas && deployment.Status.Replicas == replicas, nil
	})
}

func eventually(t *testing.T, what string, condition wait.ConditionWithContextFunc) {
	t.Helper()
	if err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, 30*time.Second, true, condition); err != nil {
		t.Fatalf("waiting until %s: %v", what, err)
	}
}

func pods(t *testing.T, cluster *kube.Cluster, app string) []corev1.Pod {
	t.Helper()
	list, err := cluster.Clientset.CoreV1().Pods("default").
		List(t.Context(), metav1.ListOptions{LabelSelector: "app=" + app})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func (s shared) shrinkMovesPods(t *testing.T) {
	t.Parallel()
	group := kubetest.NodeGroup("shrinking", 2)
	group.Subnets = subnets(3)
	apply(t, s.backend, s.cluster, group)
	deploy(t, s.cluster, "moving", 4, "shrinking")
	group.Size = 1
	nodes := apply(t, s.backend, s.cluster, group)
	if len(nodes) != 1 {
		t.Fatalf("there are %d nodes, want 1", len(nodes))
	}
	awaitAvailable(t, s.cluster, "moving", 4)
	for _, pod := range pods(t, s.cluster, "moving") {
		if _, ok := nodes[pod.Spec.NodeName]; !ok {
			t.Errorf("pod %s is on node %s, which is gone", pod.Name, pod.Spec.NodeName)
		}
	}
}

// podsEndAtOnce holds kwok to what a container that heeds its signal does, however long it could take.
func (s shared) podsEndAtOnce(t *testing.T) {
	t.Parallel()
	group := kubetest.NodeGroup("ending", 1)
	group.Subnets = subnets(4)
	apply(t, s.backend, s.cluster, group)
	deploy(t, s.cluster, "ending", 2, "ending")
	held := pods(t, s.cluster, "ending")[0]
	_, err := s.cluster.Clientset.CoreV1().Pods("default").Patch(t.Context(), held.Name, "application/merge-patch+json",
		[]byte(`{"metadata":{"finalizers":["example.com/held"]}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.cluster.Clientset.AppsV1().Deployments("default").Delete(t.Context(), "ending", metav1.DeleteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "only the pod with a finalizer is left", func(context.Context) (bool, error) {
		left := pods(t, s.cluster, "ending")
		return len(left) == 1 && left[0].Name == held.Name && left[0].DeletionTimestamp != nil, nil
	})
	_, err = s.cluster.Clientset.CoreV1().Pods("default").Patch(t.Context(), held.Name, "application/merge-patch+json",
		[]byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "no pod is left", func(context.Context) (bool, error) {
		return len(pods(t, s.cluster, "ending")) == 0, nil
	})
}

func (s shared) jobsComplete(t *testing.T) {
	t.Parallel()
	group := kubetest.NodeGroup("jobs", 1)
	group.Subnets = subnets(5)
	apply(t, s.backend, s.cluster, group)
	_, err := s.cluster.Clientset.BatchV1().Jobs("default").Create(t.Context(), &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "once"},
		Spec: batchv1.JobSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			RestartPolicy:  corev1.RestartPolicyNever,
			InitContainers: []corev1.Container{{Name: "init", Image: "registry.example/init:1"}},
			Containers:     []corev1.Container{{Name: "app", Image: "registry.example/app:1"}},
		}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the job has succeeded", func(ctx context.Context) (bool, error) {
		job, err := s.cluster.Clientset.BatchV1().Jobs("default").Get(ctx, "once", metav1.GetOptions{})
		return err == nil && job.Status.Succeeded == 1, err
	})
}

func (s shared) unknownInstanceType(t *testing.T) {
	t.Parallel()
	group := kubetest.NodeGroup("unknown", 1)
	group.InstanceTypes = []string{"z9.huge"}
	err := s.backend.ApplyNodeGroup(t.Context(), s.cluster.Name(), group)
	if err == nil {
		t.Fatal("nodes were made of a type that is not known")
	}
	want := `making a node of group unknown: instance type "z9.huge" is not known here; ` +
		"use one of the families t, m, c and r, such as t3.medium"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

// assertGone fails the test unless reading an object says that it is not there.
func assertGone(t *testing.T, what string, err error) {
	t.Helper()
	if !apierrors.IsNotFound(err) {
		t.Errorf("reading %s: got %v, want that it is not found", what, err)
	}
}
