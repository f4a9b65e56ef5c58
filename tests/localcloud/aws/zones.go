package aws

import (
	"maps"
	"slices"
)

// zone is an availability zone or a Local Zone.
type zone struct {
	name, id string
	// local is a Local Zone that this account has opted into. There is one on purpose: a program that takes the first
	// zones by name gets it, as it would in an account that uses Local Zones.
	local bool
}

// regionZones are the zones that this account sees. Which name stands for which id differs between accounts.
var regionZones = map[string][]zone{
	"us-west-2": {
		{name: "us-west-2a", id: "usw2-az1"},
		{name: "us-west-2b", id: "usw2-az2"},
		{name: "us-west-2c", id: "usw2-az3"},
		{name: "us-west-2d", id: "usw2-az4"},
		{name: "us-west-2-lax-1a", id: "usw2-lax1-az1", local: true},
	},
	"us-east-1": {
		{name: "us-east-1a", id: "use1-az1"},
		{name: "us-east-1b", id: "use1-az2"},
		{name: "us-east-1c", id: "use1-az4"},
		{name: "us-east-1d", id: "use1-az6"},
		{name: "us-east-1e", id: "use1-az3"},
		{name: "us-east-1f", id: "use1-az5"},
	},
	"us-west-1": {{name: "us-west-1a", id: "usw1-az3"}, {name: "us-west-1b", id: "usw1-az1"}},
	"ca-central-1": {{name: "ca-central-1a", id: "cac1-az1"}, {name: "ca-central-1b", id: "cac1-az2"},
		{name: "ca-central-1d", id: "cac1-az4"}},
	"eu-central-1": {{name: "eu-central-1a", id: "euc1-az2"}, {name: "eu-central-1b", id: "euc1-az3"},
		{name: "eu-central-1c", id: "euc1-az1"}},
	"eu-west-1": {{name: "eu-west-1a", id: "euw1-az1"}, {name: "eu-west-1b", id: "euw1-az2"},
		{name: "eu-west-1c", id: "euw1-az3"}},
}

// Regions lists the regions that are simulated.
func Regions() []string { return slices.Sorted(maps.Keys(regionZones)) }

// zonesWithoutEKS are the zones in which EKS places no control plane, by id, because names differ between accounts.
var zonesWithoutEKS = []string{"use1-az3", "usw1-az2", "cac1-az3"}

func (c *Cloud) zones() []zone { return regionZones[c.options.Region] }

func (c *Cloud) zoneNamed(name string) (zone, bool) {
	i := slices.IndexFunc(c.zones(), func(z zone) bool { return z.name == name })
	if i < 0 {
		return zone{}, false
	}
	return c.zones()[i], true
}

func (c *Cloud) zoneWithID(id string) (zone, bool) {
	i := slices.IndexFunc(c.zones(), func(z zone) bool { return z.id == id })
	if i < 0 {
		return zone{}, false
	}
	return c.zones()[i], true
}
