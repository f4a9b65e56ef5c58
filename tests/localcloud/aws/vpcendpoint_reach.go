package aws

import (
	"fmt"
	"net/netip"
	"slices"
)

// missingEndpoints are those of the services that no endpoint makes reachable from a subnet, for somebody in the given
// security groups.
func (t *tx) missingEndpoints(subnet *record, groups []string, services ...string) []string {
	endpoints := t.of(typeVPCEndpoint, "vpcId", subnet.str("vpcId"))
	return slices.DeleteFunc(services, func(service string) bool {
		return slices.ContainsFunc(endpoints, func(r *record) bool {
			if t.serviceOf(r.str("serviceName")) != service {
				return false
			}
			if r.str("vpcEndpointType") == endpointGateway {
				return slices.Contains(r.strings("routeTableIds"), t.tableOf(subnet).ID)
			}
			return r.properties().flag("privateDnsEnabled") && len(r.strings("subnetIds")) > 0 &&
				t.letsIn(r.strings("securityGroupIds"), subnet, groups)
		})
	})
}

// letsIn says that one of the groups lets HTTPS in from a subnet or from somebody in the given groups.
func (t *tx) letsIn(groups []string, subnet *record, from []string) bool {
	const https = 443
	block := netip.MustParsePrefix(subnet.str("cidrBlock"))
	for _, id := range groups {
		for _, line := range t.rulesOf(t.lookup(typeSecurityGroup, id)) {
			var direction, protocol, source string
			var first, last int
			if _, err := fmt.Sscanf(line, "%s %s %d-%d %s", &direction, &protocol, &first, &last, &source); err != nil ||
				direction != ingress || protocol != "-1" && (protocol != "tcp" || first > https || last < https) {
				continue
			}
			outer, err := netip.ParsePrefix(source)
			if slices.Contains(from, source) || err == nil && contains(outer, block) {
				return true
			}
		}
	}
	return false
}
