package aws

import (
	"context"
	"maps"
	"slices"
)

// The services' names as the AWS SDK writes them in its errors.
const (
	ec2  = "EC2"
	iam  = "IAM"
	eks  = "EKS"
	kms  = "KMS"
	logs = "CloudWatch Logs"
	s3   = "S3"
	elb  = "Elastic Load Balancing"
)

// The type tokens of the resources that are simulated.
const (
	typeVPC                   = "aws:ec2/vpc:Vpc"
	typeInternetGateway       = "aws:ec2/internetGateway:InternetGateway"
	typeDefaultSecurityGroup  = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	typeSubnet                = "aws:ec2/subnet:Subnet"
	typeRouteTable            = "aws:ec2/routeTable:RouteTable"
	typeRoute                 = "aws:ec2/route:Route"
	typeRouteTableAssociation = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	typeEIP                   = "aws:ec2/eip:Eip"
	typeNATGateway            = "aws:ec2/natGateway:NatGateway"
	typeVPCEndpoint           = "aws:ec2/vpcEndpoint:VpcEndpoint"
	typeFlowLog               = "aws:ec2/flowLog:FlowLog"
	typeTag                   = "aws:ec2/tag:Tag"
	typeLaunchTemplate        = "aws:ec2/launchTemplate:LaunchTemplate"
	typeSecurityGroup         = "aws:ec2/securityGroup:SecurityGroup"
	typeSecurityGroupRule     = "aws:ec2/securityGroupRule:SecurityGroupRule"
	typeIngressRule           = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	typeEgressRule            = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	typeRole                  = "aws:iam/role:Role"
	typeRolePolicy            = "aws:iam/rolePolicy:RolePolicy"
	typePolicy                = "aws:iam/policy:Policy"
	typeRolePolicyAttachment  = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	typeExclusiveAttachments  = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
	typeInstanceProfile       = "aws:iam/instanceProfile:InstanceProfile"
	typeOIDCProvider          = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	typeKey                   = "aws:kms/key:Key"
	typeAlias                 = "aws:kms/alias:Alias"
	typeLogGroup              = "aws:cloudwatch/logGroup:LogGroup"
	typeBucketObject          = "aws:s3/bucketObjectv2:BucketObjectv2"
	typeCluster               = "aws:eks/cluster:Cluster"
	typeNodeGroup             = "aws:eks/nodeGroup:NodeGroup"
	typeAddon                 = "aws:eks/addon:Addon"
	typeAccessEntry           = "aws:eks/accessEntry:AccessEntry"
	typeAccessPolicy          = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
	typePodIdentity           = "aws:eks/podIdentityAssociation:PodIdentityAssociation"

	// These are no resources of the plugin: only AWS, or a controller in a cluster, makes them here.
	typeNetworkInterface    = "network-interface"
	typeClassicLoadBalancer = "aws:elb/loadBalancer:LoadBalancer"
	typeNetworkLoadBalancer = "aws:lb/loadBalancer:LoadBalancer"
	typeVolume              = "aws:ebs/volume:Volume"
)

// kind is what the control plane knows of one type. What the types of the pulumi-aws SDK tell, and what a plan refuses
// before AWS is asked, stands in package catalog instead.
type kind struct {
	// title is how the provider's errors call it.
	title   string
	service string
	calls   calls
	// named is the property that stands in messages about creating it. Without one, none does.
	named string
	// references are ids in the inputs that must exist.
	references []reference
	quota      *quota
	tags       *tagRules

	// create checks AWS's rules and makes the record. It runs with the account's lock held.
	create func(*tx, props) (*record, error)
	// finishCreate is the part that takes long. It runs without the lock, and goes on when the caller has gone.
	finishCreate func(context.Context, *Cloud, string) error
	// update checks AWS's rules. The new inputs are put into the record when it succeeds.
	update       func(*tx, *record, props) error
	finishUpdate func(context.Context, *Cloud, string) error
	// remove checks AWS's rules. The record is dropped when it succeeds, or after finishRemove.
	remove       func(*tx, *record) error
	finishRemove func(context.Context, *Cloud, string) error
	// keep says that the thing is still, or again, in the account after it was deleted.
	keep func(*tx, *record) bool
	// view adds computed properties that depend on other records.
	view func(*tx, *record) props
	// gone says that the record is there but AWS's users no longer see it.
	gone func(*record) bool
	// unlisted keeps it out of the inventory: it is an attribute of something else, or AWS's own.
	unlisted bool
}

// calls are the names of AWS's calls.
type calls struct{ create, update, remove string }

// reference is an input that names another thing.
type reference struct {
	property, token string
	// code and message are what AWS answers when it does not exist. The message has one %s for the id.
	code, message string
}

// quota is a default limit of an account.
type quota struct {
	limit int
	// scope is the input that must be equal for two of the kind to count together. Without one, all of the kind do.
	scope string
	// code and message are what AWS answers above it.
	code, message string
}

// kinds makes the table of all types. Each service's file holds its own part.
func kinds() map[string]*kind {
	all := map[string]*kind{}
	for _, part := range []map[string]*kind{
		vpcKinds(), natKinds(), vpcEndpointKinds(), flowLogKinds(), ec2TagKinds(), securityGroupKinds(),
		launchTemplateKinds(), iamRoleKinds(), iamPolicyKinds(), kmsKinds(), logKinds(), clusterKinds(), nodeGroupKinds(),
		addonKinds(), accessKinds(), storageKinds(), loadBalancerKinds(), volumeKinds(),
	} {
		maps.Copy(all, part)
	}
	return all
}

// Types lists the type tokens of the resources that a program can make.
func Types() []string {
	all := kinds()
	maps.DeleteFunc(all, func(_ string, k *kind) bool { return k.create == nil })
	return slices.Sorted(maps.Keys(all))
}

func (t *tx) checkReferences(k *kind, inputs props) error {
	for _, ref := range k.references {
		id := inputs.str(ref.property)
		if id == "" {
			continue
		}
		if found := t.lookup(ref.token, id); found == nil {
			return t.fail(ref.code, ref.message, id)
		}
	}
	return nil
}

func (t *tx) checkQuota(token string, k *kind, inputs props) error {
	if k.quota == nil {
		return nil
	}
	count := 0
	for _, r := range t.all(token) {
		if k.quota.scope == "" || r.str(k.quota.scope) == inputs.str(k.quota.scope) {
			count++
		}
	}
	if limit := t.allowed(k.quota.limit); count >= limit {
		return t.fail(k.quota.code, k.quota.message, limit)
	}
	return nil
}

// allowed is a quota of a new account, raised as those of this one are.
func (t *tx) allowed(limit int) int { return limit * max(1, t.cloud.options.Quotas) }
