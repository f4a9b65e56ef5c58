package network

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/iampolicy"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/retention"
)

// FlowLogTrafficType says which traffic is recorded.
type FlowLogTrafficType string

// The traffic that can be recorded.
const (
	FlowLogAll    FlowLogTrafficType = "ALL"
	FlowLogAccept FlowLogTrafficType = "ACCEPT"
	FlowLogReject FlowLogTrafficType = "REJECT"
)

// Values lists the kinds of traffic for the schema and the guard.
func (FlowLogTrafficType) Values() []infer.EnumValue[FlowLogTrafficType] {
	return []infer.EnumValue[FlowLogTrafficType]{
		{Name: "All", Value: FlowLogAll, Description: "All traffic."},
		{Name: "Accept", Value: FlowLogAccept, Description: "Traffic that security groups and network ACLs let through."},
		{Name: "Reject", Value: FlowLogReject, Description: "Traffic that they do not let through: the least to pay for."},
	}
}

// DefaultFlowLogRetention is how many days flow logs are kept when nothing else is said.
const DefaultFlowLogRetention = 90

// FlowLogsSpec asks for records of the traffic in the VPC.
type FlowLogsSpec struct {
	TrafficType     *FlowLogTrafficType `pulumi:"trafficType,optional"`
	RetentionInDays *int                `pulumi:"retentionInDays,optional"`
}

// Annotate describes the type in the schema.
func (s *FlowLogsSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "Records of who talks to whom in the VPC, in a log group of CloudWatch Logs that is made for them. "+
		"An empty object turns them on.")
	a.Describe(&s.TrafficType, "Which traffic is recorded: `ALL` (the default), `ACCEPT` or `REJECT`. Changing it "+
		"replaces the flow log; what was recorded stays.")
	a.Describe(&s.RetentionInDays, "For how many days records are kept: one of the numbers that CloudWatch Logs knows, "+
		"such as 7, 30, 90 or 365. Default: 90. A lower number deletes older records.")
}

const describeFlowLogs = "Records of the traffic in the VPC, for audits and for finding out why something does not " +
	"connect. Default: none. They cost about 0.50 USD per GB taken in and 0.03 USD per GB and month kept (list price, " +
	"us-east-1), and go when the network goes."

func (s *FlowLogsSpec) trafficType() FlowLogTrafficType {
	if s.TrafficType == nil {
		return FlowLogAll
	}
	return *s.TrafficType
}

func (s *FlowLogsSpec) retention() int {
	if s.RetentionInDays == nil {
		return DefaultFlowLogRetention
	}
	return *s.RetentionInDays
}

func (s *FlowLogsSpec) validate(path string, found *inputs.Violations) {
	if s == nil || slices.Contains(retention.Days(), s.retention()) {
		return
	}
	found.Addf(inputs.Join(path, "retentionInDays"), "must be one of %s, which CloudWatch Logs knows; got %d",
		retention.Spell(retention.Days()), s.retention())
}

// flowLogs registers the flow log with its log group and its role.
func (r *registration) flowLogs(network *Network, spec *FlowLogsSpec) error {
	if spec == nil {
		return nil
	}
	name := r.base + "-flow-logs"
	group, err := cloudwatch.NewLogGroup(r.ctx, name, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(spec.retention()),
		Tags:            r.tagged(name, nil),
	}, r.parent)
	if err != nil {
		return fmt.Errorf("registering log group %s: %w", name, err)
	}
	role, err := iam.NewRole(r.ctx, name, &iam.RoleArgs{
		AssumeRolePolicy:    network.vpcArn.ApplyT(flowLogTrust).(pulumi.StringOutput),
		Path:                inputs.Optional(r.composition.RolePath),
		PermissionsBoundary: inputs.Optional(r.composition.PermissionsBoundary),
		Tags:                r.tagged(name, nil),
	}, r.parent)
	if err != nil {
		return fmt.Errorf("registering role %s: %w", name, err)
	}
	policy, err := iam.NewRolePolicy(r.ctx, name, &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: group.Arn.ApplyT(flowLogPolicy).(pulumi.StringOutput),
	}, r.parent)
	if err != nil {
		return fmt.Errorf("registering policy %s: %w", name, err)
	}
	// Without the policy AWS accepts the flow log and delivers nothing, hence the dependency. A changed flow log goes
	// before the new one comes, because AWS refuses two from one VPC to one log group.
	_, err = ec2.NewFlowLog(r.ctx, r.base, &ec2.FlowLogArgs{
		VpcId:              network.VpcId.ToStringPtrOutput(),
		TrafficType:        pulumi.String(spec.trafficType()),
		LogDestinationType: pulumi.String("cloud-watch-logs"),
		LogDestination:     group.Arn,
		IamRoleArn:         role.Arn,
		Tags:               r.tagged(r.base, nil),
	}, r.parent, pulumi.DependsOn([]pulumi.Resource{policy}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("registering flow log %s: %w", r.base, err)
	}
	return nil
}

// flowLogTrust lets the service that writes flow logs, and only for those of this account and region, assume a role.
func flowLogTrust(vpcArn string) (string, error) {
	const partition, region, account = 1, 3, 4
	parts := strings.Split(vpcArn, ":")
	if len(parts) <= account {
		return "", fmt.Errorf("reading the ARN of the VPC: %q has no account", vpcArn)
	}
	return iampolicy.ServiceTrust("vpc-flow-logs.amazonaws.com", iampolicy.Condition{
		"StringEquals": {"aws:SourceAccount": {parts[account]}},
		"ArnLike": {"aws:SourceArn": {
			fmt.Sprintf("arn:%s:ec2:%s:%s:vpc-flow-log/*", parts[partition], parts[region], parts[account]),
		}},
	})
}

// flowLogPolicy allows writing into one log group. It does not allow making it: records that are on their way when the
// network is destroyed would bring the log group back.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
func flowLogPolicy(groupArn string) (string, error) {
	return iampolicy.Encode(
		iampolicy.Statement{
			Effect:   "Allow",
			Action:   []string{"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"},
			Resource: []string{groupArn, groupArn + ":*"},
		},
		// Lists of log groups cannot be restricted to one.
		iampolicy.Statement{Effect: "Allow", Action: []string{"logs:DescribeLogGroups"}, Resource: []string{"*"}},
	)
}
