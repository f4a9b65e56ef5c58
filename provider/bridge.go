package provider

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/backstage"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/cluster"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/network"
)

// variablesOf are the variables that manifests in the repository find. Given are those of the user.
func variablesOf(vpc network.Place, eks *cluster.Cluster, given pulumi.StringMapInput) pulumi.StringMapOutput {
	values := pulumi.StringMap{
		variableClusterName:            eks.Name,
		variableClusterEndpoint:        eks.Endpoint,
		variableClusterSecurityGroupID: eks.SecurityGroupID,
		variableRegion:                 eks.Region,
		variableAccountID:              eks.AccountID,
		variableVpcID:                  vpc.VpcId,
		variableVpcCIDRBlock:           vpc.VpcCidrBlock,
		variableOIDCIssuerURL:          eks.OIDCIssuer,
		variableOIDCProviderArn:        eks.OIDCProviderArn,
		variableNodeRoleArn:            eks.NodeRoleArn,
	}
	lists := pulumi.StringArrayMap{
		variableAvailabilityZones: vpc.AvailabilityZones,
		variablePublicSubnetIDs:   vpc.PublicSubnetIds,
		variablePrivateSubnetIDs:  vpc.PrivateSubnetIds,
	}
	if given == nil {
		given = pulumi.StringMap{}
	}
	return pulumi.All(
		values.ToStringMapOutput(), lists.ToStringArrayMapOutput(), eks.WorkloadRoleArns, given.ToStringMapOutput(),
	).ApplyT(func(known []any) map[string]string {
		single, _ := known[0].(map[string]string)
		several, _ := known[1].(map[string][]string)
		roles, _ := known[2].(map[string]string)
		users, _ := known[3].(map[string]string)
		return clusterVariables(single, several, roles, users)
	}).(pulumi.StringMapOutput)
}

// portalLabels are what the developer portal finds the objects of Flux by: its entity asks for what is part of Flux,
// and other cards for the common label.
func portalLabels(settings backstage.Settings) map[string]string {
	return map[string]string{
		"app.kubernetes.io/part-of":  "flux",
		"backstage.io/kubernetes-id": settings.ComponentName(),
	}
}
