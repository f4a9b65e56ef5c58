package aws

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// addon is what EKS knows of an add-on.
type addon struct {
	// versions are by Kubernetes minor, the default first, the newest last. A minor without an entry has those of "".
	versions map[string][]string
	// workload is false for add-ons that are only DaemonSets, which are available with no node at all.
	workload bool
	// serviceAccounts are those that can get a pod identity through the add-on.
	serviceAccounts []string
	// settings are the top-level keys of its configuration schema.
	settings []string
}

var commonSettings = []string{"affinity", "nodeSelector", "podAnnotations", "podLabels", "resources", "tolerations"}

// addons are the add-ons that can be asked for. Versions of kube-proxy, coredns, vpc-cni and eks-pod-identity-agent are
// ones that AWS has published for these minors; those of the others are invented, in AWS's form.
var addons = map[string]addon{
	"vpc-cni": {
		versions:        map[string][]string{"": {"v1.20.1-eksbuild.3", "v1.22.4-eksbuild.3"}},
		serviceAccounts: []string{"aws-node"},
		settings: append([]string{
			"enableNetworkPolicy", "enableWindowsIpam", "enableWindowsPrefixDelegation", "env", "eniConfig", "init",
			"livenessProbe",
			"nodeAgent", "readinessProbe", "warmWindowsPrefixTarget",
		}, commonSettings...),
	},
	"kube-proxy": {
		versions: map[string][]string{
			"1.33": {"v1.33.5-eksbuild.2", "v1.33.10-eksbuild.13"},
			"1.34": {"v1.34.1-eksbuild.2", "v1.34.6-eksbuild.13"},
			"1.35": {"v1.35.3-eksbuild.13"},
			"1.36": {"v1.36.0-eksbuild.14"},
		},
		settings: append([]string{"ipvs", "mode"}, commonSettings...),
	},
	"coredns": {
		versions: map[string][]string{"": {"v1.13.2-eksbuild.4", "v1.14.3-eksbuild.11"}}, workload: true,
		settings: append([]string{
			"autoScaling", "computeType", "corefile", "podDisruptionBudget", "replicaCount", "topologySpreadConstraints",
		}, commonSettings...),
	},
	"eks-pod-identity-agent": {
		versions: map[string][]string{"": {"v1.3.5-eksbuild.2", "v1.3.10-eksbuild.3"}},
		settings: append([]string{"agent", "priorityClassName"}, commonSettings...),
	},
	"aws-ebs-csi-driver": {
		versions: map[string][]string{"": {"v1.51.0-eksbuild.1"}}, workload: true,
		serviceAccounts: []string{"ebs-csi-controller-sa"},
		settings:        []string{"controller", "defaultStorageClass", "node", "sidecars", "useOldCSIDriver"},
	},
	"metrics-server": {
		versions: map[string][]string{"": {"v0.8.0-eksbuild.2"}}, workload: true,
		settings: append([]string{"addonResizer", "replicas"}, commonSettings...),
	},
	"snapshot-controller": {
		versions: map[string][]string{"": {"v8.3.0-eksbuild.1"}}, workload: true, settings: commonSettings,
	},
}

// addonVersions are the versions of an add-on for a Kubernetes minor, the default first.
func addonVersions(name, minor string) []string {
	if versions, ok := addons[name].versions[minor]; ok {
		return versions
	}
	return addons[name].versions[""]
}

// AddonVersions are the versions of an add-on that there are for a Kubernetes minor, the default first.
func AddonVersions(name, minor string) []string { return addonVersions(name, minor) }

// newestAddonVersion compares versions number by number: v1.9 is older than v1.10.
func newestAddonVersion(name, minor string) string {
	return slices.MaxFunc(addonVersions(name, minor), func(a, b string) int {
		return slices.Compare(numbersIn(a), numbersIn(b))
	})
}

func numbersIn(text string) []int {
	var numbers []int
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		if number, err := strconv.Atoi(part); err == nil {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// compareMinors compares Kubernetes versions of the form 1.NN.
func compareMinors(a, b string) int { return slices.Compare(numbersIn(a), numbersIn(b)) }

// releaseVersion is the AMI release of a minor: the patch release that EKS's kube-proxy has, and an invented date.
func releaseVersion(minor string) string {
	patch := 0
	if versions := addonVersions("kube-proxy", minor); len(versions) > 0 {
		patch = numbersIn(versions[0])[2]
	}
	return fmt.Sprintf("%s.%d-20261105", minor, patch)
}

// architecture says which processor an instance type has: its family ends in g, as in t4g or m7gd, for Arm.
func architecture(instanceType string) string {
	family, _, _ := strings.Cut(instanceType, ".")
	generation := strings.TrimLeft(family, "abcdefghijklmnopqrstuvwxyz")
	if strings.HasPrefix(strings.TrimLeft(generation, "0123456789"), "g") && !strings.HasPrefix(family, "g4") {
		return "arm64"
	}
	return "x86_64"
}

// chipOf says for which accelerators an image brings drivers.
func chipOf(amiType string) string {
	switch {
	case strings.HasSuffix(amiType, "_NVIDIA"), strings.HasSuffix(amiType, "_GPU"):
		return "gpu"
	case strings.HasSuffix(amiType, "_NEURON"):
		return "neuron"
	}
	return ""
}

// accelerator says which accelerators an instance type has, as its family's name begins: g and p for NVIDIA's, but for
// g4ad, and inf and trn for AWS's own.
func accelerator(instanceType string) string {
	family, _, _ := strings.Cut(instanceType, ".")
	switch {
	case strings.HasPrefix(family, "inf"), strings.HasPrefix(family, "trn"):
		return "neuron"
	case family != "g4ad" && strings.ContainsAny(family[:1], "gp"):
		return "gpu"
	}
	return ""
}

// instanceFamilies are the families that the region has.
var instanceFamilies = strings.Fields(`a1 c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7gn c7i
	c7i-flex c8g d2 d3 g4ad g4dn g5 g5g g6 g6e i3 i3en i4g i4i im4gn inf1 inf2 is4gen m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a
	m6g m6gd m6i m6id m6idn m6in m7a m7g m7gd m7i m7i-flex m8g p3 p4d p5 r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i
	r6id r7a r7g r7gd r7i r8g t2 t3 t3a t4g trn1 x1 x2gd x2idn z1d`)

var instanceSizes = strings.Fields(`nano micro small medium large xlarge 2xlarge 3xlarge 4xlarge 6xlarge 8xlarge 9xlarge
	10xlarge 12xlarge 16xlarge 18xlarge 24xlarge 32xlarge 48xlarge metal`)

func instanceTypeExists(name string) bool {
	family, size, _ := strings.Cut(name, ".")
	return slices.Contains(instanceFamilies, family) && slices.Contains(instanceSizes, size)
}
