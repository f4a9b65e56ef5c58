package flux

import (
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// TeardownPolicy says what becomes of what Flux has applied when Flux goes.
type TeardownPolicy string

// The policies.
const (
	TeardownPrune  TeardownPolicy = "Prune"
	TeardownOrphan TeardownPolicy = "Orphan"
)

var _ infer.Enum[TeardownPolicy] = TeardownPolicy("")

// Values lists the policies.
func (TeardownPolicy) Values() []infer.EnumValue[TeardownPolicy] {
	return []infer.EnumValue[TeardownPolicy]{
		{Name: "Prune", Value: TeardownPrune, Description: "Flux removes what it has applied, and waits until it is gone."},
		{Name: "Orphan", Value: TeardownOrphan, Description: "What Flux has applied stays. Where the cluster goes too, " +
			"load balancers and volumes of it stay in the AWS account and cost money; a load balancer also keeps the " +
			"VPC from being deleted."},
	}
}

// TeardownOnUnhealthy says how a teardown goes on when Flux's controllers do not work.
type TeardownOnUnhealthy string

// The ways to go on.
const (
	TeardownFail  TeardownOnUnhealthy = "Fail"
	TeardownForce TeardownOnUnhealthy = "Force"
)

var _ infer.Enum[TeardownOnUnhealthy] = TeardownOnUnhealthy("")

// Values lists the ways to go on.
func (TeardownOnUnhealthy) Values() []infer.EnumValue[TeardownOnUnhealthy] {
	return []infer.EnumValue[TeardownOnUnhealthy]{
		{Name: "Fail", Value: TeardownFail, Description: "The destroy fails, says what does not work and how to go on."},
		{Name: "Force", Value: TeardownForce, Description: "What Flux is known to have applied is deleted without it. " +
			"Helm releases are uninstalled only if helm-controller works."},
	}
}

// TeardownScope says how much of a cluster a teardown may touch.
type TeardownScope string

// The scopes.
const (
	TeardownScopeFlux    TeardownScope = "Flux"
	TeardownScopeCluster TeardownScope = "Cluster"
)

var _ infer.Enum[TeardownScope] = TeardownScope("")

// Values lists the scopes.
func (TeardownScope) Values() []infer.EnumValue[TeardownScope] {
	return []infer.EnumValue[TeardownScope]{
		{Name: "Flux", Value: TeardownScopeFlux, Description: "Only what the sync has applied: the cluster stays, and " +
			"with it all that is somebody else's."},
		{Name: "Cluster", Value: TeardownScopeCluster, Description: "Everything in the cluster that holds something " +
			"outside of it, because the cluster goes too."},
	}
}

// TeardownSpec says how what Flux has applied is removed.
type TeardownSpec struct {
	Policy      *TeardownPolicy      `pulumi:"policy,optional"`
	OnUnhealthy *TeardownOnUnhealthy `pulumi:"onUnhealthy,optional"`
	Timeout     *string              `pulumi:"timeout,optional"`
}

// Annotate describes the specification in the schema.
func (s *TeardownSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "How what Flux has applied is removed before Flux goes.")
	a.Describe(&s.Policy, "Whether Flux removes what it has applied. Default: `Prune`. `Orphan` leaves it; in "+
		"GitOpsCluster, where the cluster goes too, load balancers and volumes then stay in the AWS account, cost money "+
		"and keep the VPC from being deleted.")
	a.Describe(&s.OnUnhealthy, "What to do when Flux's controllers do not work and so cannot remove anything. Default: "+
		"`Fail`, with a message that says what is wrong. `Force` deletes without them what they are known to have "+
		"applied. The environment variable `"+TeardownVariable+"` (`Force` or `Orphan`) overrides both inputs when a "+
		"destroy is already stuck.")
	a.Describe(&s.Timeout, "How long the removal of everything may take, as a duration such as `30m`, at least `1m`. "+
		"Default: `"+defaultTeardownTimeout+"`. When it is over the destroy fails and says what is left; running it "+
		"again goes on.")
}

const defaultTeardownTimeout = "30m"

// Validate returns what is wrong with the specification, whose property is at path in the schema.
func (s *TeardownSpec) Validate(path string) inputs.Violations {
	var found inputs.Violations
	if s == nil {
		return found
	}
	if s.Policy != nil {
		found.OneOf(inputs.Join(path, "policy"), string(*s.Policy), string(TeardownPrune), string(TeardownOrphan))
	}
	if s.OnUnhealthy != nil {
		found.OneOf(inputs.Join(path, "onUnhealthy"), string(*s.OnUnhealthy),
			string(TeardownFail), string(TeardownForce))
	}
	if s.Timeout != nil {
		if err := checkDuration(time.Minute)(*s.Timeout); err != nil {
			found.Addf(inputs.Join(path, "timeout"), "%s", err)
		}
	}
	return found
}

func (s *TeardownSpec) policy() TeardownPolicy {
	if s == nil || s.Policy == nil {
		return TeardownPrune
	}
	return *s.Policy
}

func (s *TeardownSpec) onUnhealthy() TeardownOnUnhealthy {
	if s == nil || s.OnUnhealthy == nil {
		return TeardownFail
	}
	return *s.OnUnhealthy
}

func (s *TeardownSpec) timeout() string {
	if s == nil {
		return defaultTeardownTimeout
	}
	return stringOr(s.Timeout, defaultTeardownTimeout)
}
