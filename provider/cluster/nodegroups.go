package cluster

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/iampolicy"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/tags"
)

// nodeRolePrefix begins the suffix of a group's own role.
const nodeRolePrefix = "node-"

func (r *registration) groups() error {
	names := pulumi.StringArray{}
	for _, group := range r.NodeGroups {
		registered, err := r.group(group)
		if err != nil {
			return err
		}
		names = append(names, registered.NodeGroupName)
	}
	r.NodeGroupNames = names.ToStringArrayOutput()
	return nil
}

func (r *registration) group(group NodeGroup) (*awseks.NodeGroup, error) {
	name := r.Base + "-" + group.Name
	template, err := r.launchTemplate(name, group)
	if err != nil {
		return nil, err
	}
	placement, err := r.placement(name, group)
	if err != nil {
		return nil, err
	}
	role, policies, err := r.roleOf(group)
	if err != nil {
		return nil, err
	}
	// The API server lets nodes in by an access entry, which is among the children of the component.
	dependencies := []pulumi.Resource{r.Component}
	for _, needed := range [][]pulumi.Resource{r.Egress, policies, r.nodeNetworking} {
		dependencies = append(dependencies, needed...)
	}
	args := &awseks.NodeGroupArgs{
		ClusterName: r.Cluster.Name,
		// Follows the cluster: EKS upgrades the control plane first, and nodes must not be newer.
		Version:       r.Cluster.Version,
		NodeRoleArn:   role.Arn,
		SubnetIds:     placement.SubnetIds,
		AmiType:       pulumi.String(group.AMI),
		CapacityType:  pulumi.String(group.Capacity),
		InstanceTypes: pulumi.ToStringArray(group.InstanceTypes),
		ScalingConfig: awseks.NodeGroupScalingConfigArgs{
			MinSize:     pulumi.Int(group.Min),
			DesiredSize: pulumi.Int(group.Desired),
			MaxSize:     pulumi.Int(group.Max),
		},
		UpdateConfig: awseks.NodeGroupUpdateConfigArgs{MaxUnavailablePercentage: pulumi.Int(group.MaxUnavailable)},
		Labels:       group.Labels,
		Taints:       taints(group.Taints),
		LaunchTemplate: awseks.NodeGroupLaunchTemplateArgs{
			Id: template.ID().ToStringOutput().ToStringPtrOutput(),
			// A number and not $Latest, which EKS reads back as a number: a difference for ever.
			Version: template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput),
		},
		Tags: r.Options.Tags,
	}
	options := []pulumi.ResourceOption{r.parent, pulumi.DependsOn(dependencies)}
	if group.Floats {
		options = append(options, pulumi.IgnoreChanges([]string{"scalingConfig.desiredSize"}))
	}
	registered, err := awseks.NewNodeGroup(r.ctx, name, args, options...)
	if err != nil {
		return nil, fmt.Errorf("registering node group %s: %w", name, err)
	}
	r.keep(registered)
	r.nodeGroups = append(r.nodeGroups, registered)
	return registered, nil
}

func taints(specs []NodeTaintSpec) awseks.NodeGroupTaintArrayInput {
	if len(specs) == 0 {
		return nil
	}
	list := awseks.NodeGroupTaintArray{}
	for _, spec := range specs {
		list = append(list, awseks.NodeGroupTaintArgs{
			Key: spec.Key, Effect: pulumi.String(spec.Effect), Value: inputs.Optional(spec.Value),
		})
	}
	return list
}

// roleOf is the role of a group's nodes, with what must be there before they can work. What a group is given beyond the
// policies of all nodes is for this group alone, so it gets a role of its own; EKS itself lets that one into the
// cluster.
func (r *registration) roleOf(group NodeGroup) (*iam.Role, []pulumi.Resource, error) {
	if group.PolicyARNs == nil {
		return r.nodeRole, r.nodePolicies, nil
	}
	trust, err := iampolicy.ServiceTrust("ec2.amazonaws.com", nil)
	if err != nil {
		return nil, nil, err
	}
	base := pulumi.StringArray{}
	for _, policy := range nodePolicies {
		base = append(base, r.awsPolicy(policy.name))
	}
	suffix := nodeRolePrefix + group.Name
	role, err := r.newRole(suffix, pulumi.String(trust))
	if err != nil {
		return nil, nil, err
	}
	attachments, err := r.attach(suffix, role, concatenated(base, group.PolicyARNs))
	if err != nil {
		return nil, nil, err
	}
	return role, []pulumi.Resource{attachments}, nil
}

func concatenated(lists ...pulumi.StringArrayInput) pulumi.StringArrayOutput {
	parts := make([]any, 0, len(lists))
	for _, list := range lists {
		parts = append(parts, list)
	}
	return pulumi.All(parts...).ApplyT(func(values []any) []string {
		var all []string
		for _, value := range values {
			part, _ := value.([]string)
			all = append(all, part...)
		}
		return all
	}).(pulumi.StringArrayOutput)
}

// launchTemplate names no security group: EKS then adds the cluster's own, through which nodes and control plane talk.
func (r *registration) launchTemplate(name string, group NodeGroup) (*ec2.LaunchTemplate, error) {
	tagged := func(kind string) ec2.LaunchTemplateTagSpecificationArgs {
		return ec2.LaunchTemplateTagSpecificationArgs{
			ResourceType: pulumi.String(kind),
			Tags:         tags.Named(r.Options.Tags, name, nil),
		}
	}
	template, err := ec2.NewLaunchTemplate(r.ctx, name, &ec2.LaunchTemplateArgs{
		BlockDeviceMappings: volumes(group),
		// With a hop limit of 1 pods cannot take the node's credentials.
		MetadataOptions: ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		TagSpecifications: ec2.LaunchTemplateTagSpecificationArray{
			tagged("instance"), tagged("volume"), tagged("network-interface"),
		},
		Tags: r.Options.Tags,
	}, r.parent)
	if err != nil {
		return nil, fmt.Errorf("registering launch template %s: %w", name, err)
	}
	r.keep(template)
	return template, nil
}

// volumes lists the volumes of a node. Amazon Linux has one. Bottlerocket has one for itself, whose size is that of the
// image, and one for everything else.
func volumes(group NodeGroup) ec2.LaunchTemplateBlockDeviceMappingArray {
	volume := func(device string, size pulumi.IntPtrInput) ec2.LaunchTemplateBlockDeviceMappingArgs {
		return ec2.LaunchTemplateBlockDeviceMappingArgs{
			DeviceName: pulumi.String(device),
			Ebs: ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
				DeleteOnTermination: pulumi.String("true"),
				Encrypted:           pulumi.String("true"),
				VolumeSize:          size,
				VolumeType:          pulumi.String("gp3"),
			},
		}
	}
	const first, second = "/dev/xvda", "/dev/xvdb"
	size := pulumi.Int(group.DiskSize)
	if group.AMI.isBottlerocket() {
		return ec2.LaunchTemplateBlockDeviceMappingArray{volume(first, nil), volume(second, size)}
	}
	return ec2.LaunchTemplateBlockDeviceMappingArray{volume(first, size)}
}
