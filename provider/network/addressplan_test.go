package network

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"pgregory.net/rapid"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

func TestPlanOfTheDefaultNetwork(t *testing.T) {
	t.Parallel()
	plan, err := NetworkSpec{}.Addresses()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, zone := range plan.Zones {
		got = append(got, zone.Private.String(), zone.Public.String())
	}
	want := []string{
		"10.0.0.0/20", "10.0.96.0/24",
		"10.0.16.0/20", "10.0.97.0/24",
		"10.0.32.0/20", "10.0.98.0/24",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

func TestPlanScalesWithThePrefix(t *testing.T) {
	t.Parallel()
	plan, err := PlanAddresses("192.168.16.0/20", 6)
	if err != nil {
		t.Fatal(err)
	}
	last := plan.Zones[5]
	if got, want := last.Private.String(), "192.168.21.0/24"; got != want {
		t.Errorf("private subnet of the sixth zone: got %s, want %s", got, want)
	}
	if got, want := last.Public.String(), "192.168.22.80/28"; got != want {
		t.Errorf("public subnet of the sixth zone: got %s, want %s", got, want)
	}
}

// anyBlock draws a VPC range that is allowed.
func anyBlock(t *rapid.T) string {
	bits := rapid.IntRange(minPrefix, maxPrefix).Draw(t, "bits")
	address := netip.AddrFrom4([4]byte{10, rapid.Byte().Draw(t, "second"), rapid.Byte().Draw(t, "third"), 0})
	return netip.PrefixFrom(address, bits).Masked().String()
}

func TestPlanProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		block := anyBlock(t)
		zones := rapid.IntRange(MinZones, MaxZones).Draw(t, "zones")
		plan, err := PlanAddresses(block, zones)
		if err != nil {
			t.Fatal(err)
		}
		if len(plan.Zones) != zones {
			t.Fatalf("got %d zones, want %d", len(plan.Zones), zones)
		}
		var all []netip.Prefix
		for _, zone := range plan.Zones {
			all = append(all, zone.Private, zone.Public)
		}
		for i, subnet := range all {
			if subnet != subnet.Masked() {
				t.Errorf("%s does not begin at a network address", subnet)
			}
			if !plan.VPC.Contains(subnet.Addr()) || subnet.Bits() < plan.VPC.Bits() {
				t.Errorf("%s is not inside %s", subnet, plan.VPC)
			}
			if subnet.Bits() > 28 {
				t.Errorf("%s is smaller than AWS allows", subnet)
			}
			for _, other := range all[:i] {
				if subnet.Overlaps(other) {
					t.Errorf("%s overlaps %s", subnet, other)
				}
			}
			if subnet.Overlaps(plan.Free()) {
				t.Errorf("%s lies in the upper half %s, which stays free", subnet, plan.Free())
			}
		}
	})
}

func TestPlanIsDeterministic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		block := anyBlock(t)
		zones := rapid.IntRange(MinZones, MaxZones).Draw(t, "zones")
		once, err := PlanAddresses(block, zones)
		if err != nil {
			t.Fatal(err)
		}
		again, err := PlanAddresses(block, zones)
		if err != nil {
			t.Fatal(err)
		}
		if once.VPC != again.VPC || !slices.Equal(once.Zones, again.Zones) {
			t.Errorf("two plans differ: %v, %v", once, again)
		}
	})
}

var namedSize = regexp.MustCompile(`use a /(\d+) or larger`)

// TestRefusedSizeWorks takes the advice of a refusal: the size that it names has room, the next smaller one has none,
// and where it names none there is none.
func TestRefusedSizeWorks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		block := anyBlock(t)
		zones := rapid.IntRange(MinZones, MaxZones).Draw(t, "zones")
		nodes := rapid.IntRange(1, 1000).Draw(t, "nodes")
		plan, err := PlanAddresses(block, zones)
		if err != nil {
			t.Fatal(err)
		}
		found := plan.CheckNodes("network.cidrBlock", nodes)
		if (nodes > plan.Capacity()) != (len(found) == 1) {
			t.Fatalf("%d nodes where there is room for %d: %v", nodes, plan.Capacity(), found)
		}
		if len(found) == 0 {
			return
		}
		capacity := func(bits int) int {
			other, err := PlanAddresses(fmt.Sprintf("10.0.0.0/%d", bits), zones)
			if err != nil {
				t.Fatal(err)
			}
			return other.Capacity()
		}
		named := namedSize.FindStringSubmatch(found[0].Reason)
		if named == nil {
			if capacity(minPrefix) >= nodes {
				t.Errorf("a /%d would do, but the refusal names no size: %s", minPrefix, found[0].Reason)
			}
			return
		}
		bits, err := strconv.Atoi(named[1])
		if err != nil {
			t.Fatal(err)
		}
		if capacity(bits) < nodes {
			t.Errorf("a /%d has room for %d nodes, not for %d", bits, capacity(bits), nodes)
		}
		if bits < maxPrefix && capacity(bits+1) >= nodes {
			t.Errorf("a /%d would do for %d nodes, the refusal names a /%d", bits+1, nodes, bits)
		}
	})
}

func TestMoreZonesOnlyAdd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		block := anyBlock(t)
		fewer := rapid.IntRange(MinZones, MaxZones-1).Draw(t, "fewer")
		more := rapid.IntRange(fewer+1, MaxZones).Draw(t, "more")
		before, err := PlanAddresses(block, fewer)
		if err != nil {
			t.Fatal(err)
		}
		after, err := PlanAddresses(block, more)
		if err != nil {
			t.Fatal(err)
		}
		for zone := range before.Zones {
			if before.Zones[zone] != after.Zones[zone] {
				t.Errorf("zone %d moved from %v to %v", zone, before.Zones[zone], after.Zones[zone])
			}
		}
	})
}

func TestValidate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spec NetworkSpec
		want []string
	}{
		"nothing given": {},
		"a smaller range": {
			spec: NetworkSpec{CidrBlock: new("100.64.16.0/20"), NumberOfAvailabilityZones: new(2)},
		},
		"zones by name": {
			spec: NetworkSpec{AvailabilityZoneNames: []string{"us-west-2b", "us-west-2a"}},
		},
		"too small a range": {
			spec: NetworkSpec{CidrBlock: new("10.0.0.0/26")},
			want: []string{`network.cidrBlock: must be from /16 to /20, so that every zone has room for nodes and ` +
				`pods; got "10.0.0.0/26", use for example "10.0.0.0/16"`},
		},
		"too large a range": {
			spec: NetworkSpec{CidrBlock: new("10.0.0.0/8")},
			want: []string{`network.cidrBlock: must be from /16 to /20, so that every zone has room for nodes and ` +
				`pods; got "10.0.0.0/8", use for example "10.0.0.0/16"`},
		},
		"not a network address": {
			spec: NetworkSpec{CidrBlock: new("10.0.1.0/16")},
			want: []string{`network.cidrBlock: must begin at a network address; for "10.0.1.0/16" that is "10.0.0.0/16"`},
		},
		"not a range": {
			spec: NetworkSpec{CidrBlock: new("fd00::/16")},
			want: []string{`network.cidrBlock: must be an IPv4 range such as 10.0.0.0/16; got "fd00::/16"`},
		},
		"a public range": {
			spec: NetworkSpec{CidrBlock: new("8.8.0.0/16")},
			want: []string{`network.cidrBlock: must be a private range (in 10.0.0.0/8, 172.16.0.0/12, ` +
				`192.168.0.0/16 or 100.64.0.0/10), because nodes could not reach the owner of a public one; ` +
				`got "8.8.0.0/16"`},
		},
		"one zone": {
			spec: NetworkSpec{NumberOfAvailabilityZones: new(1)},
			want: []string{"network.numberOfAvailabilityZones: must be from 2 to 6, because EKS needs two zones and " +
				"no region has more than six; got 1"},
		},
		"no zone names": {
			spec: NetworkSpec{AvailabilityZoneNames: []string{}},
			want: []string{"network.availabilityZoneNames: must be from 2 to 6, because EKS needs two zones and " +
				"no region has more than six; got 0"},
		},
		"endpoints and flow logs": {
			spec: NetworkSpec{
				VpcEndpoints: []VpcEndpointService{EndpointS3, EndpointEC2}, FlowLogs: &FlowLogsSpec{RetentionInDays: new(7)},
			},
		},
		"an endpoint twice": {
			spec: NetworkSpec{VpcEndpoints: []VpcEndpointService{EndpointS3, EndpointEC2, EndpointS3}},
			want: []string{`network.vpcEndpoints[2]: is given twice; remove one "s3"`},
		},
		"a retention that there is not": {
			spec: NetworkSpec{FlowLogs: &FlowLogsSpec{RetentionInDays: new(10)}},
			want: []string{"network.flowLogs.retentionInDays: must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, " +
				"365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, which CloudWatch Logs knows; got 10"},
		},
		"names and a number, one name twice": {
			spec: NetworkSpec{
				AvailabilityZoneNames: []string{"us-west-2a", "us-west-2a"}, NumberOfAvailabilityZones: new(2),
			},
			want: []string{
				"network.availabilityZoneNames: cannot be given together with numberOfAvailabilityZones; remove one " +
					"of the two",
				`network.availabilityZoneNames[1]: must name another zone, such as us-west-2a; got "us-west-2a"`,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, violation := range test.spec.Validate("network", property.Map{}) {
				got = append(got, violation.Path+": "+violation.Reason)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckNodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		block        string
		zones, nodes int
		want         string
	}{
		{block: "10.0.0.0/16", zones: 3, nodes: 369},
		{block: "10.0.0.0/20", zones: 3, nodes: 21},
		{block: "10.0.0.0/20", zones: 3, nodes: 22, want: "10.0.0.0/20 has addresses for 21 nodes in 3 zones (33 per " +
			"node: its own and two /28 prefixes for pods), but the node groups may grow to 22; use a /19 or larger, " +
			"or fewer nodes"},
		{block: "10.0.0.0/16", zones: 2, nodes: 1000, want: "10.0.0.0/16 has addresses for 246 nodes in 2 zones (33 " +
			"per node: its own and two /28 prefixes for pods), but the node groups may grow to 1000; ask for fewer nodes"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s with %d zones and %d nodes", test.block, test.zones, test.nodes), func(t *testing.T) {
			t.Parallel()
			plan, err := PlanAddresses(test.block, test.zones)
			if err != nil {
				t.Fatal(err)
			}
			var want inputs.Violations
			if test.want != "" {
				want.Addf("network.cidrBlock", "%s", test.want)
			}
			if diff := cmp.Diff(want, plan.CheckNodes("network.cidrBlock", test.nodes)); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}
