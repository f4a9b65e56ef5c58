package main

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-eks/sdk/v2/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

type cluster struct {
	eks   *eks.Cluster
	nodes *awseks.NodeGroup
}

func newCluster(ctx *pulumi.Context, n *network) (*cluster, error) {
	role, policies, err := nodeRole(ctx)
	if err != nil {
		return nil, err
	}
	mode, yes := eks.AuthenticationModeApi, true
	made, err := eks.NewCluster(ctx, base, &eks.ClusterArgs{
		Version:              pulumi.String("1.35"),
		VpcId:                n.vpc.ID().ToStringOutput(),
		PublicSubnetIds:      n.subnets,
		AuthenticationMode:   &mode,
		InstanceRole:         role,
		SkipDefaultNodeGroup: &yes,
		UseDefaultVpcCni:     &yes,
	})
	if err != nil {
		return nil, err
	}
	nodes, err := awseks.NewNodeGroup(ctx, base, &awseks.NodeGroupArgs{
		ClusterName:   made.EksCluster.Name(),
		NodeRoleArn:   role.Arn,
		SubnetIds:     n.subnets,
		InstanceTypes: pulumi.ToStringArray([]string{"t3.medium"}),
		ScalingConfig: awseks.NodeGroupScalingConfigArgs{
			MinSize: pulumi.Int(1), DesiredSize: pulumi.Int(2), MaxSize: pulumi.Int(3),
		},
	}, pulumi.DependsOn(append(append(policies, made), n.egress...)))
	return &cluster{made, nodes}, err
}

func nodeRole(ctx *pulumi.Context) (*iam.Role, []pulumi.Resource, error) {
	role, err := iam.NewRole(ctx, base+"-node", &iam.RoleArgs{AssumeRolePolicy: pulumi.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",` +
			`"Principal":{"Service":"ec2.amazonaws.com"}}]}`)})
	if err != nil {
		return nil, nil, err
	}
	var attached []pulumi.Resource
	for i, policy := range []string{
		"AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly",
	} {
		attachment, err := iam.NewRolePolicyAttachment(ctx, fmt.Sprintf("%s-node-%d", base, i), &iam.RolePolicyAttachmentArgs{
			Role: role.Name, PolicyArn: pulumi.String("arn:aws:iam::aws:policy/" + policy),
		})
		if err != nil {
			return nil, nil, err
		}
		attached = append(attached, attachment)
	}
	return role, attached, nil
}

// controllerRole is the role that the load balancer controller has in the repository, with a policy of its own.
func (c *cluster) controllerRole(ctx *pulumi.Context) (*iam.Role, error) {
	url := c.eks.EksCluster.Identities().Index(pulumi.Int(0)).Oidcs().Index(pulumi.Int(0)).Issuer().Elem()
	issuer, err := iam.NewOpenIdConnectProvider(ctx, base, &iam.OpenIdConnectProviderArgs{
		Url: url, ClientIdLists: pulumi.ToStringArray([]string{"sts.amazonaws.com"}),
	})
	if err != nil {
		return nil, err
	}
	const account = "system:serviceaccount:aws-lb-controller:aws-lb-controller-serviceaccount"
	role, err := iam.NewRole(ctx, base+"-balancers", &iam.RoleArgs{
		AssumeRolePolicy: pulumi.All(issuer.Arn, issuer.Url).ApplyT(func(known []any) string {
			return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
				`"Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":%q},`+
				`"Condition":{"StringEquals":{"%s:sub":%q}}}]}`, known[0], known[1], account)
		}).(pulumi.StringOutput),
	})
	if err != nil {
		return nil, err
	}
	policy, err := iam.NewPolicy(ctx, base+"-balancers", &iam.PolicyArgs{Policy: pulumi.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"elasticloadbalancing:*","Resource":"*"}]}`)})
	if err != nil {
		return nil, err
	}
	_, err = iam.NewRolePolicyAttachment(ctx, base+"-balancers", &iam.RolePolicyAttachmentArgs{
		Role: role.Name, PolicyArn: policy.Arn,
	})
	return role, err
}
