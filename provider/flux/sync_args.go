package flux

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	defaultSyncName     = "flux-system"
	defaultSyncBranch   = "main"
	defaultSyncPath     = "./"
	defaultSyncInterval = "1m"
	defaultSyncTimeout  = "5m"
)

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

func (s SyncSpec) kind() SyncKind {
	if s.Kind == nil {
		return SyncKindGitRepository
	}
	return *s.Kind
}

func (s SyncSpec) name() string {
	return stringOr(s.Name, defaultSyncName)
}

func (s SyncSpec) waitForReady() bool {
	return s.WaitForReady == nil || *s.WaitForReady
}
