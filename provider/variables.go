package provider

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The variables that manifests in the repository find, by name. The names are as public as those of inputs: what is
// synced refers to them. Each is a valid identifier in a shell, which is what Flux demands.
const (
	variableClusterName            = "CLUSTER_NAME"
	variableClusterEndpoint        = "CLUSTER_ENDPOINT"
	variableClusterSecurityGroupID = "CLUSTER_SECURITY_GROUP_ID"
	variableRegion                 = "AWS_REGION"
	variableAccountID              = "AWS_ACCOUNT_ID"
	variableVpcID                  = "VPC_ID"
	variableVpcCIDRBlock           = "VPC_CIDR_BLOCK"
	variableAvailabilityZones      = "AVAILABILITY_ZONES"
	variablePublicSubnetIDs        = "PUBLIC_SUBNET_IDS"
	variablePrivateSubnetIDs       = "PRIVATE_SUBNET_IDS"
	variableOIDCIssuerURL          = "OIDC_ISSUER_URL"
	variableOIDCProviderArn        = "OIDC_PROVIDER_ARN"
	variableNodeRoleArn            = "NODE_ROLE_ARN"

	roleVariableSuffix = "_ROLE_ARN"
)

// variableNames are the names of the variables that every cluster has.
func variableNames() []string {
	return []string{
		variableClusterName, variableClusterEndpoint, variableClusterSecurityGroupID, variableRegion, variableAccountID,
		variableVpcID, variableVpcCIDRBlock, variableAvailabilityZones, variablePublicSubnetIDs, variablePrivateSubnetIDs,
		variableOIDCIssuerURL, variableOIDCProviderArn, variableNodeRoleArn,
	}
}

const describeVariables = "CLUSTER_NAME, CLUSTER_ENDPOINT, CLUSTER_SECURITY_GROUP_ID, AWS_REGION, AWS_ACCOUNT_ID, " +
	"VPC_ID, VPC_CIDR_BLOCK, AVAILABILITY_ZONES, PUBLIC_SUBNET_IDS, PRIVATE_SUBNET_IDS (lists with commas), " +
	"OIDC_ISSUER_URL, OIDC_PROVIDER_ARN, NODE_ROLE_ARN"

// clusterVariables puts the variables together: single values, lists, roles by the name of their workload identity, and
// what the user gives.
func clusterVariables(
	values map[string]string, lists map[string][]string, roleArns, given map[string]string,
) map[string]string {
	variables := maps.Clone(given)
	if variables == nil {
		variables = map[string]string{}
	}
	maps.Copy(variables, values)
	for name, list := range lists {
		variables[name] = strings.Join(list, ",")
	}
	for identity, arn := range roleArns {
		variables[roleVariable(identity)] = arn
	}
	return variables
}

var notInVariable = regexp.MustCompile(`[^A-Z0-9]+`)

// roleVariable is the name of the variable that holds the ARN of a workload identity's role, such as
// EXTERNAL_DNS_ROLE_ARN for external-dns.
func roleVariable(identity string) string {
	return notInVariable.ReplaceAllString(strings.ToUpper(identity), "_") + roleVariableSuffix
}

// takenVariables are the names that the user cannot give variables of his own.
func takenVariables(identities []string) []string {
	taken := variableNames()
	for _, identity := range identities {
		taken = append(taken, roleVariable(identity))
	}
	return slices.Compact(taken)
}
