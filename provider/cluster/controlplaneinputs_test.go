package cluster

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func TestValidateServiceCIDR(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		given *string
		vpc   string
		want  []string
	}{
		"nothing given": {vpc: "10.0.0.0/16"},
		"apart":         {given: new("10.100.0.0/16"), vpc: "10.0.0.0/16"},
		"the largest":   {given: new("172.16.0.0/12"), vpc: "10.0.0.0/16"},
		"the smallest":  {given: new("192.168.255.0/24"), vpc: "10.0.0.0/16"},
		"VPC unknown":   {given: new("10.0.0.0/16")},
		"no range": {
			given: new("172.20.0.0"),
			want:  []string{`serviceIpv4Cidr: must be an IPv4 range such as 172.20.0.0/16; got "172.20.0.0"`},
		},
		"host bits": {
			given: new("172.20.0.1/16"),
			want:  []string{`serviceIpv4Cidr: must begin at a network address; for "172.20.0.1/16" that is "172.20.0.0/16"`},
		},
		"too large": {
			given: new("10.0.0.0/8"),
			want: []string{`serviceIpv4Cidr: must be from /12 to /24, which are EKS's limits; got "10.0.0.0/8", use for ` +
				`example 172.20.0.0/16`},
		},
		"too small": {
			given: new("10.1.0.0/25"),
			want: []string{`serviceIpv4Cidr: must be from /12 to /24, which are EKS's limits; got "10.1.0.0/25", use for ` +
				`example 172.20.0.0/16`},
		},
		"not private": {
			given: new("100.64.0.0/16"),
			want: []string{`serviceIpv4Cidr: must lie in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, for EKS takes no ` +
				`other; got "100.64.0.0/16", use for example 172.20.0.0/16`},
		},
		"in the VPC": {
			given: new("10.0.128.0/20"), vpc: "10.0.0.0/16",
			want: []string{`serviceIpv4Cidr: must not overlap the VPC, or pods could not reach what has an address in ` +
				`both; got "10.0.128.0/20", the VPC has 10.0.0.0/16, use for example 172.20.0.0/16`},
		},
		"around the VPC": {
			given: new("172.16.0.0/12"), vpc: "172.20.0.0/16",
			want: []string{`serviceIpv4Cidr: must not overlap the VPC, or pods could not reach what has an address in ` +
				`both; got "172.16.0.0/12", the VPC has 172.20.0.0/16, use for example 10.100.0.0/16`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var vpc netip.Prefix
			if test.vpc != "" {
				vpc = netip.MustParsePrefix(test.vpc)
			}
			compareViolations(t, test.want, ValidateServiceCIDR("serviceIpv4Cidr", test.given, vpc))
		})
	}
}

// What a refusal proposes is accepted.
func TestProposedServiceRange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		address := netip.AddrFrom4([4]byte{
			rapid.SampledFrom([]byte{10, 172, 192}).Draw(t, "a"), rapid.Byte().Draw(t, "b"), rapid.Byte().Draw(t, "c"), 0,
		})
		vpc := netip.PrefixFrom(address, rapid.IntRange(16, 20).Draw(t, "bits")).Masked()
		proposed := freeServiceRange(vpc).String()
		if found := ValidateServiceCIDR("serviceIpv4Cidr", &proposed, vpc); len(found) > 0 {
			t.Fatalf("for %s is proposed %s, which is refused: %v", vpc, proposed, found)
		}
	})
}

func TestUpgradePolicy(t *testing.T) {
	t.Parallel()
	for want, given := range map[string]*UpgradePolicy{
		"STANDARD": nil, "EXTENDED": new(UpgradePolicyExtended),
	} {
		if got := given.supportType(); got != want {
			t.Errorf("support of %v: got %s, want %s", given, got, want)
		}
	}
}
