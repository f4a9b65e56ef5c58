package cluster

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestValidateAccess(t *testing.T) {
	t.Parallel()
	const ops = "arn:aws:iam::123456789012:role/ops"
	view := new(AccessPolicyView)
	type entry struct {
		spec AccessEntrySpec
		raw  map[string]property.Value
	}
	principal := func(arn string) map[string]property.Value {
		return map[string]property.Value{"principalArn": property.New(arn)}
	}
	grouped := func(groups property.Value) map[string]property.Value {
		return map[string]property.Value{"principalArn": property.New(ops), "kubernetesGroups": groups}
	}
	tests := map[string]struct {
		entries map[string]entry
		want    []string
	}{
		"none": {},
		"a role, a user, and a role with a path": {entries: map[string]entry{
			"a": {AccessEntrySpec{Policy: view}, principal(ops)},
			"b": {AccessEntrySpec{Policy: view}, principal("arn:aws:iam::123456789012:user/ann@example.com")},
			"c": {AccessEntrySpec{Policy: view}, principal("arn:aws-us-gov:iam::123456789012:role/a/b/ops")},
		}},
		"unknown": {entries: map[string]entry{"a": {raw: map[string]property.Value{
			"principalArn": property.New(property.Computed), "kubernetesGroups": property.New(property.Computed),
		}}}},
		"policy and groups": {entries: map[string]entry{"a": {
			AccessEntrySpec{Policy: view, Namespaces: []string{"payments", "team-*"}}, grouped(texts("auditors")),
		}}},
		"nothing to do": {
			entries: map[string]entry{"a": {AccessEntrySpec{}, principal(ops)}},
			want: []string{`access.entries["a"]: must have policy or kubernetesGroups, or the identity could do nothing in ` +
				`the cluster; add one`},
		},
		"a bad name": {
			entries: map[string]entry{"A_b": {AccessEntrySpec{Policy: view}, principal(ops)}},
			want: []string{`access.entries["A_b"]: must be a name of at most 32 lower-case letters, digits and hyphens; ` +
				`got "A_b"`},
		},
		"a session": {
			entries: map[string]entry{"a": {
				AccessEntrySpec{Policy: view}, principal("arn:aws:sts::123456789012:assumed-role/ops/ann"),
			}},
			want: []string{`access.entries["a"].principalArn: must be the ARN of an IAM role or user, and not of a session; ` +
				`got "arn:aws:sts::123456789012:assumed-role/ops/ann", give the session's role, ` +
				`arn:aws:iam::123456789012:role/ops, with its path if it has one`},
		},
		"a service-linked role": {
			entries: map[string]entry{"a": {AccessEntrySpec{Policy: view}, principal(
				"arn:aws:iam::123456789012:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS")}},
			want: []string{`access.entries["a"].principalArn: must not be a service-linked role, for EKS lets none in; got ` +
				`"arn:aws:iam::123456789012:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS", give a ` +
				`role of yours`},
		},
		"the root user": {
			entries: map[string]entry{"a": {AccessEntrySpec{Policy: view}, principal("arn:aws:iam::123456789012:root")}},
			want: []string{`access.entries["a"].principalArn: must be the ARN of an IAM role or user, such as ` +
				`arn:aws:iam::123456789012:role/ops; got "arn:aws:iam::123456789012:root"`},
		},
		"one identity twice": {
			entries: map[string]entry{
				"a": {AccessEntrySpec{Policy: view}, principal(ops)}, "b": {AccessEntrySpec{Policy: view}, principal(ops)},
			},
			want: []string{`access.entries["b"].principalArn: is that of access.entries["a"] too, and EKS takes one entry ` +
				`for each identity; put both into one`},
		},
		"reserved groups": {
			entries: map[string]entry{"a": {raw: grouped(texts("auditors", "system:masters", ""))}},
			want: []string{
				`access.entries["a"].kubernetesGroups[1]: must be the name of a group of yours, for EKS gives away none ` +
					`that begin with system:; got "system:masters", use policy ClusterAdmin in place of system:masters`,
				`access.entries["a"].kubernetesGroups[2]: must be the name of a group of yours, for EKS gives away none ` +
					`that begin with system:; got "", use policy ClusterAdmin in place of system:masters`,
			},
		},
		"no groups": {
			entries: map[string]entry{"a": {raw: grouped(texts())}},
			want: []string{
				`access.entries["a"].kubernetesGroups: must hold at least one group; leave it out for none`,
			},
		},
		"no namespaces": {
			entries: map[string]entry{"a": {AccessEntrySpec{Policy: view, Namespaces: []string{}}, principal(ops)}},
			want: []string{`access.entries["a"].namespaces: must hold at least one namespace; leave it out for the whole ` +
				`cluster`},
		},
		"namespaces of groups": {
			entries: map[string]entry{"a": {AccessEntrySpec{Namespaces: []string{"payments"}}, grouped(texts("auditors"))}},
			want: []string{`access.entries["a"].namespaces: has no effect without policy, for groups are bound in your own ` +
				`RoleBindings; leave it out or add policy`},
		},
		"what is no namespace": {
			entries: map[string]entry{"a": {
				AccessEntrySpec{Policy: view, Namespaces: []string{"payments", "Payments"}}, principal(ops),
			}},
			want: []string{`access.entries["a"].namespaces[1]: must be the name of a namespace, in which * stands for ` +
				`anything; got "Payments"`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := &AccessSpec{Entries: map[string]AccessEntrySpec{}}
			raw := map[string]property.Value{}
			for name, entry := range test.entries {
				spec.Entries[name] = entry.spec
				raw[name] = given(entry.raw)
			}
			compareViolations(t, test.want, spec.Validate("access", given(map[string]property.Value{"entries": given(raw)})))
		})
	}
}
