package flux

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
)

// children registers the children of one component.
type children struct {
	ctx  *pulumi.Context
	base string
	// parent is the option of the children that are not in the cluster, inCluster those of the others.
	parent    pulumi.ResourceOption
	inCluster []pulumi.ResourceOption

	kubeconfig pulumi.StringOutput
	identity   pulumi.StringInput
	probe      Probe
	// labels are on every object in the cluster that is registered, and so are those that the user gives.
	labels      map[string]string
	givenLabels pulumi.StringMapInput
	// owner is written on the cluster, so that another program does not take this installation for its own. The URN
	// would say the same, but an output of the component cannot be an input of its child: it waits for all of them.
	owner string
}

func (c children) registerAll(args FluxArgs, composition Composition, component *Flux) error {
	spec := args.spec()
	install, err := c.install(spec, *composition.Artifact, composition.InstallDependsOn)
	if err != nil {
		return err
	}
	provider, err := c.provider(install)
	if err != nil {
		return err
	}
	c.inCluster = append(c.inCluster, pulumi.Provider(provider))
	outlived := append([]pulumi.Resource{install, provider}, composition.TeardownDependsOn...)
	if !spec.managedByPulumi() {
		self, err := c.self(spec, *composition.Artifact)
		if err != nil {
			return err
		}
		outlived = append(outlived, self...)
	}
	viewers, err := c.viewers(composition.Viewers)
	if err != nil {
		return err
	}
	outlived = append(outlived, viewers...)
	token, account, err := c.viewerAccount(composition.ViewerAccount)
	if err != nil {
		return err
	}
	component.ViewerToken = token
	outlived = append(outlived, account...)

	placed, err := c.placed(args)
	if err != nil {
		return err
	}
	outlived = append(outlived, placed.all()...)

	component.SyncName = pulumi.String("").ToStringOutput()
	var sync *syncObjects
	if args.Sync != nil {
		component.SyncName = pulumi.String(args.Sync.name()).ToStringOutput()
		if sync, err = c.sync(*args.Sync, *placed, spec.rootAccount()); err != nil {
			return err
		}
		outlived = append(outlived, sync.all...)
	}
	notifications, err := c.notifications(args, composition, component)
	if err != nil {
		return err
	}
	outlived = append(outlived, notifications...)
	teardown, err := c.teardown(args, composition, sync, install.ClusterUID, outlived)
	if err != nil {
		return err
	}
	component.SyncRevision = teardown.SyncRevision
	return nil
}

// notifications registers what Flux is told by others and what it tells them.
func (c children) notifications(
	args FluxArgs, composition Composition, component *Flux,
) (registered []pulumi.Resource, err error) {
	component.ReceiverWebhookPath = secretString(pulumi.String(""))
	if args.Receiver != nil && args.Sync != nil {
		registered, component.ReceiverWebhookPath, err = c.receiver(*args.Receiver, *args.Sync)
		if err != nil {
			return nil, err
		}
	}
	alerts, err := c.alerts(args.Alerts, args.Sync, composition.EventMetadata)
	return append(registered, alerts...), err
}

// provider registers the Kubernetes provider of the objects. It depends on the installation, which has waited until
// the API server lets us in and has made the kinds of the objects known.
func (c children) provider(install *fluxInstallResource) (*kubernetes.Provider, error) {
	args := &kubernetes.ProviderArgs{
		Kubeconfig:            c.kubeconfig,
		EnableServerSideApply: pulumi.Bool(true),
		// The provider replaces what is in a ConfigMap or a Secret by deleting it first, unless told not to, and Flux
		// fails while it is away.
		EnableConfigMapMutable: pulumi.Bool(true),
		EnableSecretMutable:    pulumi.Bool(true),
	}
	if c.identity != nil {
		// Without it the provider compares kubeconfigs, and takes a new endpoint for a new cluster.
		args.ClusterIdentifier = c.identity.ToStringOutput().ToStringPtrOutput()
	}
	return kubernetes.NewProvider(c.ctx, c.base, args, c.parent, pulumi.DependsOn([]pulumi.Resource{install}))
}

func secretString(value pulumi.StringInput) pulumi.StringOutput {
	return pulumi.ToSecret(value).(pulumi.StringOutput) //nolint:forcetypeassert // ToSecret keeps the output's type.
}

// fluxInstallResource is FluxInstall as the component sees it.
type fluxInstallResource struct {
	pulumi.CustomResourceState

	ClusterUID pulumi.StringOutput `pulumi:"clusterUid"`
}

func (c children) install(
	spec FluxSpec, resolved Artifact, dependsOn []pulumi.Resource,
) (*fluxInstallResource, error) {
	properties := pulumi.Map{
		"kubeconfig":  c.kubeconfig,
		"fluxVersion": pulumi.String(spec.version()),
		"url":         pulumi.String(resolved.URL),
		"digest":      pulumi.String(resolved.Digest),
		"insecure":    pulumi.Bool(spec.insecure()),
		"components":  pulumi.ToStringArray(spec.components()),
		"owner":       pulumi.String(c.owner),
	}
	if spec.Artifact != nil && spec.Artifact.CaCertificate != nil {
		properties["caCertificate"] = pulumi.String(*spec.Artifact.CaCertificate)
	}
	if spec.Artifact != nil && spec.Artifact.Auth != nil {
		properties["username"] = spec.Artifact.Auth.Username
		properties["password"] = secretString(spec.Artifact.Auth.Password)
	}
	spec.addTo(properties)
	resource := &fluxInstallResource{}
	return resource, c.own("FluxInstall", c.base, properties, resource,
		append([]pulumi.ResourceOption{pulumi.DependsOn(dependsOn)}, c.inCluster...)...)
}

// gitOpsTeardownResource is GitOpsTeardown as the component sees it.
type gitOpsTeardownResource struct {
	pulumi.CustomResourceState

	SyncRevision pulumi.StringOutput `pulumi:"syncRevision"`
}

func (c children) teardown(
	args FluxArgs, composition Composition, sync *syncObjects, clusterUID pulumi.StringOutput, dependsOn []pulumi.Resource,
) (*gitOpsTeardownResource, error) {
	properties := pulumi.Map{
		"kubeconfig":  c.kubeconfig,
		"clusterUid":  clusterUID,
		"scope":       pulumi.String(TeardownScopeFlux),
		"policy":      pulumi.String(args.Teardown.policy()),
		"onUnhealthy": pulumi.String(args.Teardown.onUnhealthy()),
		"timeout":     pulumi.String(args.Teardown.timeout()),
	}
	if spec := args.spec(); !spec.managedByPulumi() {
		properties["fluxVersion"] = pulumi.String(spec.version())
		properties["fluxDigest"] = pulumi.String(composition.Artifact.Digest)
	}
	if composition.DeletedWith != nil {
		properties["scope"] = pulumi.String(TeardownScopeCluster)
	}
	if sync != nil {
		spec := args.Sync
		properties["syncKind"] = pulumi.String(spec.kind())
		properties["syncName"] = pulumi.String(spec.name())
		if len(spec.Kustomizations) > 0 {
			properties["syncKustomizations"] = pulumi.ToStringArray(spec.kustomizationNames())
		}
		properties["syncDigest"] = sync.digest
		properties["syncTimeout"] = inputOr(spec.Timeout, defaultSyncTimeout)
		properties["waitForReady"] = pulumi.Bool(spec.waitForReady())
	}
	resource := &gitOpsTeardownResource{}
	return resource, c.own("GitOpsTeardown", c.base, properties, resource, c.parent, pulumi.DependsOn(dependsOn))
}

// own registers a custom resource of our own package. It carries our version and the place of our plugin, so that it
// runs on the very plugin that this component runs on.
func (c children) own(
	kind, name string, properties pulumi.Map, resource pulumi.CustomResource, opts ...pulumi.ResourceOption,
) error {
	if c.identity != nil {
		properties["clusterIdentity"] = c.identity
	}
	if c.probe.Command != nil {
		properties["probeCommand"] = c.probe.Command
		properties["probeEvidence"] = pulumi.String(c.probe.Evidence)
	}
	opts = append(opts, plugin.Options())
	if err := c.ctx.RegisterResource(string(plugin.Token(kind)), name, properties, resource, opts...); err != nil {
		return fmt.Errorf("registering %s %s: %w", kind, name, err)
	}
	return nil
}

// treatment is how Pulumi's Kubernetes provider treats objects of Flux. It deletes in the foreground unless it is told
// otherwise, and that is for Kubernetes's garbage collector to end. The collector remembers an object by the version of
// its kind that was the preferred one when it first saw it, and waits for ever once an upgrade has taken that away.
var treatment = pulumi.StringMap{
	"pulumi.com/skipAwait":                 pulumi.String("true"),
	"pulumi.com/deletionPropagationPolicy": pulumi.String("background"),
}

// object registers an object of Flux in its namespace. Nobody waits for it here: Pulumi's Kubernetes provider would
// end a wait that fails with "timed out waiting for the condition", and a teardown that depends on an object which is
// not ready would never reach the state. [GitOpsTeardown] waits.
func (c children) object(
	name, apiVersion, kind, objectName string, spec pulumi.Map, opts ...pulumi.ResourceOption,
) (pulumi.Resource, error) {
	metadata := metav1.ObjectMetaArgs{
		Name:        pulumi.String(objectName),
		Namespace:   pulumi.String(manifests.Namespace),
		Annotations: treatment,
	}
	if labels := c.labelled(nil); labels != nil {
		metadata.Labels = labels
	}
	object, err := apiextensions.NewCustomResource(c.ctx, name, &apiextensions.CustomResourceArgs{
		ApiVersion:  pulumi.String(apiVersion),
		Kind:        pulumi.String(kind),
		Metadata:    metadata,
		OtherFields: kubernetes.UntypedArgs{"spec": spec},
	}, append(opts, c.inCluster...)...)
	if err != nil {
		return nil, fmt.Errorf("registering %s %s: %w", kind, objectName, err)
	}
	return object, nil
}
