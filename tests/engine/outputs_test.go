package engine

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

// outputsTell compares the component's outputs with what AWS says of the resources that they tell about.
func outputsTell(t *testing.T, opened auto.Stack) {
	t.Helper()
	known := resourcesOf(t, opened)
	// where returns a property of the resources of a type whose names match, in the order of their names.
	where := func(token, path string, matches func(name string) bool) []any {
		t.Helper()
		parsed, err := resource.ParsePropertyPath(path)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]any{}
		for _, r := range known {
			if string(r.Type) != token || !matches(r.URN.Name()) {
				continue
			}
			properties := resource.NewPropertyMapFromMap(r.Outputs)
			properties["id"] = resource.NewProperty(string(r.ID))
			value, ok := parsed.Get(resource.NewProperty(properties))
			if !ok {
				t.Fatalf("%s has no %s", r.URN, path)
			}
			found[r.URN.Name()] = value.Mappable()
		}
		values := make([]any, 0, len(found))
		for _, name := range slices.Sorted(maps.Keys(found)) {
			values = append(values, found[name])
		}
		return values
	}
	of := func(token, prefix, path string) []any {
		t.Helper()
		return where(token, path, func(name string) bool { return strings.HasPrefix(name, prefix) })
	}
	one := func(token, name, path string) any {
		t.Helper()
		if found := where(token, path, func(other string) bool { return other == name }); len(found) == 1 {
			return found[0]
		}
		t.Fatalf("there is not one %s called %s", token, name)
		return nil
	}
	const (
		vpc, subnet, table = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/routeTable:RouteTable"
		role               = "aws:iam/role:Role"
	)
	eks := func(path string) any {
		t.Helper()
		return one("aws:eks/cluster:Cluster", "platform-eksCluster", path)
	}
	want := map[string]any{
		"vpcId": one(vpc, "platform", "id"), "vpcCidrBlock": one(vpc, "platform", "cidrBlock"),
		"publicSubnetIds": of(subnet, "platform-public", "id"), "privateSubnetIds": of(subnet, "platform-private", "id"),
		"availabilityZones":    of(subnet, "platform-private", "availabilityZone"),
		"publicRouteTableId":   one(table, "platform-public", "id"),
		"privateRouteTableIds": of(table, "platform-private", "id"),

		"clusterName": eks("name"), "clusterArn": eks("arn"),
		"version": eks("version"), "endpoint": eks("endpoint"),
		"certificateAuthorityData": eks("certificateAuthority.data"),
		"clusterSecurityGroupId":   eks("vpcConfig.clusterSecurityGroupId"),
		"oidcIssuerUrl":            eks("identities[0].oidcs[0].issuer"),
		"oidcProviderArn":          one("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "platform", "arn"),
		"nodeGroupNames":           of("aws:eks/nodeGroup:NodeGroup", "platform", "nodeGroupName"),
		"nodeRoleArn":              one(role, "platform-node", "arn"),
		"kmsKeyArn":                one("aws:kms/key:Key", "platform", "arn"),
		"logGroupName":             one("aws:cloudwatch/logGroup:LogGroup", "platform", "name"),
		"workloadRoleArns": map[string]any{
			"ingress": one(role, "platform-ingress", "arn"), "secrets": one(role, "platform-secrets", "arn"),
		},
		"accountId": "123456789012", "region": "us-west-2",
	}
	if localcloud.ChosenAWS() == localcloud.Simulator { // moto's NAT gateways do not tell their addresses
		want["natPublicIps"] = of("aws:ec2/eip:Eip", "platform", "publicIp")
	}
	i := slices.IndexFunc(known, func(r apitype.ResourceV3) bool { return r.Type == "gitops-cluster:index:GitOpsCluster" })
	got := map[string]any{}
	for name := range want {
		got[name] = known[i].Outputs[name]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
}
