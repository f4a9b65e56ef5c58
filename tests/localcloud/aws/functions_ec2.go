package aws

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// zoneFacts are what filters of zones can ask for.
func zoneFacts(region string, z zone) map[string]string {
	facts := map[string]string{
		"group-name": region, "opt-in-status": "opt-in-not-required", "region-name": region, "state": "available",
		"zone-id": z.id, "zone-name": z.name, "zone-type": "availability-zone",
	}
	if z.local {
		facts["opt-in-status"] = "opted-in"
		facts["zone-type"] = "local-zone"
		facts["group-name"] = strings.TrimRight(z.name, "abcdef")
	}
	return facts
}

func (t *tx) matchingZones(inputs props) ([]zone, error) {
	var found []zone
	for _, z := range t.cloud.zones() {
		facts := zoneFacts(t.cloud.options.Region, z)
		if slices.Contains(inputs.strings("excludeNames"), z.name) ||
			slices.Contains(inputs.strings("excludeZoneIds"), z.id) ||
			inputs.has("state") && inputs.str("state") != facts["state"] {
			continue
		}
		ok, err := t.matchesFilters(inputs, func(name string) ([]string, bool) {
			value, known := facts[name]
			return []string{value}, known
		})
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, z)
		}
	}
	return found, nil
}

// matchesFilters applies the EC2 filters of a data source. Between filters it is and, between a filter's values or.
func (t *tx) matchesFilters(inputs props, facts func(string) ([]string, bool)) (bool, error) {
	for _, filter := range inputs.objects("filters") {
		values, known := facts(filter.str("name"))
		if !known {
			return false, t.fail("InvalidParameterValue", "The filter '%s' is invalid", filter.str("name"))
		}
		if !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(filter.strings("values"), v) }) {
			return false, nil
		}
	}
	return true, nil
}

func (t *tx) getAvailabilityZones(inputs props) (props, error) {
	zones, err := t.matchingZones(inputs)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(zones, func(a, b zone) int { return cmp.Compare(a.name, b.name) })
	names, ids, groups := []string{}, []string{}, []string{}
	for _, z := range zones {
		names = append(names, z.name)
		ids = append(ids, z.id)
		groups = append(groups, zoneFacts(t.cloud.options.Region, z)["group-name"])
	}
	slices.Sort(groups)
	return props{
		"id": t.cloud.options.Region, "names": names, "zoneIds": ids, "groupNames": slices.Compact(groups),
	}, nil
}

func (t *tx) getAvailabilityZone(inputs props) (props, error) {
	zones, err := t.matchingZones(inputs)
	if err != nil {
		return nil, err
	}
	zones = slices.DeleteFunc(zones, func(z zone) bool {
		return inputs.has("name") && inputs.str("name") != z.name || inputs.has("zoneId") && inputs.str("zoneId") != z.id
	})
	if len(zones) != 1 {
		return nil, fmt.Errorf("%d availability zones match; give criteria that exactly one matches", len(zones))
	}
	facts := zoneFacts(t.cloud.options.Region, zones[0])
	return props{
		"id": zones[0].name, "name": zones[0].name, "zoneId": zones[0].id, "groupName": facts["group-name"],
		"nameSuffix": strings.TrimPrefix(zones[0].name, t.cloud.options.Region), "networkBorderGroup": facts["group-name"],
		"optInStatus": facts["opt-in-status"], "parentZoneId": "", "parentZoneName": "", "region": facts["region-name"],
		"state": facts["state"], "zoneType": facts["zone-type"],
	}, nil
}

// describe finds things in EC2 by filters, tags and properties.
func (t *tx) describe(token string, inputs props, facts map[string]string, properties ...string) ([]*record, error) {
	var found []*record
	for _, r := range t.all(token) {
		p := merge(r.properties(), t.viewTags(r))
		ok, err := t.matchesFilters(inputs, func(name string) ([]string, bool) {
			if tag, isTag := strings.CutPrefix(name, "tag:"); isTag {
				return []string{p.stringMap("tagsAll")[tag]}, true
			}
			if name == "tag-key" {
				return slices.Collect(maps.Keys(p.stringMap("tagsAll"))), true
			}
			property, known := facts[name]
			if property == "id" {
				return []string{r.ID}, known
			}
			return []string{p.str(property)}, known
		})
		if err != nil {
			return nil, err
		}
		if id := inputs.str("id"); id != "" && id != r.ID {
			ok = false
		}
		for name, value := range inputs.stringMap("tags") {
			ok = ok && p.stringMap("tagsAll")[name] == value
		}
		for _, property := range properties {
			ok = ok && (!inputs.has(property) || p.str(property) == inputs.str(property))
		}
		if ok {
			found = append(found, r)
		}
	}
	return found, nil
}

func one(found []*record, err error) (*record, error) {
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, fmt.Errorf("no matching resource found")
	case len(found) > 1:
		return nil, fmt.Errorf("multiple resources matched; use additional constraints to reduce matches to a single one")
	}
	return found[0], nil
}

var subnetFilters = map[string]string{
	"vpc-id": "vpcId", "subnet-id": "id", "availability-zone": "availabilityZone",
	"availability-zone-id": "availabilityZoneId", "cidr-block": "cidrBlock",
}

func (t *tx) getSubnets(inputs props) (props, error) {
	found, err := t.describe(typeSubnet, inputs, subnetFilters)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, r := range found {
		ids = append(ids, r.ID)
	}
	return props{"id": t.cloud.options.Region, "ids": ids}, nil
}

func (t *tx) getSubnet(inputs props) (props, error) {
	r, err := one(t.describe(typeSubnet, inputs, subnetFilters, "vpcId", "availabilityZone", "availabilityZoneId",
		"cidrBlock"))
	if err != nil {
		return nil, err
	}
	result := merge(props{
		"customerOwnedIpv4Pool": "", "defaultForAz": false, "enableLniAtDeviceIndex": 0, "ipv6CidrBlock": "",
		"mapCustomerOwnedIpOnLaunch": false, "outpostArn": "", "state": "available",
		"availableIpAddressCount": t.freeAddresses(r), "id": r.ID,
	}, merge(r.properties(), t.viewTags(r)))
	result["tags"] = result["tagsAll"]
	delete(result, "tagsAll")
	return result, nil
}

func (t *tx) getVPC(inputs props) (props, error) {
	if inputs.flag("default") {
		return nil, fmt.Errorf("no matching EC2 VPC found") // this account's default VPC was deleted
	}
	r, err := one(t.describe(typeVPC, inputs, map[string]string{"vpc-id": "id", "cidr": "cidrBlock"}, "cidrBlock"))
	if err != nil {
		return nil, err
	}
	p := merge(r.properties(), t.viewTags(r))
	result := props{"id": r.ID, "default": false, "state": "available", "tags": p["tagsAll"]}
	for _, name := range []string{
		"arn", "cidrBlock", "dhcpOptionsId", "enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics",
		"instanceTenancy", "ipv6AssociationId", "ipv6CidrBlock", "mainRouteTableId", "ownerId",
	} {
		result[name] = p[name]
	}
	result["cidrBlockAssociations"] = []any{map[string]any{
		"associationId": "vpc-cidr-assoc-" + strings.TrimPrefix(r.ID, "vpc-"), "cidrBlock": p["cidrBlock"],
		"state": "associated",
	}}
	return result, nil
}
