package cluster

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func TestValidateEndpoint(t *testing.T) {
	t.Parallel()
	many := make([]string, maxPublicAccessCIDRs+1)
	for i := range many {
		many[i] = fmt.Sprintf("203.0.113.%d/32", i)
	}
	tests := map[string]struct {
		spec   *EndpointSpec
		ranges property.Value
		want   []string
	}{
		"nothing given":  {},
		"private only":   {spec: &EndpointSpec{PublicAccess: new(false)}},
		"some ranges":    {spec: &EndpointSpec{}, ranges: texts("203.0.113.0/24", "198.51.100.7/32")},
		"the internet":   {spec: &EndpointSpec{}, ranges: texts("0.0.0.0/0")},
		"unknown ranges": {spec: &EndpointSpec{}, ranges: property.New(property.Computed)},
		"an unknown range": {
			spec: &EndpointSpec{},
			ranges: property.New(property.NewArray([]property.Value{
				property.New(property.Computed), property.New("10.0.0.0/8"),
			})),
			want: []string{`endpoint.publicAccessCidrs[1]: must be a public range, because EKS refuses private ones here; ` +
				`got "10.0.0.0/8", set privateAccess to true for callers inside the VPC`},
		},
		"nobody": {
			spec: &EndpointSpec{PublicAccess: new(false), PrivateAccess: new(false)},
			want: []string{"endpoint: publicAccess and privateAccess cannot both be false, for nobody would reach the " +
				"API; leave one of them true"},
		},
		"ranges without an address": {
			spec: &EndpointSpec{PublicAccess: new(false)}, ranges: property.New(property.Computed),
			want: []string{"endpoint.publicAccessCidrs: has no effect while publicAccess is false; leave one of the two out"},
		},
		"an empty list": {
			spec: &EndpointSpec{}, ranges: texts(),
			want: []string{"endpoint.publicAccessCidrs: must hold at least one range, because EKS takes an empty list for " +
				"the whole internet; leave it out if that is meant"},
		},
		"too many": {
			spec: &EndpointSpec{}, ranges: texts(many...),
			want: []string{"endpoint.publicAccessCidrs: must hold at most 40 ranges, which is EKS's limit; got 41"},
		},
		"what is no range": {
			spec: &EndpointSpec{}, ranges: texts("203.0.113.7", "2001:db8::/32", "203.0.113.7/24"),
			want: []string{
				`endpoint.publicAccessCidrs[0]: must be an IPv4 range such as 203.0.113.0/24; got "203.0.113.7"`,
				`endpoint.publicAccessCidrs[1]: must be an IPv4 range such as 203.0.113.0/24; got "2001:db8::/32"`,
				`endpoint.publicAccessCidrs[2]: must begin at a network address; for "203.0.113.7/24" that is "203.0.113.0/24"`,
			},
		},
		"a secret is left to AWS": {spec: &EndpointSpec{}, ranges: texts("hidden").WithSecret(true)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := property.New(property.Null)
			if test.spec != nil {
				raw = given(map[string]property.Value{"publicAccessCidrs": test.ranges})
			}
			compareViolations(t, test.want, test.spec.Validate("endpoint", raw))
		})
	}
}

func TestEndpointWarnings(t *testing.T) {
	t.Parallel()
	ranges := pulumi.ToStringArray([]string{"203.0.113.0/24"})
	open := []string{"endpoint.publicAccessCidrs is not set: the Kubernetes API answers to the whole internet, and only " +
		"IAM guards it; give the ranges of those who use it, or 0.0.0.0/0 if this is meant"}
	tests := map[string]struct {
		spec *EndpointSpec
		want []string
	}{
		"nothing given":     {want: open},
		"public only, open": {spec: &EndpointSpec{PrivateAccess: new(false)}, want: open},
		"restricted":        {spec: &EndpointSpec{PublicAccessCidrs: ranges}},
		"restricted, and nodes outside": {
			spec: &EndpointSpec{PublicAccessCidrs: ranges, PrivateAccess: new(false)},
			want: []string{"endpoint.privateAccess is false: nodes reach the Kubernetes API through the NAT gateways, and " +
				"join only if endpoint.publicAccessCidrs contains their addresses, which are the output natPublicIps"},
		},
		"private": {
			spec: &EndpointSpec{PublicAccess: new(false)},
			want: []string{"endpoint.publicAccess is false: Flux is installed and drained through the Kubernetes API, so " +
				"the machine that runs Pulumi must reach the VPC, through a VPN or from inside it"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, test.spec.Warnings()); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}
