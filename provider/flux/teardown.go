package flux

import (
	"context"
	"fmt"
	"os"

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
	WaitForReady    *bool   `pulumi:"waitForReady,optional"`
}

// GitOpsTeardownState is what is recorded of a GitOpsTeardown.
type GitOpsTeardownState struct {
	GitOpsTeardownArgs

	SyncRevision string `pulumi:"syncRevision"`
	Synced       bool   `pulumi:"synced"`
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
// remove what it has applied.
const TeardownVariable = "GITOPS_CLUSTER_TEARDOWN"

// The values of TeardownVariable.
const (
	// teardownForce goes on without Flux when its controllers do not work.
	teardownForce = "Force"
	// teardownOrphan leaves what Flux has applied where it is.
	teardownOrphan = "Orphan"
)

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

// Update records the new inputs, and waits again if the sync has changed or was never ready. What is synced may fail
// at any later time without an update noticing: that is for alerts, not for a program about infrastructure.
func (GitOpsTeardown) Update(
	ctx context.Context, req infer.UpdateRequest[GitOpsTeardownArgs, GitOpsTeardownState],
) (infer.UpdateResponse[GitOpsTeardownState], error) {
	state := GitOpsTeardownState{
		GitOpsTeardownArgs: req.Inputs,
		SyncRevision:       req.State.SyncRevision,
		Synced:             req.State.Synced,
	}
	same := equal(req.Inputs.SyncDigest, req.State.SyncDigest) && equal(req.Inputs.SyncName, req.State.SyncName)
	if req.DryRun || same && req.State.Synced {
		return infer.UpdateResponse[GitOpsTeardownState]{Output: state}, nil
	}
	defer progress(ctx)("")
	err := awaitSync(ctx, &state, true)
	return infer.UpdateResponse[GitOpsTeardownState]{Output: state}, halfMade(err)
}

// Read looks at nothing: the resource exists in the state only. It keeps a failed wait from being forgotten, which a
// refresh would do otherwise.
func (GitOpsTeardown) Read(
	_ context.Context, req infer.ReadRequest[GitOpsTeardownArgs, GitOpsTeardownState],
) (infer.ReadResponse[GitOpsTeardownArgs, GitOpsTeardownState], error) {
	response := infer.ReadResponse[GitOpsTeardownArgs, GitOpsTeardownState](req)
	if !req.State.Synced {
		return response, halfMade(fmt.Errorf("the sync was not ready when it was last waited for; run `pulumi up` to " +
			"wait again"))
	}
	return response, nil
}

// Delete has Flux remove what it has applied.
func (GitOpsTeardown) Delete(
	ctx context.Context, req infer.DeleteRequest[GitOpsTeardownState],
) (infer.DeleteResponse, error) {
	if req.State.SyncName == nil || *req.State.SyncName == "" {
		return infer.DeleteResponse{}, nil
	}
	defer progress(ctx)("")
	mode := os.Getenv(TeardownVariable)
	if mode != "" && mode != teardownForce && mode != teardownOrphan {
		return infer.DeleteResponse{}, fmt.Errorf("%s must be %s or %s; got %q",
			TeardownVariable, teardownForce, teardownOrphan, mode)
	}
	cluster, err := kube.Connect(req.State.Kubeconfig)
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	if err := kube.WaitForAccess(ctx, cluster, readTimeout, progress(ctx)); err != nil {
		if mode == teardownOrphan {
			p.GetLogger(ctx).Warning("the cluster does not answer; what Flux has applied is left as it is: " + kube.Brief(err))
			return infer.DeleteResponse{}, nil
		}
		return infer.DeleteResponse{}, fmt.Errorf("removing what Flux has applied: %w; "+
			"run it again when the cluster answers, or with %s=%s to leave everything in the cluster as it is",
			err, TeardownVariable, teardownOrphan)
	}
	if err := sameCluster(ctx, cluster, req.State.ClusterUID); err != nil {
		return infer.DeleteResponse{}, fmt.Errorf("removing what Flux has applied: %w", err)
	}
	drain := drain{
		cluster: cluster, report: progress(ctx), kind: *req.State.SyncKind, name: *req.State.SyncName,
		force: mode == teardownForce,
	}
	if mode == teardownOrphan {
		err = drain.orphan(ctx)
	} else {
		err = drain.run(ctx)
	}
	if err != nil {
		return infer.DeleteResponse{}, fmt.Errorf("removing what Flux has applied: %w", err)
	}
	return infer.DeleteResponse{}, nil
}

// WireDependencies tells which outputs a change of which inputs makes unknown in a preview.
func (GitOpsTeardown) WireDependencies(f infer.FieldSelector, args *GitOpsTeardownArgs, state *GitOpsTeardownState) {
	sync := f.InputField(&args.SyncDigest).Computed()
	f.OutputField(&state.SyncRevision).DependsOn(sync)
	f.OutputField(&state.Synced).DependsOn(sync)
	f.OutputField(&state.Kubeconfig).AlwaysSecret()
}

func equal(a, b *string) bool {
	return stringOr(a, "") == stringOr(b, "")
}
