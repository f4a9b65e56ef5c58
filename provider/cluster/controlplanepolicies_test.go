package cluster

import (
	"encoding/json"
	"path"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/iampolicy"
)

// TestPolicies holds the policies to their text: what a role or a key may do is read here and nowhere else.
func TestPolicies(t *testing.T) {
	t.Parallel()
	const role = "arn:aws-cn:iam::123456789012:role/prod-cluster"
	tests := map[string]struct {
		render func() (string, error)
		want   string
	}{
		"key": {
			render: func() (string, error) { return keyPolicy("aws-cn", "123456789012", role) },
			want: `{"Version":"2012-10-17","Statement":[{"Sid":"Administration","Effect":"Allow",` +
				`"Principal":{"AWS":"arn:aws-cn:iam::123456789012:root"},"Action":["kms:CancelKeyDeletion","kms:Create*",` +
				`"kms:Delete*","kms:Describe*","kms:Disable*","kms:Enable*","kms:Get*","kms:List*","kms:Put*","kms:Revoke*",` +
				`"kms:RotateKeyOnDemand","kms:ScheduleKeyDeletion","kms:TagResource","kms:UntagResource","kms:Update*"],` +
				`"Resource":["*"]},{"Sid":"Secrets","Effect":"Allow","Principal":{"AWS":"` + role + `"},` +
				`"Action":["kms:Decrypt","kms:DescribeKey","kms:Encrypt","kms:ListGrants"],"Resource":["*"]}]}`,
		},
		"use of a key": {
			render: func() (string, error) { return keyUsePolicy("arn:aws:kms:us-west-2:123456789012:key/a") },
			want: `{"Version":"2012-10-17","Statement":[{"Sid":"Secrets","Effect":"Allow",` +
				`"Action":["kms:Decrypt","kms:DescribeKey","kms:Encrypt","kms:ListGrants"],` +
				`"Resource":["arn:aws:kms:us-west-2:123456789012:key/a"]}]}`,
		},
		"no log groups": {
			render: noLogGroups,
			want: `{"Version":"2012-10-17","Statement":[{"Sid":"NoLogGroups","Effect":"Deny",` +
				`"Action":["logs:CreateLogGroup"],"Resource":["*"]}]}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := test.render()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("policy (-want +got):\n%s", diff)
			}
		})
	}
}

// TestKeyPolicyIsTight proves that the account can administer the key, so that nobody is locked out, and that it cannot
// read Secrets with it.
func TestKeyPolicyIsTight(t *testing.T) {
	t.Parallel()
	text, err := keyPolicy("aws", "123456789012", "arn:aws:iam::123456789012:role/prod-cluster")
	if err != nil {
		t.Fatal(err)
	}
	var policy struct{ Statement []iampolicy.Statement }
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		t.Fatal(err)
	}
	mayDo := func(principal, action string) bool {
		for _, statement := range policy.Statement {
			for _, pattern := range statement.Action {
				if ok, err := path.Match(pattern, action); err == nil && ok && statement.Principal["AWS"] == principal {
					return true
				}
			}
		}
		return false
	}
	const account = "arn:aws:iam::123456789012:root"
	for action, want := range map[string]bool{
		"kms:PutKeyPolicy": true, "kms:CreateGrant": true, "kms:DescribeKey": true, "kms:ScheduleKeyDeletion": true,
		"kms:EnableKeyRotation": true, "kms:CreateAlias": true, "kms:TagResource": true,
		"kms:Decrypt": false, "kms:Encrypt": false, "kms:ReEncryptFrom": false, "kms:GenerateDataKey": false,
	} {
		if got := mayDo(account, action); got != want {
			t.Errorf("the account may %s: got %t, want %t", action, got, want)
		}
	}
}
