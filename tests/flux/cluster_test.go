package flux

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// clusterName is the name of the cluster that somebody else has made.
const clusterName = "theirs"

// network is our component Network, as far as it matters here.
type network struct {
	pulumi.ResourceState

	PrivateSubnetIDs pulumi.StringArrayOutput `pulumi:"privateSubnetIds"`
}

// somebodysCluster is a program for the least that a cluster with a node and volumes needs. It is in Go because the
// simulated AWS has no schema, which a program in YAML would ask for.
func somebodysCluster(ctx *pulumi.Context) error {
	vpc := &network{}
	if err := ctx.RegisterRemoteComponentResource("gitops-cluster:index:Network", clusterName, pulumi.Map{
		"numberOfAvailabilityZones": pulumi.Int(2),
	}, vpc); err != nil {
		return err
	}
	control, policies, err := role(ctx, "control", "eks.amazonaws.com", "AmazonEKSClusterPolicy")
	if err != nil {
		return err
	}
	cluster, err := eks.NewCluster(ctx, clusterName, &eks.ClusterArgs{
		Name:      pulumi.String(clusterName),
		Version:   pulumi.String("1.35"),
		RoleArn:   control.Arn,
		VpcConfig: eks.ClusterVpcConfigArgs{SubnetIds: vpc.PrivateSubnetIDs},
	}, pulumi.DependsOn(append(policies, vpc)))
	if err != nil {
		return err
	}
	node, policies, err := role(ctx, "node", "ec2.amazonaws.com",
		"AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly",
		"service-role/AmazonEBSCSIDriverPolicy")
	if err != nil {
		return err
	}
	nodes, err := eks.NewNodeGroup(ctx, clusterName, &eks.NodeGroupArgs{
		ClusterName:   cluster.Name,
		NodeRoleArn:   node.Arn,
		SubnetIds:     vpc.PrivateSubnetIDs,
		InstanceTypes: pulumi.ToStringArray([]string{"t3.medium"}),
		ScalingConfig: eks.NodeGroupScalingConfigArgs{
			MinSize: pulumi.Int(1), DesiredSize: pulumi.Int(1), MaxSize: pulumi.Int(1),
		},
	}, pulumi.DependsOn(policies))
	if err != nil {
		return err
	}
	_, err = eks.NewAddon(ctx, clusterName, &eks.AddonArgs{
		ClusterName: cluster.Name, AddonName: pulumi.String("aws-ebs-csi-driver"),
	}, pulumi.DependsOn([]pulumi.Resource{nodes}))
	return err
}

func role(ctx *pulumi.Context, name, service string, policies ...string) (*iam.Role, []pulumi.Resource, error) {
	made, err := iam.NewRole(ctx, name, &iam.RoleArgs{AssumeRolePolicy: pulumi.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"` +
			service + `"}}]}`)})
	if err != nil {
		return nil, nil, err
	}
	var attached []pulumi.Resource
	for _, policy := range policies {
		attachment, err := iam.NewRolePolicyAttachment(ctx, name+"-"+policy, &iam.RolePolicyAttachmentArgs{
			Role: made.Name, PolicyArn: pulumi.String("arn:aws:iam::aws:policy/" + policy),
		})
		if err != nil {
			return nil, nil, err
		}
		attached = append(attached, attachment)
	}
	return made, attached, nil
}
