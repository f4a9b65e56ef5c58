package flux

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/aliases"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
)

// Token is the type token of Flux.
var Token = plugin.Token("Flux")

// Flux is a component that installs Flux on a cluster and points it at a repository.
type Flux struct {
	pulumi.ResourceState

	FluxVersion        pulumi.StringOutput      `pulumi:"fluxVersion"`
	FluxArtifactDigest pulumi.StringOutput      `pulumi:"fluxArtifactDigest"`
	FluxImages         pulumi.StringArrayOutput `pulumi:"fluxImages"`
	FluxNamespace      pulumi.StringOutput      `pulumi:"fluxNamespace"`
	SyncName           pulumi.StringOutput      `pulumi:"syncName"`
	SyncRevision       pulumi.StringOutput      `pulumi:"syncRevision"`

	ReceiverWebhookPath pulumi.StringOutput `provider:"secret" pulumi:"receiverWebhookPath"`
	// ViewerToken is that of [Composition.ViewerAccount], and no output of the component's own.
	ViewerToken pulumi.StringOutput
}

// Composition says how Flux stands among other resources. The zero value, but for Base, is Flux on a cluster that
// somebody else looks after.
type Composition struct {
	// Base is the name from which those of the children are made.
	Base string
	// Artifact is the artifact, if it is resolved already.
	Artifact *Artifact
	// InstallDependsOn is what an installation needs to get ready: nodes and their DNS.
	InstallDependsOn []pulumi.Resource
	// TeardownDependsOn is all that the teardown must outlive, because it needs a way to the API server and to the
	// cloud.
	TeardownDependsOn []pulumi.Resource
	// DeletedWith is the cluster, if it is destroyed together with Flux: then nothing in it is deleted one by one.
	// The teardown is the exception, because what it has Flux remove may have taken hold outside of the cluster.
	DeletedWith pulumi.Resource
	// Viewers are the Kubernetes groups that may look at Flux's own objects.
	Viewers []string
	// EventMetadata is told with every message of an alert: which cluster it is from.
	EventMetadata pulumi.StringMap
	// ViewerAccount asks for a ServiceAccount that may look into the cluster and change nothing.
	ViewerAccount bool
	// Labels are put on every object that is registered in the cluster.
	Labels map[string]string
	// Probe tells whether the cluster still exists. Without one a cluster that does not answer is never taken for gone.
	Probe Probe
}

// Probe is a command that tells whether a cluster still exists.
type Probe struct {
	// Command is the program and its arguments.
	Command pulumi.StringArrayInput
	// Evidence are the words in the output of the command, if it fails, that prove that the cluster is gone.
	Evidence string
}

// NewFlux registers the component Flux for a program of its own.
func NewFlux(ctx *pulumi.Context, name string, args FluxArgs, opts ...pulumi.ResourceOption) (*Flux, error) {
	opts, err := aliases.ForChildren(name, opts)
	if err != nil {
		return nil, err
	}
	return register(ctx, name, args, Composition{Base: name}, opts...)
}

// New registers the component Flux inside another component.
func New(
	ctx *pulumi.Context, name string, args FluxArgs, c Composition, opts ...pulumi.ResourceOption,
) (*Flux, error) {
	component, err := register(ctx, name, args, c, opts...)
	if err != nil {
		return nil, err
	}
	// The framework does this for the component that it constructs, and only for that one.
	if err := ctx.RegisterResourceOutputs(component, pulumi.Map{
		"fluxVersion":        component.FluxVersion,
		"fluxArtifactDigest": component.FluxArtifactDigest,
		"fluxImages":         component.FluxImages,
		"fluxNamespace":      component.FluxNamespace,
		"syncName":           component.SyncName,
		"syncRevision":       component.SyncRevision,

		"receiverWebhookPath": component.ReceiverWebhookPath,
	}); err != nil {
		return nil, fmt.Errorf("registering the outputs of %s: %w", name, err)
	}
	return component, nil
}

func register(
	ctx *pulumi.Context, name string, args FluxArgs, c Composition, opts ...pulumi.ResourceOption,
) (*Flux, error) {
	spec := args.spec()
	if c.Artifact == nil {
		resolved, violations := Resolve(ctx.Context(), "", spec, ctx.DryRun())
		if err := violations.Err(fmt.Sprintf("invalid inputs of %s", name)); err != nil {
			return nil, err
		}
		c.Artifact = &resolved
	}
	component := &Flux{}
	if err := ctx.RegisterComponentResource(string(Token), name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering %s: %w", name, err)
	}
	if err := c.Artifact.warn(ctx, component); err != nil {
		return nil, err
	}
	children := children{
		ctx:         ctx,
		base:        c.Base,
		parent:      pulumi.Parent(component),
		inCluster:   []pulumi.ResourceOption{pulumi.Parent(component)},
		kubeconfig:  secretString(args.Kubeconfig),
		identity:    args.ClusterIdentity,
		probe:       c.Probe,
		labels:      c.Labels,
		givenLabels: args.Labels,
		owner:       strings.Join([]string{ctx.Project(), ctx.Stack(), name}, "/"),
	}
	if c.DeletedWith != nil {
		children.inCluster = append(children.inCluster, pulumi.DeletedWith(c.DeletedWith))
	}
	if err := children.registerAll(args, c, component); err != nil {
		return nil, fmt.Errorf("registering the children of %s: %w", name, err)
	}
	component.FluxVersion = pulumi.String(spec.version()).ToStringOutput()
	component.FluxArtifactDigest = pulumi.String(c.Artifact.Digest).ToStringOutput()
	component.FluxImages = c.Artifact.images()
	component.FluxNamespace = pulumi.String(manifests.Namespace).ToStringOutput()
	return component, nil
}
