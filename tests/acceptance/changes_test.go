//go:build acceptance

package acceptance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	presource "github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// leaves are the paths of all properties that hold no objects but tags and labels, with dots between the names. Of a
// list of objects these are the list and the properties of its first element.
func leaves(before string, object map[string]any) []string {
	var paths []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		nested, ok := object[name].(map[string]any)
		switch {
		case strings.HasPrefix(name, "__"):
		case ok && name != "tags" && name != "labels" && nested[presource.SigKey] == nil:
			paths = append(paths, leaves(before+name+".", nested)...)
		default:
			paths = append(paths, before+name)
			if element, ok := first(object[name]); ok {
				paths = append(paths, leaves(before+name+firstOf, element)...)
			}
		}
	}
	return paths
}

// firstOf stands in a path between a list and a property of its first element.
const firstOf = "[0]."

// first is the first element of a list of objects.
func first(value any) (map[string]any, bool) {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return nil, false
	}
	element, ok := list[0].(map[string]any)
	return element, ok && element[presource.SigKey] == nil
}

// ask asks what another value at a path does.
func (s side) ask(t *testing.T, r resource, path string) (verdict, error) {
	t.Helper()
	changed, err := changedAt(r.token, path, path, given(r.inputs))
	if err != nil {
		return verdict{}, err
	}
	return s.plugin.change(t, r, changed)
}

// changedAt is an object with another value at a path below it. Whole is the path from the top.
func changedAt(token, whole, path string, object map[string]any) (map[string]any, error) {
	changed := maps.Clone(object)
	name, rest, deeper := strings.Cut(path, ".")
	if list, isList := strings.CutSuffix(name+".", firstOf); deeper && isList {
		element, _ := first(object[list])
		below, err := changedAt(token, whole, rest, element)
		elements, _ := object[list].([]any)
		changed[list] = append([]any{below}, elements[1:]...)
		return changed, err
	}
	if deeper {
		nested, _ := object[name].(map[string]any)
		below, err := changedAt(token, whole, rest, nested)
		changed[name] = below
		return changed, err
	}
	value, err := other(token, whole, name, object[name])
	changed[name] = value
	if value == nil {
		delete(changed, name)
	}
	return changed, err
}

// given are the inputs that a program gave, of those that a check has completed.
func given(inputs map[string]any) map[string]any {
	changed := maps.Clone(inputs)
	filled, _ := changed["__defaults"].([]any)
	for _, name := range filled {
		if name, ok := name.(string); ok {
			delete(changed, name)
		}
	}
	delete(changed, "__defaults")
	return changed
}

// others are other values for what is neither a truth value nor a set of tags.
var others = map[string]any{
	"cidrBlock": "10.77.0.0/16", "availabilityZone": "us-west-2d", "destinationCidrBlock": "10.99.0.0/16",
	"instanceTenancy": "dedicated", "connectivityType": "private",

	"vpcId": "vpc-0123456789abcdef0", "subnetId": "subnet-0123456789abcdef0",
	"subnetIds":    []any{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1"},
	"routeTableId": "rtb-0123456789abcdef0", "gatewayId": "igw-0123456789abcdef0",
	"natGatewayId": "nat-0123456789abcdef0", "allocationId": "eipalloc-0123456789abcdef0", "domain": nil,
	"securityGroupId": "sg-0123456789abcdef0", "sourceSecurityGroupId": "sg-0123456789abcdef1",
	"fromPort": 1.0, "toPort": 2.0, "protocol": "udp",
	"iamRoleArn":         "arn:aws:iam::123456789012:role/another-role",
	"logDestination":     "arn:aws:logs:us-west-2:123456789012:log-group:another-group",
	"logDestinationType": "s3", "trafficType": "REJECT",
	"serviceName": "com.amazonaws.us-west-2.sts", "vpcEndpointType": "GatewayLoadBalancer",

	"description": "something else", "name": "something-else", "namePrefix": "something-else-", "path": "/other/",
	"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess", "policyArns": []any{}, "role": "another-role",
	"principalArn":     "arn:aws:iam::123456789012:role/another-role",
	"roleArn":          "arn:aws:iam::123456789012:role/another-role",
	"nodeRoleArn":      "arn:aws:iam::123456789012:role/another-role",
	"assumeRolePolicy": trustOf("lambda.amazonaws.com"), "maxSessionDuration": 7200.0,
	"policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`,
	"url":    "https://example.com/issuer", "clientIdLists": []any{"other.example.com"},

	"clusterName": "another-cluster", "nodeGroupName": "another-group", "addonName": "coredns-2", "version": "1.36",
	"addonVersion": "v9.9.9-eksbuild.1", "configurationValues": `{"tolerations":[]}`,
	"resolveConflictsOnCreate": "NONE", "resolveConflictsOnUpdate": "NONE", "type": "EC2_WINDOWS",
	"kubernetesGroups": []any{"others"},
	"minSize":          2.0, "maxSize": 9.0, "desiredSize": 3.0, "maxUnavailable": 2.0,
	"maxUnavailablePercentage": 50.0, "id": "lt-0123456789abcdef0", "supportType": "EXTENDED",
	"authenticationMode": "API_AND_CONFIG_MAP", "enabledClusterLogTypes": []any{"api"}, "namespace": "other",
	"keyArn": "arn:aws:kms:us-west-2:123456789012:key/01234567-89ab-cdef-0123-456789abcdef", "serviceAccount": "other",
	"serviceIpv4Cidr": "10.101.0.0/16", "ipFamily": "ipv6",
	"publicAccessCidrs": []any{"198.51.100.0/24"}, "resources": []any{},
	"instanceType": "m5.large", "instanceTypes": []any{"m5.large"}, "capacityType": "SPOT",
	"amiType": "BOTTLEROCKET_x86_64", "diskSize": 77.0, "imageId": "ami-0123456789abcdef0",
	"retentionInDays": 1.0, "deletionWindowInDays": 7.0, "logGroupClass": "INFREQUENT_ACCESS",
	"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY", "rotationPeriodInDays": 100.0,
	"targetKeyId": "01234567-89ab-cdef-0123-456789abcdef", "roleName": "another-role", "userData": "b3RoZXI=",
	"httpEndpoint": "disabled", "httpTokens": "optional",
	"httpPutResponseHopLimit": 1.0, "cidrIpv4": "10.8.0.0/16", "ipProtocol": "udp",
	"cidrBlocks":      []any{"10.9.0.0/16"},
	"thumbprintLists": []any{"0123456789012345678901234567890123456789"},

	"deviceName": "/dev/xvdz", "deleteOnTermination": "false", "encrypted": "false", "volumeSize": 99.0,
	"volumeType": "gp2", "resourceType": "network-interface", "effect": "NO_EXECUTE", "key": "other", "value": "other",
	"resourceId": "subnet-0123456789abcdef0", "permissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess",
	"bucket": "other-catalog", "content": "a: 2", "contentType": "text/plain", "namespaces": []any{"other"},
}

// trustOf lets a service take a role.
func trustOf(service string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"` +
		service + `"}}]}`
}

// otherOf are other values where the name alone does not say it.
var otherOf = map[string]any{
	"aws:ec2/securityGroupRule:SecurityGroupRule type":                         "egress",
	"aws:ec2/subnet:Subnet cidrBlock":                                          "10.0.240.0/24",
	"aws:kms/alias:Alias name":                                                 "alias/something-else",
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation policyArn":        clusterPolicy,
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation accessScope.type": "namespace",
}

const clusterPolicy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

// other is another value than the one given. Nil means to leave the property out.
func other(token, path, name string, value any) (any, error) {
	if known, ok := otherOf[token+" "+path]; ok {
		return known, nil
	}
	if known, ok := others[name]; ok {
		return known, nil
	}
	switch value := value.(type) {
	case bool:
		return !value, nil
	case map[string]any:
		if name == "tags" || name == "labels" {
			changed := maps.Clone(value)
			changed["acceptance"] = "changed"
			return changed, nil
		}
		return "another-secret", nil
	case []any:
		return []any{}, nil
	}
	return nil, fmt.Errorf("no other value is known for %s of %s, which is %v", path, token, value)
}
