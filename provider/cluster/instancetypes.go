package cluster

import (
	"slices"
	"strings"
)

// chip is an accelerator that a machine image brings drivers for.
type chip string

const (
	noChip     chip = ""
	chipNVIDIA chip = "NVIDIA"
	chipNeuron chip = "Neuron"
)

// machine is what an instance type asks of its machine image.
type machine struct {
	arm  bool
	chip chip
}

func (m machine) String() string {
	name := "x86"
	if m.arm {
		name = "Arm"
	}
	if m.chip != noChip {
		name += " with " + string(m.chip)
	}
	return name
}

// machineOf follows EC2's naming of instance types, https://docs.aws.amazon.com/ec2/latest/instancetypes/: a series in
// letters, a generation in digits, attributes in letters, and what follows a hyphen; there is no list to keep up to
// date.
func machineOf(instanceType string) machine {
	family, _, _ := strings.Cut(instanceType, ".")
	family, variant, _ := strings.Cut(family, "-")
	generation := strings.TrimLeft(family, "abcdefghijklmnopqrstuvwxyz")
	series := strings.TrimSuffix(family, generation)
	attributes := strings.TrimLeft(generation, "0123456789")
	m := machine{
		// Graviton is the attribute g; before there were attributes, it was the series a. GB200 joins NVIDIA's chips to
		// NVIDIA's own Arm processors.
		arm: series == "a" || strings.Contains(attributes, "g") || strings.HasPrefix(variant, "gb"),
	}
	switch {
	// The chips of g4ad are AMD's.
	case slices.Contains([]string{"p", "gr"}, series), series == "g" && !strings.Contains(attributes, "a"):
		m.chip = chipNVIDIA
	case slices.Contains([]string{"inf", "trn"}, series):
		m.chip = chipNeuron
	}
	return m
}

// tooSmall returns whether the memory of an instance type, 1 GiB or less, is spent when a node has kept its own: 255
// MiB and 11 for each pod that it may have, for the kubelet, and 100 at which it evicts.
func tooSmall(instanceType string) bool {
	return strings.HasSuffix(instanceType, ".nano") || strings.HasSuffix(instanceType, ".micro")
}
