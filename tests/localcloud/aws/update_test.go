package aws_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// Changes in place arrive, and a look at the account afterwards agrees with the program.
func TestUpdates(t *testing.T) {
	t.Parallel()
	other := []step{
		{"other", vpcType, fixed(map[string]any{"cidrBlock": "10.1.0.0/16"})},
		{"key-2", keyType, fixed(map[string]any{})},
	}
	otherTrust := strings.ReplaceAll(trust("ec2.amazonaws.com"), "sts:AssumeRole", "sts:*")
	denyAll := `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`
	for _, test := range []struct {
		thing   string
		changes map[string]any
	}{
		{"vpc", map[string]any{"enableDnsHostnames": false, "enableNetworkAddressUsageMetrics": true}},
		{"public-0", map[string]any{"mapPublicIpOnLaunch": false}},
		{"private-0-route", map[string]any{"natGatewayId": nil, "gatewayId": from{"igw", "id"}}},
		{"private-0-association", map[string]any{"routeTableId": from{"private-1-table", "id"}}},
		{"public-table", map[string]any{"routes": []any{
			map[string]any{"cidrBlock": "1.0.0.0/8", "gatewayId": from{"igw", "id"}},
		}}},
		{"eip", map[string]any{"tags": map[string]any{"a": "b"}}},
		{"endpoint-s3", map[string]any{"routeTableIds": []any{from{"private-1-table", "id"}}}},
		{"endpoint-ec2", map[string]any{"subnetIds": []any{from{"private-1", "id"}}, "privateDnsEnabled": false}},
		{"flow-log", map[string]any{"tags": map[string]any{"a": "b"}}},
		{"tag", map[string]any{"value": "2"}},
		{"cluster-sg", map[string]any{"ingress": []any{map[string]any{
			"protocol": "tcp", "fromPort": 1, "toPort": 2, "cidrBlocks": []any{"1.0.0.0/8"},
		}}}},
		{"default-sg", map[string]any{"ingress": []any{map[string]any{
			"protocol": "-1", "fromPort": 0, "toPort": 0, "self": true,
		}}}},
		{"node-sg-in", map[string]any{"cidrIpv4": "10.1.0.0/16", "description": "x"}},
		{"node-sg-self", map[string]any{"description": "x"}},
		{"node-role", map[string]any{"assumeRolePolicy": otherTrust, "description": "nodes"}},
		{"identity-policy", map[string]any{"policy": denyAll}},
		{"managed-policy", map[string]any{"policy": denyAll}},
		{"volumes-policies", map[string]any{"policyArns": []any{
			"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess",
		}}},
		{"profile", map[string]any{"role": from{"identity-role", "id"}}},
		{"oidc", map[string]any{"clientIdLists": []any{"x"}, "thumbprintLists": []any{strings.Repeat("a", 40)}}},
		{"key", map[string]any{"description": "x", "rotationPeriodInDays": 90}},
		{"alias", map[string]any{"targetKeyId": from{"key-2", "id"}}},
		{"log-group", map[string]any{"retentionInDays": 7}},
		{"object", map[string]any{"content": "a: 2", "contentType": "text/yaml"}},
		{"cluster", map[string]any{
			"enabledClusterLogTypes": []any{"api"},
			"vpcConfig":              map[string]any{"publicAccessCidrs": []any{"44.0.0.0/8"}},
			"upgradePolicy":          map[string]any{"supportType": "EXTENDED"},
		}},
		{"nodes", map[string]any{"updateConfig": map[string]any{"maxUnavailablePercentage": 50}}},
		{"coredns", map[string]any{"configurationValues": `{"replicaCount":3}`, "addonVersion": "v1.14.3-eksbuild.11"}},
		{"admin-entry", map[string]any{"kubernetesGroups": []any{"a"}}},
		{"identity", map[string]any{"tags": map[string]any{"a": "b"}}},
	} {
		t.Run(test.thing, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := w.build(append(allSteps(), other...))
			r := s.things[test.thing]
			inputs := catalog.PlainMap(r.given)
			change(inputs, with(test.changes)(s))
			r.given = catalog.FromPlainMap(inputs)
			inputs = catalog.PlainMap(r.given) // with numbers as they come back
			if err := w.update(r, nil); err != nil {
				t.Fatal(err)
			}
			read, state, _ := w.read(r)
			if diff := cmp.Diff(catalog.PlainMap(r.inputs), catalog.PlainMap(read)); diff != "" {
				t.Errorf("inputs:\n%s", diff)
			}
			for name := range test.changes {
				want, got := inputs[name], catalog.Plain(state.Get(name))
				if below, isObject := want.(map[string]any); isObject {
					// What AWS fills in beside is not asked for here.
					got = only(got.(map[string]any), below)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s in the state:\n%s", name, diff)
				}
			}
			r.state = state
			if changed := w.diff(r, r.inputs).GetDetailedDiff(); len(changed) > 0 {
				t.Errorf("the next up changes %v", changed)
			}
		})
	}
}

func only(object, names map[string]any) map[string]any {
	kept := map[string]any{}
	for name := range names {
		kept[name] = object[name]
	}
	return kept
}

// Rules that hold for changes as they hold at the start.
func TestUpdateRules(t *testing.T) {
	t.Parallel()
	everything := allSteps()
	otherVPC := step{"other", vpcType, fixed(map[string]any{"cidrBlock": "10.1.0.0/16"})}
	otherTable := step{"other-table", tableType, with(map[string]any{"vpcId": from{"other", "id"}})}
	runRules(t, []rule{
		{
			name: "internet gateway in use to another VPC", before: append(everything, otherVPC),
			act: updating("igw", map[string]any{"vpcId": from{"other", "id"}}),
			want: ec2Error("updating EC2 Internet Gateway ({igw})", "DetachInternetGateway", "DependencyViolation: Network "+
				"{vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."),
		},
		{
			name: "internet gateway to another VPC", before: append(networkSteps()[:2:2], otherVPC),
			act: updating("igw", map[string]any{"vpcId": from{"other", "id"}}),
		},
		{
			name: "route to another VPC's gateway", before: append(networkSteps(), otherVPC,
				step{"other-igw", igwType, with(map[string]any{"vpcId": from{"other", "id"}})}),
			act: updating("public-route", map[string]any{"gatewayId": from{"other-igw", "id"}}),
			want: ec2Error("updating EC2 Route ({public-route})", "ReplaceRoute",
				"InvalidParameterValue: route table and network gateway {other-igw} belong to different networks"),
		},
		{
			name: "table of another VPC", before: append(networkSteps(), otherVPC, otherTable),
			act: updating("public-0-association", map[string]any{"routeTableId": from{"other-table", "id"}}),
			want: ec2Error("updating EC2 Route Table Association ({public-0-association})", "ReplaceRouteTableAssociation",
				"InvalidParameterValue: route table {other-table} and subnet {public-0} belong to different networks"),
		},
		{
			name: "trust in a service that is none", before: everything,
			act: updating("node-role", map[string]any{"assumeRolePolicy": trust("x")}),
			want: iamError("updating IAM Role (demo-node)", "UpdateAssumeRolePolicy", "400",
				"MalformedPolicyDocument: Invalid principal in policy: \"SERVICE\":\"x\""),
		},
		{
			name: "broken policy", before: everything, act: updating("managed-policy", map[string]any{"policy": "{}"}),
			want: iamError("updating IAM Policy ({managed-policy})", "CreatePolicyVersion", "400",
				"MalformedPolicyDocument: syntax errors in policy: no statement"),
		},
		{
			name: "broken inline policy", before: everything, act: updating("identity-policy", map[string]any{"policy": "{}"}),
			want: iamError("updating IAM Role Policy ({identity-policy})", "PutRolePolicy", "400",
				"MalformedPolicyDocument: syntax errors in policy: no statement"),
		},
		{
			name: "six thumbprints", before: everything,
			act: func(s *stack) error {
				var thumbprints []any
				for i := range 6 {
					thumbprints = append(thumbprints, strings.Repeat(fmt.Sprint(i), 40))
				}
				return updating("oidc", map[string]any{"thumbprintLists": thumbprints})(s)
			},
			want: iamError("updating IAM OIDC Provider ({oidc})", "UpdateOpenIDConnectProviderThumbprint", "400",
				"InvalidInput: Thumbprint list must contain fewer than 5 entries."),
		},
		{
			name: "51 tags", before: everything,
			act: func(s *stack) error {
				tags := map[string]any{}
				for i := range 51 {
					tags[fmt.Sprint(i)] = "x"
				}
				return updating("log-group", map[string]any{"tags": tags})(s)
			},
			want: serviceError("CloudWatch Logs", "updating CloudWatch Logs Log Group (/aws/eks/demo/cluster)",
				"PutRetentionPolicy", "TooManyTagsException: The resource has 51 tags; at most 50 are allowed."),
		},
		{
			name: "long tag", before: everything,
			act: updating("key", map[string]any{"tags": map[string]any{strings.Repeat("x", 129): "y"}}),
			want: serviceError("KMS", "updating KMS Key ({key})", "PutKeyPolicy", "TagException: Tag key exceeds the maximum "+
				"length of 128 characters: \""+strings.Repeat("x", 129)+"\"."),
		},
		{
			name: "long value of a tag", before: everything,
			act: updating("nodes", map[string]any{"tags": map[string]any{"x": strings.Repeat("y", 257)}}),
			want: eksError("updating EKS Node Group (demo:default)", "UpdateNodegroupConfig", "400",
				"InvalidParameterException: "+
					"The value of tag \"x\" exceeds the maximum length of 256 characters."),
		},
		{
			name: "NAT gateway that failed", before: networkSteps()[:7],
			act: func(s *stack) error {
				failed, err := s.w.try(natType, "nat", map[string]any{"subnetId": s.id("public-0"), "allocationId": "none"})
				if failed == nil {
					return err
				}
				s.remember("failed", failed)
				return s.w.update(failed, nil)
			},
			want: "updating EC2 NAT Gateway ({failed}): the gateway is in state 'failed' and stays so: replace it",
		},
		{
			name: "what is gone", before: networkSteps()[:1],
			act: func(s *stack) error {
				return errors.Join(s.w.remove(s.things["vpc"]), s.w.update(s.things["vpc"], nil))
			},
			want: "updating EC2 VPC ({vpc}): couldn't find resource",
		},
	})
}

// A role takes with it what the provider removes for it.
func TestRoleRemoval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := w.create(roleType, "role", map[string]any{
		"assumeRolePolicy": trust("ec2.amazonaws.com"), "forceDetachPolicies": true,
	})
	profile := w.create(profileType, "profile", map[string]any{"role": role.id})
	w.create(attachmentType, "attachment", map[string]any{
		"role": role.id, "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
	})
	w.create(rolePolicyType, "inline", map[string]any{"role": role.id, "policy": allowList})
	if err := w.remove(role); err != nil {
		t.Fatal(err)
	}
	if _, state, ok := w.read(profile); !ok || !state.Get("role").IsNull() {
		t.Errorf("the instance profile is %v, there: %v", state, ok)
	}
	if left := len(w.cloud.Resources()); left != 1 {
		t.Errorf("left: %v", w.cloud.Resources())
	}
}

// A log group that is to stay is forgotten by the program, and left in the account.
func TestLogGroupSkipDestroy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group := w.create(logGroupType, "group", map[string]any{"skipDestroy": true})
	if err := w.remove(group); err != nil {
		t.Fatal(err)
	}
	if left := len(w.cloud.Resources()); left != 1 {
		t.Errorf("left: %v", w.cloud.Resources())
	}
}

// What cannot be written has not happened.
func TestStateThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kept := w.create(eipType, "kept", map[string]any{})
	folder := filepath.Dir(w.options.StatePath)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	_, err := w.try(eipType, "lost", map[string]any{})
	if want := "creating EC2 EIP: writing account state: "; !strings.HasPrefix(message(err), want) {
		t.Errorf("got %v, want %s…", err, want)
	}
	if left := w.cloud.Resources(); len(left) != 1 || left[0].ID != kept.id {
		t.Errorf("the account has %v", left)
	}
}
