package catalog

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
)

// maximumName is the bridge's limit for names where AWS's own is not known to it.
const maximumName = 255

func networkResources() map[string]Resource {
	return map[string]Resource{
		"aws:ec2/vpc:Vpc": resource(ec2.VpcArgs{}, ec2.Vpc{}, Resource{
			Replace:  []string{"cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"},
			Defaults: map[string]any{"enableDnsSupport": true, "instanceTenancy": "default"},
			Required: []string{"cidrBlock"},
			Values: map[string]Rule{
				"cidrBlock": networkBlock(16, 28), "instanceTenancy": oneOf("default", "dedicated"),
			},
			NotSimulated: []string{
				"assignGeneratedIpv6CidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength", "ipv6CidrBlock",
				"ipv6CidrBlockNetworkBorderGroup", "ipv6IpamPoolId", "ipv6NetmaskLength",
			},
		}),
		"aws:ec2/internetGateway:InternetGateway": resource(ec2.InternetGatewayArgs{}, ec2.InternetGateway{}, Resource{}),
		"aws:ec2/subnet:Subnet": resource(ec2.SubnetArgs{}, ec2.Subnet{}, Resource{
			Replace: []string{
				"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native", "outpostArn",
			},
			Defaults: map[string]any{
				"assignIpv6AddressOnCreation": false, "enableDns64": false, "enableResourceNameDnsAaaaRecordOnLaunch": false,
				"enableResourceNameDnsARecordOnLaunch": false, "ipv6Native": false, "mapPublicIpOnLaunch": false,
			},
			Required: []string{"cidrBlock"},
			Values: map[string]Rule{
				"cidrBlock": networkBlock(16, 28), "privateDnsHostnameTypeOnLaunch": oneOf("ip-name", "resource-name"),
			},
			Groups: []Group{atMostOne("availabilityZone", "availabilityZoneId")},
			NotSimulated: []string{
				"customerOwnedIpv4Pool", "enableLniAtDeviceIndex", "ipv6CidrBlock", "mapCustomerOwnedIpOnLaunch", "outpostArn",
			},
		}),
		"aws:ec2/routeTable:RouteTable": resource(ec2.RouteTableArgs{}, ec2.RouteTable{}, Resource{
			Replace: []string{"vpcId"},
			Sets:    []string{"routes", "propagatingVgws"},
			Values:  map[string]Rule{"routes.cidrBlock": block()},
			NotSimulated: []string{
				"propagatingVgws", "routes.carrierGatewayId", "routes.coreNetworkArn", "routes.destinationPrefixListId",
				"routes.egressOnlyGatewayId", "routes.ipv6CidrBlock", "routes.localGatewayId", "routes.networkInterfaceId",
				"routes.transitGatewayId", "routes.vpcEndpointId", "routes.vpcPeeringConnectionId",
			},
		}),
		"aws:ec2/route:Route": resource(ec2.RouteArgs{}, ec2.Route{}, Resource{
			Replace: []string{
				"routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId",
			},
			Values: map[string]Rule{"destinationCidrBlock": block()},
			Groups: []Group{
				exactlyOne("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"),
				exactlyOne("carrierGatewayId", "coreNetworkArn", "egressOnlyGatewayId", "gatewayId", "localGatewayId",
					"natGatewayId", "networkInterfaceId", "transitGatewayId", "vpcEndpointId", "vpcPeeringConnectionId"),
			},
			NotSimulated: []string{
				"destinationIpv6CidrBlock", "destinationPrefixListId", "carrierGatewayId", "coreNetworkArn",
				"egressOnlyGatewayId", "localGatewayId", "networkInterfaceId", "transitGatewayId", "vpcEndpointId",
				"vpcPeeringConnectionId",
			},
		}),
		"aws:ec2/routeTableAssociation:RouteTableAssociation": resource(ec2.RouteTableAssociationArgs{},
			ec2.RouteTableAssociation{}, Resource{
				Replace: []string{"subnetId", "gatewayId"}, Groups: []Group{exactlyOne("gatewayId", "subnetId")},
				NotSimulated: []string{"gatewayId"},
			}),
		"aws:ec2/eip:Eip": resource(ec2.EipArgs{}, ec2.Eip{}, Resource{
			Replace: []string{
				"address", "customerOwnedIpv4Pool", "domain", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool", "vpc",
			},
			Values: map[string]Rule{"domain": oneOf("vpc")},
			Groups: []Group{atMostOne("domain", "vpc")},
			NotSimulated: []string{
				"address", "associateWithPrivateIp", "customerOwnedIpv4Pool", "instance", "ipamPoolId", "networkBorderGroup",
				"networkInterface", "publicIpv4Pool",
			},
		}),
		"aws:ec2/natGateway:NatGateway": resource(ec2.NatGatewayArgs{}, ec2.NatGateway{}, Resource{
			Replace:  []string{"allocationId", "connectivityType", "privateIp", "subnetId"},
			Defaults: map[string]any{"connectivityType": "public"},
			Values:   map[string]Rule{"connectivityType": oneOf("public", "private")},
			Groups:   []Group{natAllocation},
			NotSimulated: []string{
				"privateIp", "secondaryAllocationIds", "secondaryPrivateIpAddressCount", "secondaryPrivateIpAddresses",
			},
		}),
		"aws:ec2/launchTemplate:LaunchTemplate": resource(ec2.LaunchTemplateArgs{}, ec2.LaunchTemplate{},
			launchTemplate()),
		"aws:ec2/securityGroup:SecurityGroup": resource(ec2.SecurityGroupArgs{}, ec2.SecurityGroup{}, Resource{
			Replace:  []string{"name", "namePrefix", "description", "vpcId"},
			Defaults: map[string]any{"description": "Managed by Pulumi", "revokeRulesOnDelete": false},
			Name:     named(maximumName), Sets: []string{"ingress", "egress"},
			Values: map[string]Rule{
				"name": all(groupText, notPrefixed("sg-")), "description": groupText,
				"ingress.cidrBlocks": block(), "egress.cidrBlocks": block(),
			},
			Groups: []Group{atMostOne("name", "namePrefix")},
		}),
		"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": resource(ec2.DefaultSecurityGroupArgs{},
			ec2.DefaultSecurityGroup{}, Resource{
				Replace: []string{"vpcId"}, Defaults: map[string]any{"revokeRulesOnDelete": false},
				Sets:   []string{"ingress", "egress"},
				Values: map[string]Rule{"ingress.cidrBlocks": block(), "egress.cidrBlocks": block()},
			}),
		"aws:ec2/securityGroupRule:SecurityGroupRule": resource(ec2.SecurityGroupRuleArgs{}, ec2.SecurityGroupRule{},
			Resource{
				Replace: []string{
					"cidrBlocks", "fromPort", "ipv6CidrBlocks", "prefixListIds", "protocol", "securityGroupId", "self",
					"sourceSecurityGroupId", "toPort", "type",
				},
				Defaults: map[string]any{"self": false},
				Unset:    []string{"cidrBlocks", "ipv6CidrBlocks", "prefixListIds"},
				Values: map[string]Rule{
					"type": oneOf("ingress", "egress"), "cidrBlocks": block(), "description": groupText,
					"fromPort": between(-1, 65535), "toPort": between(-1, 65535),
				},
				Groups: []Group{ruleSource},
			}),
		"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": resource(vpc.SecurityGroupIngressRuleArgs{},
			vpc.SecurityGroupIngressRule{}, directedRule()),
		"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": resource(vpc.SecurityGroupEgressRuleArgs{},
			vpc.SecurityGroupEgressRule{}, directedRule()),
	}
}

func directedRule() Resource {
	return Resource{
		Replace: []string{"securityGroupId"},
		Values: map[string]Rule{
			"cidrIpv4": block(), "description": groupText, "fromPort": between(-1, 65535), "toPort": between(-1, 65535),
		},
		Groups: []Group{exactlyOne("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")},
	}
}

func launchTemplate() Resource {
	return Resource{
		Replace: []string{"name", "namePrefix"},
		Name:    named(maximumName),
		Sets:    []string{"vpcSecurityGroupIds", "securityGroupNames"},
		Computed: []string{
			"metadataOptions.httpEndpoint", "metadataOptions.httpTokens", "metadataOptions.httpPutResponseHopLimit",
			"metadataOptions.httpProtocolIpv6", "metadataOptions.instanceMetadataTags",
		},
		Recomputed: []string{"latestVersion", "defaultVersion"},
		Unset: []string{
			"blockDeviceMappings", "elasticGpuSpecifications", "licenseSpecifications", "networkInterfaces",
			"securityGroupNames", "tagSpecifications", "vpcSecurityGroupIds",
		},
		Values: map[string]Rule{
			"name":                                        all(length(3, 128), matching(`^[A-Za-z0-9()./_-]+$`)),
			"description":                                 length(0, 255),
			"instanceInitiatedShutdownBehavior":           oneOf("stop", "terminate"),
			"blockDeviceMappings.ebs.volumeType":          oneOf("standard", "io1", "io2", "gp2", "gp3", "sc1", "st1"),
			"blockDeviceMappings.ebs.volumeSize":          between(1, 65536),
			"blockDeviceMappings.ebs.throughput":          between(125, 1000),
			"blockDeviceMappings.ebs.encrypted":           boolText,
			"blockDeviceMappings.ebs.deleteOnTermination": boolText,
			"ebsOptimized":                                boolText,
			"networkInterfaces.associatePublicIpAddress":  boolText,
			"networkInterfaces.deleteOnTermination":       boolText,
			"metadataOptions.httpEndpoint":                oneOf("disabled", "enabled"),
			"metadataOptions.httpTokens":                  oneOf("optional", "required"),
			"metadataOptions.httpPutResponseHopLimit":     between(1, 64),
			"metadataOptions.instanceMetadataTags":        oneOf("disabled", "enabled"),
			"metadataOptions.httpProtocolIpv6":            oneOf("disabled", "enabled"),
			"tagSpecifications.resourceType": oneOf("capacity-reservation", "client-vpn-endpoint", "elastic-gpu", "fleet",
				"instance", "network-interface", "spot-instances-request", "volume"),
			"placement.tenancy": oneOf("default", "dedicated", "host"),
			"userData":          base64Text,
		},
		Groups: []Group{
			atMostOne("name", "namePrefix"), atMostOne("defaultVersion", "updateDefaultVersion"),
			atMostOne("instanceType", "instanceRequirements"), atMostOne("securityGroupNames", "vpcSecurityGroupIds"),
		},
	}
}
