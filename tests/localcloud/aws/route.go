package aws

import (
	"fmt"
	"hash/crc32"
	"net/netip"
)

// The origin and the states of a route.
const (
	routeCreated   = "CreateRoute"
	routeActive    = "active"
	routeBlackhole = "blackhole"
)

const noSuchRouteTable = "The routeTable ID '%s' does not exist"

func routeKind() *kind {
	return &kind{
		title: "EC2 Route", service: ec2,
		calls: calls{create: "CreateRoute", update: "ReplaceRoute", remove: "DeleteRoute"},
		references: []reference{
			{property: "routeTableId", token: typeRouteTable, code: "InvalidRouteTableID.NotFound", message: noSuchRouteTable},
		},
		quota: &quota{
			limit: 50, scope: "routeTableId", code: "RouteLimitExceeded",
			message: "The maximum number of routes (%d) in the route table has been reached.",
		},
		create: (*tx).createRoute, update: (*tx).updateRoute, view: (*tx).viewRoute,
	}
}

func routeTableAssociationKind() *kind {
	return &kind{
		title: "EC2 Route Table Association", service: ec2,
		calls: calls{
			create: "AssociateRouteTable", update: "ReplaceRouteTableAssociation", remove: "DisassociateRouteTable",
		},
		references: []reference{
			{property: "routeTableId", token: typeRouteTable, code: "InvalidRouteTableID.NotFound", message: noSuchRouteTable},
			{
				property: "subnetId", token: typeSubnet, code: "InvalidSubnetID.NotFound",
				message: "The subnet ID '%s' does not exist",
			},
		},
		create: (*tx).createRouteTableAssociation, update: (*tx).updateRouteTableAssociation,
	}
}

func (t *tx) createRouteTable(inputs props) (*record, error) {
	id := newID("rtb")
	for _, route := range inputs.objects("routes") {
		if err := t.checkRoute(inputs.str("vpcId"), route.str("cidrBlock"), route); err != nil {
			return nil, err
		}
	}
	return &record{ID: id, Computed: props{
		"arn":             t.arn("ec2", "route-table/"+id),
		"ownerId":         t.cloud.options.AccountID,
		"propagatingVgws": []any{},
		"routes":          inputs.list("routes"),
	}}, nil
}

func (t *tx) updateRouteTable(r *record, inputs props) error {
	for _, route := range inputs.objects("routes") {
		if err := t.checkRoute(inputs.str("vpcId"), route.str("cidrBlock"), route); err != nil {
			return err
		}
	}
	r.set("routes", inputs.list("routes"))
	return nil
}

// removeRouteTable disassociates the subnets first, as the provider does.
func (t *tx) removeRouteTable(r *record) error {
	if r.Facts.flag("main") {
		return t.fail("DependencyViolation", "The routeTable '%s' has dependencies and cannot be deleted.", r.ID)
	}
	for _, token := range []string{typeRouteTableAssociation, typeRoute} {
		for _, other := range t.of(token, "routeTableId", r.ID) {
			t.drop(other)
		}
	}
	return nil
}

func (t *tx) createRoute(inputs props) (*record, error) {
	table := t.lookup(typeRouteTable, inputs.str("routeTableId"))
	destination := inputs.str("destinationCidrBlock")
	for _, route := range t.routesOf(table) {
		if route.destination == destination {
			return nil, t.fail("RouteAlreadyExists", "The route identified by %s already exists.", destination)
		}
	}
	if err := t.checkRoute(table.str("vpcId"), destination, inputs); err != nil {
		return nil, err
	}
	return &record{
		ID: fmt.Sprintf("r-%s%d", table.ID, crc32.ChecksumIEEE([]byte(destination))),
		Computed: props{
			"instanceId": "", "instanceOwnerId": "", "networkInterfaceId": "", "origin": routeCreated, "state": routeActive,
		},
	}, nil
}

func (t *tx) updateRoute(r *record, inputs props) error {
	table := t.lookup(typeRouteTable, r.str("routeTableId"))
	return t.checkRoute(table.str("vpcId"), r.str("destinationCidrBlock"), inputs)
}

func (t *tx) viewRoute(r *record) props {
	if t.gatewayIsThere(r.str("gatewayId"), r.str("natGatewayId")) {
		return props{"state": routeActive}
	}
	return props{"state": routeBlackhole}
}

// checkRoute checks the target of a route in a table of a VPC.
func (t *tx) checkRoute(vpcID, destination string, target props) error {
	block, err := netip.ParsePrefix(destination)
	if err != nil {
		return t.fail("InvalidParameterValue", "Value (%s) for parameter destinationCidrBlock is invalid. This is not a "+
			"valid CIDR block.", destination)
	}
	if vpc := t.lookup(typeVPC, vpcID); contains(netip.MustParsePrefix(vpc.str("cidrBlock")), block) {
		return t.fail("InvalidParameterValue", "The destination CIDR block %s is equal to or more specific than one of this "+
			"VPC's CIDR blocks. This route can target only an interface or an instance.", destination)
	}
	if id := target.str("gatewayId"); id != "" {
		gateway := t.lookup(typeInternetGateway, id)
		if gateway == nil {
			return t.fail("InvalidGatewayID.NotFound", "The gateway ID '%s' does not exist", id)
		}
		if gateway.str("vpcId") != vpcID {
			return t.fail("InvalidParameterValue", "route table and network gateway %s belong to different networks", id)
		}
	}
	if id := target.str("natGatewayId"); id != "" {
		gateway := t.lookup(typeNATGateway, id)
		if gateway == nil || gateway.Status != natAvailable {
			return t.fail("InvalidNatGatewayID.NotFound", "The natGateway ID '%s' does not exist", id)
		}
		if gateway.Facts.str("vpcId") != vpcID {
			return t.fail("InvalidParameterValue", "route table and NAT gateway %s belong to different networks", id)
		}
	}
	return nil
}

func (t *tx) createRouteTableAssociation(inputs props) (*record, error) {
	subnet := t.lookup(typeSubnet, inputs.str("subnetId"))
	if err := t.checkSameNetwork(subnet, inputs.str("routeTableId")); err != nil {
		return nil, err
	}
	if taken := t.of(typeRouteTableAssociation, "subnetId", subnet.ID); len(taken) > 0 {
		return nil, t.fail("Resource.AlreadyAssociated",
			"the specified association for route table %s conflicts with an existing association", inputs.str("routeTableId"))
	}
	return &record{ID: newID("rtbassoc")}, nil
}

// updateRouteTableAssociation keeps the id. AWS makes a new one, but an update in Pulumi cannot change it.
func (t *tx) updateRouteTableAssociation(r *record, inputs props) error {
	return t.checkSameNetwork(t.lookup(typeSubnet, r.str("subnetId")), inputs.str("routeTableId"))
}

func (t *tx) checkSameNetwork(subnet *record, tableID string) error {
	if t.lookup(typeRouteTable, tableID).str("vpcId") != subnet.str("vpcId") {
		return t.fail("InvalidParameterValue", "route table %s and subnet %s belong to different networks", tableID,
			subnet.ID)
	}
	return nil
}

// routeEntry is one line of a route table.
type routeEntry struct{ destination, gateway, nat string }

// routesOf lists a table's routes, written inline or as resources of their own.
func (t *tx) routesOf(table *record) []routeEntry {
	inline := table.Inputs.objects("routes")
	entries := make([]routeEntry, 0, len(inline)+1)
	for _, route := range inline {
		entries = append(entries, routeEntry{route.str("cidrBlock"), route.str("gatewayId"), route.str("natGatewayId")})
	}
	for _, route := range t.of(typeRoute, "routeTableId", table.ID) {
		entries = append(entries,
			routeEntry{route.str("destinationCidrBlock"), route.str("gatewayId"), route.str("natGatewayId")})
	}
	return entries
}

// tableOf is the route table that a subnet uses: the one associated with it, else the VPC's main one.
func (t *tx) tableOf(subnet *record) *record {
	for _, association := range t.of(typeRouteTableAssociation, "subnetId", subnet.ID) {
		return t.lookup(typeRouteTable, association.str("routeTableId"))
	}
	vpc := t.lookup(typeVPC, subnet.str("vpcId"))
	return t.lookup(typeRouteTable, vpc.str("mainRouteTableId"))
}

// defaultRoute is the route that leads out of a subnet, if its target is alive.
func (t *tx) defaultRoute(subnet *record) (routeEntry, bool) {
	for _, entry := range t.routesOf(t.tableOf(subnet)) {
		if entry.destination == "0.0.0.0/0" && t.gatewayIsThere(entry.gateway, entry.nat) {
			return entry, true
		}
	}
	return routeEntry{}, false
}

func (t *tx) gatewayIsThere(gatewayID, natID string) bool {
	if gatewayID != "" {
		gateway := t.lookup(typeInternetGateway, gatewayID)
		return gateway != nil && gateway.str("vpcId") != ""
	}
	gateway := t.lookup(typeNATGateway, natID)
	return gateway != nil && gateway.Status == natAvailable
}
