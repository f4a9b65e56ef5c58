package main

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-eks/sdk/v2/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// cluster is what Flux needs of it.
type cluster struct {
	name     string
	eks      *eks.Cluster
	identity pulumi.StringOutput
	nodeRole *iam.Role
	issuer   *iam.OpenIdConnectProvider
	// ready must be there before anything is installed.
	ready []pulumi.Resource
	all   []pulumi.Resource

	ctx     *pulumi.Context
	network *network
	caller  *aws.GetCallerIdentityResult
	// clusterRole is the role of the control plane, and before what it needs besides.
	clusterRole *iam.Role
	before      []pulumi.Resource
	// nodes is what nodes need.
	nodes     []pulumi.Resource
	workloads []pulumi.Resource
}

type object = map[string]any

func document(statements ...object) (pulumi.String, error) {
	text, err := json.Marshal(object{"Version": "2012-10-17", "Statement": statements})
	return pulumi.String(text), err
}

func newCluster(ctx *pulumi.Context, n *network) (*cluster, error) {
	caller, err := aws.GetCallerIdentity(ctx, nil)
	if err != nil {
		return nil, err
	}
	c := &cluster{name: base + "-" + ctx.Stack(), ctx: ctx, network: n, caller: caller}
	for _, step := range []func() error{c.roles, c.controlPlane, c.access, c.volumes, c.nodeGroup} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *cluster) keep(resources ...pulumi.Resource) { c.all = append(c.all, resources...) }

func (c *cluster) role(name string, trust object) (*iam.Role, error) {
	policy, err := document(trust)
	if err != nil {
		return nil, err
	}
	role, err := iam.NewRole(c.ctx, base+"-"+name, &iam.RoleArgs{
		AssumeRolePolicy:    policy,
		ForceDetachPolicies: pulumi.Bool(true),
		Tags:                pulumi.ToStringMap(tags),
	})
	c.keep(role)
	return role, err
}

func trusted(service string) object {
	return object{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": object{"Service": service}}
}

func (c *cluster) attach(name string, role *iam.Role, policy string) (pulumi.Resource, error) {
	attachment, err := iam.NewRolePolicyAttachment(c.ctx, base+"-"+name, &iam.RolePolicyAttachmentArgs{
		Role: role.Name, PolicyArn: pulumi.String("arn:aws:iam::aws:policy/" + policy),
	})
	c.keep(attachment)
	return attachment, err
}

func (c *cluster) roles() error {
	var err error
	if c.clusterRole, err = c.role("cluster", trusted("eks.amazonaws.com")); err != nil {
		return err
	}
	policy, err := c.attach("cluster-policy", c.clusterRole, "AmazonEKSClusterPolicy")
	if err != nil {
		return err
	}
	c.before = append(c.before, policy)
	if c.nodeRole, err = c.role("node", trusted("ec2.amazonaws.com")); err != nil {
		return err
	}
	for name, policy := range map[string]string{
		"node-worker":   "AmazonEKSWorkerNodePolicy",
		"node-cni":      "AmazonEKS_CNI_Policy",
		"node-registry": "AmazonEC2ContainerRegistryPullOnly",
	} {
		attachment, err := c.attach(name, c.nodeRole, policy)
		if err != nil {
			return err
		}
		c.nodes = append(c.nodes, attachment)
	}
	return nil
}

// logs makes the log group, and keeps EKS from making it anew after it was deleted.
func (c *cluster) logs() error {
	deny, err := document(object{
		"Sid": "NoLogGroups", "Effect": "Deny", "Action": []string{"logs:CreateLogGroup"}, "Resource": []string{"*"},
	})
	if err != nil {
		return err
	}
	denied, err := iam.NewRolePolicy(c.ctx, base+"-cluster-log-groups", &iam.RolePolicyArgs{
		Role: c.clusterRole.Name, Policy: deny,
	})
	if err != nil {
		return err
	}
	group, err := cloudwatch.NewLogGroup(c.ctx, base, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String("/aws/eks/" + c.name + "/cluster"),
		RetentionInDays: pulumi.Int(90),
		Tags:            pulumi.ToStringMap(tags),
	}, pulumi.DependsOn([]pulumi.Resource{denied}))
	c.keep(denied, group)
	c.before = append(c.before, group)
	return err
}

func (c *cluster) key() (*kms.Key, error) {
	policy := c.clusterRole.Arn.ApplyT(func(role string) (string, error) {
		text, err := document(
			object{
				"Sid": "Administration", "Effect": "Allow", "Resource": []string{"*"},
				"Principal": object{"AWS": "arn:aws:iam::" + c.caller.AccountId + ":root"},
				"Action": []string{
					"kms:CancelKeyDeletion", "kms:Create*", "kms:Delete*", "kms:Describe*", "kms:Disable*", "kms:Enable*",
					"kms:Get*", "kms:List*", "kms:Put*", "kms:Revoke*", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion",
					"kms:TagResource", "kms:UntagResource", "kms:Update*",
				},
			},
			object{
				"Sid": "Secrets", "Effect": "Allow", "Principal": object{"AWS": role}, "Resource": []string{"*"},
				"Action": []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"},
			},
		)
		return string(text), err
	}).(pulumi.StringOutput)
	key, err := kms.NewKey(c.ctx, base, &kms.KeyArgs{
		Description:          pulumi.String("Secrets of the EKS cluster " + c.name),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(30),
		Policy:               policy,
		Tags:                 pulumi.ToStringMap(tags),
	})
	if err != nil {
		return nil, err
	}
	alias, err := kms.NewAlias(c.ctx, base, &kms.AliasArgs{
		NamePrefix: pulumi.String("alias/eks/" + c.name + "-"), TargetKeyId: key.KeyId,
	})
	c.keep(key, alias)
	return key, err
}

func (c *cluster) controlPlane() error {
	if err := c.logs(); err != nil {
		return err
	}
	key, err := c.key()
	if err != nil {
		return err
	}
	group, err := ec2.NewSecurityGroup(c.ctx, base+"-control-plane", &ec2.SecurityGroupArgs{
		VpcId:               c.network.vpc.ID().ToStringOutput().ToStringPtrOutput(),
		Description:         pulumi.String("Control plane, beside the group that EKS makes"),
		RevokeRulesOnDelete: pulumi.Bool(true),
		Tags:                named(base + "-control-plane"),
	})
	if err != nil {
		return err
	}
	c.keep(group)
	mode, yes := eks.AuthenticationModeApi, true
	c.eks, err = eks.NewCluster(c.ctx, base, &eks.ClusterArgs{
		Name:                   pulumi.String(c.name),
		Version:                pulumi.String(kubernetesVersion),
		VpcId:                  c.network.vpc.ID().ToStringOutput(),
		SubnetIds:              c.network.private[:2],
		AuthenticationMode:     &mode,
		EndpointPublicAccess:   pulumi.Bool(true),
		EndpointPrivateAccess:  pulumi.Bool(true),
		EnabledClusterLogTypes: pulumi.ToStringArray([]string{"api", "audit", "authenticator"}),
		EncryptionConfigKeyArn: key.Arn,
		ServiceRole:            c.clusterRole,
		InstanceRole:           c.nodeRole,
		SkipDefaultNodeGroup:   &yes,
		UseDefaultVpcCni:       &yes,
		ClusterSecurityGroup:   group,
		ProviderCredentialOpts: eks.KubeconfigOptionsArgs{},
		Tags:                   pulumi.ToStringMap(tags),
	}, pulumi.DependsOn(c.before), pulumi.Transforms([]pulumi.ResourceTransform{withoutBootstrap}))
	if err != nil {
		return err
	}
	c.keep(c.eks)
	c.identity = c.eks.EksCluster.Identities().Index(pulumi.Int(0)).Oidcs().Index(pulumi.Int(0)).Issuer().Elem()
	c.issuer, err = iam.NewOpenIdConnectProvider(c.ctx, base, &iam.OpenIdConnectProviderArgs{
		Url:           c.identity,
		ClientIdLists: pulumi.ToStringArray([]string{"sts.amazonaws.com"}),
		Tags:          pulumi.ToStringMap(tags),
	})
	c.keep(c.issuer)
	return err
}

// withoutBootstrap says what pulumi-eks cannot.
func withoutBootstrap(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
	if args.Type != "aws:eks/cluster:Cluster" {
		return nil
	}
	args.Props["upgradePolicy"] = pulumi.Map{"supportType": pulumi.String("STANDARD")}
	args.Props["bootstrapSelfManagedAddons"] = pulumi.Bool(false)
	args.Props["accessConfig"] = pulumi.Map{
		"authenticationMode":                      pulumi.String("API"),
		"bootstrapClusterCreatorAdminPermissions": pulumi.Bool(false),
	}
	return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
}

// access lets in whoever runs the program.
func (c *cluster) access() error {
	session, err := iam.GetSessionContext(c.ctx, &iam.GetSessionContextArgs{Arn: c.caller.Arn})
	if err != nil {
		return err
	}
	entry, err := awseks.NewAccessEntry(c.ctx, base+"-creator", &awseks.AccessEntryArgs{
		ClusterName:  c.eks.EksCluster.Name(),
		PrincipalArn: pulumi.String(session.IssuerArn),
		Tags:         pulumi.ToStringMap(tags),
	})
	if err != nil {
		return err
	}
	policy, err := awseks.NewAccessPolicyAssociation(c.ctx, base+"-creator", &awseks.AccessPolicyAssociationArgs{
		ClusterName:  c.eks.EksCluster.Name(),
		PrincipalArn: entry.PrincipalArn,
		PolicyArn:    pulumi.String("arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"),
		AccessScope:  awseks.AccessPolicyAssociationAccessScopeArgs{Type: pulumi.String("cluster")},
	}, pulumi.DependsOn([]pulumi.Resource{entry}))
	c.keep(entry, policy)
	c.ready = append(c.ready, policy)
	return err
}

// volumes gives the EBS CSI driver its identity.
func (c *cluster) volumes() error {
	region, err := aws.GetRegion(c.ctx, nil)
	if err != nil {
		return err
	}
	role, err := c.role("ebs-csi", object{
		"Sid": "PodIdentity", "Effect": "Allow", "Principal": object{"Service": "pods.eks.amazonaws.com"},
		"Action": []string{"sts:AssumeRole", "sts:TagSession"},
		"Condition": object{"StringEquals": object{
			"aws:RequestTag/eks-cluster-arn": []string{
				"arn:aws:eks:" + region.Name + ":" + c.caller.AccountId + ":cluster/" + c.name,
			},
			"aws:RequestTag/kubernetes-namespace":       []string{"kube-system"},
			"aws:RequestTag/kubernetes-service-account": []string{"ebs-csi-controller-sa"},
		}},
	})
	if err != nil {
		return err
	}
	policies, err := iam.NewRolePolicyAttachmentsExclusive(c.ctx, base+"-ebs-csi",
		&iam.RolePolicyAttachmentsExclusiveArgs{
			RoleName:   role.Name,
			PolicyArns: pulumi.ToStringArray([]string{"arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"}),
		})
	if err != nil {
		return err
	}
	association, err := awseks.NewPodIdentityAssociation(c.ctx, base+"-ebs-csi", &awseks.PodIdentityAssociationArgs{
		ClusterName:    c.eks.EksCluster.Name(),
		Namespace:      pulumi.String("kube-system"),
		ServiceAccount: pulumi.String("ebs-csi-controller-sa"),
		RoleArn:        role.Arn,
		Tags:           pulumi.ToStringMap(tags),
	}, pulumi.DependsOn([]pulumi.Resource{policies}))
	c.keep(policies, association)
	c.workloads = append(c.workloads, policies, association)
	return err
}

func (c *cluster) addon(name, configuration string, needs ...pulumi.Resource) (pulumi.Resource, error) {
	args := &awseks.AddonArgs{
		ClusterName: c.eks.EksCluster.Name(),
		AddonName:   pulumi.String(name),
		AddonVersion: awseks.GetAddonVersionOutput(c.ctx, awseks.GetAddonVersionOutputArgs{
			AddonName: pulumi.String(name), KubernetesVersion: c.eks.EksCluster.Version(),
		}).Version(),
		ResolveConflictsOnCreate: pulumi.String("OVERWRITE"),
		ResolveConflictsOnUpdate: pulumi.String("PRESERVE"),
		Tags:                     pulumi.ToStringMap(tags),
	}
	if configuration != "" {
		args.ConfigurationValues = pulumi.String(configuration)
	}
	addon, err := awseks.NewAddon(c.ctx, base+"-"+name, args, pulumi.DependsOn(needs))
	c.keep(addon)
	return addon, err
}

// nodeGroup makes the nodes: after the add-ons that they need, and before the others.
func (c *cluster) nodeGroup() error {
	for name, configuration := range map[string]string{
		"vpc-cni":                `{"env":{"ENABLE_PREFIX_DELEGATION":"true","WARM_PREFIX_TARGET":"1"}}`,
		"kube-proxy":             "",
		"eks-pod-identity-agent": "",
	} {
		addon, err := c.addon(name, configuration)
		if err != nil {
			return err
		}
		c.nodes = append(c.nodes, addon)
	}
	const name = base + "-default"
	template, err := c.launchTemplate(name)
	if err != nil {
		return err
	}
	placement := &placement{}
	if err := own(c.ctx, "NodeGroupPlacement", name, pulumi.Map{
		"subnetIds": c.network.private,
		"nodeKind":  pulumi.String("t3.medium ON_DEMAND AL2023_x86_64_STANDARD common role"),
	}, placement); err != nil {
		return err
	}
	needs := append([]pulumi.Resource{c.eks}, c.network.egress...)
	group, err := awseks.NewNodeGroup(c.ctx, name, &awseks.NodeGroupArgs{
		ClusterName:   c.eks.EksCluster.Name(),
		Version:       c.eks.EksCluster.Version(),
		NodeRoleArn:   c.nodeRole.Arn,
		SubnetIds:     placement.SubnetIDs,
		AmiType:       pulumi.String("AL2023_x86_64_STANDARD"),
		CapacityType:  pulumi.String("ON_DEMAND"),
		InstanceTypes: pulumi.ToStringArray([]string{"t3.medium"}),
		ScalingConfig: awseks.NodeGroupScalingConfigArgs{
			MinSize: pulumi.Int(2), DesiredSize: pulumi.Int(2), MaxSize: pulumi.Int(4),
		},
		UpdateConfig: awseks.NodeGroupUpdateConfigArgs{MaxUnavailablePercentage: pulumi.Int(33)},
		LaunchTemplate: awseks.NodeGroupLaunchTemplateArgs{
			Id:      template.ID().ToStringOutput(),
			Version: template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput),
		},
		Tags: pulumi.ToStringMap(tags),
	}, pulumi.DependsOn(append(needs, c.nodes...)), pulumi.IgnoreChanges([]string{"scalingConfig.desiredSize"}))
	if err != nil {
		return err
	}
	dns, err := c.addon("coredns", "", group)
	if err != nil {
		return err
	}
	c.keep(placement, group)
	c.ready = append(append(c.ready, group, dns), c.workloads...)
	_, err = c.addon("aws-ebs-csi-driver", "", append([]pulumi.Resource{group}, c.workloads...)...)
	return err
}

func (c *cluster) launchTemplate(name string) (*ec2.LaunchTemplate, error) {
	tagged := func(kind string) ec2.LaunchTemplateTagSpecificationArgs {
		return ec2.LaunchTemplateTagSpecificationArgs{ResourceType: pulumi.String(kind), Tags: named(name)}
	}
	template, err := ec2.NewLaunchTemplate(c.ctx, name, &ec2.LaunchTemplateArgs{
		BlockDeviceMappings: ec2.LaunchTemplateBlockDeviceMappingArray{ec2.LaunchTemplateBlockDeviceMappingArgs{
			DeviceName: pulumi.String("/dev/xvda"),
			Ebs: ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
				DeleteOnTermination: pulumi.String("true"),
				Encrypted:           pulumi.String("true"),
				VolumeSize:          pulumi.Int(50),
				VolumeType:          pulumi.String("gp3"),
			},
		}},
		MetadataOptions: ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		TagSpecifications: ec2.LaunchTemplateTagSpecificationArray{tagged("instance"), tagged("volume")},
		Tags:              pulumi.ToStringMap(tags),
	})
	c.keep(template)
	return template, err
}
