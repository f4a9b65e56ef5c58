package cluster

import (
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// AmiType is a kind of machine image, as EKS spells it.
type AmiType string

// image is what is known of a kind of machine image. Windows is not among them, because nothing of ours runs there, nor
// is Amazon Linux 2, which ended with Kubernetes 1.32.
type image struct {
	enum        string
	name        AmiType
	machine     machine
	description string
}

var images = []image{
	{"AL2023X86", "AL2023_x86_64_STANDARD", machine{}, "Amazon Linux 2023 for x86."},
	{"AL2023Arm", "AL2023_ARM_64_STANDARD", machine{arm: true}, "Amazon Linux 2023 for Arm."},
	{"AL2023X86Nvidia", "AL2023_x86_64_NVIDIA", machine{chip: chipNVIDIA}, "Amazon Linux 2023 for x86 with NVIDIA's " +
		"drivers."},
	{"AL2023ArmNvidia", "AL2023_ARM_64_NVIDIA", machine{true, chipNVIDIA}, "Amazon Linux 2023 for Arm with NVIDIA's " +
		"drivers."},
	{"AL2023X86Neuron", "AL2023_x86_64_NEURON", machine{chip: chipNeuron}, "Amazon Linux 2023 for x86 with the drivers " +
		"of AWS Inferentia and Trainium."},
	{"BottlerocketX86", "BOTTLEROCKET_x86_64", machine{}, "Bottlerocket for x86."},
	{"BottlerocketArm", "BOTTLEROCKET_ARM_64", machine{arm: true}, "Bottlerocket for Arm."},
	{"BottlerocketX86Nvidia", "BOTTLEROCKET_x86_64_NVIDIA", machine{chip: chipNVIDIA}, "Bottlerocket for x86 with " +
		"NVIDIA's drivers."},
	{"BottlerocketArmNvidia", "BOTTLEROCKET_ARM_64_NVIDIA", machine{true, chipNVIDIA}, "Bottlerocket for Arm with " +
		"NVIDIA's drivers."},
	{"BottlerocketX86Fips", "BOTTLEROCKET_x86_64_FIPS", machine{}, "Bottlerocket for x86 with cryptography certified by " +
		"FIPS 140-3."},
	{"BottlerocketArmFips", "BOTTLEROCKET_ARM_64_FIPS", machine{arm: true}, "Bottlerocket for Arm with cryptography " +
		"certified by FIPS 140-3."},
}

// Values lists the kinds of machine image for the schema and the guard.
func (AmiType) Values() []infer.EnumValue[AmiType] {
	values := make([]infer.EnumValue[AmiType], 0, len(images))
	for _, known := range images {
		values = append(values, infer.EnumValue[AmiType]{
			Name: known.enum, Value: known.name, Description: known.description,
		})
	}
	return values
}

// defaultAMIType returns the Amazon Linux for a machine.
func defaultAMIType(m machine) AmiType {
	for _, known := range images {
		if known.machine == m {
			return known.name
		}
	}
	return images[0].name // There is no such machine: Neuron's chips have x86 beside them.
}

// fits returns whether a machine runs the image. One with a chip runs an image without drivers: somebody may bring them
// in pods.
func (t AmiType) fits(m machine) bool {
	for _, known := range images {
		if known.name == t {
			return known.machine.arm == m.arm && (known.machine.chip == m.chip || known.machine.chip == noChip)
		}
	}
	return true // Not one of the enumeration, which has been said.
}

func (t AmiType) isBottlerocket() bool { return strings.HasPrefix(string(t), "BOTTLEROCKET_") }
