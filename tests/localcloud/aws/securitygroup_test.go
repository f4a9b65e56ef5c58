package aws_test

import (
	"fmt"
	"testing"
)

func TestSecurityGroupRules(t *testing.T) {
	t.Parallel()
	before := append(networkSteps()[:1],
		step{"sg", sgType, with(map[string]any{"vpcId": from{"vpc", "id"}, "name": "web"})},
		step{"https", ruleType, with(map[string]any{
			"type": "ingress", "fromPort": 443, "toPort": 443, "protocol": "tcp", "cidrBlocks": []any{"0.0.0.0/0"},
			"securityGroupId": from{"sg", "id"},
		})},
	)
	https := func(changes map[string]any) func(*stack) error { return creatingStep(before, "https", changes) }
	runRules(t, []rule{
		{
			name: "no VPC", act: creating(sgType, map[string]any{}),
			want: ec2Error("creating Security Group ({any})", "CreateSecurityGroup",
				"VPCIdNotSpecified: No default VPC for this user"),
		},
		{
			name: "unknown VPC", act: creating(sgType, map[string]any{"vpcId": "vpc-0", "name": "x"}),
			want: ec2Error("creating Security Group (x)", "CreateSecurityGroup",
				"InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"),
		},
		{
			name: "name twice, ignoring case", before: before,
			act: creating(sgType, map[string]any{"vpcId": from{"vpc", "id"}, "name": "WEB"}),
			want: ec2Error("creating Security Group (WEB)", "CreateSecurityGroup",
				"InvalidGroup.Duplicate: The security group 'WEB' already exists for VPC '{vpc}'"),
		},
		{
			name: "reserved name", before: before,
			act: creating(sgType, map[string]any{"vpcId": from{"vpc", "id"}, "name": "default"}),
			want: ec2Error("creating Security Group (default)", "CreateSecurityGroup",
				"InvalidGroup.Reserved: The security group name 'default' is reserved"),
		},
		{
			name: "default group of no VPC", act: creating(defaultSGType, map[string]any{"vpcId": "vpc-0"}),
			want: ec2Error("creating Default Security Group", "DescribeSecurityGroups",
				"InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"),
		},
		{
			name: "inline rule from no group", before: before,
			act: creating(sgType, map[string]any{"vpcId": from{"vpc", "id"}, "name": "x", "ingress": []any{map[string]any{
				"protocol": "tcp", "fromPort": 1, "toPort": 2, "securityGroups": []any{"sg-0"},
			}}}),
			want: ec2Error("creating Security Group (x)", "CreateSecurityGroup",
				"InvalidGroup.NotFound: The security group 'sg-0' does not exist"),
		},
		{
			name: "inline rule twice", before: before,
			act: creating(sgType, map[string]any{"vpcId": from{"vpc", "id"}, "name": "x", "ingress": []any{
				map[string]any{"protocol": "tcp", "fromPort": 1, "toPort": 2, "cidrBlocks": []any{"0.0.0.0/0"}},
				map[string]any{"protocol": "tcp", "fromPort": 1, "toPort": 2, "cidrBlocks": []any{"1.0.0.0/8", "0.0.0.0/0"}},
			}}),
			want: ec2Error("creating Security Group (x)", "CreateSecurityGroup",
				"InvalidParameterValue: The same permission must not appear multiple times"),
		},
		{
			name: "rule twice", before: before, act: https(nil),
			want: ec2Error("creating Security Group Rule", "AuthorizeSecurityGroupIngress", "InvalidPermission.Duplicate: the "+
				"specified rule \"ingress tcp 443-443 0.0.0.0/0\" already exists"),
		},
		{
			name: "rule twice, in two types of resource", before: before,
			act: creating(ingressType, map[string]any{
				"securityGroupId": from{"sg", "id"}, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0",
			}),
			want: ec2Error("creating VPC Security Group Rule", "AuthorizeSecurityGroupIngress",
				"InvalidPermission.Duplicate: the specified rule \"ingress tcp 443-443 0.0.0.0/0\" already exists"),
		},
		{
			name: "egress twice", before: before,
			act: repeat(2, func(s *stack, i int) error {
				_, err := s.w.try(egressType, fmt.Sprint("egress-", i), map[string]any{
					"securityGroupId": s.id("sg"), "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0",
				})
				return err
			}),
			want: ec2Error("creating VPC Security Group Rule", "AuthorizeSecurityGroupEgress",
				"InvalidPermission.Duplicate: the specified rule \"egress -1 -1--1 0.0.0.0/0\" already exists"),
		},
		{
			name: "rule of no group", before: before, act: https(map[string]any{"securityGroupId": "sg-0"}),
			want: ec2Error("creating Security Group Rule", "AuthorizeSecurityGroupIngress",
				"InvalidGroup.NotFound: The security group 'sg-0' does not exist"),
		},
		{
			name: "rule from no group", before: before,
			act: https(map[string]any{"cidrBlocks": nil, "sourceSecurityGroupId": "sg-0"}),
			want: ec2Error("creating Security Group Rule", "AuthorizeSecurityGroupIngress",
				"InvalidGroup.NotFound: The security group 'sg-0' does not exist"),
		},
		{
			name: "ports backwards", before: before, act: https(map[string]any{"fromPort": 500}),
			want: ec2Error("creating Security Group Rule", "AuthorizeSecurityGroupIngress",
				"InvalidParameterValue: Invalid value for portRange. Port range 500-443 is invalid."),
		},
		{
			name: "ports of all protocols", before: before, act: https(map[string]any{"protocol": "-1"}),
			want: ec2Error("creating Security Group Rule", "AuthorizeSecurityGroupIngress", "InvalidParameterValue: from_port "+
				"(443) and to_port (443) must both be 0 to use the 'ALL' \"-1\" protocol!"),
		},
		{
			name: "61st rule", before: before,
			act: repeat(60, func(s *stack, i int) error {
				_, err := s.w.try(ingressType, "rule", map[string]any{
					"securityGroupId": s.id("sg"), "ipProtocol": "tcp", "fromPort": i, "toPort": i, "cidrIpv4": "0.0.0.0/0",
				})
				return err
			}),
			want: ec2Error("creating VPC Security Group Rule", "AuthorizeSecurityGroupIngress",
				"RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group (60) has been reached."),
		},
	})
}

func TestLaunchTemplateRules(t *testing.T) {
	t.Parallel()
	before := append(networkSteps()[:1],
		step{"sg", sgType, with(map[string]any{"vpcId": from{"vpc", "id"}, "name": "web"})},
		step{"template", templateType, fixed(map[string]any{"name": "nodes"})},
	)
	runRules(t, []rule{
		{
			name: "name twice", before: before, act: creating(templateType, map[string]any{"name": "nodes"}),
			want: ec2Error("creating EC2 Launch Template (nodes)", "CreateLaunchTemplate",
				"InvalidLaunchTemplateName.AlreadyExistsException: Launch template name already in use: nodes"),
		},
		{
			name: "unknown group", before: before,
			act: creating(templateType, map[string]any{"name": "x1x", "vpcSecurityGroupIds": []any{"sg-0"}}),
			want: ec2Error("creating EC2 Launch Template (x1x)", "CreateLaunchTemplate",
				"InvalidGroup.NotFound: The security group 'sg-0' does not exist"),
		},
		{
			name: "groups on both levels", before: before,
			act: creating(templateType, map[string]any{
				"name": "x1x", "vpcSecurityGroupIds": []any{from{"sg", "id"}},
				"networkInterfaces": []any{map[string]any{"securityGroups": []any{from{"sg", "id"}}}},
			}),
			want: ec2Error("creating EC2 Launch Template (x1x)", "CreateLaunchTemplate", "InvalidParameterCombination: Network "+
				"interfaces and an instance-level security groups may not be specified on the same request"),
		},
		{
			name: "default version that is not there", before: before,
			act: updating("template", map[string]any{"defaultVersion": 7}),
			want: ec2Error("updating EC2 Launch Template ({template})", "ModifyLaunchTemplate",
				"InvalidLaunchTemplateId.VersionNotFound: Could not find the specified version 7 for the launch template with "+
					"ID {template}."),
		},
	})
}

// Changing what a template launches makes a version; changing what describes the template does not.
func TestLaunchTemplateVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	template := w.create(templateType, "template", map[string]any{"instanceType": "t3.medium"})
	for _, test := range []struct {
		change           map[string]any
		latest, standard float64
	}{
		{map[string]any{"tags": map[string]any{"a": "b"}}, 1, 1},
		{map[string]any{"instanceType": "t3.large"}, 2, 1},
		{map[string]any{"instanceType": "t3.small", "updateDefaultVersion": true}, 3, 3},
	} {
		if err := w.update(template, test.change); err != nil {
			t.Fatal(err)
		}
		latest, standard := template.state.Get("latestVersion").AsNumber(), template.state.Get("defaultVersion").AsNumber()
		if latest != test.latest || standard != test.standard {
			t.Errorf("after %v: latest %v, default %v; want %v, %v", test.change, latest, standard, test.latest, test.standard)
		}
	}
}
