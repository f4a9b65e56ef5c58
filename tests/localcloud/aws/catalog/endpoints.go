package catalog

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"

// endpointResources are what is put into a VPC beside its subnets and routes.
func endpointResources() map[string]Resource {
	return map[string]Resource{
		"aws:ec2/vpcEndpoint:VpcEndpoint": resource(ec2.VpcEndpointArgs{}, ec2.VpcEndpoint{}, Resource{
			Replace: []string{
				"vpcId", "serviceName", "vpcEndpointType", "serviceRegion", "resourceConfigurationArn", "serviceNetworkArn",
			},
			Defaults:  map[string]any{"vpcEndpointType": "Gateway"},
			Sets:      []string{"routeTableIds", "securityGroupIds", "subnetIds"},
			Documents: []string{"policy"},
			Values: map[string]Rule{
				"vpcEndpointType": oneOf("Interface", "Gateway", "GatewayLoadBalancer", "Resource", "ServiceNetwork"),
			},
			Groups: []Group{exactlyOne("resourceConfigurationArn", "serviceName", "serviceNetworkArn")},
			NotSimulated: []string{
				"autoAccept", "dnsOptions", "ipAddressType", "resourceConfigurationArn", "serviceNetworkArn", "serviceRegion",
				"subnetConfigurations",
			},
		}),
		"aws:ec2/flowLog:FlowLog": resource(ec2.FlowLogArgs{}, ec2.FlowLog{}, Resource{
			Replace: []string{
				"deliverCrossAccountRole", "destinationOptions", "eniId", "iamRoleArn", "logDestination", "logDestinationType",
				"logFormat", "logGroupName", "maxAggregationInterval", "subnetId", "trafficType", "transitGatewayAttachmentId",
				"transitGatewayId", "vpcId",
			},
			Defaults: map[string]any{"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
			Values: map[string]Rule{
				"trafficType":            oneOf("ACCEPT", "REJECT", "ALL"),
				"logDestinationType":     oneOf("cloud-watch-logs", "s3", "kinesis-data-firehose"),
				"maxAggregationInterval": numberOf(60, 600), "iamRoleArn": arn("iam"), "logDestination": arn(""),
			},
			Groups: []Group{exactlyOne("eniId", "subnetId", "transitGatewayAttachmentId", "transitGatewayId", "vpcId")},
			NotSimulated: []string{
				"deliverCrossAccountRole", "destinationOptions", "eniId", "logFormat", "logGroupName", "subnetId",
				"transitGatewayAttachmentId", "transitGatewayId",
			},
		}),
		"aws:ec2/tag:Tag": resource(ec2.TagArgs{}, ec2.Tag{}, Resource{Replace: []string{"key", "resourceId"}}),
	}
}
