package aws_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

const flowLogPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream",` +
	`"logs:PutLogEvents","logs:DescribeLogStreams"],"Resource":"arn:aws:logs:us-west-2:123456789012:log-group:flow:*"},` +
	`{"Effect":"Allow","Action":"logs:DescribeLogGroups","Resource":"*"}]}`

// flowLogSteps are a flow log with what it needs, and a tag on an internet gateway that another program could have
// made.
func flowLogSteps() []step {
	return []step{
		{"flow-group", logGroupType, fixed(map[string]any{"name": "flow", "retentionInDays": 7})},
		{"flow-role", roleType, fixed(map[string]any{
			"name": "flow", "assumeRolePolicy": trust("vpc-flow-logs.amazonaws.com"),
		})},
		{"flow-policy", rolePolicyType, with(map[string]any{"role": from{"flow-role", "id"}, "policy": flowLogPolicy})},
		{"flow-log", flowLogType, with(flowLog())},
		{"tag", tagType, with(map[string]any{"resourceId": from{"igw", "id"}, "key": "owner", "value": "network"})},
	}
}

func flowLog() map[string]any {
	return map[string]any{
		"vpcId": from{"vpc", "id"}, "trafficType": "ALL", "logDestination": from{"flow-group", "arn"},
		"iamRoleArn": from{"flow-role", "arn"},
	}
}

func TestFlowLogRules(t *testing.T) {
	t.Parallel()
	before := slices.Clip(append(networkSteps()[:1:1], flowLogSteps()[:3]...))
	changed := func(changes map[string]any) map[string]any {
		inputs := flowLog()
		change(inputs, changes)
		return inputs
	}
	const doing = "creating Flow Log ({vpc})"
	refused := func(code string) string { return ec2Error(doing, "CreateFlowLogs", code) }
	undelivered := func(why string) string {
		return doing + ": the flow log would not be delivered: " + why + " (local cloud)"
	}
	mayNot := func(action, resource string) string {
		return undelivered("role flow may not call " + action + " on " + resource)
	}
	const group = "arn:aws:logs:us-west-2:123456789012:log-group:flow"
	policy := func(from, to string) []step {
		return changeStep(before, "flow-policy", map[string]any{"policy": strings.Replace(flowLogPolicy, from, to, 1)})
	}
	runRules(t, []rule{
		{
			name: "in no VPC", before: before, act: creating(flowLogType, changed(map[string]any{"vpcId": "vpc-0"})),
			want: ec2Error("creating Flow Log (vpc-0)", "CreateFlowLogs",
				"InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"),
		},
		{
			name: "of no traffic", before: before, act: creating(flowLogType, changed(map[string]any{"trafficType": nil})),
			want: refused("MissingParameter: The request must contain the parameter TrafficType"),
		},
		{
			name: "without a role", before: before, act: creating(flowLogType, changed(map[string]any{"iamRoleArn": nil})),
			want: refused("InvalidParameter: DeliverLogsPermissionArn can't be empty if LogDestinationType is " +
				"cloud-watch-logs"),
		},
		{
			name: "to nowhere", before: before, act: creating(flowLogType, changed(map[string]any{"logDestination": nil})),
			want: refused("InvalidParameter: LogDestination or LogGroupName is required"),
		},
		{
			name: "to a bucket", before: before,
			act:  creating(flowLogType, changed(map[string]any{"logDestinationType": "s3"})),
			want: doing + ": flow logs to s3 are not simulated by the local cloud",
		},
		{
			name: "twice", before: append(before, flowLogSteps()[3]),
			act: creating(flowLogType, changed(map[string]any{"trafficType": "REJECT"})),
			want: refused("FlowLogAlreadyExists: Error. There is an existing Flow Log with the same configuration and log " +
				"destination."),
		},
		{
			name: "with a role of another service", act: creating(flowLogType, flowLog()),
			before: changeStep(before, "flow-role", map[string]any{"assumeRolePolicy": trust("ec2.amazonaws.com")}),
			want:   refused("InvalidParameter: Unable to assume given IAM role"),
		},
		{
			name: "with no role of that name", before: before,
			act:  creating(flowLogType, changed(map[string]any{"iamRoleArn": "arn:aws:iam::" + account + ":role/x"})),
			want: refused("InvalidParameter: Unable to assume given IAM role"),
		},
		{
			name: "without a log group", before: before,
			act:  creating(flowLogType, changed(map[string]any{"logDestination": group + "-2"})),
			want: undelivered("there is no log group " + group + "-2"),
		},
		{
			name: "without a policy", before: before, skip: []string{"flow-policy"}, act: creating(flowLogType, flowLog()),
			want: mayNot("logs:CreateLogStream", group+":log-stream:x"),
		},
		{
			name: "without the right to write", before: policy("logs:PutLogEvents", "logs:Put"),
			act: creating(flowLogType, flowLog()), want: mayNot("logs:PutLogEvents", group+":log-stream:x"),
		},
		{
			name: "with rights in another log group", before: policy("log-group:flow:*", "log-group:other:*"),
			act: creating(flowLogType, flowLog()), want: mayNot("logs:CreateLogStream", group+":log-stream:x"),
		},
		{
			name: "without the right to look for groups", before: policy("logs:DescribeLogGroups", "logs:GetLogEvents"),
			act: creating(flowLogType, flowLog()), want: mayNot("logs:DescribeLogGroups", "*"),
		},
		{name: "as it should be", before: before, act: creating(flowLogType, flowLog())},
	})
}

func TestTagRules(t *testing.T) {
	t.Parallel()
	network := networkSteps()
	tag := func(id any, key string) map[string]any {
		return map[string]any{"resourceId": id, "key": key, "value": "1"}
	}
	refused := func(key, code string) string { return ec2Error("creating EC2 Tag ("+key+")", "CreateTags", code) }
	runRules(t, []rule{
		{
			name: "of no subnet", act: creating(tagType, tag("subnet-0", "a")),
			want: refused("a", "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist"),
		},
		{
			name: "of nothing", act: creating(tagType, tag("x", "a")),
			want: refused("a", "InvalidID: The ID 'x' is not valid"),
		},
		{
			name: "of AWS's own", before: network, act: creating(tagType, tag(from{"private-0", "id"}, "aws:a")),
			want: refused("aws:a", "InvalidTagKey.Malformed: Tag keys starting with 'aws:' are reserved for internal use and "+
				"empty keys are not allowed: \"aws:a\"."),
		},
		{
			name: "51st of a subnet", before: network, act: repeat(51, func(s *stack, i int) error {
				_, err := s.w.try(tagType, "tag", map[string]any{
					"resourceId": s.id("private-0"), "key": strings.Repeat("a", i+1), "value": "",
				})
				return err
			}),
			want: refused(strings.Repeat("a", 51), "TagLimitExceeded: The resource has 51 tags; at most 50 are allowed."),
		},
	})
}

// A tag of one's own is seen by everybody, outlives an update of what it is on, and goes with that.
func TestTagOfAnotherProgram(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(networkSteps())
	tag := w.create(tagType, "tag", map[string]any{"resourceId": s.id("private-0"), "key": "a", "value": "1"})
	if err := updating("private-0", map[string]any{"tags": map[string]any{"b": "2"}})(s); err != nil {
		t.Fatal(err)
	}
	result, err := w.invoke("aws:ec2/getSubnet:getSubnet", map[string]any{"id": s.id("private-0")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(map[string]any{"a": "1", "b": "2"}), catalog.Plain(result.Get("tags"))); diff != "" {
		t.Errorf("tags of the subnet:\n%s", diff)
	}
	if err := w.remove(s.things["private-0"]); err != nil {
		t.Fatal(err)
	}
	if _, _, there := w.read(tag); there {
		t.Error("the tag is there after its subnet went")
	}
}
