package aws

import (
	"fmt"
	"strings"
)

func flowLogKinds() map[string]*kind {
	return map[string]*kind{
		typeFlowLog: {
			title: "Flow Log", service: ec2, named: "vpcId", tags: ec2Tags,
			calls: calls{create: "CreateFlowLogs", update: "CreateTags", remove: "DeleteFlowLogs"},
			references: []reference{
				{property: "vpcId", token: typeVPC, code: "InvalidVpcID.NotFound", message: noSuchVPC},
			},
			create: (*tx).createFlowLog,
		},
	}
}

func (t *tx) createFlowLog(inputs props) (*record, error) {
	if where := inputs.str("logDestinationType"); where != "cloud-watch-logs" {
		return nil, fmt.Errorf("flow logs to %s are not simulated by the local cloud", where)
	}
	if inputs.str("trafficType") == "" {
		return nil, t.fail("MissingParameter", "The request must contain the parameter TrafficType")
	}
	if inputs.str("iamRoleArn") == "" {
		return nil, t.fail("InvalidParameter",
			"DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs")
	}
	destination := strings.TrimSuffix(inputs.str("logDestination"), ":*")
	if destination == "" {
		return nil, t.fail("InvalidParameter", "LogDestination or LogGroupName is required")
	}
	for _, other := range t.of(typeFlowLog, "vpcId", inputs.str("vpcId")) {
		if other.str("logDestination") == destination {
			return nil, t.fail("FlowLogAlreadyExists", "Error. There is an existing Flow Log with the same configuration and "+
				"log destination.")
		}
	}
	role := t.roleWithARN(inputs.str("iamRoleArn"))
	if role == nil || !trusts(role, "vpc-flow-logs.amazonaws.com", "sts:AssumeRole") {
		return nil, t.fail("InvalidParameter", "Unable to assume given IAM role")
	}
	if err := t.checkDelivery(role, destination); err != nil {
		return nil, err
	}
	id := newID("fl")
	return &record{ID: id, Computed: props{
		"arn": t.arn("ec2", "vpc-flow-log/"+id), "logDestination": destination,
		"logGroupName": destination[strings.LastIndex(destination, ":")+1:],
		"logFormat": "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} " +
			"${packets} ${bytes} ${start} ${end} ${action} ${log-status}",
	}}, nil
}

// checkDelivery is stricter than AWS, which accepts a flow log that cannot be delivered and then shows "Access error"
// in a place where no program looks. https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
func (t *tx) checkDelivery(role *record, destination string) error {
	groups := t.of(typeLogGroup, "arn", destination)
	if len(groups) == 0 {
		return fmt.Errorf("the flow log would not be delivered: there is no log group %s (local cloud)", destination)
	}
	for _, need := range []struct{ action, resource string }{
		{"logs:CreateLogStream", destination + ":log-stream:x"}, {"logs:PutLogEvents", destination + ":log-stream:x"},
		{"logs:DescribeLogStreams", destination + ":log-stream:"}, {"logs:DescribeLogGroups", "*"},
	} {
		if !t.allows(role, need.action, need.resource) {
			return fmt.Errorf("the flow log would not be delivered: role %s may not call %s on %s (local cloud)", role.ID,
				need.action, need.resource)
		}
	}
	return nil
}
