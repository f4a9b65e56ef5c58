package main

import (
	"context"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// entry is what stands behind a token of pulumi-aws.
type entry struct {
	// terraform is the name of the resource or data source.
	terraform string
	// fields are the properties that pulumi-aws calls or names differently from what the bridge does by itself.
	fields map[string]*tfbridge.SchemaInfo
	// outputs adds what pulumi-aws has beside the provider's own.
	outputs tfbridge.PropertyTransform
	// deleteFirst says that AWS cannot hold an old and a new one at the same time.
	deleteFirst bool
}

type fields = map[string]*tfbridge.SchemaInfo

// named gives the property name a name of the resource's own, when the program gives none.
func named(limit int) fields { return fields{"name": tfbridge.AutoName("name", limit, "-")} }

func called(name string) *tfbridge.SchemaInfo { return &tfbridge.SchemaInfo{Name: name} }

// resources is the table of all resource types: what the component, pulumi-eks and the tests use.
var resources = map[string]entry{
	"aws:ec2/vpc:Vpc":                         {terraform: "aws_vpc"},
	"aws:ec2/internetGateway:InternetGateway": {terraform: "aws_internet_gateway"},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
		terraform: "aws_default_security_group", fields: fields{"ingress": called("ingress"), "egress": called("egress")},
	},
	"aws:ec2/subnet:Subnet":                               {terraform: "aws_subnet"},
	"aws:ec2/routeTable:RouteTable":                       {terraform: "aws_route_table"},
	"aws:ec2/route:Route":                                 {terraform: "aws_route"},
	"aws:ec2/routeTableAssociation:RouteTableAssociation": {terraform: "aws_route_table_association"},
	"aws:ec2/eip:Eip":                                     {terraform: "aws_eip"},
	"aws:ec2/natGateway:NatGateway":                       {terraform: "aws_nat_gateway"},
	"aws:ec2/vpcEndpoint:VpcEndpoint":                     {terraform: "aws_vpc_endpoint"},
	"aws:ec2/tag:Tag":                                     {terraform: "aws_ec2_tag"},
	"aws:ec2/flowLog:FlowLog":                             {terraform: "aws_flow_log"},
	"aws:ec2/launchTemplate:LaunchTemplate":               {terraform: "aws_launch_template"},
	"aws:ec2/securityGroup:SecurityGroup": {
		terraform: "aws_security_group",
		fields: fields{
			"ingress": called("ingress"), "egress": called("egress"), "name": tfbridge.AutoName("name", maximumName, "-"),
			"description": {Default: &tfbridge.DefaultInfo{Value: "Managed by Pulumi"}},
		},
	},
	"aws:ec2/securityGroupRule:SecurityGroupRule":               {terraform: "aws_security_group_rule"},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {terraform: "aws_vpc_security_group_ingress_rule"},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   {terraform: "aws_vpc_security_group_egress_rule"},
	"aws:iam/role:Role": {
		terraform: "aws_iam_role", fields: named(64),
	},
	"aws:iam/rolePolicy:RolePolicy":                     {terraform: "aws_iam_role_policy"},
	"aws:iam/policy:Policy":                             {terraform: "aws_iam_policy", fields: named(128)},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {terraform: "aws_iam_role_policy_attachment"},
	"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": {
		terraform: "aws_iam_role_policy_attachments_exclusive",
	},
	"aws:iam/instanceProfile:InstanceProfile": {terraform: "aws_iam_instance_profile"},
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
		terraform: "aws_iam_openid_connect_provider",
	},
	"aws:kms/key:Key":                      {terraform: "aws_kms_key"},
	"aws:kms/alias:Alias":                  {terraform: "aws_kms_alias"},
	"aws:cloudwatch/logGroup:LogGroup":     {terraform: "aws_cloudwatch_log_group"},
	"aws:s3/bucket:Bucket":                 {terraform: "aws_s3_bucket"},
	"aws:s3/bucketObjectv2:BucketObjectv2": {terraform: "aws_s3_object"},
	"aws:eks/cluster:Cluster": {
		terraform: "aws_eks_cluster", fields: named(maximumName), outputs: oneAuthority,
	},
	"aws:eks/nodeGroup:NodeGroup": {
		terraform: "aws_eks_node_group",
		fields:    fields{"node_group_name": tfbridge.AutoName("nodeGroupName", maximumName, "-")},
	},
	"aws:eks/addon:Addon":                                     {terraform: "aws_eks_addon"},
	"aws:eks/accessEntry:AccessEntry":                         {terraform: "aws_eks_access_entry"},
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {terraform: "aws_eks_access_policy_association"},
	"aws:eks/podIdentityAssociation:PodIdentityAssociation":   {terraform: "aws_eks_pod_identity_association"},
}

// functions is the table of all data sources.
var functions = map[string]entry{
	"aws:index/getAvailabilityZones:getAvailabilityZones": {terraform: "aws_availability_zones"},
	"aws:index/getAvailabilityZone:getAvailabilityZone":   {terraform: "aws_availability_zone"},
	"aws:index/getCallerIdentity:getCallerIdentity":       {terraform: "aws_caller_identity"},
	"aws:index/getPartition:getPartition":                 {terraform: "aws_partition"},
	"aws:index/getRegion:getRegion":                       {terraform: "aws_region"},
	"aws:ec2/getVpc:getVpc":                               {terraform: "aws_vpc"},
	"aws:ec2/getSubnet:getSubnet":                         {terraform: "aws_subnet"},
	"aws:ec2/getSubnets:getSubnets":                       {terraform: "aws_subnets"},
	"aws:iam/getPolicyDocument:getPolicyDocument":         {terraform: "aws_iam_policy_document"},
	"aws:iam/getSessionContext:getSessionContext":         {terraform: "aws_iam_session_context"},
	"aws:ssm/getParameter:getParameter":                   {terraform: "aws_ssm_parameter"},
	"aws:s3/getBucket:getBucket":                          {terraform: "aws_s3_bucket"},
	"aws:eks/getCluster:getCluster": {
		terraform: "aws_eks_cluster", fields: fields{"vpc_config": {Name: "vpcConfig", MaxItemsOne: tfbridge.True()}},
	},
	"aws:eks/getAddonVersion:getAddonVersion": {terraform: "aws_eks_addon_version"},
}

// oneAuthority adds the only element of certificateAuthorities, as pulumi-aws has both.
func oneAuthority(_ context.Context, outputs resource.PropertyMap) (resource.PropertyMap, error) {
	result := outputs.Copy()
	switch authorities := outputs["certificateAuthorities"]; {
	case authorities.IsComputed() || authorities.IsOutput():
		result["certificateAuthority"] = authorities
	case authorities.IsArray() && len(authorities.ArrayValue()) > 0:
		result["certificateAuthority"] = authorities.ArrayValue()[0]
	}
	return result, nil
}
