package aws

import (
	"fmt"
	"net/netip"
	"strings"
)

// The states of a NAT gateway that outlast a call.
const (
	natAvailable = "available"
	natFailed    = "failed"
)

func natKinds() map[string]*kind {
	return map[string]*kind{
		typeEIP: {
			title: "EC2 EIP", service: ec2, tags: ec2Tags,
			calls: calls{create: "AllocateAddress", update: "CreateTags", remove: "ReleaseAddress"},
			quota: &quota{
				limit: 5, code: "AddressLimitExceeded", message: "The maximum number of addresses (%d) has been reached.",
			},
			create: (*tx).createEIP, remove: (*tx).removeEIP, view: (*tx).viewEIP,
		},
		typeNATGateway: {
			title: "EC2 NAT Gateway", service: ec2, tags: ec2Tags,
			calls: calls{create: "CreateNatGateway", update: "CreateTags", remove: "DeleteNatGateway"},
			references: []reference{{
				property: "subnetId", token: typeSubnet, code: "InvalidSubnetID.NotFound",
				message: "The subnet ID '%s' does not exist",
			}},
			create: (*tx).createNATGateway, update: (*tx).updateNATGateway,
		},
	}
}

func (t *tx) createEIP(_ props) (*record, error) {
	id := newID("eipalloc")
	address := t.freePublicAddress()
	return &record{ID: id, Computed: props{
		"allocationId":       id,
		"arn":                t.arn("ec2", "elastic-ip/"+id),
		"associationId":      "",
		"carrierIp":          "",
		"customerOwnedIp":    "",
		"domain":             "vpc",
		"instance":           "",
		"ipamPoolId":         "",
		"networkBorderGroup": t.cloud.options.Region,
		"networkInterface":   "",
		"privateDns":         "",
		"privateIp":          "",
		"ptrRecord":          "",
		"publicDns":          t.publicName(address),
		"publicIp":           address,
		"publicIpv4Pool":     "amazon",
		"vpc":                true,
	}}, nil
}

// freePublicAddress takes addresses from a range kept for documentation, which nobody can mistake for a real one.
func (t *tx) freePublicAddress() string {
	taken := map[string]bool{}
	for _, r := range t.all(typeEIP) {
		taken[r.str("publicIp")] = true
	}
	for _, card := range t.all(typeNetworkInterface) {
		taken[card.Facts.str("publicIp")] = true
	}
	address := netip.MustParseAddr("203.0.113.1")
	for taken[address.String()] {
		address = address.Next()
	}
	return address.String()
}

func (t *tx) publicName(address string) string {
	zone := t.cloud.options.Region + ".compute.amazonaws.com"
	if t.cloud.options.Region == "us-east-1" {
		zone = "compute-1.amazonaws.com" // the oldest region keeps its old name
	}
	return "ec2-" + strings.ReplaceAll(address, ".", "-") + "." + zone
}

func (t *tx) viewEIP(r *record) props {
	for _, gateway := range t.natGatewaysWith(r.ID) {
		return props{
			"associationId":    gateway.str("associationId"),
			"networkInterface": gateway.str("networkInterfaceId"),
			"privateIp":        gateway.str("privateIp"),
		}
	}
	return nil
}

func (t *tx) natGatewaysWith(allocationID string) []*record {
	return t.where(func(r *record) bool {
		return r.Type == typeNATGateway && r.Status == natAvailable && r.str("allocationId") == allocationID
	})
}

func (t *tx) removeEIP(r *record) error {
	if len(t.natGatewaysWith(r.ID)) > 0 {
		return t.fail("InvalidIPAddress.InUse", "The address '%s' is in use.", r.str("publicIp"))
	}
	return nil
}

func (t *tx) createNATGateway(inputs props) (*record, error) {
	subnet := t.lookup(typeSubnet, inputs.str("subnetId"))
	where, _ := t.cloud.zoneNamed(subnet.str("availabilityZone"))
	if where.local {
		return nil, t.fail("NotAvailableInZone", "Nat Gateway is not available in this availability zone: %s", where.name)
	}
	limit := t.allowed(5)
	inZone := t.where(func(r *record) bool {
		return r.Type == typeNATGateway && r.Status == natAvailable && r.Facts.str("zone") == where.name
	})
	if len(inZone) >= limit {
		return nil, t.fail("NatGatewayLimitExceeded",
			"The maximum number of NAT gateways (%d) in the availability zone has been reached.", limit)
	}
	r := &record{
		Type: typeNATGateway, ID: newID("nat"), Status: natFailed,
		Facts: props{"vpcId": subnet.str("vpcId"), "zone": where.name},
		Computed: props{
			"associationId": "", "networkInterfaceId": "", "privateIp": "", "publicIp": "",
			"secondaryAllocationIds": []any{}, "secondaryPrivateIpAddressCount": 0, "secondaryPrivateIpAddresses": []any{},
		},
	}
	private := inputs.str("connectivityType") == "private"
	if code, message := t.natFailure(subnet, inputs.str("allocationId"), private); code != "" {
		// Creating is asynchronous on AWS: the gateway exists, and turns out to have failed.
		return r, partialError{fmt.Errorf("waiting for EC2 NAT Gateway (%s) create: unexpected state 'failed', wanted "+
			"target 'available'. last error: %s: %s", r.ID, code, message)}
	}
	r.Status = natAvailable
	public := ""
	if !private {
		public = t.lookup(typeEIP, inputs.str("allocationId")).str("publicIp")
		r.Computed["associationId"] = newID("eipassoc")
		r.Computed["publicIp"] = public
	}
	card := t.newInterface(subnet, r.key(), "Interface for NAT Gateway "+r.ID, nil)
	card.fact("publicIp", public)
	r.Computed["networkInterfaceId"] = card.ID
	r.Computed["privateIp"] = card.str("privateIp")
	return r, nil
}

// updateNATGateway refuses to take a gateway that failed for one that works: AWS never repairs one.
func (t *tx) updateNATGateway(r *record, _ props) error {
	if r.Status == natFailed {
		return fmt.Errorf("the gateway is in state 'failed' and stays so: replace it")
	}
	return nil
}

func (t *tx) natFailure(subnet *record, allocationID string, private bool) (code, message string) {
	vpcID := subnet.str("vpcId")
	switch {
	case t.freeAddresses(subnet) == 0:
		return "InsufficientFreeAddressesInSubnet", "Subnet has insufficient free addresses to create this NAT gateway"
	case private:
		return "", ""
	case len(t.of(typeInternetGateway, "vpcId", vpcID)) == 0:
		return "Gateway.NotAttached", "Network " + vpcID + " has no Internet gateway attached"
	case t.lookup(typeEIP, allocationID) == nil:
		return "InvalidAllocationID.NotFound", "Elastic IP address could not be associated with this NAT gateway"
	case len(t.natGatewaysWith(allocationID)) > 0:
		return "Resource.AlreadyAssociated", "Elastic IP address [" + allocationID + "] is already associated"
	}
	return "", ""
}

// newInterface puts a network interface into a subnet, for its owner.
func (t *tx) newInterface(subnet *record, owner, description string, groups []string) *record {
	card := &record{
		Type: typeNetworkInterface, ID: newID("eni"), Owner: owner,
		Computed: props{
			"subnetId": subnet.ID, "vpcId": subnet.str("vpcId"), "description": description, "securityGroupIds": groups,
			"privateIp": t.freePrivateAddress(subnet),
		},
	}
	t.put(card)
	return card
}

// freePrivateAddress skips the subnet's first four addresses, which AWS keeps for itself.
func (t *tx) freePrivateAddress(subnet *record) string {
	taken := map[string]bool{}
	for _, card := range t.of(typeNetworkInterface, "subnetId", subnet.ID) {
		taken[card.str("privateIp")] = true
	}
	address := netip.MustParsePrefix(subnet.str("cidrBlock")).Addr()
	for range 4 {
		address = address.Next()
	}
	for taken[address.String()] {
		address = address.Next()
	}
	return address.String()
}

// freeAddresses is a subnet's size without the five addresses that AWS keeps and those in use.
func (t *tx) freeAddresses(subnet *record) int {
	const kept = 5
	bits := netip.MustParsePrefix(subnet.str("cidrBlock")).Bits()
	return 1<<(32-bits) - kept - len(t.of(typeNetworkInterface, "subnetId", subnet.ID))
}
