package aws

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// checkNodeGroup checks what EKS checks when it is asked, before any instance starts.
func (t *tx) checkNodeGroup(cluster *record, inputs props) error {
	if err := t.checkNodeRole(cluster, inputs.str("nodeRoleArn")); err != nil {
		return err
	}
	subnets, err := t.subnetsIn(inputs.strings("subnetIds"))
	if err != nil {
		return err
	}
	if vpcID := cluster.str("vpcConfig.vpcId"); subnets[0].str("vpcId") != vpcID {
		return t.fail(invalidParameter, "Subnet %s is not in the VPC %s of the cluster", subnets[0].ID, vpcID)
	}
	if err := t.checkScaling(inputs); err != nil {
		return err
	}
	if err := t.checkDecorations(inputs); err != nil {
		return err
	}
	minor := cluster.str("version")
	if version := inputs.str("version"); version != "" && version != minor {
		return t.fail(invalidParameter, "Requested Nodegroup Kubernetes version %s is invalid. Allowed kubernetes version "+
			"is "+
			"- %s", version, minor)
	}
	if amiType := inputs.str("amiType"); strings.HasPrefix(amiType, "AL2_") && compareMinors(minor, "1.32") > 0 {
		return t.fail(invalidParameter, "AMI Type %s is only supported for kubernetes versions 1.32 or earlier", amiType)
	}
	template, err := t.checkTemplateOf(inputs)
	if err != nil {
		return err
	}
	types := inputs.strings("instanceTypes")
	if template.has("instanceType") {
		types = append(types, template.str("instanceType"))
	}
	return t.checkInstanceTypes(types, orElse(inputs.str("amiType"), "AL2023_x86_64_STANDARD"))
}

func (t *tx) checkNodeRole(cluster *record, arn string) error {
	role := t.roleWithARN(arn)
	if role == nil {
		return t.fail(invalidParameter, "Role with arn: %s, could not be assumed because it does not exist or the trusted "+
			"entity is not correct", arn)
	}
	if cluster.str("roleArn") == arn {
		return t.fail(invalidRequest, "The role %s is the cluster's own and may not be used for nodes", arn)
	}
	if !trusts(role, "ec2.amazonaws.com", "sts:AssumeRole") {
		return t.fail(invalidParameter, "Following required service principals [ec2.amazonaws.com] were not found in the "+
			"trust relationships of nodeRole %s", arn)
	}
	return nil
}

func (t *tx) checkScaling(inputs props) error {
	smallest, desired := inputs.number("scalingConfig.minSize"), inputs.number("scalingConfig.desiredSize")
	largest := inputs.number("scalingConfig.maxSize")
	const limit = 450
	if largest > limit {
		return t.fail(limitExceeded, "At most %d nodes per node group, maxSize is %d.", limit, largest)
	}
	if problem := SizesProblem(smallest, desired, largest); problem != "" {
		return t.fail(invalidParameter, "%s", problem)
	}
	return nil
}

// SizesProblem says why EKS takes no node group of these sizes, or nothing.
func SizesProblem(smallest, desired, largest int) string {
	switch {
	case smallest > desired:
		return fmt.Sprintf("Minimum capacity %d can't be greater than desired size %d", smallest, desired)
	case desired > largest:
		return fmt.Sprintf("desired capacity %d can't be greater than max size %d", desired, largest)
	}
	return ""
}

var (
	labelKey   = regexp.MustCompile(`^([a-z0-9.-]+/)?[0-9A-Za-z]([0-9A-Za-z._-]{0,61}[0-9A-Za-z])?$`)
	labelValue = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z._-]{0,61}[0-9A-Za-z])?$`)
)

// checkDecorations checks labels and taints, which become those of Kubernetes' nodes.
func (t *tx) checkDecorations(inputs props) error {
	const noValue = "Invalid value: %s : field must consist of alphanumeric characters, '-', '_' or '.', and must start " +
		"and end with an alphanumeric character"
	labels := inputs.stringMap("labels")
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		for _, prefix := range []string{"kubernetes.io/", "k8s.io/", "eks.amazonaws.com/"} {
			if strings.Contains(key, prefix) {
				return t.fail(invalidParameter, "Label cannot contain reserved prefixes [kubernetes.io/, k8s.io/, "+
					"eks.amazonaws.com/]: %s", key)
			}
		}
		if len(key) > 63 || !labelKey.MatchString(key) {
			return t.fail(invalidParameter, noValue, key)
		}
		if !labelValue.MatchString(labels[key]) {
			return t.fail(invalidParameter, noValue, labels[key])
		}
	}
	seen := map[string]bool{}
	for _, taint := range inputs.objects("taints") {
		key := taint.str("key") + ":" + taint.str("effect")
		switch {
		case !labelKey.MatchString(taint.str("key")):
			return t.fail(invalidParameter, noValue, taint.str("key"))
		case taint.str("value") != "" && !labelValue.MatchString(taint.str("value")):
			return t.fail(invalidParameter, noValue, taint.str("value"))
		case seen[key]:
			return t.fail(invalidParameter, "Taints must be unique by key and effect: %s", key)
		}
		seen[key] = true
	}
	return nil
}

func (t *tx) checkInstanceTypes(types []string, amiType string) error {
	for _, name := range types {
		if !instanceTypeExists(name) {
			return t.fail(invalidParameter, "The following supplied instance types do not exist: [%s]", name)
		}
		arm := strings.Contains(strings.ToUpper(amiType), "ARM")
		wrongChip := chipOf(amiType) != "" && chipOf(amiType) != accelerator(name)
		if amiType != "CUSTOM" && (arm != (architecture(name) == "arm64") || wrongChip) {
			return t.fail(invalidParameter, "[%s] is not a valid instance type for requested amiType %s", name, amiType)
		}
	}
	return nil
}

// findTemplate is the launch template and the number of the version that a node group names.
func (t *tx) findTemplate(inputs props) (*record, int) {
	wanted := inputs.object("launchTemplate")
	template := t.lookup(typeLaunchTemplate, wanted.str("id"))
	if name := wanted.str("name"); name != "" && template == nil {
		for _, named := range t.of(typeLaunchTemplate, "name", name) {
			template = named
		}
	}
	if template == nil {
		return nil, 0
	}
	switch version := wanted.str("version"); version {
	case "$Latest":
		return template, template.properties().number("latestVersion")
	case "$Default":
		return template, template.properties().number("defaultVersion")
	default:
		number, err := strconv.Atoi(version)
		if err != nil {
			return template, 0
		}
		return template, number
	}
}

// templateOf is what a node group's launch template says, or nil.
func (t *tx) templateOf(inputs props) props {
	template, version := t.findTemplate(inputs)
	if template == nil {
		return nil
	}
	return templateVersion(template, version)
}

func (t *tx) checkTemplateOf(inputs props) (props, error) {
	wanted := inputs.object("launchTemplate")
	if wanted == nil {
		return nil, nil
	}
	if wanted.has("id") == wanted.has("name") {
		return nil, t.fail(invalidParameter, "Either provide launch template ID or launch template name in the request, not "+
			"both.")
	}
	name := wanted.str("id") + wanted.str("name")
	template, version := t.findTemplate(inputs)
	if template == nil {
		return nil, t.fail(invalidParameter, "Launch template %s does not exist", name)
	}
	content := templateVersion(template, version)
	if content == nil {
		return nil, t.fail(invalidParameter, "Could not find the specified version %s for the launch template %s.",
			wanted.str("version"), name)
	}
	subnetNamed := slices.ContainsFunc(content.objects("networkInterfaces"), func(card props) bool {
		return card.has("subnetId")
	})
	custom := content.has("imageId")
	for _, rule := range []struct {
		broken  bool
		message string
	}{
		{content.has("iamInstanceProfile"), "Launch template " + name + " should not specify an instance profile. The " +
			"noderole in your request will be used to construct an instance profile."},
		{subnetNamed, "Launch template " + name + " should not specify subnets. The subnets in your request will be used."},
		{content.has("instanceInitiatedShutdownBehavior") || content.has("hibernationOptions"), "Launch template " + name +
			" should not specify shutdown or hibernate behavior."},
		{content.has("instanceMarketOptions"), "Launch template " + name + " should not specify market options. Use the " +
			"capacityType of the node group."},
		{inputs.has("diskSize"), "Disk size must be specified within the launch template."},
		{inputs.has("remoteAccess"), "Remote access configuration cannot be specified with a launch template."},
		{content.has("instanceType") && len(inputs.strings("instanceTypes")) > 0,
			"Cannot specify instance types in launch template and API request"},
		{custom && (inputs.has("amiType") && inputs.str("amiType") != "CUSTOM" || inputs.has("version") ||
			inputs.has("releaseVersion")), "You cannot specify amiType, version or releaseVersion with a custom AMI in the " +
			"launch template."},
		{!custom && inputs.str("amiType") == "CUSTOM", "Launch template " + name +
			" must specify an AMI for amiType CUSTOM."},
	} {
		if rule.broken {
			return nil, t.fail(invalidParameter, "%s", rule.message)
		}
	}
	return content, nil
}
