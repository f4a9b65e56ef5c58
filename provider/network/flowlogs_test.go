package network

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFlowLogPolicies spells out who may write flow logs, and where: a line more is a right more.
func TestFlowLogPolicies(t *testing.T) {
	t.Parallel()
	trust, err := flowLogTrust("arn:aws-cn:ec2:cn-north-1:123456789012:vpc/vpc-0123456789abcdef0")
	if err != nil {
		t.Fatal(err)
	}
	wantTrust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":["sts:AssumeRole"],"Condition":{` +
		`"ArnLike":{"aws:SourceArn":["arn:aws-cn:ec2:cn-north-1:123456789012:vpc-flow-log/*"]},` +
		`"StringEquals":{"aws:SourceAccount":["123456789012"]}}}]}`
	if diff := cmp.Diff(wantTrust, trust); diff != "" {
		t.Errorf("trust policy (-want +got):\n%s", diff)
	}
	if _, err := flowLogTrust("vpc-0123456789abcdef0"); err == nil {
		t.Error("a trust policy was made without an account")
	}
	policy, err := flowLogPolicy("arn:aws:logs:us-west-2:123456789012:log-group:flow")
	if err != nil {
		t.Fatal(err)
	}
	wantPolicy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":["logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogStreams"],` +
		`"Resource":["arn:aws:logs:us-west-2:123456789012:log-group:flow",` +
		`"arn:aws:logs:us-west-2:123456789012:log-group:flow:*"]},` +
		`{"Effect":"Allow","Action":["logs:DescribeLogGroups"],"Resource":["*"]}]}`
	if diff := cmp.Diff(wantPolicy, policy); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
}
