package cluster

import (
	"slices"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/iampolicy"
)

const loadBalancerPreset = "AwsLoadBalancerController"

// loadBalancerController is what the AWS Load Balancer Controller 2 calls, after
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/. It tags all that it makes
// with the name of its cluster. Its own policy asks for any such tag; this one asks for this cluster's, so that the
// controllers of two clusters in one account keep off each other's load balancers.
func loadBalancerController(at place) []iampolicy.Statement {
	const tag = "elbv2.k8s.aws/cluster"
	groups := []string{at.arn("ec2", "security-group/*")}
	balancers := []string{
		at.arn("elasticloadbalancing", "loadbalancer/app/*/*"), at.arn("elasticloadbalancing", "loadbalancer/net/*/*"),
	}
	targets := []string{at.arn("elasticloadbalancing", "targetgroup/*/*")}
	listeners := []string{
		at.arn("elasticloadbalancing", "listener/app/*/*/*"), at.arn("elasticloadbalancing", "listener/net/*/*/*"),
	}
	rules := []string{
		at.arn("elasticloadbalancing", "listener-rule/app/*/*/*"), at.arn("elasticloadbalancing", "listener-rule/net/*/*/*"),
	}
	own := iampolicy.Only("aws:ResourceTag/"+tag, at.Cluster)
	asked := func(also map[string][]string) iampolicy.Condition {
		also["aws:RequestTag/"+tag] = []string{at.Cluster}
		return iampolicy.Condition{"StringEquals": also}
	}
	// Tags of its own things, but for the one that makes them its own.
	retag := iampolicy.Condition{
		"StringEquals": {"aws:ResourceTag/" + tag: {at.Cluster}}, "Null": {"aws:RequestTag/" + tag: {"true"}},
	}
	return []iampolicy.Statement{
		// The first load balancer of an account.
		allow("MakeServiceRole", []string{"iam:CreateServiceLinkedRole"}, []string{
			"arn:" + at.Partition + ":iam::" + at.Account + ":role/aws-service-role/elasticloadbalancing.amazonaws.com/*",
		}, iampolicy.Only("iam:AWSServiceName", "elasticloadbalancing.amazonaws.com")),
		allow("SeeNetwork", []string{
			"ec2:DescribeAvailabilityZones", "ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeTags", // subnets by tags
			"ec2:DescribeInternetGateways", "ec2:DescribeRouteTables", // public or private
			"ec2:DescribeVpcPeeringConnections",                      // targets in another VPC
			"ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", // targets: nodes, and the interfaces of pods
			"ec2:DescribeSecurityGroups", "ec2:GetSecurityGroupsForVpc", // shared ones too
			"ec2:DescribeAddresses",                         // elastic addresses of network load balancers
			"ec2:DescribeAccountAttributes",                 // whether the account is older than VPCs
			"ec2:DescribeCoipPools", "ec2:GetCoipPoolUsage", // addresses on Outposts
			"ec2:DescribeIpamPools", // addresses from a pool
		}, anything),
		allow("SeeLoadBalancers", []string{
			"elasticloadbalancing:DescribeCapacityReservation", "elasticloadbalancing:DescribeListenerAttributes",
			"elasticloadbalancing:DescribeListenerCertificates", "elasticloadbalancing:DescribeListeners",
			"elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers",
			"elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeSSLPolicies",
			"elasticloadbalancing:DescribeTags", "elasticloadbalancing:DescribeTargetGroupAttributes",
			"elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth",
			"elasticloadbalancing:DescribeTrustStores",
		}, anything),
		// What an Ingress can name: certificates, user pools, firewalls, protection.
		allow("UseIntegrations", []string{
			"acm:DescribeCertificate", "acm:ListCertificates", "iam:GetServerCertificate", "iam:ListServerCertificates",
			"cognito-idp:DescribeUserPoolClient",
			"waf-regional:AssociateWebACL", "waf-regional:DisassociateWebACL", "waf-regional:GetWebACL",
			"waf-regional:GetWebACLForResource",
			"wafv2:AssociateWebACL", "wafv2:DisassociateWebACL", "wafv2:GetWebACL", "wafv2:GetWebACLForResource",
			"elasticloadbalancing:SetWebAcl", // with both firewalls; IAM knows no resource for it
			"shield:CreateProtection", "shield:DeleteProtection", "shield:DescribeProtection", "shield:GetSubscriptionState",
		}, anything),
		allow("MakeGroups", []string{"ec2:CreateSecurityGroup"}, append(slices.Clone(groups), at.arn("ec2", "vpc/*"))),
		allow("TagNewGroups", []string{"ec2:CreateTags"}, groups,
			asked(map[string][]string{"ec2:CreateAction": {"CreateSecurityGroup"}})),
		allow("TagOwnGroups", []string{"ec2:CreateTags", "ec2:DeleteTags"}, groups, retag),
		// The nodes' group is not its own, and has to let its load balancers in.
		allow("OpenGroups", []string{"ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"},
			append(slices.Clone(groups), at.arn("ec2", "security-group-rule/*"))),
		allow("DeleteOwnGroups", []string{"ec2:DeleteSecurityGroup"}, groups, own),
		allow("Make", []string{"elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"},
			slices.Concat(balancers, targets), asked(map[string][]string{})),
		allow("TagNew", []string{"elasticloadbalancing:AddTags"}, slices.Concat(balancers, targets),
			asked(map[string][]string{"elasticloadbalancing:CreateAction": {"CreateLoadBalancer", "CreateTargetGroup"}})),
		allow("TagOwn", []string{"elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"},
			slices.Concat(balancers, targets), retag),
		// Listeners and rules of a load balancer that somebody else made can be managed too.
		allow("ManageListeners", []string{
			"elasticloadbalancing:CreateListener", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:ModifyListener",
			"elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:RemoveListenerCertificates",
			"elasticloadbalancing:CreateRule", "elasticloadbalancing:DeleteRule", "elasticloadbalancing:ModifyRule",
			"elasticloadbalancing:SetRulePriorities", "elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags",
		}, slices.Concat(listeners, rules)),
		allow("AddListeners", []string{"elasticloadbalancing:CreateListener"}, balancers),
		allow("ChangeOwn", []string{
			"elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteTargetGroup",
			"elasticloadbalancing:ModifyCapacityReservation", "elasticloadbalancing:ModifyIpPools",
			"elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:ModifyLoadBalancerAttributes",
			"elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes",
			"elasticloadbalancing:SetIpAddressType", "elasticloadbalancing:SetSecurityGroups",
			"elasticloadbalancing:SetSubnets",
		}, anything, own),
		// A TargetGroupBinding can name a target group that somebody else made.
		allow("RegisterTargets", []string{
			"elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets",
		}, targets),
	}
}
