package catalog

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"

func eksResources() map[string]Resource {
	clusterName := all(length(1, 100), matching(`^[0-9A-Za-z][A-Za-z0-9_-]*$`))
	return map[string]Resource{
		"aws:eks/cluster:Cluster": resource(eks.ClusterArgs{}, eks.Cluster{}, Resource{
			Replace: []string{
				"name", "roleArn", "bootstrapSelfManagedAddons", "accessConfig.bootstrapClusterCreatorAdminPermissions",
				"kubernetesNetworkConfig.ipFamily", "kubernetesNetworkConfig.serviceIpv4Cidr", "outpostConfig",
			},
			ReplaceOnRemoval: []string{"encryptionConfig"},
			Defaults: map[string]any{
				"bootstrapSelfManagedAddons": true, "vpcConfig.endpointPrivateAccess": false,
				"vpcConfig.endpointPublicAccess": true,
			},
			Name:     &AutoName{Property: "name", MaxLength: maximumName},
			Required: []string{"vpcConfig.subnetIds", "encryptionConfig.resources"},
			Sets: []string{
				"enabledClusterLogTypes", "vpcConfig.subnetIds", "vpcConfig.securityGroupIds", "vpcConfig.publicAccessCidrs",
				"encryptionConfig.resources",
			},
			Computed: []string{
				"accessConfig.authenticationMode", "accessConfig.bootstrapClusterCreatorAdminPermissions",
				"kubernetesNetworkConfig.ipFamily", "kubernetesNetworkConfig.serviceIpv4Cidr",
				"kubernetesNetworkConfig.serviceIpv6Cidr", "kubernetesNetworkConfig.elasticLoadBalancing",
				"upgradePolicy.supportType", "vpcConfig.clusterSecurityGroupId", "vpcConfig.publicAccessCidrs", "vpcConfig.vpcId",
			},
			Recomputed: []string{"platformVersion"},
			Unset:      []string{"defaultAddonsToRemoves", "enabledClusterLogTypes"},
			Values: map[string]Rule{
				"name":                                    clusterName,
				"roleArn":                                 arn("iam"),
				"version":                                 matching(`^\d+\.\d+$`),
				"enabledClusterLogTypes":                  oneOf("api", "audit", "authenticator", "controllerManager", "scheduler"),
				"accessConfig.authenticationMode":         oneOf("CONFIG_MAP", "API_AND_CONFIG_MAP", "API"),
				"upgradePolicy.supportType":               oneOf("EXTENDED", "STANDARD"),
				"encryptionConfig.resources":              oneOf("secrets"),
				"encryptionConfig.provider.keyArn":        arn("kms"),
				"vpcConfig.publicAccessCidrs":             block(),
				"kubernetesNetworkConfig.serviceIpv4Cidr": networkBlock(12, 24),
				"kubernetesNetworkConfig.ipFamily":        oneOf("ipv4", "ipv6"),
				"vpcConfig.clusterSecurityGroupId":        readOnly,
				"vpcConfig.vpcId":                         readOnly,
			},
			NotSimulated: []string{
				"computeConfig", "outpostConfig", "remoteNetworkConfig", "storageConfig", "zonalShiftConfig",
				"kubernetesNetworkConfig.elasticLoadBalancing",
			},
		}),
		"aws:eks/nodeGroup:NodeGroup": resource(eks.NodeGroupArgs{}, eks.NodeGroup{}, nodeGroup()),
		"aws:eks/addon:Addon": resource(eks.AddonArgs{}, eks.Addon{}, Resource{
			Replace:    []string{"clusterName", "addonName"},
			Sets:       []string{"podIdentityAssociations"},
			Unset:      []string{"podIdentityAssociations"},
			Recomputed: []string{"modifiedAt"},
			Values: map[string]Rule{
				"clusterName": clusterName, "addonVersion": matching(`^v\d+\.\d+\.\d+-eksbuild\.\d+$`),
				"configurationValues": jsonText, "serviceAccountRoleArn": arn("iam"),
				"resolveConflicts":         oneOf("NONE", "OVERWRITE", "PRESERVE"),
				"resolveConflictsOnCreate": oneOf("NONE", "OVERWRITE"),
				"resolveConflictsOnUpdate": oneOf("NONE", "OVERWRITE", "PRESERVE"),
			},
			Groups: []Group{
				atMostOne("resolveConflicts", "resolveConflictsOnCreate"),
				atMostOne("resolveConflicts", "resolveConflictsOnUpdate"),
			},
		}),
		"aws:eks/accessEntry:AccessEntry": resource(eks.AccessEntryArgs{}, eks.AccessEntry{}, Resource{
			Replace:    []string{"clusterName", "principalArn", "type"},
			Defaults:   map[string]any{"type": "STANDARD"},
			Sets:       []string{"kubernetesGroups"},
			Recomputed: []string{"modifiedAt"},
			Values: map[string]Rule{
				"clusterName": clusterName, "principalArn": arn(""),
				"type": oneOf("STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "EC2"),
			},
		}),
		"aws:eks/accessPolicyAssociation:AccessPolicyAssociation": resource(eks.AccessPolicyAssociationArgs{},
			eks.AccessPolicyAssociation{}, Resource{
				Replace: []string{"clusterName", "principalArn", "policyArn", "accessScope"},
				Sets:    []string{"accessScope.namespaces"},
				Values: map[string]Rule{
					"clusterName": clusterName, "principalArn": arn(""), "policyArn": arn("eks"),
					"accessScope.type": oneOf("cluster", "namespace"),
				},
			}),
		"aws:eks/podIdentityAssociation:PodIdentityAssociation": resource(eks.PodIdentityAssociationArgs{},
			eks.PodIdentityAssociation{}, Resource{
				Replace: []string{"clusterName", "namespace", "serviceAccount"},
				Values:  map[string]Rule{"clusterName": clusterName, "roleArn": arn("iam")},
			}),
	}
}

func nodeGroup() Resource {
	return Resource{
		Replace: []string{
			"clusterName", "nodeGroupName", "nodeGroupNamePrefix", "nodeRoleArn", "subnetIds", "instanceTypes", "diskSize",
			"amiType", "capacityType", "remoteAccess", "launchTemplate.id", "launchTemplate.name",
		},
		Name:     &AutoName{Property: "nodeGroupName", MaxLength: maximumName, Unless: "nodeGroupNamePrefix"},
		Required: []string{"subnetIds"},
		Sets:     []string{"subnetIds", "taints"},
		Computed: []string{
			"launchTemplate.id", "launchTemplate.name", "updateConfig.maxUnavailable", "nodeRepairConfig.enabled",
		},
		Recomputed: []string{"releaseVersion"},
		Unset:      []string{"labels", "taints"},
		Values: map[string]Rule{
			"nodeGroupName": length(1, 63), "nodeRoleArn": arn("iam"), "capacityType": oneOf("ON_DEMAND", "SPOT",
				"CAPACITY_BLOCK"),
			"amiType": oneOf("AL2_x86_64", "AL2_x86_64_GPU", "AL2_ARM_64", "CUSTOM", "BOTTLEROCKET_ARM_64",
				"BOTTLEROCKET_x86_64", "BOTTLEROCKET_ARM_64_FIPS", "BOTTLEROCKET_x86_64_FIPS", "BOTTLEROCKET_ARM_64_NVIDIA",
				"BOTTLEROCKET_x86_64_NVIDIA", "WINDOWS_CORE_2019_x86_64", "WINDOWS_FULL_2019_x86_64",
				"WINDOWS_CORE_2022_x86_64", "WINDOWS_FULL_2022_x86_64", "AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD",
				"AL2023_x86_64_NEURON", "AL2023_x86_64_NVIDIA", "AL2023_ARM_64_NVIDIA"),
			"version": matching(`^\d+\.\d+$`), "scalingConfig.minSize": between(0, 1<<31-1),
			"scalingConfig.maxSize": between(1, 1<<31-1), "scalingConfig.desiredSize": between(0, 1<<31-1),
			"taints.effect": oneOf("NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"), "taints.key": length(1, 63),
			"taints.value": length(0, 63), "launchTemplate.version": length(1, 255),
			"updateConfig.maxUnavailable": between(1, 100), "updateConfig.maxUnavailablePercentage": between(1, 100),
		},
		Groups: []Group{
			atMostOne("nodeGroupName", "nodeGroupNamePrefix"),
			within("updateConfig", exactlyOne("maxUnavailable", "maxUnavailablePercentage")),
			atMost("taints", 50), atMost("instanceTypes", 50), atMostOne("launchTemplate.id", "launchTemplate.name"),
		},
		NotSimulated: []string{"remoteAccess"},
	}
}
