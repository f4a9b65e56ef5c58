package kube

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// instanceSize is what a virtual machine has. Addresses are those that each of its network interfaces can have.
type instanceSize struct{ cpus, memoryMiB, interfaces, addresses int64 }

// burstable are the sizes of the families whose memory does not follow from the number of processors.
var burstable = map[string]instanceSize{
	"micro": {2, 1 << 10, 2, 2}, "small": {2, 2 << 10, 3, 4}, "medium": {2, 4 << 10, 3, 6}, "large": {2, 8 << 10, 3, 12},
	"xlarge": {4, 16 << 10, 4, 15}, "2xlarge": {8, 32 << 10, 4, 15},
}

// memoryPerCPU is the memory in MiB beside each processor, by the letter that a family's name begins with.
var memoryPerCPU = map[byte]int64{'c': 2 << 10, 'm': 4 << 10, 'r': 8 << 10}

// regular are the other sizes, without their memory.
var regular = map[string]instanceSize{
	"medium": {1, 0, 2, 4}, "large": {2, 0, 3, 10}, "xlarge": {4, 0, 4, 15}, "2xlarge": {8, 0, 4, 15},
	"4xlarge": {16, 0, 8, 30}, "8xlarge": {32, 0, 8, 30}, "12xlarge": {48, 0, 8, 30}, "16xlarge": {64, 0, 15, 50},
	"24xlarge": {96, 0, 15, 50},
}

// sizeOf follows AWS's naming of instance types, for the families that clusters are commonly made of, as they are from
// t3, c5, m5 and r5 on to the seventh generation: https://docs.aws.amazon.com/ec2/latest/instancetypes/
// (specifications).
func sizeOf(instanceType string) (instanceSize, error) {
	family, size, _ := strings.Cut(instanceType, ".")
	if strings.HasPrefix(family, "t") {
		if found, ok := burstable[size]; ok {
			return found, nil
		}
	} else if family != "" {
		found := regular[size]
		if found.memoryMiB = found.cpus * memoryPerCPU[family[0]]; found.memoryMiB > 0 {
			return found, nil
		}
	}
	return instanceSize{}, fmt.Errorf("instance type %q is not known here; use one of the families t, m, c and r, "+
		"such as t3.medium", instanceType)
}

// maxPods is how many pods EKS lets a node have: one for each address but the first of each interface, or for each of a
// block's 16 where the CNI gives prefixes, and two that share the node's own; but no more than Kubernetes recommends.
// https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html
func (s instanceSize) maxPods(prefixes bool) int64 {
	addresses, most := s.interfaces*(s.addresses-1), int64(110)
	if prefixes {
		addresses *= 16
	}
	if s.cpus > 30 {
		most = 250
	}
	return min(addresses+2, most)
}

func (s instanceSize) capacity(pods int64) corev1.ResourceList {
	return resources(s.cpus*1000, s.memoryMiB, pods)
}

// allocatable leaves out what the nodes of EKS keep for the kubelet (255 MiB and 11 MiB per pod, and a share of the
// processors that shrinks with their number) and the 100 MiB at which they evict.
func (s instanceSize) allocatable(pods int64) corev1.ResourceList {
	reserved := int64(0)
	for cpu := range s.cpus {
		switch {
		case cpu == 0:
			reserved += 600 // of 10000
		case cpu == 1:
			reserved += 100
		case cpu < 4:
			reserved += 50
		default:
			reserved += 25
		}
	}
	return resources(s.cpus*1000-reserved/10, s.memoryMiB-100-255-11*pods, pods)
}

func resources(milliCPUs, memoryMiB, pods int64) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:              *resource.NewMilliQuantity(milliCPUs, resource.DecimalSI),
		corev1.ResourceMemory:           *resource.NewQuantity(memoryMiB<<20, resource.BinarySI),
		corev1.ResourcePods:             *resource.NewQuantity(pods, resource.DecimalSI),
		corev1.ResourceEphemeralStorage: *resource.NewQuantity(50<<30, resource.BinarySI),
	}
}
