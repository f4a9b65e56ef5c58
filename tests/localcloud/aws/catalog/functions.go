package catalog

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
)

// Functions is the table of all data sources, by token.
func Functions() map[string]Function {
	return map[string]Function{
		"aws:index/getAvailabilityZones:getAvailabilityZones": function(aws.GetAvailabilityZonesArgs{},
			aws.GetAvailabilityZonesResult{}),
		"aws:index/getAvailabilityZone:getAvailabilityZone": function(aws.GetAvailabilityZoneArgs{},
			aws.GetAvailabilityZoneResult{}),
		"aws:index/getCallerIdentity:getCallerIdentity": function(aws.GetCallerIdentityArgs{},
			aws.GetCallerIdentityResult{}),
		"aws:index/getPartition:getPartition": function(aws.GetPartitionArgs{}, aws.GetPartitionResult{}),
		"aws:index/getRegion:getRegion":       function(aws.GetRegionArgs{}, aws.GetRegionResult{}),
		"aws:ec2/getVpc:getVpc":               function(ec2.LookupVpcArgs{}, ec2.LookupVpcResult{}),
		"aws:ec2/getSubnet:getSubnet":         function(ec2.LookupSubnetArgs{}, ec2.LookupSubnetResult{}),
		"aws:ec2/getSubnets:getSubnets":       function(ec2.GetSubnetsArgs{}, ec2.GetSubnetsResult{}),
		"aws:iam/getPolicyDocument:getPolicyDocument": function(iam.GetPolicyDocumentArgs{},
			iam.GetPolicyDocumentResult{}),
		"aws:iam/getSessionContext:getSessionContext": function(iam.GetSessionContextArgs{},
			iam.GetSessionContextResult{}),
		"aws:ssm/getParameter:getParameter":       function(ssm.LookupParameterArgs{}, ssm.LookupParameterResult{}),
		"aws:eks/getCluster:getCluster":           function(eks.LookupClusterArgs{}, eks.LookupClusterResult{}),
		"aws:eks/getAddonVersion:getAddonVersion": function(eks.GetAddonVersionArgs{}, eks.GetAddonVersionResult{}),
	}
}
