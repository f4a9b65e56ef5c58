package aws

import (
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
)

// The types of VPC endpoints that are simulated.
const (
	endpointGateway   = "Gateway"
	endpointInterface = "Interface"
)

// endpointServices are the services that have VPC endpoints, as far as clusters use them, with the types of endpoint
// that each offers. https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
var endpointServices = func() map[string][]string {
	services := map[string][]string{
		"s3": {endpointGateway, endpointInterface}, "dynamodb": {endpointGateway, endpointInterface},
	}
	for _, name := range []string{
		"autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticfilesystem",
		"elasticloadbalancing", "events", "kms", "logs", "monitoring", "secretsmanager", "sns", "sqs", "ssm", "ssmmessages",
		"sts", "xray",
	} {
		services[name] = []string{endpointInterface}
	}
	return services
}()

func vpcEndpointKinds() map[string]*kind {
	return map[string]*kind{
		typeVPCEndpoint: {
			title: "EC2 VPC Endpoint", service: ec2, named: "serviceName", tags: ec2Tags,
			calls: calls{create: "CreateVpcEndpoint", update: "ModifyVpcEndpoint", remove: "DeleteVpcEndpoints"},
			references: []reference{
				{property: "vpcId", token: typeVPC, code: "InvalidVpcID.NotFound", message: noSuchVPC},
			},
			create: (*tx).createVPCEndpoint, update: (*tx).setVPCEndpoint,
		},
	}
}

// serviceOf is a service's name without the region before it, or nothing when there is no such service.
func (t *tx) serviceOf(name string) string {
	service, _ := strings.CutPrefix(name, "com.amazonaws."+t.cloud.options.Region+".")
	if endpointServices[service] == nil {
		return ""
	}
	return service
}

func (t *tx) createVPCEndpoint(inputs props) (*record, error) {
	name, wanted := inputs.str("serviceName"), inputs.str("vpcEndpointType")
	service := t.serviceOf(name)
	if service == "" {
		return nil, t.fail("InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist", name)
	}
	if !slices.Contains(endpointServices[service], wanted) {
		return nil, t.fail("InvalidParameter", "Endpoint type (%s) does not match available service types (%v).", wanted,
			endpointServices[service])
	}
	if err := t.checkEndpointQuota(inputs); err != nil {
		return nil, err
	}
	id := newID("vpce")
	r := &record{Type: typeVPCEndpoint, ID: id, Inputs: inputs, Computed: props{
		"arn": t.arn("ec2", "vpc-endpoint/"+id), "ownerId": t.cloud.options.AccountID, "state": "available",
		"requesterManaged": false, "ipAddressType": "ipv4", "serviceRegion": t.cloud.options.Region,
		"dnsOptions": map[string]any{"dnsRecordIpType": "ipv4"}, "cidrBlocks": []any{}, "prefixListId": "",
	}}
	if wanted == endpointGateway {
		r.set("dnsOptions", map[string]any{"dnsRecordIpType": "service-defined"})
		r.set("prefixListId", fmt.Sprintf("pl-%08x", crc32.ChecksumIEEE([]byte(name))))
		r.set("cidrBlocks", []any{"198.51.100.0/24"}) // a range kept for documentation
	}
	return r, t.setVPCEndpoint(r, inputs)
}

func (t *tx) checkEndpointQuota(inputs props) error {
	limit, count := 20, 0
	if inputs.str("vpcEndpointType") == endpointInterface {
		limit = 50 // in a VPC, while gateway endpoints are counted in the region
	}
	for _, other := range t.of(typeVPCEndpoint, "vpcEndpointType", inputs.str("vpcEndpointType")) {
		if limit == 20 || other.str("vpcId") == inputs.str("vpcId") {
			count++
		}
	}
	if count >= limit {
		return t.fail("VpcEndpointLimitExceeded", "The maximum number of VPC endpoints (%d) has been reached.", limit)
	}
	return nil
}

// setVPCEndpoint checks an endpoint's rules and makes it what the inputs say, at first and later.
func (t *tx) setVPCEndpoint(r *record, inputs props) error {
	if inputs.str("vpcEndpointType") == endpointGateway {
		return t.setGatewayEndpoint(r, inputs)
	}
	return t.setInterfaceEndpoint(r, inputs)
}

func (t *tx) setGatewayEndpoint(r *record, inputs props) error {
	switch {
	case len(inputs.strings("subnetIds")) > 0:
		return t.fail("InvalidParameter",
			"Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints")
	case len(inputs.strings("securityGroupIds")) > 0:
		return t.fail("InvalidParameter", "Security Groups are only supported for Interface type VPC Endpoints")
	case inputs.flag("privateDnsEnabled"):
		return t.fail("InvalidParameter", "Private DNS can only be enabled for Interface type VPC Endpoints")
	}
	for _, id := range inputs.strings("routeTableIds") {
		table := t.lookup(typeRouteTable, id)
		if table == nil {
			return t.fail("InvalidRouteTableID.NotFound", noSuchRouteTable, id)
		}
		if table.str("vpcId") != r.str("vpcId") {
			return t.fail("InvalidParameter", "Route table %s is not in network %s", id, r.str("vpcId"))
		}
		for _, other := range t.of(typeVPCEndpoint, "serviceName", r.str("serviceName")) {
			if other.ID != r.ID && slices.Contains(other.strings("routeTableIds"), id) {
				return t.fail("RouteAlreadyExists", "route table %s already has a route with destination-prefix-list-id %s", id,
					r.str("prefixListId"))
			}
		}
	}
	maps.Copy(r.Computed, props{
		"routeTableIds": orNone(inputs.list("routeTableIds")), "subnetIds": []any{}, "securityGroupIds": []any{},
		"networkInterfaceIds": []any{}, "dnsEntries": []any{}, "privateDnsEnabled": false, "subnetConfigurations": []any{},
		"policy": orElse(inputs.str("policy"), openPolicy),
	})
	return nil
}

// openPolicy is what AWS puts on an endpoint that is given none.
const openPolicy = `{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}],` +
	`"Version":"2008-10-17"}`

func (t *tx) setInterfaceEndpoint(r *record, inputs props) error {
	vpc := t.lookup(typeVPC, inputs.str("vpcId"))
	if len(inputs.strings("routeTableIds")) > 0 {
		return t.fail("InvalidParameter", "Route table IDs are only supported for Gateway type VPC Endpoints")
	}
	subnets, err := t.endpointSubnets(r, inputs, vpc)
	if err != nil {
		return err
	}
	groups := inputs.strings("securityGroupIds")
	if len(groups) == 0 {
		groups = []string{vpc.str("defaultSecurityGroupId")}
	}
	for _, id := range groups {
		if group := t.lookup(typeSecurityGroup, id); group == nil || group.str("vpcId") != vpc.ID {
			return t.fail("InvalidGroup.NotFound", noSuchGroup, id)
		}
	}
	if err := t.checkPrivateDNS(r, inputs, vpc); err != nil {
		return err
	}
	cards, err := t.endpointInterfaces(r, subnets, groups)
	if err != nil {
		return err
	}
	service := t.serviceOf(inputs.str("serviceName"))
	suffix := service + "." + t.cloud.options.Region
	entries := []any{map[string]any{
		"dnsName": r.ID + "." + suffix + ".vpce.amazonaws.com", "hostedZoneId": "Z1YSA3EXCYUU9Z",
	}}
	if inputs.flag("privateDnsEnabled") {
		entries = append(entries, map[string]any{"dnsName": suffix + ".amazonaws.com", "hostedZoneId": "Z0LOCAL"})
	}
	ids, configurations, subnetIDs := []any{}, []any{}, []any{}
	for i, card := range cards {
		ids = append(ids, card.ID)
		subnetIDs = append(subnetIDs, subnets[i].ID)
		configurations = append(configurations, map[string]any{"ipv4": card.str("privateIp"), "subnetId": subnets[i].ID})
	}
	maps.Copy(r.Computed, props{
		"routeTableIds": []any{}, "subnetIds": subnetIDs, "securityGroupIds": groups, "networkInterfaceIds": ids,
		"dnsEntries": entries, "privateDnsEnabled": inputs.flag("privateDnsEnabled"),
		"subnetConfigurations": configurations, "policy": orElse(inputs.str("policy"), openPolicy),
	})
	return nil
}

// endpointSubnets are the subnets that an endpoint gets interfaces in: one in a zone.
func (t *tx) endpointSubnets(r *record, inputs props, vpc *record) ([]*record, error) {
	var subnets []*record
	for _, id := range inputs.strings("subnetIds") {
		subnet := t.lookup(typeSubnet, id)
		if subnet == nil {
			return nil, t.fail("InvalidSubnetID.NotFound", "The subnet ID '%s' does not exist", id)
		}
		if subnet.str("vpcId") != vpc.ID {
			return nil, t.fail("InvalidParameter", "The subnet %s is not in network %s", id, vpc.ID)
		}
		where, _ := t.cloud.zoneNamed(subnet.str("availabilityZone"))
		if where.local {
			return nil, t.fail("InvalidParameter", "The VPC endpoint service %s does not support the availability zone of the "+
				"subnet: %s.", r.str("serviceName"), id)
		}
		for _, other := range subnets {
			if other.str("availabilityZone") == where.name {
				return nil, t.fail("DuplicateSubnetsInSameZone",
					"Found another VPC endpoint subnet in the availability zone of %s.", id)
			}
		}
		subnets = append(subnets, subnet)
	}
	return subnets, nil
}

// checkPrivateDNS: the names of AWS's services can be taken over once in a VPC, and only where it resolves names.
func (t *tx) checkPrivateDNS(r *record, inputs props, vpc *record) error {
	if !inputs.flag("privateDnsEnabled") {
		return nil
	}
	settings := vpc.properties()
	if !settings.flag("enableDnsSupport") || !settings.flag("enableDnsHostnames") {
		return t.fail("InvalidParameter", "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "+
			"attributes set to true for %s", vpc.ID)
	}
	for _, other := range t.of(typeVPCEndpoint, "serviceName", inputs.str("serviceName")) {
		if other.ID != r.ID && other.str("vpcId") == vpc.ID && other.properties().flag("privateDnsEnabled") {
			return t.fail("InvalidParameter", "private-dns-enabled cannot be set because there is already a conflicting DNS "+
				"domain for %s.%s.amazonaws.com in the VPC %s", t.serviceOf(inputs.str("serviceName")), t.cloud.options.Region,
				vpc.ID)
		}
	}
	return nil
}

// endpointInterfaces are the endpoint's network interfaces, in the order of its subnets: kept, made or taken away.
func (t *tx) endpointInterfaces(r *record, subnets []*record, groups []string) ([]*record, error) {
	there := map[string]*record{}
	for _, card := range t.where(func(o *record) bool { return o.Type == typeNetworkInterface && o.Owner == r.key() }) {
		there[card.str("subnetId")] = card
	}
	cards := make([]*record, 0, len(subnets))
	for _, subnet := range subnets {
		card := there[subnet.ID]
		if card == nil {
			if t.freeAddresses(subnet) == 0 {
				return nil, t.fail("InsufficientFreeAddressesInSubnet", "There are not enough free addresses in subnet '%s' to "+
					"satisfy the requested number of instances.", subnet.ID)
			}
			card = t.newInterface(subnet, r.key(), "VPC Endpoint Interface "+r.ID, groups)
		}
		card.set("securityGroupIds", groups)
		cards = append(cards, card)
		delete(there, subnet.ID)
	}
	for _, left := range there {
		t.drop(left)
	}
	return cards, nil
}

func orNone(list []any) []any {
	if list == nil {
		return []any{}
	}
	return list
}
