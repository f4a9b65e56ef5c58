package cloudcontrollers_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
)

// TestControllers walks one cluster through its life, because a cluster takes seconds to start.
func TestControllers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, dir)
	n := b.createNetwork()
	b.createCluster(n)

	public := b.createService("public", nil, nil)
	internal := b.createService("internal", map[string]string{internalAnnotation: "true"}, nil)
	b.createService("foreign", nil, new("example.com/balancer"))
	b.createService("external", map[string]string{typeAnnotation: "external"}, nil)
	publicHost := b.awaitHost("public")
	b.awaitEvent("internal", "SyncLoadBalancerFailed", "Error syncing load balancer: failed to ensure load balancer: "+
		"could not find any suitable subnets for creating the ELB")
	b.settle(ofBalancer(public)...)
	b.checkUntouched("foreign", "external")
	b.updateSubnet(n, "a", map[string]any{"kubernetes.io/role/elb": "1", "kubernetes.io/role/internal-elb": "1"})
	if host := b.awaitHost("internal"); !strings.HasPrefix(host, "internal-") {
		t.Errorf("the internal load balancer is %s", host)
	}
	b.settle(append(ofBalancer(public), ofBalancer(internal)[:3]...)...)
	b.checkReleases()

	b.createClaims()
	nodes := b.createNodes(n)
	b.create("aws:eks/addon:Addon", map[string]any{"clusterName": "demo", "addonName": "aws-ebs-csi-driver"})
	immediate := b.awaitBound("immediate")
	kept := b.checkVolumes(immediate)

	b.close()
	b = open(t, dir)
	if host := b.awaitHost("public"); host != publicHost {
		t.Errorf("after a restart the load balancer is %s, was %s", host, publicHost)
	}
	b.deleteService("public")
	b.deleteClaim("immediate")
	b.settle(append(ofBalancer(internal)[:3], kept)...)

	b.checkLeftovers(n, nodes, internal, kept)
}

// checkLeftovers deletes a cluster that still has a Service and a claim.
func (b *bed) checkLeftovers(n network, nodes string, internal *corev1.Service, kept string) {
	b.t.Helper()
	public := b.createService("left", nil, nil)
	b.awaitHost("left")
	b.createClaim("left", "immediate")
	left := b.awaitBound("left")
	want := append(append(ofBalancer(internal)[:3], ofBalancer(public)...), kept, left)
	b.settle(want...)
	if err := b.remove("aws:eks/nodeGroup:NodeGroup", nodes); err != "" {
		b.t.Fatal(err)
	}
	// Nothing of the driver runs any more, so nobody deletes the volume.
	b.awaitNoDriver()
	b.deleteClaim("left")
	b.awaitReleased(left)
	if err := b.remove("aws:eks/cluster:Cluster", "demo"); err != "" {
		b.t.Fatal(err)
	}
	b.settle(want...)
	for token, id := range map[string]string{
		"aws:ec2/vpc:Vpc": n.vpc, subnet: n.subnets[0], "aws:ec2/internetGateway:InternetGateway": n.gateway,
	} {
		if err := b.remove(token, id); !strings.Contains(err, "DependencyViolation") {
			b.t.Errorf("deleting %s in spite of a load balancer: %q", token, err)
		}
	}
}

func (b *bed) updateSubnet(n network, zone string, tags map[string]any) {
	b.t.Helper()
	response := b.call(api.UpdatePath, api.Request{Type: subnet, ID: n.subnets[0], Inputs: n.subnet(zone, tags)})
	if response.Error != "" {
		b.t.Fatal(response.Error)
	}
}

// awaitNoDriver waits until no pod of the EBS CSI driver is available.
func (b *bed) awaitNoDriver() {
	b.t.Helper()
	available := int32(0)
	eventually(b.t, "the driver to stop", func() bool {
		deployment, err := b.clientset().AppsV1().Deployments("kube-system").
			Get(b.t.Context(), "ebs-csi-controller", metav1.GetOptions{})
		if err != nil {
			b.t.Fatal(err)
		}
		available = deployment.Status.AvailableReplicas
		return available == 0
	}, func() any { return available })
}
