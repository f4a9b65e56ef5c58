package flux

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// FluxArgs are the inputs of the component Flux.
type FluxArgs struct {
	Kubeconfig      pulumi.StringInput `provider:"secret"                 pulumi:"kubeconfig"`
	ClusterIdentity pulumi.StringInput `pulumi:"clusterIdentity,optional"`
	Version         *string            `pulumi:"version,optional"`
	Interval        pulumi.StringInput `pulumi:"interval,optional"`
	Components      []string           `pulumi:"components,optional"`
	Artifact        *FluxArtifactSpec  `pulumi:"artifact,optional"`
	Sync            *SyncSpec          `pulumi:"sync,optional"`
}

// FluxSpec says which Flux is installed and how. GitOpsCluster nests it; the component Flux has the same fields at
// its top level.
type FluxSpec struct {
	Version    *string            `pulumi:"version,optional"`
	Interval   pulumi.StringInput `pulumi:"interval,optional"`
	Components []string           `pulumi:"components,optional"`
	Artifact   *FluxArtifactSpec  `pulumi:"artifact,optional"`
}

// FluxArtifactSpec says where Flux's manifests come from.
type FluxArtifactSpec struct {
	URL      *string `pulumi:"url,optional"`
	Digest   *string `pulumi:"digest,optional"`
	Insecure *bool   `pulumi:"insecure,optional"`
}

// SyncSpec says which repository Flux syncs.
type SyncSpec struct {
	Kind         *SyncKind          `pulumi:"kind,optional"`
	URL          pulumi.StringInput `pulumi:"url"`
	Ref          *SyncRefSpec       `pulumi:"ref,optional"`
	Path         pulumi.StringInput `pulumi:"path,optional"`
	Name         *string            `pulumi:"name,optional"`
	Interval     pulumi.StringInput `pulumi:"interval,optional"`
	Timeout      pulumi.StringInput `pulumi:"timeout,optional"`
	WaitForReady *bool              `pulumi:"waitForReady,optional"`
}

// SyncRefSpec says which revision of the repository is synced.
type SyncRefSpec struct {
	Branch pulumi.StringInput `pulumi:"branch,optional"`
	Tag    pulumi.StringInput `pulumi:"tag,optional"`
	Semver pulumi.StringInput `pulumi:"semver,optional"`
	Commit pulumi.StringInput `pulumi:"commit,optional"`
}

// SyncKind is the kind of source that is synced.
type SyncKind string

// SyncKindGitRepository is a git repository.
const SyncKindGitRepository SyncKind = "GitRepository"

var _ infer.Enum[SyncKind] = SyncKind("")

// Values lists the kinds of source.
func (SyncKind) Values() []infer.EnumValue[SyncKind] {
	return []infer.EnumValue[SyncKind]{{
		Name:        "GitRepository",
		Value:       SyncKindGitRepository,
		Description: "A git repository, over HTTPS or SSH.",
	}}
}

// spec returns the part of the arguments that GitOpsCluster nests.
func (a FluxArgs) spec() FluxSpec {
	return FluxSpec{Version: a.Version, Interval: a.Interval, Components: a.Components, Artifact: a.Artifact}
}
