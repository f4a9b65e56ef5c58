package network

import (
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// maxNameWithFlowLogs is how long the name of a Network may be: IAM's 64 characters for a role, less what is put behind
// it and the suffix of 8 by which Pulumi keeps names apart.
const maxNameWithFlowLogs = 64 - len("-flow-logs") - 8

// Validate applies the rules of the Network component called name; raw is as for [NetworkSpec.Validate].
func (n NetworkArgs) Validate(name string, raw property.Map) inputs.Violations {
	found := n.Spec().Validate("", raw)
	if n.FlowLogs != nil && len(name) > maxNameWithFlowLogs {
		found.Addf("flowLogs", "make a role in IAM whose name begins with that of the resource, which must be at most %d "+
			"characters then; got %q, rename the resource", maxNameWithFlowLogs, name)
	}
	return found
}

// Validate applies the network's rules; path is where the description stands among the inputs. Raw holds the same
// inputs as they arrived: the values of those that may be outputs stand only there, as far as they are known.
func (s NetworkSpec) Validate(path string, raw property.Map) inputs.Violations {
	var found inputs.Violations
	if IsExisting(raw) {
		refuseNew(path, raw, &found)
		validateExisting(path, raw, &found)
		return found
	}
	refuseExisting(path, raw, &found)
	if _, err := parseBlock(s.cidrBlock()); err != nil {
		found.Addf(inputs.Join(path, "cidrBlock"), "%s", err)
	}
	s.validateZones(path, &found)
	s.NatGateways.validate(inputs.Join(path, "natGateways"), s.Zones(), raw.Get("natGateways"), &found)
	for i, service := range s.VpcEndpoints {
		if slices.Contains(s.VpcEndpoints[:i], service) {
			found.Addf(inputs.Index(inputs.Join(path, "vpcEndpoints"), i), "is given twice; remove one %q", service)
		}
	}
	s.FlowLogs.validate(inputs.Join(path, "flowLogs"), &found)
	return found
}

func (s NetworkSpec) validateZones(path string, found *inputs.Violations) {
	zonesPath := inputs.Join(path, "numberOfAvailabilityZones")
	if s.AvailabilityZoneNames != nil {
		zonesPath = inputs.Join(path, "availabilityZoneNames")
		if s.NumberOfAvailabilityZones != nil {
			found.Addf(zonesPath, "cannot be given together with numberOfAvailabilityZones; remove one of the two")
		}
		seen := map[string]bool{}
		for i, name := range s.AvailabilityZoneNames {
			if name == "" || seen[name] {
				found.Addf(inputs.Index(zonesPath, i), "must name another zone, such as us-west-2a; got %q", name)
			}
			seen[name] = true
		}
	}
	if _, err := PlanAddresses(DefaultCIDRBlock, s.Zones()); err != nil {
		found.Addf(zonesPath, "%s", err)
	}
}

func (s *NatGatewaysSpec) validate(path string, zones int, raw property.Value, found *inputs.Violations) {
	given := inputs.At(raw, "elasticIpAllocationIds")
	if given.IsNull() {
		return
	}
	at, gateways := inputs.Shown(inputs.Join(path, "elasticIpAllocationIds"), given), s.count(zones)
	if gateways == 0 {
		found.Addf(at, "cannot be given without NAT gateways; remove it, or use strategy Single or OnePerAz")
		return
	}
	if given.IsArray() && given.AsArray().Len() != gateways {
		found.Addf(at, "must hold one id for each NAT gateway; got %d for %d (strategy %s in %d zones)",
			given.AsArray().Len(), gateways, s.strategy(), zones)
	}
	validateIDs(at, given, allocationID, "an allocation id such as eipalloc-0123456789abcdef0", found)
}

var (
	allocationID = regexp.MustCompile(`^eipalloc-[0-9a-f]{8,17}$`)
	vpcID        = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)
	subnetID     = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)
)

// validateIDs checks those ids of a list that are known and can be shown.
func validateIDs(path string, ids property.Value, form *regexp.Regexp, what string, found *inputs.Violations) {
	if !ids.IsArray() || ids.HasSecrets() {
		return
	}
	seen := map[string]bool{}
	for i, id := range ids.AsArray().All {
		switch {
		case !id.IsString():
		case !form.MatchString(id.AsString()):
			found.Addf(inputs.Index(path, i), "must be %s; got %q", what, id.AsString())
		case seen[id.AsString()]:
			found.Addf(inputs.Index(path, i), "is given twice; remove one %q", id.AsString())
		default:
			seen[id.AsString()] = true
		}
	}
}
