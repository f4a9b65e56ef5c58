package flux

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
)

// FluxInstall is a custom resource: Flux, seeded from its OCI artifact.
type FluxInstall struct{}

// FluxInstallArgs are the inputs of FluxInstall.
//
// The version is called fluxVersion because the framework drops a property called version before it compares.
type FluxInstallArgs struct {
	Kubeconfig        string               `provider:"secret"             pulumi:"kubeconfig"`
	ClusterIdentity   *string              `provider:"replaceOnChanges"   pulumi:"clusterIdentity,optional"`
	FluxVersion       string               `pulumi:"fluxVersion"`
	URL               string               `pulumi:"url"`
	Digest            string               `pulumi:"digest"`
	Insecure          *bool                `pulumi:"insecure,optional"`
	CaCertificate     *string              `pulumi:"caCertificate,optional"`
	Username          *string              `pulumi:"username,optional"`
	Password          *string              `provider:"secret"             pulumi:"password,optional"`
	Components        []string             `pulumi:"components"`
	Registry          *string              `pulumi:"registry,optional"`
	NetworkPolicy     *bool                `pulumi:"networkPolicy,optional"`
	Tolerations       []FluxTolerationSpec `pulumi:"tolerations,optional"`
	Patches           []FluxPatchSpec      `pulumi:"patches,optional"`
	Labels            map[string]string    `pulumi:"labels,optional"`
	Size              *FluxSize            `pulumi:"size,optional"`
	ImagePullUsername *string              `pulumi:"imagePullUsername,optional"`
	ImagePullPassword *string              `provider:"secret"             pulumi:"imagePullPassword,optional"`
	Owner             string               `pulumi:"owner"`

	Managed              *bool   `pulumi:"managed,optional"`
	TenantServiceAccount *string `pulumi:"tenantServiceAccount,optional"`
	Adopt                *bool   `pulumi:"adopt,optional"`

	ProbeCommand  []string `pulumi:"probeCommand,optional"`
	ProbeEvidence *string  `pulumi:"probeEvidence,optional"`
}

// FluxInstallState is what is recorded of a FluxInstall.
type FluxInstallState struct {
	FluxInstallArgs

	ClusterUID       string `pulumi:"clusterUid"`
	InstalledVersion string `pulumi:"installedVersion"`
}

var (
	_ infer.CustomResource[FluxInstallArgs, FluxInstallState]       = FluxInstall{}
	_ infer.CustomCheck[FluxInstallArgs]                            = FluxInstall{}
	_ infer.CustomUpdate[FluxInstallArgs, FluxInstallState]         = FluxInstall{}
	_ infer.CustomRead[FluxInstallArgs, FluxInstallState]           = FluxInstall{}
	_ infer.CustomDelete[FluxInstallState]                          = FluxInstall{}
	_ infer.ExplicitDependencies[FluxInstallArgs, FluxInstallState] = FluxInstall{}
)

const (
	// accessTimeout is how long a new cluster may take to answer and to know us.
	accessTimeout = 10 * time.Minute
	// readTimeout is how long a cluster that is there already may take.
	readTimeout = time.Minute
)

// Check keeps the identity of the cluster that was there when the resource was created.
func (FluxInstall) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[FluxInstallArgs], error) {
	req.NewInputs = keepIdentity(req.OldInputs, req.NewInputs)
	args, failures, err := infer.DefaultCheck[FluxInstallArgs](ctx, req.NewInputs)
	return infer.CheckResponse[FluxInstallArgs]{Inputs: args, Failures: failures}, err
}

// Create seeds Flux. When it fails halfway the resource is recorded as half made: the next update goes on, and a
// destroy cleans up.
func (FluxInstall) Create(
	ctx context.Context, req infer.CreateRequest[FluxInstallArgs],
) (infer.CreateResponse[FluxInstallState], error) {
	state := FluxInstallState{FluxInstallArgs: req.Inputs}
	response := infer.CreateResponse[FluxInstallState]{ID: req.Name, Output: state}
	// A preview must not look at the other inputs: what is unknown arrives as a zero value.
	if req.DryRun {
		return response, nil
	}
	defer progress(ctx)("")
	err := install(ctx, &state)
	response.Output = state
	if err != nil && state.ClusterUID == "" {
		return infer.CreateResponse[FluxInstallState]{}, err
	}
	return response, halfMade(err)
}

// Update records the new inputs and prepares the cluster for a new version, to which Flux then brings itself. It goes
// on with an installation that is only half made, and applies what has changed where Flux does not do so itself.
func (FluxInstall) Update(
	ctx context.Context, req infer.UpdateRequest[FluxInstallArgs, FluxInstallState],
) (infer.UpdateResponse[FluxInstallState], error) {
	state := FluxInstallState{
		FluxInstallArgs:  req.Inputs,
		ClusterUID:       req.State.ClusterUID,
		InstalledVersion: req.State.InstalledVersion,
	}
	defer progress(ctx)("")
	if state.InstalledVersion != "" && req.Inputs.otherFlux(req.State.FluxInstallArgs) {
		if err := prepareUpgrade(ctx, req.State.FluxVersion, state, req.DryRun); err != nil {
			return infer.UpdateResponse[FluxInstallState]{}, err
		}
	}
	if req.DryRun {
		return infer.UpdateResponse[FluxInstallState]{Output: state}, nil
	}
	if state.Owner != req.State.Owner {
		// The component, the stack or the project was renamed.
		if err := passOn(ctx, state, req.State.Owner); err != nil {
			return infer.UpdateResponse[FluxInstallState]{}, err
		}
	}
	if state.InstalledVersion != "" && !state.sameImagePull(req.State.FluxInstallArgs) {
		// Before Flux, or the installation, starts a controller that needs it.
		if err := renewImagePullSecret(ctx, state); err != nil {
			return infer.UpdateResponse[FluxInstallState]{}, err
		}
	}
	switch {
	case state.InstalledVersion == "":
	case state.managed() && !reflect.DeepEqual(state.rendered(), req.State.rendered()):
		// Until it is done it is half made: an update that is broken off goes on next time.
		state.InstalledVersion = ""
	default:
		return infer.UpdateResponse[FluxInstallState]{Output: state}, nil
	}
	err := install(ctx, &state)
	return infer.UpdateResponse[FluxInstallState]{Output: state}, halfMade(err)
}

// Read tells whether Flux is still there. If it is not, or the cluster is proven to be gone, the next update installs
// it again.
func (FluxInstall) Read(
	ctx context.Context, req infer.ReadRequest[FluxInstallArgs, FluxInstallState],
) (infer.ReadResponse[FluxInstallArgs, FluxInstallState], error) {
	defer progress(ctx)("")
	response := infer.ReadResponse[FluxInstallArgs, FluxInstallState](req)
	cluster, err := kube.Connect(req.State.Kubeconfig)
	if err != nil {
		return response, err
	}
	if err := kube.WaitForAccess(ctx, cluster, readTimeout, progress(ctx)); err != nil {
		if provenGone(ctx, req.State.ProbeCommand, req.State.ProbeEvidence) {
			p.GetLogger(ctx).Warning(refreshWithoutCluster)
			return infer.ReadResponse[FluxInstallArgs, FluxInstallState]{}, nil
		}
		return response, fmt.Errorf("looking for Flux: %w", err)
	}
	uid, err := kube.UID(ctx, cluster)
	if err != nil {
		return response, err
	}
	there, err := installed(ctx, cluster)
	switch {
	case err != nil:
		return response, fmt.Errorf("looking for Flux: %w", err)
	case uid != req.State.ClusterUID || !there && req.State.InstalledVersion != "":
		return infer.ReadResponse[FluxInstallArgs, FluxInstallState]{}, nil
	case req.State.InstalledVersion == "":
		return response, halfMade(errors.New("the installation of Flux was interrupted; run `pulumi up` to go on"))
	}
	return response, nil
}

// Delete uninstalls Flux and nothing else.
func (FluxInstall) Delete(
	ctx context.Context, req infer.DeleteRequest[FluxInstallState],
) (infer.DeleteResponse, error) {
	defer progress(ctx)("")
	cluster, err := kube.Connect(req.State.Kubeconfig)
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	if err := kube.WaitForAccess(ctx, cluster, readTimeout, progress(ctx)); err != nil {
		if provenGone(ctx, req.State.ProbeCommand, req.State.ProbeEvidence) {
			return infer.DeleteResponse{}, nil
		}
		return infer.DeleteResponse{}, fmt.Errorf("uninstalling Flux: %w; if the cluster is gone for good, take this "+
			"resource out of the state with `pulumi state delete`", err)
	}
	if err := sameCluster(ctx, cluster, req.State.ClusterUID); err != nil {
		return infer.DeleteResponse{}, fmt.Errorf("uninstalling Flux: %w", err)
	}
	if err := uninstall(ctx, cluster, req.State.Owner, progress(ctx)); err != nil {
		return infer.DeleteResponse{}, fmt.Errorf("uninstalling Flux: %w; run `pulumi destroy` again to go on", err)
	}
	return infer.DeleteResponse{}, nil
}

// WireDependencies tells which outputs a change of which inputs makes unknown in a preview. What is missing here
// would make an upgrade look like the loss of the cluster's identity, and with it like a replacement of the teardown.
func (FluxInstall) WireDependencies(f infer.FieldSelector, args *FluxInstallArgs, state *FluxInstallState) {
	identity := f.InputField(&args.ClusterIdentity).Computed()
	f.OutputField(&state.ClusterUID).DependsOn(identity)
	f.OutputField(&state.InstalledVersion).DependsOn(identity)
	f.OutputField(&state.Kubeconfig).AlwaysSecret()
	f.OutputField(&state.Password).AlwaysSecret()
	f.OutputField(&state.ImagePullPassword).AlwaysSecret()
}

// checkDowngrade refuses an earlier minor version.
func checkDowngrade(from, to string) error {
	before, errBefore := parseVersion(from)
	after, errAfter := parseVersion(to)
	if errBefore != nil || errAfter != nil {
		// The component has checked both; an unknown version in a preview is "" and says nothing.
		return nil //nolint:nilerr // see above.
	}
	if after.Major < before.Major || after.Major == before.Major && after.Minor < before.Minor {
		return fmt.Errorf("flux %s cannot be taken back to %s: it may have stored objects in versions that %s cannot "+
			"read; stay at %s or uninstall Flux first", from, to, to, from)
	}
	return nil
}

// halfMade makes an error one that leaves the resource in the state.
func halfMade(err error) error {
	if err == nil {
		return nil
	}
	return infer.ResourceInitFailedError{Reasons: []string{err.Error()}}
}

// progress shows messages beside the resource that is worked on. An empty one takes the last away.
func progress(ctx context.Context) kube.Progress {
	logger := p.GetLogger(ctx)
	return func(message string) { logger.InfoStatus(message) }
}
