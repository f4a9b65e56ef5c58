package kube

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// instanceSize is what a virtual machine has.
type instanceSize struct{ cpus, memoryMiB int64 }

// burstable are the sizes of the families whose memory does not follow from the number of processors.
var burstable = map[string]instanceSize{
	"micro": {2, 1 << 10}, "small": {2, 2 << 10}, "medium": {2, 4 << 10}, "large": {2, 8 << 10},
	"xlarge": {4, 16 << 10}, "2xlarge": {8, 32 << 10},
}

// memoryPerCPU is the memory in MiB beside each processor, by the letter that a family's name begins with.
var memoryPerCPU = map[byte]int64{'c': 2 << 10, 'm': 4 << 10, 'r': 8 << 10}

var cpusOfSize = map[string]int64{
	"medium": 1, "large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "12xlarge": 48, "16xlarge": 64,
	"24xlarge": 96,
}

// sizeOf follows AWS's naming of instance types, for the families that clusters are commonly made of.
func sizeOf(instanceType string) (instanceSize, error) {
	family, size, _ := strings.Cut(instanceType, ".")
	if strings.HasPrefix(family, "t") {
		if found, ok := burstable[size]; ok {
			return found, nil
		}
	} else if family != "" {
		memory, cpus := memoryPerCPU[family[0]], cpusOfSize[size]
		if memory > 0 && cpus > 0 {
			return instanceSize{cpus: cpus, memoryMiB: cpus * memory}, nil
		}
	}
	return instanceSize{}, fmt.Errorf("instance type %q is not known here; use one of the families t, m, c and r, "+
		"such as t3.medium", instanceType)
}

// maxPods is what EKS recommends when the VPC CNI hands out prefixes.
func (s instanceSize) maxPods() int64 {
	if s.cpus < 30 {
		return 110
	}
	return 250
}

func (s instanceSize) capacity() corev1.ResourceList {
	return resources(s.cpus*1000, s.memoryMiB, s.maxPods())
}

// allocatable leaves out what the nodes of EKS keep for the kubelet (255 MiB and 11 MiB per pod, and a share of the
// processors that shrinks with their number) and the 100 MiB at which they evict.
func (s instanceSize) allocatable() corev1.ResourceList {
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
	return resources(s.cpus*1000-reserved/10, s.memoryMiB-100-255-11*s.maxPods(), s.maxPods())
}

func resources(milliCPUs, memoryMiB, pods int64) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:              *resource.NewMilliQuantity(milliCPUs, resource.DecimalSI),
		corev1.ResourceMemory:           *resource.NewQuantity(memoryMiB<<20, resource.BinarySI),
		corev1.ResourcePods:             *resource.NewQuantity(pods, resource.DecimalSI),
		corev1.ResourceEphemeralStorage: *resource.NewQuantity(50<<30, resource.BinarySI),
	}
}
