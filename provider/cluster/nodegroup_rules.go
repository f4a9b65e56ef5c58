package cluster

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

const (
	maxNodesOfGroup = 450   // EKS's quota.
	minDiskSize     = 20    // The images are that large.
	maxDiskSize     = 16384 // EC2's limit for a gp3 volume.
	maxDecorations  = 50    // Labels of a group, and taints of one.
)

// maxOwnRoleName is how long the name of a group with a role of its own may be, for the role is called after both the
// resource and the group: IAM's 64 characters, less 22 for the resource and a hyphen, and 8 for Pulumi's suffix.
const maxOwnRoleName = 64 - 22 - 1 - len(nodeRolePrefix) - 8

var (
	instanceTypeName = regexp.MustCompile(`^[a-z][a-z0-9-]*\.[a-z0-9-]+$`)
)

// ValidateNodeGroups applies the rules of node groups; path is where the map stands among the inputs, and raw what was
// given there.
func ValidateNodeGroups(path string, specs map[string]NodeGroupSpec, raw property.Value) inputs.Violations {
	var found inputs.Violations
	if specs != nil && len(specs) == 0 {
		found.Addf(path, "must hold at least one group, for Flux needs nodes; leave it out for the default group")
	}
	start := 0
	for _, group := range NodeGroups(specs) {
		at := inputs.Key(path, group.Name)
		validateShortName(at, group.Name, &found)
		group.validateMachines(at, specs[group.Name].AmiType != nil, &found)
		group.validateSizes(at, &found)
		given := inputs.At(raw, group.Name)
		group.validateRole(at, inputs.At(given, "policyArns"), &found)
		validateLabels(inputs.Join(at, "labels"), inputs.At(given, "labels"), &found)
		validateTaints(inputs.Join(at, "taints"), inputs.At(given, "taints"), &found)
		if group.takesAnyPod() {
			start += group.Desired
		}
	}
	if len(found) == 0 && start == 0 {
		found.Addf(path, "must hold a group that starts with a node and has no taint but PREFER_NO_SCHEDULE, for DNS and "+
			"Flux tolerate no other; add one")
	}
	return found
}

func (g NodeGroup) validateMachines(at string, givenAMI bool, found *inputs.Violations) {
	typesPath := inputs.Join(at, "instanceTypes")
	first := machineOf(g.InstanceTypes[0])
	for i, instanceType := range g.InstanceTypes {
		typePath, m := inputs.Index(typesPath, i), machineOf(instanceType)
		switch {
		case !instanceTypeName.MatchString(instanceType):
			found.Addf(typePath, "must be an EC2 instance type such as %s; got %q", DefaultInstanceType, instanceType)
		case tooSmall(instanceType):
			found.Addf(typePath, "must have more than 1 GiB of memory, which the node keeps for itself; got %q, use for "+
				"example %s", instanceType, DefaultInstanceType)
		case strings.HasPrefix(instanceType, "a1.") && !g.AMI.isBottlerocket():
			// https://docs.aws.amazon.com/linux/al2023/ug/system-requirements.html
			found.Addf(typePath, "must be newer than the family a1, on which Amazon Linux 2023 does not start; got %q, use "+
				"for example m6g.large, or the amiType BOTTLEROCKET_ARM_64", instanceType)
		case m.arm != first.arm || !givenAMI && m != first:
			found.Addf(typePath, "must be for the same kind of AMI as %s, which is %s; got %q, which is %s: make a group "+
				"of its own for it", g.InstanceTypes[0], first, instanceType, m)
		case givenAMI && !g.AMI.fits(m):
			found.Addf(inputs.Join(at, "amiType"), "must be for %s, as %s is; got %q, use for example %s or leave it out",
				m, instanceType, g.AMI, defaultAMIType(m))
			return
		}
	}
}

func (g NodeGroup) validateSizes(at string, found *inputs.Violations) {
	switch {
	case g.Min < 0:
		found.Addf(inputs.Join(at, "minSize"), "must not be negative; got %d", g.Min)
	case g.Max < 1:
		found.Addf(inputs.Join(at, "maxSize"), "must be at least 1; got %d", g.Max)
	case g.Max > maxNodesOfGroup:
		found.Addf(inputs.Join(at, "maxSize"), "must be at most %d; got %d, make several groups", maxNodesOfGroup, g.Max)
	case g.Min > g.Max:
		found.Addf(inputs.Join(at, "minSize"), "must not be greater than maxSize; got %d > %d", g.Min, g.Max)
	case g.Desired < g.Min || g.Desired > g.Max:
		found.Addf(inputs.Join(at, "desiredSize"), "must be from minSize to maxSize; got %d, allowed are %d to %d",
			g.Desired, g.Min, g.Max)
	}
	if g.DiskSize < minDiskSize || g.DiskSize > maxDiskSize {
		found.Addf(inputs.Join(at, "diskSize"), "must be from %d to %d GiB; got %d", minDiskSize, maxDiskSize, g.DiskSize)
	}
	if g.MaxUnavailable < 1 || g.MaxUnavailable > 100 {
		found.Addf(inputs.Join(at, "maxUnavailablePercentage"), "must be from 1 to 100; got %d", g.MaxUnavailable)
	}
}

func (g NodeGroup) validateRole(at string, arns property.Value, found *inputs.Violations) {
	if arns.IsNull() {
		return
	}
	if len(g.Name) > maxOwnRoleName {
		found.Addf(at, "must be a name of at most %d characters when it has policyArns, for its IAM role is called after "+
			"it; got %q", maxOwnRoleName, g.Name)
	}
	validatePolicyARNs(inputs.Join(at, "policyArns"), arns, found)
}

// Names and values of labels and taints have the form that Kubernetes gives them.
var (
	labelName   = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z._-]{0,61}[0-9A-Za-z])?$`)
	labelDomain = regexp.MustCompile(`^[0-9a-z]([0-9a-z-]*[0-9a-z])?(\.[0-9a-z]([0-9a-z-]*[0-9a-z])?)*$`)
)

// reservedDomains are those of labels that EKS refuses, or that the kubelet may not give its own node.
var reservedDomains = []string{"kubernetes.io", "k8s.io", "eks.amazonaws.com"}

func validateLabels(path string, labels property.Value, found *inputs.Violations) {
	if !labels.IsMap() {
		return
	}
	if count := labels.AsMap().Len(); count > maxDecorations {
		found.Addf(path, "must be at most %d; got %d", maxDecorations, count)
	}
	for key, value := range labels.AsMap().AllStable {
		at := inputs.Key(path, key)
		if !isQualified(key) {
			found.Addf(at, "must have a key that is a Kubernetes name of at most 63 characters, such as tier or "+
				"acme.com/tier; got %q", key)
			continue
		}
		for _, domain := range reservedDomains {
			given, _, _ := strings.Cut(key, "/")
			if strings.Contains(key, "/") && strings.HasSuffix(given, domain) {
				found.Addf(at, "must not have a key in the domain %s, which EKS keeps for itself; use a domain of your own, "+
					"such as acme.com/role", domain)
			}
		}
		checkText(found, at, value, func(given string) error {
			if labelName.MatchString(given) {
				return nil
			}
			return fmt.Errorf("must be 1 to 63 letters, digits, hyphens, underscores and dots, with a letter or digit at "+
				"both ends; got %q", given)
		})
	}
}

func validateTaints(path string, taints property.Value, found *inputs.Violations) {
	if !taints.IsArray() {
		return
	}
	if count := taints.AsArray().Len(); count > maxDecorations {
		found.Addf(path, "must be at most %d; got %d", maxDecorations, count)
	}
	seen := map[string]bool{}
	for i, taint := range taints.AsArray().All {
		at := inputs.Index(path, i)
		effect := inputs.At(taint, "effect")
		checkText(found, inputs.Join(at, "key"), inputs.At(taint, "key"), func(key string) error {
			switch {
			case !isQualified(key):
				return fmt.Errorf("must be a Kubernetes name of at most 63 characters, such as nvidia.com/gpu; got %q", key)
			case effect.IsString() && seen[key+" "+effect.AsString()]:
				return fmt.Errorf("must not stand twice with one effect; got %q with %s, remove one of the two", key,
					effect.AsString())
			case effect.IsString():
				seen[key+" "+effect.AsString()] = true
			}
			return nil
		})
		checkText(found, inputs.Join(at, "value"), inputs.At(taint, "value"), func(value string) error {
			if value == "" || labelName.MatchString(value) {
				return nil
			}
			return fmt.Errorf("must be at most 63 letters, digits, hyphens, underscores and dots, with a letter or digit at "+
				"both ends; got %q", value)
		})
	}
}

// isQualified returns whether key is a name of Kubernetes, with a domain before it or without. EKS takes no more than
// 63 characters for both together.
func isQualified(key string) bool {
	const limit = 63
	if len(key) > limit {
		return false
	}
	domain, name, qualified := strings.Cut(key, "/")
	if !qualified {
		return labelName.MatchString(key)
	}
	return labelDomain.MatchString(domain) && labelName.MatchString(name)
}

func validatePolicyARNs(path string, arns property.Value, found *inputs.Violations) {
	checkTexts(found, path, arns, func(arn string) error {
		if policyARN.MatchString(arn) {
			return nil
		}
		return fmt.Errorf("must be the ARN of an IAM policy, such as arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore; "+
			"got %q", arn)
	})
}
