package network

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

const (
	// DefaultCIDRBlock is the address range of a VPC for which none is given.
	DefaultCIDRBlock = "10.0.0.0/16"
	// DefaultZones is the number of availability zones when neither a number nor names are given.
	DefaultZones = 3
	// MinZones is what EKS asks for.
	MinZones = 2
	// MaxZones is the most that the plan has slots for, and that a region has.
	MaxZones = 6

	minPrefix = 16 // AWS allows no larger VPC.
	maxPrefix = 20 // A smaller one leaves public subnets below /28, the smallest that AWS allows.

	privateBits = 4
	publicBits  = 8
	// firstPublicSlot counts in public-sized blocks: the first six private blocks take 6 × 16 = 96 of them.
	firstPublicSlot = 96

	// awsReserved are the addresses that AWS keeps in every subnet: the first four and the last.
	awsReserved = 5
	// controlPlaneReserve is what EKS recommends to leave free in the subnets of its control plane's interfaces.
	controlPlaneReserve = 16
	// addressesPerNode is what one node takes at the least with prefix delegation: its own address, one /28 of
	// 16 pod addresses in use and one that the VPC CNI keeps warm.
	addressesPerNode = 1 + 2*16
)

// AddressPlan divides the addresses of a VPC. Each zone position owns a fixed slot for its private and for its public
// subnet, so that a further zone only adds subnets and never moves one: a subnet whose addresses change is replaced,
// with everything in it.
type AddressPlan struct {
	// VPC is the whole range.
	VPC netip.Prefix
	// Zones holds the subnets by position of the zone.
	Zones []ZoneSubnets
}

// ZoneSubnets are the subnets of one availability zone.
type ZoneSubnets struct {
	// Private is a sixteenth of the VPC: nodes and pods.
	Private netip.Prefix
	// Public is a 256th of the VPC: NAT gateways and load balancers.
	Public netip.Prefix
}

// PlanAddresses divides cidrBlock over the given number of zones. For a /16 the private subnets are the /20 blocks 0 to
// 5, the public ones the /24 blocks 96 to 101, and the upper half of the VPC stays free for what the team adds.
func PlanAddresses(cidrBlock string, zones int) (AddressPlan, error) {
	vpc, err := parseBlock(cidrBlock)
	if err != nil {
		return AddressPlan{}, err
	}
	if zones < MinZones || zones > MaxZones {
		return AddressPlan{}, fmt.Errorf("must be from %d to %d, because EKS needs two zones and no region has more "+
			"than six; got %d", MinZones, MaxZones, zones)
	}
	plan := AddressPlan{VPC: vpc}
	for zone := range zones {
		plan.Zones = append(plan.Zones, ZoneSubnets{
			Private: block(vpc, privateBits, zone),
			Public:  block(vpc, publicBits, firstPublicSlot+zone),
		})
	}
	return plan, nil
}

// Free returns the upper half of the VPC, which no zone ever takes.
func (p AddressPlan) Free() netip.Prefix { return block(p.VPC, 1, 1) }

// Capacity returns for how many nodes with their pods the private subnets have room.
func (p AddressPlan) Capacity() int { return nodeCapacity(p.VPC.Bits(), len(p.Zones)) }

// CheckNodes reports whether the private subnets have room for the given number of nodes with their pods. Nodes are
// spread evenly over the zones, so the fullest zone holds the quotient, rounded up.
func (p AddressPlan) CheckNodes(path string, nodes int) inputs.Violations {
	var found inputs.Violations
	if capacity := p.Capacity(); nodes > capacity {
		way := "ask for fewer nodes"
		for bits := p.VPC.Bits() - 1; bits >= minPrefix; bits-- {
			if nodes <= nodeCapacity(bits, len(p.Zones)) {
				way = fmt.Sprintf("use a /%d or larger, or fewer nodes", bits)
				break
			}
		}
		found.Addf(path, "%s has addresses for %d nodes in %d zones (%d per node: its own and two /28 prefixes for "+
			"pods), but the node groups may grow to %d; %s",
			p.VPC, capacity, len(p.Zones), addressesPerNode, nodes, way)
	}
	return found
}

func nodeCapacity(vpcBits, zones int) int {
	size := int(math.Exp2(float64(32 - vpcBits - privateBits)))
	return zones * ((size - awsReserved - controlPlaneReserve) / addressesPerNode)
}

func parseBlock(cidrBlock string) (netip.Prefix, error) {
	block, err := netip.ParsePrefix(cidrBlock)
	switch {
	case err != nil || !block.Addr().Is4():
		return block, fmt.Errorf("must be an IPv4 range such as %s; got %q", DefaultCIDRBlock, cidrBlock)
	case block != block.Masked():
		return block, fmt.Errorf("must begin at a network address; for %q that is %q", cidrBlock, block.Masked())
	case block.Bits() < minPrefix || block.Bits() > maxPrefix:
		return block, fmt.Errorf("must be from /%d to /%d, so that every zone has room for nodes and pods; got %q, "+
			"use for example %q", minPrefix, maxPrefix, cidrBlock, DefaultCIDRBlock)
	case !block.Addr().IsPrivate() && !carrierGrade.Contains(block.Addr()):
		return block, fmt.Errorf("must be a private range (in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or %s), "+
			"because nodes could not reach the owner of a public one; got %q", carrierGrade, cidrBlock)
	}
	return block, nil
}

// carrierGrade is the range of RFC 6598, which AWS recommends where the private ranges are used up.
var carrierGrade = netip.MustParsePrefix("100.64.0.0/10")

// block returns block number slot of those that are bits smaller than vpc.
func block(vpc netip.Prefix, bits, slot int) netip.Prefix {
	size := vpc.Bits() + bits
	base := vpc.Addr().As4()
	address := binary.BigEndian.Uint32(base[:]) + uint32(slot)<<(32-size) //nolint:gosec // both are small.
	binary.BigEndian.PutUint32(base[:], address)
	return netip.PrefixFrom(netip.AddrFrom4(base), size)
}
