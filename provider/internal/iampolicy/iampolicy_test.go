package iampolicy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/iampolicy"
)

// TestEncode writes what IAM reads: names as they are, no names for what is not there, and ARNs with their signs.
func TestEncode(t *testing.T) {
	t.Parallel()
	got, err := iampolicy.Encode(iampolicy.Statement{
		Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: []string{"arn:aws:s3:::a&b/*"},
		Condition: iampolicy.Only("aws:ResourceTag/team", "platform"),
	})
	want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],` +
		`"Resource":["arn:aws:s3:::a&b/*"],"Condition":{"StringEquals":{"aws:ResourceTag/team":["platform"]}}}]}`
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, policy (-want +got):\n%s", err, diff)
	}
}

// TestServiceTrust writes a trust policy without a condition.
func TestServiceTrust(t *testing.T) {
	t.Parallel()
	got, err := iampolicy.ServiceTrust("ec2.amazonaws.com", nil)
	want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},` +
		`"Action":["sts:AssumeRole"]}]}`
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, policy (-want +got):\n%s", err, diff)
	}
}
