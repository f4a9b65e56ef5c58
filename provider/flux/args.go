package flux

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// FluxArgs are the inputs of the component Flux.
type FluxArgs struct {
	Kubeconfig      pulumi.StringInput       `provider:"secret"                 pulumi:"kubeconfig"`
	ClusterIdentity pulumi.StringInput       `pulumi:"clusterIdentity,optional"`
	Version         *string                  `pulumi:"version,optional"`
	Interval        pulumi.StringInput       `pulumi:"interval,optional"`
	Components      []string                 `pulumi:"components,optional"`
	Artifact        *FluxArtifactSpec        `pulumi:"artifact,optional"`
	Registry        *string                  `pulumi:"registry,optional"`
	NetworkPolicy   *bool                    `pulumi:"networkPolicy,optional"`
	Tolerations     []FluxTolerationSpec     `pulumi:"tolerations,optional"`
	Patches         []FluxPatchSpec          `pulumi:"patches,optional"`
	Labels          pulumi.StringMapInput    `pulumi:"labels,optional"`
	Size            *FluxSize                `pulumi:"size,optional"`
	ImagePullSecret *FluxImagePullSecretSpec `inputs:"notShown" pulumi:"imagePullSecret,optional"`

	Management             *FluxManagement                  `pulumi:"management,optional"`
	Multitenancy           *FluxMultitenancySpec            `pulumi:"multitenancy,optional"`
	Adopt                  *bool                            `pulumi:"adopt,optional"`
	Secrets                map[string]pulumi.StringMapInput `inputs:"notShown" pulumi:"secrets,optional"`
	Sync                   *SyncSpec                        `pulumi:"sync,optional"`
	ClusterVariables       pulumi.StringMapInput            `inputs:"notShown" pulumi:"clusterVariables,optional"`
	SecretClusterVariables pulumi.StringMapInput            `provider:"secret" pulumi:"secretClusterVariables,optional"`
	Receiver               *ReceiverSpec                    `inputs:"notShown" pulumi:"receiver,optional"`
	Alerts                 map[string]AlertSpec             `inputs:"notShown" pulumi:"alerts,optional"`
	Teardown               *TeardownSpec                    `pulumi:"teardown,optional"`
}

// FluxSpec says which Flux is installed and how. GitOpsCluster nests it; the component Flux has the same fields at
// its top level.
type FluxSpec struct {
	Version         *string                  `pulumi:"version,optional"`
	Interval        pulumi.StringInput       `pulumi:"interval,optional"`
	Components      []string                 `pulumi:"components,optional"`
	Artifact        *FluxArtifactSpec        `pulumi:"artifact,optional"`
	Registry        *string                  `pulumi:"registry,optional"`
	NetworkPolicy   *bool                    `pulumi:"networkPolicy,optional"`
	Tolerations     []FluxTolerationSpec     `pulumi:"tolerations,optional"`
	Patches         []FluxPatchSpec          `pulumi:"patches,optional"`
	Labels          pulumi.StringMapInput    `pulumi:"labels,optional"`
	Size            *FluxSize                `pulumi:"size,optional"`
	ImagePullSecret *FluxImagePullSecretSpec `inputs:"notShown" pulumi:"imagePullSecret,optional"`

	Management   *FluxManagement                  `pulumi:"management,optional"`
	Multitenancy *FluxMultitenancySpec            `pulumi:"multitenancy,optional"`
	Adopt        *bool                            `pulumi:"adopt,optional"`
	Secrets      map[string]pulumi.StringMapInput `inputs:"notShown" pulumi:"secrets,optional"`
}

// FluxArtifactSpec says where Flux's manifests come from.
type FluxArtifactSpec struct {
	URL           *string               `pulumi:"url,optional"`
	Digest        *string               `pulumi:"digest,optional"`
	Insecure      *bool                 `pulumi:"insecure,optional"`
	CaCertificate *string               `pulumi:"caCertificate,optional"`
	Auth          *FluxArtifactAuthSpec `pulumi:"auth,optional"`
	Verify        *FluxVerificationSpec `pulumi:"verify,optional"`
}

// Args returns the arguments of the component Flux that come from the specification.
func (s FluxSpec) Args() FluxArgs {
	return FluxArgs{
		Version: s.Version, Interval: s.Interval, Components: s.Components, Artifact: s.Artifact,
		Registry: s.Registry, NetworkPolicy: s.NetworkPolicy, Tolerations: s.Tolerations, Patches: s.Patches,
		Labels: s.Labels, Size: s.Size, ImagePullSecret: s.ImagePullSecret,
		Management: s.Management, Multitenancy: s.Multitenancy, Adopt: s.Adopt, Secrets: s.Secrets,
	}
}

// spec returns the part of the arguments that GitOpsCluster nests.
func (a FluxArgs) spec() FluxSpec {
	return FluxSpec{
		Version: a.Version, Interval: a.Interval, Components: a.Components, Artifact: a.Artifact,
		Registry: a.Registry, NetworkPolicy: a.NetworkPolicy, Tolerations: a.Tolerations, Patches: a.Patches,
		Labels: a.Labels, Size: a.Size, ImagePullSecret: a.ImagePullSecret,
		Management: a.Management, Multitenancy: a.Multitenancy, Adopt: a.Adopt, Secrets: a.Secrets,
	}
}
