package kube

import (
	"fmt"
	"hash/fnv"
	"maps"
	"net/netip"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

const (
	nodeGroupLabel    = "eks.amazonaws.com/nodegroup"
	capacityTypeLabel = "eks.amazonaws.com/capacityType"
	// templateAnnotation is what a node was made from, as far as it cannot be changed while the node lives.
	templateAnnotation = "localcloud/node-template"
	// managedAnnotation names the labels that came from the node group, so that one that is taken from the group can be
	// taken from the nodes.
	managedAnnotation = "localcloud/node-group-labels"
)

// nodeTemplate is the part of a group that a node keeps for life; when it changes, the nodes are replaced.
func nodeTemplate(group aws.NodeGroupSpec) string {
	types := strings.Join(group.InstanceTypes, ",")
	return strings.Join([]string{group.Version, group.CapacityType, group.AMIType, types}, "/")
}

// newNode describes a node of a group in a subnet, as the kubelet of a managed node would register it.
func newNode(
	group aws.NodeGroupSpec, subnet aws.NodeSubnet, address netip.Addr, version serverVersion,
) (*corev1.Node, error) {
	if len(group.InstanceTypes) == 0 {
		return nil, fmt.Errorf("making a node of group %s: the group has no instance type", group.Name)
	}
	instanceType := group.InstanceTypes[0]
	size, err := sizeOf(instanceType)
	if err != nil {
		return nil, fmt.Errorf("making a node of group %s: %w", group.Name, err)
	}
	pods := size.maxPods(group.Prefixes)
	// A zone is its region and one letter.
	region := strings.TrimRight(subnet.Zone, "abcdef")
	name := fmt.Sprintf("ip-%s.%s.compute.internal", strings.ReplaceAll(address.String(), ".", "-"), region)
	architecture := "amd64"
	if strings.Contains(group.AMIType, "ARM_64") {
		architecture = "arm64"
	}
	labels := map[string]string{
		corev1.LabelHostname:           name,
		corev1.LabelOSStable:           "linux",
		corev1.LabelArchStable:         architecture,
		corev1.LabelInstanceTypeStable: instanceType,
		corev1.LabelTopologyZone:       subnet.Zone,
		corev1.LabelTopologyRegion:     region,
		nodeGroupLabel:                 group.Name,
		capacityTypeLabel:              group.CapacityType,
	}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Labels: labels, Annotations: map[string]string{templateAnnotation: nodeTemplate(group)},
		},
		Spec: corev1.NodeSpec{ProviderID: fmt.Sprintf("aws:///%s/%s", subnet.Zone, instanceID(name))},
		Status: corev1.NodeStatus{
			Capacity: size.capacity(pods), Allocatable: size.allocatable(pods),
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: address.String()},
				{Type: corev1.NodeInternalDNS, Address: name},
				{Type: corev1.NodeHostName, Address: name},
			},
			NodeInfo: corev1.NodeSystemInfo{
				Architecture: architecture, OperatingSystem: "linux", OSImage: osImage(group.AMIType),
				KubeletVersion: version.full, ContainerRuntimeVersion: "containerd://2.1.5",
			},
		},
	}
	decorate(node, group)
	return node, nil
}

// decorate gives a node the labels and taints of its group, and says whether that changed it.
func decorate(node *corev1.Node, group aws.NodeGroupSpec) (changed bool) {
	before := node.DeepCopy()
	for label := range strings.SplitSeq(node.Annotations[managedAnnotation], ",") {
		delete(node.Labels, label)
	}
	maps.Copy(node.Labels, group.Labels)
	node.Annotations[managedAnnotation] = strings.Join(sortedKeys(group.Labels), ",")
	// Taints that others put there, such as those of the node controller, have a domain of Kubernetes' own.
	var taints []corev1.Taint
	for _, taint := range node.Spec.Taints {
		if strings.HasPrefix(taint.Key, "node.kubernetes.io/") {
			taints = append(taints, taint)
		}
	}
	for _, taint := range group.Taints {
		taints = append(taints, corev1.Taint{Key: taint.Key, Value: taint.Value, Effect: corev1.TaintEffect(taint.Effect)})
	}
	node.Spec.Taints = taints
	return !equalNodes(before, node)
}

// instanceID looks like the id of a virtual machine and follows from the node's name and the time it was made.
func instanceID(node string) string {
	hash := fnv.New64a()
	_, _ = fmt.Fprint(hash, node, time.Now().UnixNano()) // a hash takes everything
	return fmt.Sprintf("i-0%016x", hash.Sum64())
}

func osImage(amiType string) string {
	if strings.HasPrefix(amiType, "BOTTLEROCKET") {
		return "Bottlerocket OS (aws-k8s)"
	}
	return "Amazon Linux 2023"
}
