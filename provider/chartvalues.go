package provider

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"sigs.k8s.io/yaml"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/cluster"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/network"
)

// loadBalancerValues is the Secret from which a HelmRelease of the AWS Load Balancer Controller takes the values of the
// chart, and loadBalancerValuesKey the key in it. The first is the demo's name, the second what Flux asks for by
// default.
const loadBalancerValues, loadBalancerValuesKey = "aws-load-balancer-controller-values", "values.yaml"

// withChartValues adds to the given Secrets one with the values that a chart needs from the infrastructure. One of that
// name that the user gives stays as it is.
func withChartValues(
	given map[string]pulumi.StringMapInput, identities []cluster.WorkloadIdentity, vpc network.Place, eks *cluster.Cluster,
) map[string]pulumi.StringMapInput {
	identity, ok := cluster.LoadBalancerController(identities)
	if _, taken := given[loadBalancerValues]; taken || !ok {
		return given
	}
	values := pulumi.All(eks.Name, eks.Region, vpc.VpcId, eks.WorkloadRoleArns).ApplyT(func(known []any) (string, error) {
		name, _ := known[0].(string)
		region, _ := known[1].(string)
		vpcID, _ := known[2].(string)
		roles, _ := known[3].(map[string]string)
		return chartValues(identity, name, region, vpcID, roles[identity.Name])
	}).(pulumi.StringOutput)
	secrets := maps.Clone(given)
	if secrets == nil {
		secrets = map[string]pulumi.StringMapInput{}
	}
	secrets[loadBalancerValues] = pulumi.StringMap{loadBalancerValuesKey: values}
	return secrets
}

// chartValues are values of the chart aws-load-balancer-controller, as YAML. The service account is the one that the
// identity is for, whatever the release is called.
func chartValues(identity cluster.WorkloadIdentity, clusterName, region, vpcID, roleArn string) (string, error) {
	account := map[string]any{"create": true, "name": identity.ServiceAccount}
	if identity.Mode == cluster.ModeIRSA {
		// Only then: with this annotation the controller would ask for the role by a token that Pod Identity's trust
		// policy does not let in.
		account["annotations"] = map[string]string{"eks.amazonaws.com/role-arn": roleArn}
	}
	text, err := yaml.Marshal(map[string]any{
		"clusterName": clusterName, "region": region, "vpcId": vpcID, "serviceAccount": account,
	})
	if err != nil {
		return "", fmt.Errorf("writing the values of the load balancer controller's chart: %w", err)
	}
	return string(text), nil
}
