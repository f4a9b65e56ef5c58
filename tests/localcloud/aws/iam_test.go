package aws_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// long is a policy with more than size characters.
func long(size int) string {
	return strings.Replace(allowList, "s3:ListBucket", strings.Repeat("x", size), 1)
}

func TestIAMRules(t *testing.T) {
	t.Parallel()
	role := step{"role", roleType, fixed(map[string]any{"name": "Alpha", "assumeRolePolicy": trust("ec2.amazonaws.com")})}
	policy := step{"policy", policyType, fixed(map[string]any{"name": "Beta", "policy": allowList})}
	profile := step{"profile", profileType, with(map[string]any{"name": "Gamma", "role": from{"role", "id"}})}
	issuer := step{"oidc", oidcType, fixed(map[string]any{"url": "https://a.test/b", "clientIdLists": []any{"x"}})}
	roleWith := func(trustPolicy string) func(*stack) error {
		return creating(roleType, map[string]any{"name": "x", "assumeRolePolicy": trustPolicy})
	}
	doing := "creating IAM Role (x)"
	malformed := func(text string) string {
		return iamError(doing, "CreateRole", "400", "MalformedPolicyDocument: "+text)
	}
	runRules(t, []rule{
		{
			name: "role name twice, ignoring case", before: []step{role},
			act: creating(roleType, map[string]any{"name": "alpha", "assumeRolePolicy": trust("ec2.amazonaws.com")}),
			want: iamError("creating IAM Role (alpha)", "CreateRole", "409",
				"EntityAlreadyExists: Role with name alpha already exists."),
		},
		{name: "trust without principal", act: roleWith(allowList), want: malformed("missing required field Principal")},
		{name: "trust without a statement", act: roleWith("{}"), want: malformed("syntax errors in policy: no statement")},
		{
			name: "trust without action", act: roleWith(`{"Statement":{"Effect":"Allow","Principal":"*"}}`),
			want: malformed("policy statement must contain actions"),
		},
		{
			name: "trust of another age", act: roleWith(strings.Replace(trust("ec2.amazonaws.com"), "2012", "2022", 1)),
			want: malformed("the policy version \"2022-10-17\" must be 2012-10-17"),
		},
		{
			name: "trust with a resource",
			act:  roleWith(`{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*"}}`),
			want: malformed("has prohibited field Resource"),
		},
		{
			name: "neither allowed nor denied", act: roleWith(`{"Statement":{"Effect":"Maybe","Action":"x","Principal":"*"}}`),
			want: malformed("invalid effect \"Maybe\": Allow or Deny"),
		},
		{
			name: "policy without a resource",
			act: creating(policyType, map[string]any{
				"name": "x", "policy": `{"Statement":{"Effect":"Allow","Action":"s3:*"}}`,
			}),
			want: iamError("creating IAM Policy (x)", "CreatePolicy", "400",
				"MalformedPolicyDocument: policy statement must contain resources"),
		},
		{
			name: "statement twice",
			act: creating(policyType, map[string]any{
				"name": "x", "policy": `{"Statement":[{"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"},` +
					`{"Sid":"a","Effect":"Allow","NotAction":"s3:*","NotResource":"*"}]}`,
			}),
			want: iamError("creating IAM Policy (x)", "CreatePolicy", "400",
				"MalformedPolicyDocument: statement IDs (SID) in a single policy must be unique: \"a\""),
		},
		{
			name: "broken inline policy of a role",
			act: creating(roleType, map[string]any{
				"name": "x", "assumeRolePolicy": trust("ec2.amazonaws.com"),
				"inlinePolicies": []any{map[string]any{"name": "a", "policy": "{}"}},
			}),
			want: iamError(doing, "PutRolePolicy", "400",
				"MalformedPolicyDocument: syntax errors in policy: no statement"),
		},
		{
			name: "unknown service", act: roleWith(trust("ec2.example.com")),
			want: malformed("Invalid principal in policy: \"SERVICE\":\"ec2.example.com\""),
		},
		{
			name: "unknown role as principal",
			act: roleWith(`{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::` +
				account +
				`:role/none"}}}`),
			want: malformed("Invalid principal in policy: \"AWS\":\"arn:aws:iam::" + account + ":role/none\""),
		},
		{
			name: "long trust policy", act: roleWith(strings.Replace(trust("ec2.amazonaws.com"), "sts:",
				strings.Repeat("x", 2048), 1)),
			want: iamError(doing, "CreateRole", "409", "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"),
		},
		{
			name: "unknown boundary",
			act: creating(roleType, map[string]any{
				"name": "x", "assumeRolePolicy": trust("ec2.amazonaws.com"), "permissionsBoundary": "arn:aws:iam::aws:policy/None",
			}),
			want: iamError(doing, "CreateRole", "404",
				"NoSuchEntity: Scope ARN: arn:aws:iam::aws:policy/None does not exist or is not attachable."),
		},
		{
			name: "unknown managed policy of a role",
			act: creating(roleType, map[string]any{
				"name": "x", "assumeRolePolicy": trust("ec2.amazonaws.com"),
				"managedPolicyArns": []any{"arn:aws:iam::aws:policy/None"},
			}),
			want: iamError(doing, "AttachRolePolicy", "404",
				"NoSuchEntity: Policy arn:aws:iam::aws:policy/None does not exist or is not attachable."),
		},
		{
			name: "tags that differ in case",
			act: creating(roleType, map[string]any{
				"name": "x", "assumeRolePolicy": trust("ec2.amazonaws.com"), "tags": map[string]any{"A": "1", "a": "2"},
			}),
			want: iamError(doing, "CreateRole", "400",
				"InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive: \"A\", \"a\"."),
		},
		{
			name: "attachment to no role",
			act: creating(attachmentType, map[string]any{"role": "none",
				"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
			want: iamError("creating IAM Role Policy Attachment", "AttachRolePolicy", "404",
				"NoSuchEntity: The role with name none cannot be found."),
		},
		{
			name: "attachment of no policy", before: []step{role},
			act: creating(attachmentType, map[string]any{"role": "Alpha", "policyArn": "arn:aws:iam::aws:policy/None"}),
			want: iamError("creating IAM Role Policy Attachment", "AttachRolePolicy", "404",
				"NoSuchEntity: Policy arn:aws:iam::aws:policy/None does not exist or is not attachable."),
		},
		{
			name: "policies of no role",
			act:  creating(exclusiveType, map[string]any{"roleName": "none", "policyArns": []any{"arn:aws:iam::aws:policy/A"}}),
			want: iamError("creating IAM Role Policy Attachments Exclusive (none)", "AttachRolePolicy", "404",
				"NoSuchEntity: The role with name none cannot be found."),
		},
		{
			name: "policies of a role, one of which there is not", before: []step{role},
			act: creating(exclusiveType, map[string]any{
				"roleName": "Alpha", "policyArns": []any{"arn:aws:iam::aws:policy/None"},
			}),
			want: iamError("creating IAM Role Policy Attachments Exclusive (Alpha)", "AttachRolePolicy", "404",
				"NoSuchEntity: Policy arn:aws:iam::aws:policy/None does not exist or is not attachable."),
		},
		{
			name: "eleven policies of a role at once", before: []step{role},
			act: func(s *stack) error {
				var arns []any
				for i := range 11 {
					arns = append(arns, s.w.create(policyType, fmt.Sprint("policy-", i), map[string]any{"policy": allowList}).id)
				}
				return creating(exclusiveType, map[string]any{"roleName": "Alpha", "policyArns": arns})(s)
			},
			want: iamError("creating IAM Role Policy Attachments Exclusive (Alpha)", "AttachRolePolicy", "409",
				"LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10"),
		},
		{
			name: "role whose policies nobody detaches",
			before: []step{role, {"policies", exclusiveType, with(map[string]any{
				"roleName": from{"role", "id"}, "policyArns": []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
			})}},
			act: func(s *stack) error {
				return errors.Join(s.w.remove(s.things["policies"]), s.w.remove(s.things["role"]))
			},
			want: iamError("deleting IAM Role (Alpha)", "DeleteRole", "409",
				"DeleteConflict: Cannot delete entity, must detach all policies first."),
		},
		{
			name: "eleventh policy of a role", before: []step{role},
			act: repeat(11, func(s *stack, i int) error {
				policy := s.w.create(policyType, fmt.Sprint("policy-", i), map[string]any{"policy": allowList})
				_, err := s.w.try(attachmentType, "attachment", map[string]any{"role": "Alpha", "policyArn": policy.id})
				return err
			}),
			want: iamError("creating IAM Role Policy Attachment", "AttachRolePolicy", "409",
				"LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10"),
		},
		{
			name: "policy name twice", before: []step{policy},
			act: creating(policyType, map[string]any{"name": "beta", "policy": allowList}),
			want: iamError("creating IAM Policy (beta)", "CreatePolicy", "409",
				"EntityAlreadyExists: A policy called beta already exists. Duplicate names are not allowed."),
		},
		{
			name: "long policy", act: creating(policyType, map[string]any{"name": "x", "policy": long(6144)}),
			want: iamError("creating IAM Policy (x)", "CreatePolicy", "409",
				"LimitExceeded: Cannot exceed quota for PolicySize: 6144"),
		},
		{
			name: "policy with a principal", act: creating(policyType, map[string]any{
				"name": "x", "policy": trust("ec2.amazonaws.com"),
			}),
			want: iamError("creating IAM Policy (x)", "CreatePolicy", "400",
				"MalformedPolicyDocument: policy document should not specify a principal"),
		},
		{
			name: "policy on no ARN",
			act: creating(policyType, map[string]any{
				"name": "x", "policy": strings.Replace(allowList, `"*"`, `"bucket"`, 1),
			}),
			want: iamError("creating IAM Policy (x)", "CreatePolicy", "400",
				"MalformedPolicyDocument: resource bucket must be in ARN format or \"*\""),
		},
		{
			name: "long inline policies", before: []step{role},
			act: repeat(2, func(s *stack, i int) error {
				_, err := s.w.try(rolePolicyType, fmt.Sprint("p", i), map[string]any{
					"name": fmt.Sprint("p", i), "role": "Alpha", "policy": long(6000),
				})
				return err
			}),
			want: iamError("creating IAM Role Policy (p1)", "PutRolePolicy", "409",
				"LimitExceeded: Maximum policy size of 10240 bytes exceeded for role Alpha"),
		},
		{
			name: "instance profile twice", before: []step{role, profile},
			act: creating(profileType, map[string]any{"name": "gamma"}),
			want: iamError("creating IAM Instance Profile (gamma)", "CreateInstanceProfile", "409",
				"EntityAlreadyExists: Instance Profile gamma already exists."),
		},
		{
			name: "instance profile of no role", act: creating(profileType, map[string]any{"name": "x", "role": "none"}),
			want: iamError("creating IAM Instance Profile (x)", "CreateInstanceProfile", "404",
				"NoSuchEntity: The role with name none cannot be found."),
		},
		{
			name: "issuer twice", before: []step{issuer},
			act: creating(oidcType, map[string]any{"url": "https://a.test/b", "clientIdLists": []any{"y"}}),
			want: iamError("creating IAM OIDC Provider", "CreateOpenIDConnectProvider", "409",
				"EntityAlreadyExists: Provider with url https://a.test/b already exists."),
		},
		{
			name: "role in use by an attachment", before: []step{role, policy,
				{"attachment", attachmentType, with(map[string]any{
					"role": "Alpha", "policyArn": from{"policy", "id"},
				})}},
			act: deleting("role"),
			want: iamError("deleting IAM Role (Alpha)", "DeleteRole", "409",
				"DeleteConflict: Cannot delete entity, must detach all policies first."),
		},
		{
			name: "role in use by an inline policy", before: []step{role, {"inline", rolePolicyType, fixed(map[string]any{
				"role": "Alpha", "policy": allowList,
			})}},
			act: deleting("role"),
			want: iamError("deleting IAM Role (Alpha)", "DeleteRole", "409",
				"DeleteConflict: Cannot delete entity, must delete policies first."),
		},
		{
			name: "policy in use", before: []step{role, policy, {"attachment", attachmentType, with(map[string]any{
				"role": "Alpha", "policyArn": from{"policy", "id"},
			})}},
			act: deleting("policy"),
			want: iamError("deleting IAM Policy ({policy})", "DeletePolicy", "409",
				"DeleteConflict: Cannot delete a policy attached to entities."),
		},
	})
}

// A list of a role's policies that is said to be all of them takes others away, whoever attached them.
func TestExclusiveAttachments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build([]step{
		{"role", roleType, fixed(map[string]any{"assumeRolePolicy": trust("ec2.amazonaws.com")})},
		attach("role", "AmazonEKSWorkerNodePolicy"), attach("role", "ReadOnlyAccess"),
		{"policies", exclusiveType, with(map[string]any{
			"roleName": from{"role", "id"},
			"policyArns": []any{
				"arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
			},
		})},
	})
	if _, _, ok := w.read(s.things["role-ReadOnlyAccess"]); ok {
		t.Error("a policy that is not listed is still attached")
	}
	_, state, _ := w.read(s.things["role"])
	want := []any{"arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
	if diff := cmp.Diff(want, catalog.Plain(state.Get("managedPolicyArns"))); diff != "" {
		t.Errorf("policies of the role (-want +got):\n%s", diff)
	}
	if err := updating("policies", map[string]any{"policyArns": []any{}})(s); err != nil {
		t.Fatalf("a list of none: %v", err)
	}
	_, state, _ = w.read(s.things["role"])
	if left := state.Get("managedPolicyArns"); !left.IsNull() {
		t.Errorf("policies of the role after a list of none: %v", catalog.Plain(left))
	}
}
