package aws

import (
	"net/netip"
	"strings"
)

const noSuchVPC = "The vpc ID '%s' does not exist"

func vpcKinds() map[string]*kind {
	inVPC := reference{property: "vpcId", token: typeVPC, code: "InvalidVpcID.NotFound", message: noSuchVPC}
	return map[string]*kind{
		typeVPC: {
			title: "EC2 VPC", service: ec2, tags: ec2Tags,
			calls:  calls{create: "CreateVpc", update: "ModifyVpcAttribute", remove: "DeleteVpc"},
			quota:  &quota{limit: 5, code: "VpcLimitExceeded", message: "The maximum number of VPCs (%d) has been reached."},
			create: (*tx).createVPC, update: (*tx).updateVPC, remove: (*tx).removeVPC, view: (*tx).viewTags,
		},
		typeSubnet: {
			title: "EC2 Subnet", service: ec2, tags: ec2Tags,
			calls:      calls{create: "CreateSubnet", update: "ModifySubnetAttribute", remove: "DeleteSubnet"},
			references: []reference{inVPC},
			quota: &quota{
				limit: 200, scope: "vpcId", code: "SubnetLimitExceeded",
				message: "The maximum number of subnets (%d) has been reached.",
			},
			create: (*tx).createSubnet, remove: (*tx).removeSubnet, view: (*tx).viewTags,
		},
		typeInternetGateway: {
			title: "EC2 Internet Gateway", service: ec2, tags: ec2Tags,
			calls: calls{
				create: "CreateInternetGateway", update: "AttachInternetGateway", remove: "DeleteInternetGateway",
			},
			quota: &quota{
				limit: 5, code: "InternetGatewayLimitExceeded",
				message: "The maximum number of internet gateways (%d) has been reached.",
			},
			create: (*tx).createInternetGateway, update: (*tx).updateInternetGateway, remove: (*tx).detachInternetGateway,
		},
		typeRouteTable: {
			title: "EC2 Route Table", service: ec2, tags: ec2Tags,
			calls:      calls{create: "CreateRouteTable", update: "ReplaceRoute", remove: "DeleteRouteTable"},
			references: []reference{inVPC},
			quota: &quota{
				limit: 200, scope: "vpcId", code: "RouteTableLimitExceeded",
				message: "The maximum number of route tables (%d) has been reached.",
			},
			create: (*tx).createRouteTable, update: (*tx).updateRouteTable, remove: (*tx).removeRouteTable,
		},
		typeRoute:                 routeKind(),
		typeRouteTableAssociation: routeTableAssociationKind(),
		typeNetworkInterface:      {},
	}
}

func (t *tx) createVPC(inputs props) (*record, error) {
	if _, err := netip.ParsePrefix(inputs.str("cidrBlock")); err != nil {
		return nil, t.fail("InvalidParameterValue", "Value (%s) for parameter cidrBlock is invalid. This is not a valid "+
			"CIDR block.", inputs.str("cidrBlock"))
	}
	id := newID("vpc")
	group := t.newSecurityGroup("default", "default VPC security group", id)
	group.Owner = key(typeVPC, id)
	t.put(group)
	table := &record{
		Type: typeRouteTable, ID: newID("rtb"), Inputs: props{"vpcId": id}, Owner: key(typeVPC, id),
		Facts: props{"main": true},
	}
	t.put(table)
	return &record{ID: id, Computed: props{
		"arn":                              t.arn("ec2", "vpc/"+id),
		"ownerId":                          t.cloud.options.AccountID,
		"mainRouteTableId":                 table.ID,
		"defaultRouteTableId":              table.ID,
		"defaultSecurityGroupId":           group.ID,
		"defaultNetworkAclId":              newID("acl"),
		"dhcpOptionsId":                    newID("dopt"),
		"enableDnsHostnames":               inputs.flag("enableDnsHostnames"),
		"enableNetworkAddressUsageMetrics": inputs.flag("enableNetworkAddressUsageMetrics"),
		"ipv6AssociationId":                "",
		"ipv6CidrBlock":                    "",
		"ipv6CidrBlockNetworkBorderGroup":  "",
	}}, nil
}

func (t *tx) updateVPC(r *record, inputs props) error {
	if before, after := r.str("instanceTenancy"), inputs.str("instanceTenancy"); before != after && after == "dedicated" {
		return t.fail("UnsupportedTenancy", "The tenancy of a VPC can only be changed from dedicated to default.")
	}
	r.set("enableDnsHostnames", inputs.flag("enableDnsHostnames"))
	r.set("enableNetworkAddressUsageMetrics", inputs.flag("enableNetworkAddressUsageMetrics"))
	return nil
}

func (t *tx) removeVPC(r *record) error {
	left := t.where(func(other *record) bool {
		// Flow logs need not go first: AWS takes them away later.
		return other.Owner != r.key() && other.Type != typeFlowLog && other.str("vpcId") == r.ID
	})
	if len(left) > 0 {
		return t.fail("DependencyViolation", "The vpc '%s' has dependencies and cannot be deleted.", r.ID)
	}
	return nil
}

func (t *tx) createSubnet(inputs props) (*record, error) {
	vpc := t.lookup(typeVPC, inputs.str("vpcId"))
	text := inputs.str("cidrBlock")
	block, err := netip.ParsePrefix(text)
	if err != nil {
		return nil, t.fail("InvalidParameterValue", "Value (%s) for parameter cidrBlock is invalid. This is not a valid "+
			"CIDR block.", text)
	}
	if !contains(netip.MustParsePrefix(vpc.str("cidrBlock")), block) {
		return nil, t.fail("InvalidSubnet.Range", "The CIDR '%s' is invalid.", text)
	}
	for _, other := range t.of(typeSubnet, "vpcId", vpc.ID) {
		if netip.MustParsePrefix(other.str("cidrBlock")).Overlaps(block) {
			return nil, t.fail("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", text)
		}
	}
	where, err := t.subnetZone(inputs)
	if err != nil {
		return nil, err
	}
	id := newID("subnet")
	return &record{ID: id, Computed: props{
		"arn":                            t.arn("ec2", "subnet/"+id),
		"ownerId":                        t.cloud.options.AccountID,
		"availabilityZone":               where.name,
		"availabilityZoneId":             where.id,
		"ipv6CidrBlockAssociationId":     "",
		"privateDnsHostnameTypeOnLaunch": orElse(inputs.str("privateDnsHostnameTypeOnLaunch"), "ip-name"),
	}}, nil
}

func (t *tx) subnetZone(inputs props) (zone, error) {
	name, id := inputs.str("availabilityZone"), inputs.str("availabilityZoneId")
	if name == "" && id == "" {
		return t.cloud.zones()[0], nil
	}
	if found, ok := t.cloud.zoneNamed(name); ok {
		return found, nil
	}
	if found, ok := t.cloud.zoneWithID(id); ok {
		return found, nil
	}
	var names []string
	for _, z := range t.cloud.zones() {
		names = append(names, z.name)
	}
	return zone{}, t.fail("InvalidParameterValue", "Value (%s) for parameter availabilityZone is invalid. Subnets can "+
		"currently only be created in the following availability zones: %s.", name+id, strings.Join(names, ", "))
}

func (t *tx) removeSubnet(r *record) error {
	inside := t.where(func(other *record) bool {
		return (other.Type == typeNetworkInterface || other.Type == typeNATGateway) && other.str("subnetId") == r.ID
	})
	if len(inside) > 0 {
		return t.fail("DependencyViolation", "The subnet '%s' has dependencies and cannot be deleted.", r.ID)
	}
	for _, association := range t.of(typeRouteTableAssociation, "subnetId", r.ID) {
		t.drop(association)
	}
	return nil
}

func (t *tx) createInternetGateway(inputs props) (*record, error) {
	id := newID("igw")
	r := &record{ID: id, Computed: props{
		"arn":     t.arn("ec2", "internet-gateway/"+id),
		"ownerId": t.cloud.options.AccountID,
		"vpcId":   "",
	}}
	if err := t.attachInternetGateway(r, inputs.str("vpcId")); err != nil {
		return r, partialError{err}
	}
	return r, nil
}

func (t *tx) attachInternetGateway(r *record, vpcID string) error {
	if vpcID == "" {
		return nil
	}
	const call = "AttachInternetGateway"
	if t.lookup(typeVPC, vpcID) == nil {
		return t.failIn(call, "InvalidVpcID.NotFound", noSuchVPC, vpcID)
	}
	for _, other := range t.of(typeInternetGateway, "vpcId", vpcID) {
		if other.ID != r.ID {
			return t.failIn(call, "InvalidParameterValue", "Network %s already has an internet gateway attached", vpcID)
		}
	}
	r.set("vpcId", vpcID)
	return nil
}

func (t *tx) updateInternetGateway(r *record, inputs props) error {
	if inputs.str("vpcId") == r.str("vpcId") {
		return nil
	}
	if err := t.detachInternetGateway(r); err != nil {
		return err
	}
	return t.attachInternetGateway(r, inputs.str("vpcId"))
}

// detachInternetGateway is all that can fail in deleting one: the provider detaches it first.
func (t *tx) detachInternetGateway(r *record) error {
	vpcID := r.str("vpcId")
	mapped := t.where(func(other *record) bool {
		return other.Type == typeNetworkInterface && other.str("vpcId") == vpcID && other.Facts.str("publicIp") != ""
	})
	if vpcID != "" && len(mapped) > 0 {
		return t.failIn("DetachInternetGateway", "DependencyViolation", "Network %s has some mapped public address(es). "+
			"Please unmap those public address(es) before detaching the gateway.", vpcID)
	}
	r.set("vpcId", "")
	return nil
}

// contains says that inner is no larger than outer and inside it.
func contains(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
