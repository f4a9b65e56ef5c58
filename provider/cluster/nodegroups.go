package cluster

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	diskSize = 50 // GiB
	// rootDevice is where Amazon Linux 2023 has its root volume.
	rootDevice = "/dev/xvda"
	amiType    = "AL2023_x86_64_STANDARD"
)

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
	template, err := r.launchTemplate(name)
	if err != nil {
		return nil, err
	}
	// The API server lets nodes in by an access entry, which is among the children of the component.
	dependencies := []pulumi.Resource{r.Component}
	for _, needed := range [][]pulumi.Resource{r.Egress, r.nodePolicies, r.nodeNetworking} {
		dependencies = append(dependencies, needed...)
	}
	registered, err := awseks.NewNodeGroup(r.ctx, name, &awseks.NodeGroupArgs{
		ClusterName: r.Cluster.Name,
		// Follows the cluster: EKS upgrades the control plane first, and nodes must not be newer.
		Version:       r.Cluster.Version,
		NodeRoleArn:   r.nodeRole.Arn,
		SubnetIds:     r.PrivateSubnetIDs,
		AmiType:       pulumi.String(amiType),
		CapacityType:  pulumi.String("ON_DEMAND"),
		InstanceTypes: pulumi.ToStringArray(group.InstanceTypes),
		ScalingConfig: awseks.NodeGroupScalingConfigArgs{
			MinSize:     pulumi.Int(group.Min),
			DesiredSize: pulumi.Int(group.Desired),
			MaxSize:     pulumi.Int(group.Max),
		},
		LaunchTemplate: awseks.NodeGroupLaunchTemplateArgs{
			Id: template.ID().ToStringOutput().ToStringPtrOutput(),
			// A number and not $Latest, which EKS reads back as a number: a difference for ever.
			Version: template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput),
		},
		Tags: r.Options.Tags,
	}, r.parent, pulumi.DependsOn(dependencies), pulumi.IgnoreChanges([]string{"scalingConfig.desiredSize"}))
	if err != nil {
		return nil, fmt.Errorf("registering node group %s: %w", name, err)
	}
	r.keep(registered)
	r.nodeGroups = append(r.nodeGroups, registered)
	return registered, nil
}

// launchTemplate names no security group: EKS then adds the cluster's own, through which nodes and control plane talk.
func (r *registration) launchTemplate(name string) (*ec2.LaunchTemplate, error) {
	tags := func(kind string) ec2.LaunchTemplateTagSpecificationArgs {
		return ec2.LaunchTemplateTagSpecificationArgs{
			ResourceType: pulumi.String(kind),
			Tags:         withName(r.Options.Tags, name),
		}
	}
	template, err := ec2.NewLaunchTemplate(r.ctx, name, &ec2.LaunchTemplateArgs{
		BlockDeviceMappings: ec2.LaunchTemplateBlockDeviceMappingArray{ec2.LaunchTemplateBlockDeviceMappingArgs{
			DeviceName: pulumi.String(rootDevice),
			Ebs: ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
				DeleteOnTermination: pulumi.String("true"),
				Encrypted:           pulumi.String("true"),
				VolumeSize:          pulumi.Int(diskSize),
				VolumeType:          pulumi.String("gp3"),
			},
		}},
		// With a hop limit of 1 pods cannot take the node's credentials.
		MetadataOptions: ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		TagSpecifications: ec2.LaunchTemplateTagSpecificationArray{tags("instance"), tags("volume")},
		Tags:              r.Options.Tags,
	}, r.parent)
	if err != nil {
		return nil, fmt.Errorf("registering launch template %s: %w", name, err)
	}
	r.keep(template)
	return template, nil
}

// withName adds the tag that AWS's console shows as the name.
func withName(tags pulumi.StringMapInput, name string) pulumi.StringMapOutput {
	return tags.ToStringMapOutput().ApplyT(func(given map[string]string) map[string]string {
		all := map[string]string{"Name": name}
		maps.Copy(all, given)
		return all
	}).(pulumi.StringMapOutput)
}
