package kube_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kubetest"
)

func (s shared) addons(t *testing.T) {
	t.Parallel()
	group := kubetest.NodeGroup("addons", 2)
	group.Subnets = subnets(6)
	apply(t, s.backend, s.cluster, group)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, name := range []string{
		"vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent", "aws-ebs-csi-driver", "metrics-server",
	} {
		addon := aws.AddonSpec{Name: name, Version: "v1.2.3-eksbuild.4"}
		if err := s.backend.ApplyAddon(ctx, s.cluster.Name(), addon); err != nil {
			t.Error(err)
		}
	}
	coredns, err := s.cluster.Clientset.AppsV1().Deployments("kube-system").Get(ctx, "coredns", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if coredns.Status.AvailableReplicas != 2 {
		t.Errorf("coredns has %d replicas available, want 2", coredns.Status.AvailableReplicas)
	}
	want := "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/coredns:v1.2.3-eksbuild.4"
	if diff := cmp.Diff(want, coredns.Spec.Template.Spec.Containers[0].Image); diff != "" {
		t.Error(diff)
	}
	dns, err := s.cluster.Clientset.CoreV1().Services("kube-system").Get(ctx, "kube-dns", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("10.100.0.10", dns.Spec.ClusterIP); diff != "" {
		t.Error(diff)
	}
	if err := s.backend.DeleteAddon(ctx, s.cluster.Name(), "coredns"); err != nil {
		t.Fatal(err)
	}
	_, err = s.cluster.Clientset.AppsV1().Deployments("kube-system").Get(ctx, "coredns", metav1.GetOptions{})
	assertGone(t, "the Deployment of a deleted add-on", err)
	_, err = s.cluster.Clientset.CoreV1().Services("kube-system").Get(ctx, "kube-dns", metav1.GetOptions{})
	assertGone(t, "the Service of a deleted add-on", err)
	if err := s.backend.DeleteAddon(ctx, s.cluster.Name(), "coredns"); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
}

func (s shared) unknownAddon(t *testing.T) {
	t.Parallel()
	err := s.backend.ApplyAddon(t.Context(), s.cluster.Name(), aws.AddonSpec{Name: "vpc_cni", Version: "v1"})
	if err == nil {
		t.Fatal("an add-on that there is not was applied")
	}
	want := `looking for add-on "vpc_cni": there is none of that name; ` +
		"use one of aws-ebs-csi-driver, coredns, eks-pod-identity-agent, kube-proxy, metrics-server, vpc-cni"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

// TestAddonsWithoutNodes has a cluster of its own, which never gets a node.
func TestAddonsWithoutNodes(t *testing.T) {
	t.Parallel()
	host := kubetest.NewHost(t, t.TempDir(), nil)
	backend := host.Backend(t, nil)
	kubetest.Create(t, backend, "empty")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := backend.ApplyAddon(ctx, "empty", aws.AddonSpec{Name: "vpc-cni", Version: "v1"}); err != nil {
		t.Errorf("a DaemonSet in a cluster without nodes lacks nothing, but: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := backend.ApplyAddon(ctx, "empty", aws.AddonSpec{Name: "coredns", Version: "v1"})
	if err == nil {
		t.Fatal("coredns is available without a node")
	}
	if want := "Deployment coredns has 0 of 2 replicas available"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, which does not say %q", err, want)
	}
}
