package cluster

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/retention"
)

// ControlPlaneLogType is a kind of log that a control plane writes.
type ControlPlaneLogType string

// The log types, as EKS spells them.
const (
	LogTypeAPI               ControlPlaneLogType = "api"
	LogTypeAudit             ControlPlaneLogType = "audit"
	LogTypeAuthenticator     ControlPlaneLogType = "authenticator"
	LogTypeControllerManager ControlPlaneLogType = "controllerManager"
	LogTypeScheduler         ControlPlaneLogType = "scheduler"
)

// Values lists the log types for the schema and the guard.
func (ControlPlaneLogType) Values() []infer.EnumValue[ControlPlaneLogType] {
	return []infer.EnumValue[ControlPlaneLogType]{
		{Name: "Api", Value: LogTypeAPI, Description: "What the API server itself has to say."},
		{Name: "Audit", Value: LogTypeAudit, Description: "Who did what in the cluster, request by request; the " +
			"largest of them."},
		{Name: "Authenticator", Value: LogTypeAuthenticator, Description: "Which IAM identity came in as which " +
			"Kubernetes user."},
		{Name: "ControllerManager", Value: LogTypeControllerManager, Description: "What the controllers of the " +
			"control plane did."},
		{Name: "Scheduler", Value: LogTypeScheduler, Description: "Where the scheduler placed pods, and why not " +
			"elsewhere."},
	}
}

// defaultLogTypes answer who did what and why it failed; the other two are for debugging Kubernetes itself.
var defaultLogTypes = []ControlPlaneLogType{LogTypeAPI, LogTypeAudit, LogTypeAuthenticator}

// DefaultRetention is for how many days logs are kept unless something else is asked for.
const DefaultRetention = 90

// retentions are the numbers of days that can be given; 0 is for ever.
var retentions = append([]int{0}, retention.Days()...)

// LoggingSpec says which logs of the control plane are kept, and for how long.
type LoggingSpec struct {
	Types           []ControlPlaneLogType `pulumi:"types,optional"`
	RetentionInDays pulumi.IntInput       `pulumi:"retentionInDays,optional"`
}

// Annotate describes the type in the schema.
func (s *LoggingSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "The logs of the control plane, which go to the CloudWatch log group `/aws/eks/CLUSTER/cluster`. The "+
		"group belongs to this resource: it is made before the cluster and deleted after it. Where a group of that name "+
		"is left from another cluster, `pulumi up` fails with ResourceAlreadyExistsException before it makes the "+
		"cluster: delete the group, or take it over with `pulumi import`.")
	a.Describe(&s.Types, "The kinds of logs: any of `api`, `audit`, `authenticator`, `controllerManager`, `scheduler`. "+
		"Default: `audit`, `api`, `authenticator`. An empty list keeps no logs and makes no log group; a log group that "+
		"was there is deleted with its logs. CloudWatch charges about 0.50 USD per GB written and 0.03 USD per GB and "+
		"month kept (list price).")
	a.Describe(&s.RetentionInDays, "For how many days the logs are kept: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, "+
		"400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653; 0 is for ever. Default: 90. A lower number deletes "+
		"what is older.")
}

// LogTypes returns the kinds of logs that are kept, in the order of their names.
func (s *LoggingSpec) LogTypes() []string {
	given := defaultLogTypes
	if s != nil && s.Types != nil {
		given = s.Types
	}
	types := make([]string, 0, len(given))
	for _, logType := range given {
		types = append(types, string(logType))
	}
	slices.Sort(types)
	return types
}

// Validate applies the rules of logging; path is where it stands among the inputs, raw what was given there.
func (s *LoggingSpec) Validate(path string, raw property.Value) inputs.Violations {
	var found inputs.Violations
	if s == nil {
		return nil
	}
	for i, logType := range s.Types {
		if slices.Contains(s.Types[:i], logType) {
			found.Addf(inputs.Index(inputs.Join(path, "types"), i), "is given twice; remove one %q", logType)
		}
	}
	at, days := inputs.Join(path, "retentionInDays"), inputs.At(raw, "retentionInDays")
	switch {
	case days.IsNull():
	case len(s.LogTypes()) == 0:
		found.Addf(at, "has no effect while types is empty; leave it out")
	case days.IsNumber() && !slices.Contains(retentions, int(days.AsNumber())):
		found.Addf(at, "must be a number of days that CloudWatch knows, one of %s, where 0 is for ever; got %v",
			retention.Spell(retentions), days.AsNumber())
	}
	return found
}

// logs registers the log group before the cluster: EKS would otherwise make one of its own, which keeps logs for ever
// and stays behind.
func (r *registration) logs() error {
	r.LogGroupName = pulumi.String("").ToStringOutput()
	if len(r.Options.Logging.LogTypes()) == 0 {
		return nil
	}
	document, err := noLogGroups()
	if err != nil {
		return err
	}
	denial, err := r.inlinePolicy("cluster-log-groups", r.clusterRole, pulumi.String(document))
	if err != nil {
		return err
	}
	group, err := cloudwatch.NewLogGroup(r.ctx, r.Base, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String("/aws/eks/" + r.Options.Name + "/cluster"),
		RetentionInDays: r.Options.Logging.retention(),
		Tags:            r.Options.Tags,
		// The denial outlives the group: what the control plane still has to say would make the group again.
	}, r.parent, pulumi.DependsOn([]pulumi.Resource{denial}))
	if err != nil {
		return fmt.Errorf("registering log group %s: %w", r.Base, err)
	}
	r.keep(group)
	r.beforeCluster = append(r.beforeCluster, group)
	r.LogGroupName = group.Name
	return nil
}

func (s *LoggingSpec) retention() pulumi.IntPtrInput {
	if s == nil || s.RetentionInDays == nil {
		return pulumi.Int(DefaultRetention)
	}
	return s.RetentionInDays.ToIntOutput().ToIntPtrOutput()
}
