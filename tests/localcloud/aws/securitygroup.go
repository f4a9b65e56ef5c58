package aws

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
)

// The directions of a security group's rules.
const (
	ingress = "ingress"
	egress  = "egress"
)

const noSuchGroup = "The security group '%s' does not exist"

func securityGroupKinds() map[string]*kind {
	inGroup := reference{
		property: "securityGroupId", token: typeSecurityGroup, code: "InvalidGroup.NotFound", message: noSuchGroup,
	}
	inVPC := reference{property: "vpcId", token: typeVPC, code: "InvalidVpcID.NotFound", message: noSuchVPC}
	rule := func(direction, property string) *kind {
		authorize := "AuthorizeSecurityGroup" + strings.ToUpper(direction[:1]) + direction[1:]
		return &kind{
			title: "VPC Security Group Rule", service: ec2, references: []reference{inGroup, {
				property: property, token: typeSecurityGroup, code: "InvalidGroup.NotFound", message: noSuchGroup,
			}},
			calls: calls{
				create: authorize, update: "ModifySecurityGroupRules",
				remove: strings.Replace(authorize, "Authorize", "Revoke", 1),
			},
		}
	}
	legacy := rule(ingress, "sourceSecurityGroupId")
	legacy.title = "Security Group Rule"
	legacy.create = (*tx).createSecurityGroupRule
	in, out := rule(ingress, "referencedSecurityGroupId"), rule(egress, "referencedSecurityGroupId")
	in.tags, out.tags = ec2Tags, ec2Tags
	in.create = func(t *tx, inputs props) (*record, error) { return t.createDirectedRule(ingress, inputs) }
	out.create = func(t *tx, inputs props) (*record, error) { return t.createDirectedRule(egress, inputs) }
	return map[string]*kind{
		typeSecurityGroup: {
			title: "Security Group", service: ec2, named: "name", tags: ec2Tags, references: []reference{inVPC},
			calls: calls{
				create: "CreateSecurityGroup", update: "AuthorizeSecurityGroupIngress", remove: "DeleteSecurityGroup",
			},
			create: (*tx).createSecurityGroup, update: (*tx).updateSecurityGroup, remove: (*tx).removeSecurityGroup,
		},
		typeDefaultSecurityGroup: {
			title: "Default Security Group", service: ec2, tags: ec2Tags, references: []reference{inVPC}, unlisted: true,
			calls: calls{
				create: "DescribeSecurityGroups", update: "AuthorizeSecurityGroupIngress", remove: "DescribeSecurityGroups",
			},
			create: (*tx).adoptDefaultSecurityGroup, update: (*tx).updateDefaultSecurityGroup,
		},
		typeSecurityGroupRule: legacy,
		typeIngressRule:       in,
		typeEgressRule:        out,
	}
}

func (t *tx) newSecurityGroup(name, description, vpcID string) *record {
	id := newID("sg")
	return &record{
		Type: typeSecurityGroup, ID: id,
		Inputs: props{"name": name, "description": description, "vpcId": vpcID},
		Computed: props{
			"arn": t.arn("ec2", "security-group/"+id), "ownerId": t.cloud.options.AccountID, "name": name, "namePrefix": "",
			"vpcId": vpcID, "ingress": []any{}, "egress": []any{}, "description": description,
		},
	}
}

func (t *tx) createSecurityGroup(inputs props) (*record, error) {
	name, vpcID := nameOf(inputs), inputs.str("vpcId")
	if vpcID == "" {
		return nil, t.fail("VPCIdNotSpecified", "No default VPC for this user")
	}
	if strings.EqualFold(name, "default") {
		return nil, t.fail("InvalidGroup.Reserved", "The security group name '%s' is reserved", name)
	}
	for _, other := range t.of(typeSecurityGroup, "vpcId", vpcID) {
		if strings.EqualFold(other.str("name"), name) {
			return nil, t.fail("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", name, vpcID)
		}
	}
	r := t.newSecurityGroup(name, inputs.str("description"), vpcID)
	if err := t.setInlineRules(r, inputs); err != nil {
		return nil, err
	}
	r.Computed["namePrefix"] = inputs.str("namePrefix")
	return r, nil
}

func (t *tx) adoptDefaultSecurityGroup(inputs props) (*record, error) {
	vpcID := inputs.str("vpcId")
	vpc := t.lookup(typeVPC, vpcID)
	if vpc == nil {
		return nil, t.fail("InvalidVpcID.NotFound", "No default VPC for this user")
	}
	group := t.lookup(typeSecurityGroup, vpc.str("defaultSecurityGroupId"))
	adopted := &record{ID: group.ID, Owner: vpc.key(), Computed: plain(group.Computed)}
	return adopted, t.updateDefaultSecurityGroup(adopted, inputs)
}

// updateDefaultSecurityGroup keeps the rules in the group that AWS has made, of which r is the program's view.
func (t *tx) updateDefaultSecurityGroup(r *record, inputs props) error {
	group := t.lookup(typeSecurityGroup, r.ID)
	for _, direction := range []string{ingress, egress} {
		group.Inputs[direction] = inputs.list(direction)
	}
	return t.setInlineRules(r, inputs)
}

func (t *tx) updateSecurityGroup(r *record, inputs props) error { return t.setInlineRules(r, inputs) }

// setInlineRules replaces the rules written in the group itself. Those written as resources of their own are not among
// them: the provider leaves them alone as long as the group has none inline.
func (t *tx) setInlineRules(r *record, inputs props) error {
	for _, direction := range []string{ingress, egress} {
		seen := map[string]bool{}
		for _, rule := range inputs.objects(direction) {
			for _, id := range rule.strings("securityGroups") {
				if t.lookup(typeSecurityGroup, id) == nil {
					return t.fail("InvalidGroup.NotFound", noSuchGroup, id)
				}
			}
			if err := t.checkPorts(rule.str("protocol"), rule.number("fromPort"), rule.number("toPort")); err != nil {
				return err
			}
			for _, line := range ruleLines(direction, rule) {
				if seen[line] {
					return t.fail("InvalidParameterValue", "The same permission must not appear multiple times")
				}
				seen[line] = true
			}
		}
		r.set(direction, inputs.list(direction))
		if inputs.list(direction) == nil {
			r.set(direction, []any{})
		}
	}
	return nil
}

func (t *tx) checkPorts(protocol string, from, to int) error {
	switch {
	case protocol == "-1" && (from != 0 || to != 0) && (from != -1 || to != -1):
		return t.fail("InvalidParameterValue", "from_port (%d) and to_port (%d) must both be 0 to use the 'ALL' \"-1\" "+
			"protocol!", from, to)
	case (protocol == "tcp" || protocol == "udp") && (from < 0 || to > 65535 || from > to):
		return t.fail("InvalidParameterValue", "Invalid value for portRange. Port range %d-%d is invalid.", from, to)
	}
	return nil
}

// ruleLines spells out a rule as AWS keeps it: one line for each source.
func ruleLines(direction string, rule props) []string {
	protocol := orElse(rule.str("protocol"), rule.str("ipProtocol"))
	from, to := rule.number("fromPort"), rule.number("toPort")
	if protocol == "-1" {
		from, to = -1, -1
	}
	var sources []string
	for _, property := range []string{"cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"} {
		sources = append(sources, rule.strings(property)...)
	}
	for _, property := range []string{
		"sourceSecurityGroupId", "referencedSecurityGroupId", "cidrIpv4", "cidrIpv6", "prefixListId",
	} {
		if source := rule.str(property); source != "" {
			sources = append(sources, source)
		}
	}
	if rule.flag("self") {
		sources = append(sources, orElse(rule.str("securityGroupId"), "self"))
	}
	lines := make([]string, len(sources))
	for i, source := range sources {
		lines[i] = fmt.Sprintf("%s %s %d-%d %s", direction, protocol, from, to, source)
	}
	return lines
}

// rulesOf lists the rules of a group, as lines.
func (t *tx) rulesOf(group *record) []string {
	var lines []string
	for _, direction := range []string{ingress, egress} {
		for _, rule := range group.Inputs.objects(direction) {
			lines = append(lines, ruleLines(direction, rule)...)
		}
	}
	directions := map[string]string{typeIngressRule: ingress, typeEgressRule: egress}
	for _, token := range []string{typeSecurityGroupRule, typeIngressRule, typeEgressRule} {
		for _, rule := range t.of(token, "securityGroupId", group.ID) {
			direction, fixed := directions[token]
			if !fixed {
				direction = rule.str("type")
			}
			lines = append(lines, ruleLines(direction, rule.Inputs)...)
		}
	}
	return lines
}

func (t *tx) authorize(direction string, inputs props) error {
	group := t.lookup(typeSecurityGroup, inputs.str("securityGroupId"))
	if direction == egress {
		t.call = "AuthorizeSecurityGroupEgress"
	}
	protocol := orElse(inputs.str("protocol"), inputs.str("ipProtocol"))
	if err := t.checkPorts(protocol, inputs.number("fromPort"), inputs.number("toPort")); err != nil {
		return err
	}
	existing := t.rulesOf(group)
	for _, line := range ruleLines(direction, inputs) {
		if slices.Contains(existing, line) {
			return t.fail("InvalidPermission.Duplicate", "the specified rule \"%s\" already exists", line)
		}
		existing = append(existing, line)
	}
	const limit = 60
	count := 0
	for _, line := range existing {
		if strings.HasPrefix(line, direction) {
			count++
		}
	}
	if count > limit {
		return t.fail("RulesPerSecurityGroupLimitExceeded",
			"The maximum number of rules per security group (%d) has been reached.", limit)
	}
	return nil
}

func (t *tx) createSecurityGroupRule(inputs props) (*record, error) {
	if err := t.authorize(inputs.str("type"), inputs); err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(inputs)
	if err != nil {
		return nil, fmt.Errorf("encoding rule: %w", err)
	}
	ruleID := ""
	if len(ruleLines(inputs.str("type"), inputs)) == 1 {
		ruleID = newID("sgr") // several sources are several rules to AWS, and the provider then names none
	}
	computed := props{"securityGroupRuleId": ruleID, "sourceSecurityGroupId": inputs.str("sourceSecurityGroupId")}
	for _, property := range []string{"cidrBlocks", "ipv6CidrBlocks", "prefixListIds"} {
		if inputs.list(property) == nil {
			computed[property] = []any{}
		}
	}
	return &record{ID: fmt.Sprintf("sgrule-%d", crc32.ChecksumIEEE(encoded)), Computed: computed}, nil
}

func (t *tx) createDirectedRule(direction string, inputs props) (*record, error) {
	if err := t.authorize(direction, inputs); err != nil {
		return nil, err
	}
	id := newID("sgr")
	return &record{ID: id, Computed: props{
		"arn": t.arn("ec2", "security-group-rule/"+id), "securityGroupRuleId": id,
	}}, nil
}

func (t *tx) removeSecurityGroup(r *record) error {
	used := t.where(func(other *record) bool {
		return other.Type == typeNetworkInterface && slices.Contains(other.strings("securityGroupIds"), r.ID)
	})
	for _, group := range t.all(typeSecurityGroup) {
		for _, line := range t.rulesOf(group) {
			if group.ID != r.ID && strings.HasSuffix(line, " "+r.ID) {
				used = append(used, group)
			}
		}
	}
	if len(used) > 0 {
		return t.fail("DependencyViolation", "resource %s has a dependent object", r.ID)
	}
	for _, token := range []string{typeSecurityGroupRule, typeIngressRule, typeEgressRule} {
		for _, rule := range t.of(token, "securityGroupId", r.ID) {
			t.drop(rule)
		}
	}
	return nil
}

// nameOf is the name given, or one made from the prefix given, as the provider makes it.
func nameOf(inputs props) string {
	if name := inputs.str("name"); name != "" {
		return name
	}
	return inputs.str("namePrefix") + randomHex(26)
}
