package flux

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
)

// GitOpsTeardown is a custom resource that depends on everything else, so that it is the last to come and the first
// to go. When it goes it has Flux remove what Flux has applied, while the controllers still live.
//
// On the way up it waits for the first sync, because the object that is waited for cannot do so itself: a resource
// whose creation fails keeps all that depend on it from being created, and without a teardown in the state a destroy
// would leave behind whatever that sync has already made. This one is recorded even if the wait fails.
type GitOpsTeardown struct{}

// GitOpsTeardownArgs are the inputs of GitOpsTeardown.
type GitOpsTeardownArgs struct {
	Kubeconfig      string  `provider:"secret"                 pulumi:"kubeconfig"`
	ClusterIdentity *string `provider:"replaceOnChanges"       pulumi:"clusterIdentity,optional"`
	ClusterUID      string  `pulumi:"clusterUid"`
	SyncKind        *string `pulumi:"syncKind,optional"`
	SyncName        *string `pulumi:"syncName,optional"`
	SyncDigest      *string `pulumi:"syncDigest,optional"`
	SyncTimeout     *string `pulumi:"syncTimeout,optional"`

	SyncKustomizations []string `pulumi:"syncKustomizations,optional"`

	WaitForReady *bool   `pulumi:"waitForReady,optional"`
	FluxVersion  *string `pulumi:"fluxVersion,optional"`
	FluxDigest   *string `pulumi:"fluxDigest,optional"`

	Scope         *TeardownScope       `pulumi:"scope,optional"`
	Policy        *TeardownPolicy      `pulumi:"policy,optional"`
	OnUnhealthy   *TeardownOnUnhealthy `pulumi:"onUnhealthy,optional"`
	Timeout       *string              `pulumi:"timeout,optional"`
	ProbeCommand  []string             `pulumi:"probeCommand,optional"`
	ProbeEvidence *string              `pulumi:"probeEvidence,optional"`
}

// GitOpsTeardownState is what is recorded of a GitOpsTeardown.
type GitOpsTeardownState struct {
	GitOpsTeardownArgs

	SyncRevision string `pulumi:"syncRevision"`
	Synced       bool   `pulumi:"synced"`

	Leaving []string `pulumi:"leaving,optional"`
}

var (
	_ infer.CustomResource[GitOpsTeardownArgs, GitOpsTeardownState]       = GitOpsTeardown{}
	_ infer.CustomCheck[GitOpsTeardownArgs]                               = GitOpsTeardown{}
	_ infer.CustomUpdate[GitOpsTeardownArgs, GitOpsTeardownState]         = GitOpsTeardown{}
	_ infer.CustomRead[GitOpsTeardownArgs, GitOpsTeardownState]           = GitOpsTeardown{}
	_ infer.CustomDelete[GitOpsTeardownState]                             = GitOpsTeardown{}
	_ infer.ExplicitDependencies[GitOpsTeardownArgs, GitOpsTeardownState] = GitOpsTeardown{}
)

// TeardownVariable is the environment variable that says, at the moment of a destroy, how to go on when Flux cannot
// remove what it has applied: Force or Orphan.
const TeardownVariable = "GITOPS_CLUSTER_TEARDOWN"

// Check keeps the identity of the cluster that was there when the resource was created.
func (GitOpsTeardown) Check(
	ctx context.Context, req infer.CheckRequest,
) (infer.CheckResponse[GitOpsTeardownArgs], error) {
	req.NewInputs = keepIdentity(req.OldInputs, req.NewInputs)
	args, failures, err := infer.DefaultCheck[GitOpsTeardownArgs](ctx, req.NewInputs)
	return infer.CheckResponse[GitOpsTeardownArgs]{Inputs: args, Failures: failures}, err
}

// Create waits for the sync, if it is to be waited for.
func (GitOpsTeardown) Create(
	ctx context.Context, req infer.CreateRequest[GitOpsTeardownArgs],
) (infer.CreateResponse[GitOpsTeardownState], error) {
	state := GitOpsTeardownState{GitOpsTeardownArgs: req.Inputs}
	if req.DryRun {
		return infer.CreateResponse[GitOpsTeardownState]{ID: req.Name, Output: state}, nil
	}
	defer progress(ctx)("")
	err := awaitSync(ctx, &state, false)
	return infer.CreateResponse[GitOpsTeardownState]{ID: req.Name, Output: state}, halfMade(err)
}

// Update records the new inputs, and waits again if the sync has changed or was never ready, and for Flux if it is to
// become another one. What is synced may fail at any later time without an update noticing: that is for alerts, not for
// a program about infrastructure.
func (GitOpsTeardown) Update(
	ctx context.Context, req infer.UpdateRequest[GitOpsTeardownArgs, GitOpsTeardownState],
) (infer.UpdateResponse[GitOpsTeardownState], error) {
	state := GitOpsTeardownState{
		GitOpsTeardownArgs: req.Inputs,
		SyncRevision:       req.State.SyncRevision,
		Synced:             req.State.Synced,
		Leaving:            req.State.Leaving,
	}
	same := equal(req.Inputs.SyncDigest, req.State.SyncDigest) && equal(req.Inputs.SyncName, req.State.SyncName)
	sameFlux := equal(req.Inputs.FluxVersion, req.State.FluxVersion) && equal(req.Inputs.FluxDigest, req.State.FluxDigest)
	if req.DryRun || same && sameFlux && req.State.Synced {
		return infer.UpdateResponse[GitOpsTeardownState]{Output: state}, nil
	}
	defer progress(ctx)("")
	// Before anything can fail: what an update leaves behind must be known to the next one.
	state.Leaving = state.leaving(req.State)
	// First, because a Flux that is half upgraded may not sync.
	if state.FluxVersion != nil && (!sameFlux || !req.State.Synced) {
		if err := awaitUpgrade(ctx, state); err != nil {
			state.Synced = false
			return infer.UpdateResponse[GitOpsTeardownState]{Output: state}, halfMade(err)
		}
	}
	if same && req.State.Synced {
		return infer.UpdateResponse[GitOpsTeardownState]{Output: state}, nil
	}
	err := state.handOver(ctx, req.State)
	if err == nil {
		err = awaitSync(ctx, &state, true)
	} else {
		state.Synced = false
	}
	return infer.UpdateResponse[GitOpsTeardownState]{Output: state}, halfMade(err)
}

// Read keeps a failed wait from being forgotten, which a refresh would do otherwise, and finds a teardown that was
// broken off: the next update takes it back. With a cluster that is proven to be gone, there is nothing to remove.
func (GitOpsTeardown) Read(
	ctx context.Context, req infer.ReadRequest[GitOpsTeardownArgs, GitOpsTeardownState],
) (infer.ReadResponse[GitOpsTeardownArgs, GitOpsTeardownState], error) {
	response := infer.ReadResponse[GitOpsTeardownArgs, GitOpsTeardownState](req)
	begun, err := begun(ctx, req.State)
	if err != nil && provenGone(ctx, req.State.ProbeCommand, req.State.ProbeEvidence) {
		return infer.ReadResponse[GitOpsTeardownArgs, GitOpsTeardownState]{}, nil
	}
	if !req.State.Synced {
		return response, halfMade(fmt.Errorf("the sync was not ready when it was last waited for; run `pulumi up` to " +
			"wait again"))
	}
	if begun {
		response.State.Synced = false
		return response, halfMade(fmt.Errorf("a destroy has begun to remove what Flux has applied and was broken off; " +
			"run `pulumi destroy` to go on with it, or `pulumi up` to take it back"))
	}
	return response, nil
}

// begun tells whether an earlier destroy has stopped Flux from applying. A cluster that does not answer tells nothing:
// FluxInstall, which is read too, is the one to complain.
func begun(ctx context.Context, state GitOpsTeardownState) (bool, error) {
	cluster, err := kube.Connect(state.Kubeconfig)
	if err != nil || !state.hasWork() {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	all, err := listAppliers(ctx, cluster)
	return slices.ContainsFunc(all, func(a applier) bool { return a.frozen && !a.among(state.Leaving) }), err
}

// Delete has Flux remove what it has applied.
func (GitOpsTeardown) Delete(
	ctx context.Context, req infer.DeleteRequest[GitOpsTeardownState],
) (infer.DeleteResponse, error) {
	if !req.State.hasWork() {
		return infer.DeleteResponse{}, nil
	}
	defer progress(ctx)("")
	policy, onUnhealthy, err := req.State.mode(os.Getenv(TeardownVariable))
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	cluster, err := kube.Connect(req.State.Kubeconfig)
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	if err := kube.WaitForAccess(ctx, cluster, readTimeout, progress(ctx)); err != nil {
		return infer.DeleteResponse{}, req.State.unreachable(ctx, policy, err)
	}
	if err := sameCluster(ctx, cluster, req.State.ClusterUID); err != nil {
		return infer.DeleteResponse{}, fmt.Errorf("removing what Flux has applied: %w", err)
	}
	timeout, err := time.ParseDuration(stringOr(req.State.Timeout, defaultTeardownTimeout))
	if err != nil {
		return infer.DeleteResponse{}, fmt.Errorf("reading the timeout of the teardown: %w", err)
	}
	drain := drain{
		cluster: cluster, report: progress(ctx), warn: p.GetLogger(ctx).Warning, wholeCluster: req.State.wholeCluster(),
		kind: stringOr(req.State.SyncKind, ""), name: stringOr(req.State.SyncName, ""),
		kustomizations: req.State.applied(),
		force:          onUnhealthy == TeardownForce, timeout: timeout,
	}
	if policy == TeardownOrphan {
		err = drain.orphan(ctx)
	} else {
		err = drain.run(ctx)
	}
	if err != nil {
		return infer.DeleteResponse{}, fmt.Errorf("removing what Flux has applied: %w", err)
	}
	return infer.DeleteResponse{}, nil
}

// hasWork tells whether there is anything that Flux may have applied, or that a cluster which goes may hold.
func (a GitOpsTeardownArgs) hasWork() bool { return a.wholeCluster() || stringOr(a.SyncName, "") != "" }

// kustomizations names those of the sync: one that is called like it, unless there are several.
func (a GitOpsTeardownArgs) kustomizations() []string {
	if len(a.SyncKustomizations) > 0 || stringOr(a.SyncName, "") == "" {
		return a.SyncKustomizations
	}
	return []string{*a.SyncName}
}

// applied names all Kustomizations of the sync: after an update that failed Pulumi has not deleted those yet that
// leave.
func (s GitOpsTeardownState) applied() []string {
	if s.Synced {
		return s.kustomizations()
	}
	return slices.Concat(s.kustomizations(), s.Leaving)
}

func (a GitOpsTeardownArgs) wholeCluster() bool {
	return a.Scope != nil && *a.Scope == TeardownScopeCluster
}

// mode returns how to go about it: as the inputs say, unless the environment says otherwise.
func (a GitOpsTeardownArgs) mode(environment string) (TeardownPolicy, TeardownOnUnhealthy, error) {
	spec := TeardownSpec{Policy: a.Policy, OnUnhealthy: a.OnUnhealthy}
	switch environment {
	case "":
		return spec.policy(), spec.onUnhealthy(), nil
	case string(TeardownForce):
		return TeardownPrune, TeardownForce, nil
	case string(TeardownOrphan):
		return TeardownOrphan, TeardownFail, nil
	}
	return "", "", fmt.Errorf("%s must be %s or %s; got %q", TeardownVariable, TeardownForce, TeardownOrphan, environment)
}

// unreachable judges a cluster that does not answer. One that is proven to be gone has nothing left to remove.
func (a GitOpsTeardownArgs) unreachable(ctx context.Context, policy TeardownPolicy, err error) error {
	if provenGone(ctx, a.ProbeCommand, a.ProbeEvidence) {
		p.GetLogger(ctx).Warning("the cluster does not exist any more, so nothing is removed from it; load balancers and " +
			"volumes that it had may be left in the account")
		return nil
	}
	if policy == TeardownOrphan {
		p.GetLogger(ctx).Warning("the cluster does not answer; what Flux has applied is left as it is: " + kube.Brief(err))
		return nil
	}
	return fmt.Errorf("removing what Flux has applied: %w; "+
		"run it again when the cluster answers, or with %s=%s to leave everything in the cluster as it is",
		err, TeardownVariable, TeardownOrphan)
}

// WireDependencies tells which outputs a change of which inputs makes unknown in a preview.
func (GitOpsTeardown) WireDependencies(f infer.FieldSelector, args *GitOpsTeardownArgs, state *GitOpsTeardownState) {
	sync := f.InputField(&args.SyncDigest).Computed()
	f.OutputField(&state.Leaving).DependsOn(sync, f.InputField(&args.SyncName).Computed(),
		f.InputField(&args.SyncKustomizations).Computed())
	f.OutputField(&state.SyncRevision).DependsOn(sync)
	f.OutputField(&state.Synced).DependsOn(sync)
	f.OutputField(&state.Kubeconfig).AlwaysSecret()
}

func equal(a, b *string) bool {
	return stringOr(a, "") == stringOr(b, "")
}
