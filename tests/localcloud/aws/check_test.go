package aws_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// What a plan refuses, before AWS is asked.
func TestCheckFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cluster := map[string]any{
		"name": "demo", "roleArn": "arn:aws:iam::" + account + ":role/x",
		"vpcConfig": map[string]any{"subnetIds": []any{"subnet-0", "subnet-1"}},
	}
	group := map[string]any{
		"clusterName": "demo", "nodeRoleArn": "arn:aws:iam::" + account + ":role/x", "subnetIds": []any{"subnet-0"},
		"scalingConfig": map[string]any{"minSize": 1, "maxSize": 1, "desiredSize": 1},
	}
	for _, test := range []struct {
		name, token string
		base        map[string]any
		changes     map[string]any
		want        string
	}{
		{
			"unknown property", vpcType, nil, map[string]any{"cidrBlock": "10.0.0.0/16", "cidr": "x"},
			"cidr: unknown property \"cidr\"; known are assignGeneratedIpv6CidrBlock, cidrBlock, enableDnsHostnames, " +
				"enableDnsSupport, enableNetworkAddressUsageMetrics, instanceTenancy, ipv4IpamPoolId, ipv4NetmaskLength, " +
				"ipv6CidrBlock, ipv6CidrBlockNetworkBorderGroup, ipv6IpamPoolId, ipv6NetmaskLength, tags",
		},
		{
			"unknown nested property", clusterType, cluster, map[string]any{"upgradePolicy": map[string]any{"type": "STANDARD"}},
			"upgradePolicy.type: unknown property \"type\"; known are supportType",
		},
		{"missing property", subnetType, nil, map[string]any{"cidrBlock": "10.0.0.0/24"},
			"vpcId: missing required property \"vpcId\""},
		{"missing list", nodeGroupType, group, map[string]any{"subnetIds": nil},
			"subnetIds: missing required property \"subnetIds\""},
		{
			"missing nested property", nodeGroupType, group, map[string]any{"scalingConfig": map[string]any{"maxSize": nil}},
			"scalingConfig.maxSize: missing required property \"maxSize\"",
		},
		{
			"missing nested list", clusterType, cluster, map[string]any{"vpcConfig": map[string]any{"subnetIds": nil}},
			"vpcConfig.subnetIds: missing required property \"subnetIds\"",
		},
		{"missing policy", roleType, nil, map[string]any{}, "assumeRolePolicy: missing required property " +
			"\"assumeRolePolicy\""},
		{"trust policy that is no JSON", roleType, nil, map[string]any{"assumeRolePolicy": "{"},
			"assumeRolePolicy: a policy must be a JSON object; got something else"},
		{"policy that is a list", policyType, nil, map[string]any{"policy": "[]"},
			"policy: a policy must be a JSON object; got something else"},
		{"wrong type", vpcType, nil, map[string]any{"cidrBlock": 10}, "cidrBlock: expected a string, got a number"},
		{
			"wrong type of a boolean", vpcType, nil, map[string]any{"cidrBlock": "10.0.0.0/16", "enableDnsSupport": "true"},
			"enableDnsSupport: expected a boolean, got a string",
		},
		{
			"fraction", nodeGroupType, group, map[string]any{"scalingConfig": map[string]any{"maxSize": 1.5}},
			"scalingConfig.maxSize: expected an integer, got a fraction",
		},
		{
			"wrong type in a list", clusterType, cluster, map[string]any{"vpcConfig": map[string]any{"subnetIds": []any{"a",
				1}}},
			"vpcConfig.subnetIds[1]: expected a string, got a number",
		},
		{
			"wrong type of a tag", vpcType, nil, map[string]any{"cidrBlock": "10.0.0.0/16", "tags": map[string]any{"a b": 1}},
			"tags[\"a b\"]: expected a string, got a number",
		},
		{"list for an object", clusterType, cluster, map[string]any{"vpcConfig": []any{}},
			"vpcConfig: expected an object, got a list"},
		{
			"object for a list", nodeGroupType, group, map[string]any{"taints": map[string]any{}},
			"taints: expected a list, got an object",
		},
		{"host address", vpcType, nil, map[string]any{"cidrBlock": "10.0.0.5/16"},
			"cidrBlock: \"10.0.0.5/16\" is not a network address; did you mean 10.0.0.0/16?"},
		{"VPC too large", vpcType, nil, map[string]any{"cidrBlock": "10.0.0.0/8"},
			"cidrBlock: expected \"10.0.0.0/8\" to contain a network value between /16 and /28"},
		{"no block", vpcType, nil, map[string]any{"cidrBlock": "ten"}, "cidrBlock: \"ten\" is not a valid IPv4 CIDR block"},
		{
			"both zones", subnetType, nil, map[string]any{
				"vpcId": "vpc-0", "cidrBlock": "10.0.0.0/24", "availabilityZone": "a", "availabilityZoneId": "b",
			},
			"availabilityZone: \"availabilityZone\": conflicts with availabilityZoneId",
		},
		{
			"route to two targets", routeType, nil, map[string]any{
				"routeTableId": "rtb-0", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-0", "natGatewayId": "nat-0",
			},
			"gatewayId: \"gatewayId\": conflicts with natGatewayId",
		},
		{
			"route to nowhere", routeType, nil, map[string]any{"routeTableId": "rtb-0", "destinationCidrBlock": "0.0.0.0/0"},
			"carrierGatewayId: one of `carrierGatewayId,coreNetworkArn,egressOnlyGatewayId,gatewayId,localGatewayId," +
				"natGatewayId,networkInterfaceId,transitGatewayId,vpcEndpointId,vpcPeeringConnectionId` must be specified",
		},
		{
			"public NAT gateway without address", natType, nil, map[string]any{"subnetId": "subnet-0"},
			"allocationId: `allocationId` is required with `connectivityType = \"public\"`",
		},
		{
			"private NAT gateway with address", natType, nil,
			map[string]any{"subnetId": "subnet-0", "allocationId": "x", "connectivityType": "private"},
			"allocationId: `allocationId` is not supported with `connectivityType = \"private\"`",
		},
		{"name of a security group", sgType, nil, map[string]any{"name": "sg-x"},
			"name: invalid value \"sg-x\" (cannot begin with sg-)"},
		{
			"rule without source", ruleType, nil,
			map[string]any{"type": "ingress", "protocol": "tcp", "fromPort": 1, "toPort": 1, "securityGroupId": "sg-0"},
			"cidrBlocks: one of `cidrBlocks,ipv6CidrBlocks,prefixListIds,self,sourceSecurityGroupId` must be specified",
		},
		{
			"rule from itself and a group", ruleType, nil, map[string]any{
				"type": "ingress", "protocol": "tcp", "fromPort": 1, "toPort": 1, "securityGroupId": "sg-0", "self": true,
				"sourceSecurityGroupId": "sg-1",
			},
			"sourceSecurityGroupId: \"sourceSecurityGroupId\": conflicts with self",
		},
		{
			"direction", ruleType, nil, map[string]any{
				"type": "in", "protocol": "tcp", "fromPort": 1, "toPort": 1, "securityGroupId": "sg-0", "self": true,
			},
			"type: expected one of [\"ingress\" \"egress\"], got in",
		},
		{
			"port", ruleType, nil, map[string]any{
				"type": "ingress", "protocol": "tcp", "fromPort": 1, "toPort": 65536, "securityGroupId": "sg-0", "self": true,
			},
			"toPort: expected a value in the range (-1 - 65535), got 65536",
		},
		{
			"long role name", roleType, nil,
			map[string]any{"assumeRolePolicy": trust("ec2.amazonaws.com"), "name": strings.Repeat("x", 65)},
			"name: expected length to be in the range (1 - 64), got \"" + strings.Repeat("x", 65) + "\" of length 65",
		},
		{"retention", logGroupType, nil, map[string]any{"retentionInDays": 10},
			"retentionInDays: expected one of [0 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 " +
				"3288 3653], got 10"},
		{"alias", aliasType, nil, map[string]any{"targetKeyId": "x", "name": "demo"},
			"name: invalid value \"demo\" (must match ^alias/[0-9A-Za-z_/-]+$)"},
		{"alias of AWS's own", aliasType, nil, map[string]any{"targetKeyId": "x", "name": "alias/aws/eks"},
			"name: invalid value \"alias/aws/eks\" (cannot begin with alias/aws/)"},
		{"issuer", oidcType, nil, map[string]any{"url": "http://a.test", "clientIdLists": []any{"x"}},
			"url: \"http://a.test\" must be an https URL without port and query"},
		{"cluster name", clusterType, cluster, map[string]any{"name": "-demo"},
			"name: invalid value \"-demo\" (must match ^[0-9A-Za-z][A-Za-z0-9_-]*$)"},
		{"patch version", clusterType, cluster, map[string]any{"version": "1.35.2"},
			"version: invalid value \"1.35.2\" (must match ^\\d+\\.\\d+$)"},
		{"role that is no ARN", clusterType, cluster, map[string]any{"roleArn": "x"},
			"roleArn: (x) is an invalid ARN: arn: invalid prefix"},
		{"role of another service", clusterType, cluster, map[string]any{"roleArn": "arn:aws:s3:::x"},
			"roleArn: (arn:aws:s3:::x) is an invalid ARN: it is of s3 instead of iam"},
		{"log type", clusterType, cluster, map[string]any{"enabledClusterLogTypes": []any{"audit", "all"}},
			"enabledClusterLogTypes[1]: expected one of [\"api\" \"audit\" \"authenticator\" \"controllerManager\" " +
				"\"scheduler\"], got all"},
		{"computed by AWS", clusterType, cluster, map[string]any{"vpcConfig": map[string]any{"vpcId": "vpc-0"}},
			"vpcConfig.vpcId: this value is computed by AWS and cannot be set"},
		{"not simulated", clusterType, cluster, map[string]any{"computeConfig": map[string]any{"enabled": true}},
			"computeConfig: \"computeConfig\" is not simulated by the local cloud"},
		{"not simulated in a list", tableType, nil, map[string]any{
			"vpcId": "vpc-0", "routes": []any{map[string]any{"cidrBlock": "0.0.0.0/0", "vpcEndpointId": "x"}},
		}, "routes.vpcEndpointId: \"routes.vpcEndpointId\" is not simulated by the local cloud"},
		{"capacity", nodeGroupType, group, map[string]any{"capacityType": "CHEAP"},
			"capacityType: expected one of [\"ON_DEMAND\" \"SPOT\" \"CAPACITY_BLOCK\"], got CHEAP"},
		{"taint", nodeGroupType, group, map[string]any{"taints": []any{map[string]any{"key": "a", "effect": "NoSchedule"}}},
			"taints[0].effect: expected one of [\"NO_SCHEDULE\" \"NO_EXECUTE\" \"PREFER_NO_SCHEDULE\"], got NoSchedule"},
		{"update config", nodeGroupType, group, map[string]any{
			"updateConfig": map[string]any{"maxUnavailable": 1, "maxUnavailablePercentage": 1},
		}, "updateConfig.maxUnavailable: \"maxUnavailable\": conflicts with maxUnavailablePercentage"},
		{"add-on version", addonType, nil, map[string]any{"clusterName": "a", "addonName": "b", "addonVersion": "1.0"},
			"addonVersion: invalid value \"1.0\" (must match ^v\\d+\\.\\d+\\.\\d+-eksbuild\\.\\d+$)"},
		{"add-on configuration", addonType, nil, map[string]any{"clusterName": "a", "addonName": "b",
			"configurationValues": "{"},
			"configurationValues: contains an invalid JSON"},
		{"user data", templateType, nil, map[string]any{"userData": "#!/bin/sh"}, "userData: expected base64"},
		{"boolean as text", templateType, nil, map[string]any{"ebsOptimized": "yes"},
			"ebsOptimized: expected one of [\"\" \"true\" \"false\"], got yes"},
	} {
		inputs := map[string]any{}
		change(inputs, test.base)
		change(inputs, test.changes)
		_, err := w.check(&thing{token: test.token, name: "x"}, catalog.FromPlainMap(inputs))
		if got := message(err); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
	}
}

// Two things wrong are two failures.
func TestCheckCollectsFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.check(&thing{token: subnetType, name: "x"}, catalog.FromPlainMap(map[string]any{"cidrBlock": 1,
		"vpc": "x"}))
	want := 3 // the type of cidrBlock, the unknown vpc, the missing vpcId
	if got := len(strings.Split(message(err), "\n")); got != want {
		t.Errorf("%d failures, want %d: %v", got, want, err)
	}
}

func TestUnknownType(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.check(&thing{token: "aws:s3/bucket:Bucket", name: "x"}, property.Map{})
	want := "resource type aws:s3/bucket:Bucket is not simulated by the local cloud; simulated are " +
		"aws:cloudwatch/logGroup:LogGroup, "
	if got := message(err); !strings.HasPrefix(got, want) {
		t.Errorf("got  %s\nwant %s…", got, want)
	}
}

// Unknowns pass where values would be checked, nulls are as if they were not there, references become ids, policies
// become text, and defaults are filled in and listed.
func TestCheckNormalizes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := property.NewMap(map[string]property.Value{
		"role": property.New(property.ResourceReference{URN: "urn:pulumi:dev::t::aws:iam/role:Role::r",
			ID: property.New("r")}),
		"policy": property.New(map[string]property.Value{"Statement": property.New([]property.Value{
			property.New(map[string]property.Value{"Effect": property.New("Allow")}),
		})}),
		"namePrefix": {},
	})
	got, err := w.check(&thing{token: rolePolicyType, name: "x"}, inputs)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"role": "r", "policy": `{"Statement":[{"Effect":"Allow"}]}`, "name": "x-" + got.Get("name").AsString()[2:],
		"__defaults": []any{"name"},
	}
	if diff := cmp.Diff(want, catalog.PlainMap(got)); diff != "" {
		t.Error(diff)
	}
	unknown := property.New(property.Computed)
	if _, err := w.check(&thing{token: natType, name: "x"}, property.NewMap(map[string]property.Value{
		"subnetId": unknown, "allocationId": unknown, "tags": unknown,
	})); err != nil {
		t.Error(err)
	}
}

// Names are made once: random, kept by updates, new for a replacement, and not made where one is given.
func TestAutomaticNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := catalog.FromPlainMap(map[string]any{"assumeRolePolicy": trust("ec2.amazonaws.com")})
	check := func(olds property.Map, seed string) property.Map {
		response, err := w.server.Check(t.Context(), &rpc.CheckRequest{
			Urn: (&thing{token: roleType, name: "node"}).urn(), Olds: w.marshal(olds), News: w.marshal(inputs),
			RandomSeed: []byte(strings.Repeat(seed, 32)),
		})
		if err != nil || len(response.GetFailures()) > 0 {
			t.Fatal(err, response.GetFailures())
		}
		return w.unmarshal(response.GetInputs())
	}
	name := func(m property.Map) string { return m.Get("name").AsString() }
	first := check(property.Map{}, "a")
	if !strings.HasPrefix(name(first), "node-") || len(name(first)) != len("node-")+7 {
		t.Errorf("made %q", name(first))
	}
	if again := check(property.Map{}, "a"); name(again) != name(first) {
		t.Errorf("the same seed makes %q and %q", name(first), name(again))
	}
	if updated := check(first, "b"); name(updated) != name(first) {
		t.Errorf("an update renames %q to %q", name(first), name(updated))
	}
	if replaced := check(property.Map{}, "b"); name(replaced) == name(first) {
		t.Errorf("a replacement keeps the name %q", name(first))
	}
	inputs = inputs.Set("name", property.New("mine"))
	if given := check(first, "b"); name(given) != "mine" {
		t.Errorf("a given name became %q", name(given))
	}
	inputs = inputs.Delete("name").Set("namePrefix", property.New("my-"))
	if prefixed := check(property.Map{}, "b"); !prefixed.Get("name").IsNull() {
		t.Errorf("a name %q was made beside a prefix", name(prefixed))
	}
	if long := catalog.Resources()[roleType].Name.MaxLength; long != 64 {
		t.Errorf("the longest role name is %d", long)
	}
}
