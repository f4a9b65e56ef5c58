package cluster

import (
	"net/netip"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// UpgradePolicy says what EKS does at the end of a Kubernetes version's standard support.
type UpgradePolicy string

// The upgrade policies, as EKS spells them.
const (
	UpgradePolicyStandard UpgradePolicy = "STANDARD"
	UpgradePolicyExtended UpgradePolicy = "EXTENDED"
)

// Values lists the policies for the schema and the guard.
func (UpgradePolicy) Values() []infer.EnumValue[UpgradePolicy] {
	return []infer.EnumValue[UpgradePolicy]{
		{Name: "Standard", Value: UpgradePolicyStandard, Description: "EKS upgrades the control plane to the next " +
			"minor version when the standard support of its version ends, 14 months after its release, and never " +
			"charges for extended support."},
		{Name: "Extended", Value: UpgradePolicyExtended, Description: "The cluster keeps its version for up to 12 " +
			"months more, in which its control plane costs about 438 instead of 73 USD a month (list price, us-east-1)."},
	}
}

// supportType returns the policy in force.
func (u *UpgradePolicy) supportType() string {
	if u == nil {
		return string(UpgradePolicyStandard)
	}
	return string(*u)
}

// The sizes that EKS allows for the range of the Services' addresses.
const (
	largestServiceRange  = 12
	smallestServiceRange = 24
)

// privateRanges are those of RFC 1918. EKS takes Services' addresses from no others.
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
}

// ValidateServiceCIDR applies EKS's rules for the range of the Services' addresses. The range of the VPC is the zero
// prefix where it is not known, as with a VPC that is brought.
func ValidateServiceCIDR(path string, given *string, vpc netip.Prefix) inputs.Violations {
	var found inputs.Violations
	if given == nil {
		return nil
	}
	block, err := netip.ParsePrefix(*given)
	switch {
	case err != nil || !block.Addr().Is4():
		found.Addf(path, "must be an IPv4 range such as 172.20.0.0/16; got %q", *given)
	case block != block.Masked():
		found.Addf(path, "must begin at a network address; for %q that is %q", *given, block.Masked())
	case block.Bits() < largestServiceRange || block.Bits() > smallestServiceRange:
		found.Addf(path, "must be from /%d to /%d, which are EKS's limits; got %q, use for example 172.20.0.0/16",
			largestServiceRange, smallestServiceRange, *given)
	case !isPrivate(block):
		found.Addf(path, "must lie in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, for EKS takes no other; got %q, use "+
			"for example 172.20.0.0/16", *given)
	case vpc.IsValid() && block.Overlaps(vpc):
		found.Addf(path, "must not overlap the VPC, or pods could not reach what has an address in both; got %q, the "+
			"VPC has %s, use for example %s", *given, vpc, freeServiceRange(vpc))
	}
	return found
}

func isPrivate(block netip.Prefix) bool {
	for _, private := range privateRanges {
		if private.Bits() <= block.Bits() && private.Contains(block.Addr()) {
			return true
		}
	}
	return false
}

// freeServiceRange returns the one of EKS's own two ranges that the VPC does not use.
func freeServiceRange(vpc netip.Prefix) netip.Prefix {
	first := netip.MustParsePrefix("172.20.0.0/16")
	if first.Overlaps(vpc) {
		return netip.MustParsePrefix("10.100.0.0/16")
	}
	return first
}
