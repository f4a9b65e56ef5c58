package flux

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Source says what is synced, for those who describe it elsewhere. Without a sync everything in it is empty.
type Source struct {
	// URL is the address of the repository.
	URL pulumi.StringInput
	// Ref is the branch, tag or commit; empty for a range of versions, which is not one place.
	Ref pulumi.StringInput
	// Path is the folder in the repository.
	Path pulumi.StringInput
}

// Source returns what is synced.
func (s *SyncSpec) Source() Source {
	none := pulumi.String("")
	if s == nil {
		return Source{URL: none, Ref: none, Path: none}
	}
	source := Source{URL: s.URL, Ref: pulumi.String(defaultSyncBranch), Path: inputOr(s.Path, defaultSyncPath)}
	if s.Ref != nil {
		for _, ref := range []pulumi.StringInput{s.Ref.Branch, s.Ref.Tag, s.Ref.Commit} {
			if ref != nil {
				source.Ref = ref
			}
		}
		if s.Ref.Semver != nil {
			source.Ref = none
		}
	}
	return source
}
