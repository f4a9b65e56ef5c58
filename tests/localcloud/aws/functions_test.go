package aws_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// functionCase is a data source with its arguments, and results to compare. Whatever else it answers must be the SDK's.
type functionCase struct {
	name, function string
	arguments      map[string]any
	want           map[string]any
	fails          string
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(withCluster())
	filter := func(name string, values ...any) map[string]any {
		return map[string]any{"filters": []any{map[string]any{"name": name, "values": values}}}
	}
	tested := map[string]bool{}
	for _, test := range []functionCase{
		{
			name: "all zones", function: "aws:index/getAvailabilityZones:getAvailabilityZones",
			want: map[string]any{
				"names":      []any{"us-west-2-lax-1a", "us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d"},
				"zoneIds":    []any{"usw2-lax1-az1", "usw2-az1", "usw2-az2", "usw2-az3", "usw2-az4"},
				"groupNames": []any{"us-west-2", "us-west-2-lax-1"},
			},
		},
		{
			name: "zones without Local Zones", function: "aws:index/getAvailabilityZones:getAvailabilityZones",
			arguments: filter("opt-in-status", "opt-in-not-required"),
			want:      map[string]any{"names": []any{"us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d"}},
		},
		{
			name: "zones by an unknown filter", function: "aws:index/getAvailabilityZones:getAvailabilityZones",
			arguments: filter("color", "blue"),
			fails: ec2Error("reading EC2 Availability Zones", "DescribeAvailabilityZones",
				"InvalidParameterValue: The filter 'color' is invalid"),
		},
		{
			name: "zone", function: "aws:index/getAvailabilityZone:getAvailabilityZone",
			arguments: map[string]any{"name": "us-west-2b"},
			want:      map[string]any{"zoneId": "usw2-az2", "nameSuffix": "b", "zoneType": "availability-zone"},
		},
		{
			name: "too many zones", function: "aws:index/getAvailabilityZone:getAvailabilityZone",
			arguments: map[string]any{"state": "available"},
			fails:     "reading EC2 Availability Zone: 5 availability zones match; give criteria that exactly one matches",
		},
		{
			name: "Local Zone by its id", function: "aws:index/getAvailabilityZone:getAvailabilityZone",
			arguments: map[string]any{"zoneId": "usw2-lax1-az1"},
			want:      map[string]any{"name": "us-west-2-lax-1a", "optInStatus": "opted-in", "zoneType": "local-zone"},
		},
		{
			name: "caller", function: "aws:index/getCallerIdentity:getCallerIdentity",
			want: map[string]any{"accountId": account, "arn": administrator},
		},
		{
			name: "partition", function: "aws:index/getPartition:getPartition",
			want: map[string]any{"partition": "aws", "dnsSuffix": "amazonaws.com"},
		},
		{name: "region", function: "aws:index/getRegion:getRegion", want: map[string]any{"name": region}},
		{
			name: "another region", function: "aws:index/getRegion:getRegion", arguments: map[string]any{"name": "eu-west-1"},
			want: map[string]any{"name": "eu-west-1", "endpoint": "ec2.eu-west-1.amazonaws.com"},
		},
		{
			name: "a region that is not simulated", function: "aws:index/getRegion:getRegion",
			arguments: map[string]any{"name": "sa-east-1"},
			fails:     "reading Region: region sa-east-1 is not simulated; simulated are " + regions,
		},
		{
			name: "VPC", function: "aws:ec2/getVpc:getVpc", arguments: map[string]any{"id": s.id("vpc")},
			want: map[string]any{
				"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "tags": map[string]any{"Name": "demo"},
			},
		},
		{
			name: "VPC by its tags", function: "aws:ec2/getVpc:getVpc", arguments: filter("tag:Name", "demo"),
			want: map[string]any{"id": s.id("vpc")},
		},
		{
			name: "no VPC by its tags", function: "aws:ec2/getVpc:getVpc",
			arguments: map[string]any{"tags": map[string]any{"Name": "prod"}},
			fails:     "reading EC2 VPC: no matching resource found",
		},
		{
			name: "default VPC", function: "aws:ec2/getVpc:getVpc", arguments: map[string]any{"default": true},
			fails: "reading EC2 VPC: no matching EC2 VPC found",
		},
		{
			name: "subnet", function: "aws:ec2/getSubnet:getSubnet", arguments: map[string]any{"cidrBlock": "10.0.97.0/24"},
			want: map[string]any{
				"id": s.id("public-1"), "availabilityZone": "us-west-2b", "mapPublicIpOnLaunch": true,
				"availableIpAddressCount": 250.0, // 251 without the control plane's
			},
		},
		{
			name: "two subnets", function: "aws:ec2/getSubnet:getSubnet",
			arguments: map[string]any{"availabilityZone": "us-west-2b"},
			fails: "reading EC2 Subnet: multiple resources matched; use additional constraints to reduce matches to a single " +
				"one",
		},
		{
			name: "subnets", function: "aws:ec2/getSubnets:getSubnets", arguments: filter("vpc-id", "vpc-0"),
			want: map[string]any{"ids": []any{}},
		},
		{
			name: "policy", function: "aws:iam/getPolicyDocument:getPolicyDocument",
			arguments: map[string]any{"statements": []any{map[string]any{
				"sid": "a", "actions": []any{"sts:AssumeRole", "sts:TagSession"},
				"principals": []any{map[string]any{"type": "Service", "identifiers": []any{"pods.eks.amazonaws.com"}}},
				"conditions": []any{map[string]any{"test": "StringEquals", "variable": "aws:x", "values": []any{"<1>"}}},
			}}},
			want: map[string]any{
				"minifiedJson": `{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":["sts:TagSession",` +
					`"sts:AssumeRole"],"Principal":{"Service":"pods.eks.amazonaws.com"},"Condition":{"StringEquals":` +
					`{"aws:x":"<1>"}}}]}`,
			},
		},
		{
			name: "policy on top of another", function: "aws:iam/getPolicyDocument:getPolicyDocument",
			arguments: map[string]any{
				"sourcePolicyDocuments": []any{`{"Statement":[{"Sid":"a","Effect":"Deny","Action":"*"}]}`},
				"statements":            []any{map[string]any{"sid": "a", "actions": []any{"s3:*"}, "resources": []any{"*"}}},
			},
			want: map[string]any{
				"minifiedJson": `{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"s3:*",` +
					`"Resource":"*"}]}`,
			},
		},
		{
			name: "user's session", function: "aws:iam/getSessionContext:getSessionContext",
			arguments: map[string]any{"arn": administrator}, want: map[string]any{"issuerArn": administrator},
		},
		{
			name: "role's session", function: "aws:iam/getSessionContext:getSessionContext",
			arguments: map[string]any{"arn": "arn:aws:sts::" + account + ":assumed-role/demo-node/x"},
			want: map[string]any{
				"issuerArn": s.text("node-role", "arn"), "issuerName": "demo-node", "sessionName": "x",
			},
		},
		{
			name: "release of the image", function: "aws:ssm/getParameter:getParameter",
			arguments: map[string]any{
				"name": "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended/release_version",
			},
			want: map[string]any{"value": "1.35.3-20261105"},
		},
		{
			name: "role's session without a role", function: "aws:iam/getSessionContext:getSessionContext",
			arguments: map[string]any{"arn": "arn:aws:sts::" + account + ":assumed-role/none/x"},
			fails: iamError("reading IAM Session Context", "GetRole", "404",
				"NoSuchEntity: The role with name none cannot be found."),
		},
		{
			name: "unknown add-on", function: "aws:eks/getAddonVersion:getAddonVersion",
			arguments: map[string]any{"addonName": "x", "kubernetesVersion": "1.35"},
			fails:     "reading EKS Add-On version info: no version of add-on x is known for Kubernetes 1.35",
		},
		{
			name: "image", function: "aws:ssm/getParameter:getParameter",
			arguments: map[string]any{
				"name": "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended/image_id",
			},
			want: map[string]any{"type": "String", "value": "ami-000000000c6b21a74"},
		},
		{
			name: "unknown parameter", function: "aws:ssm/getParameter:getParameter", arguments: map[string]any{"name": "/x"},
			fails: serviceError("SSM", "reading SSM Parameter", "GetParameter", "ParameterNotFound: /x"),
		},
		{
			name: "cluster", function: "aws:eks/getCluster:getCluster", arguments: map[string]any{"name": "demo"},
			want: map[string]any{
				"endpoint": "https://127.0.0.1:1/demo", "vpcConfig": catalog.Plain(s.things["cluster"].state.Get("vpcConfig")),
			},
		},
		{
			name: "no cluster", function: "aws:eks/getCluster:getCluster", arguments: map[string]any{"name": "none"},
			fails: eksError("reading EKS Cluster", "DescribeCluster", "404",
				"ResourceNotFoundException: No cluster found for name: none."),
		},
		{
			name: "default version of an add-on", function: "aws:eks/getAddonVersion:getAddonVersion",
			arguments: map[string]any{"addonName": "coredns", "kubernetesVersion": "1.35"},
			want:      map[string]any{"version": "v1.13.2-eksbuild.4"},
		},
		{
			name: "newest version of an add-on", function: "aws:eks/getAddonVersion:getAddonVersion",
			arguments: map[string]any{"addonName": "coredns", "kubernetesVersion": "1.35", "mostRecent": true},
			want:      map[string]any{"version": "v1.14.3-eksbuild.11"},
		},
		{
			name: "unknown argument", function: "aws:index/getRegion:getRegion", arguments: map[string]any{"nam": "x"},
			fails: "nam: unknown property \"nam\"; known are endpoint, id, name",
		},
		{
			name: "unknown function", function: "aws:s3/getBucket:getBucket",
			fails: "function aws:s3/getBucket:getBucket is not simulated by the local cloud; simulated are " +
				strings.Join(aws.Functions(), ", "),
		},
	} {
		tested[test.function] = true
		result, err := w.invoke(test.function, test.arguments)
		if got := message(err); got != test.fails {
			t.Errorf("%s: got  %s\nwant %s", test.name, got, test.fails)
			continue
		}
		if err != nil {
			continue
		}
		got := map[string]any{}
		for name := range test.want {
			got[name] = catalog.Plain(result.Get(name))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", test.name, diff)
		}
		if failures := catalog.CheckObject(resultType(test.function), result); len(failures) > 0 {
			t.Errorf("%s: the result is not the SDK's: %v", test.name, failures)
		}
	}
	for _, token := range aws.Functions() {
		if !tested[token] {
			t.Errorf("no test calls %s", token)
		}
	}
}

func resultType(token string) reflect.Type { return catalog.Functions()[token].Outputs }

// A principal without rights may ask who it is, and nothing else.
func TestOutsider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server = w.plugin(1, nil)
	identity, err := w.invoke("aws:index/getCallerIdentity:getCallerIdentity", nil)
	if want := "arn:aws:iam::" + account + ":user/outsider"; err != nil || identity.Get("arn").AsString() != want {
		t.Errorf("got %v, %v", identity, err)
	}
	_, err = w.try(vpcType, "vpc", map[string]any{"cidrBlock": "10.0.0.0/16"})
	want := "creating EC2 VPC: operation error EC2: CreateVpc, https response error StatusCode: 403, RequestID: ID, api " +
		"error UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:iam::123456789012:" +
		"user/outsider is not authorized to perform: ec2:CreateVpc because no identity-based policy allows the " +
		"ec2:CreateVpc " +
		"action"
	if got := message(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if left := w.cloud.Resources(); len(left) > 0 {
		t.Errorf("made: %v", left)
	}
	var arns []string
	for _, known := range w.cloud.Credentials() {
		arns = append(arns, known.PrincipalARN)
	}
	iam := "arn:aws:iam::" + account + ":"
	if !slices.Equal(arns, []string{administrator, iam + "user/outsider", iam + "role/portal"}) {
		t.Errorf("principals are %v", arns)
	}
}
