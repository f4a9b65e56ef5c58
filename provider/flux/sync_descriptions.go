package flux

import "github.com/pulumi/pulumi-go-provider/infer"

// Annotate describes the specification in the schema.
func (s *SyncSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "Which repository Flux syncs, and how.")
	a.Describe(&s.Kind, "The kind of source. Default: `GitRepository`, the only one so far.")
	a.Describe(&s.URL, "The address of the repository: `https://` or `ssh://`, without a user name or password for "+
		"`https`. The repository must be readable without signing in.")
	a.Describe(&s.Ref, "The revision to sync. Default: the branch `"+defaultSyncBranch+"`.")
	a.Describe(&s.Path, "The folder in the repository that is applied, with a kustomization.yaml or without. "+
		"Default: `"+defaultSyncPath+"`, the whole repository.")
	a.Describe(&s.Name, "The name of the source and the Kustomization in the cluster: lower-case letters, digits and "+
		"hyphens, at most 63. Default: `"+defaultSyncName+"`, as `flux bootstrap` calls them. Changing it removes what "+
		"was applied under the old name.")
	a.Describe(&s.Interval, "How often Flux asks for new commits and puts back what was changed by hand, as a duration "+
		"such as `1m`, at least `5s`. Default: `"+defaultSyncInterval+"`.")
	a.Describe(&s.Timeout, "How long what is applied may take to become ready, as a duration such as `5m`. Flux reports "+
		"a failure after it, and `pulumi up` with it. Default: `"+defaultSyncTimeout+"`.")
	a.Describe(&s.WaitForReady, "Whether `pulumi up` waits until Flux has applied a new or changed sync and everything "+
		"in it is ready, and fails with Flux's own message otherwise. Default: true.")
}

// Annotate describes the specification in the schema.
func (s *SyncRefSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A revision of a repository; one of the fields.")
	a.Describe(&s.Branch, "The branch whose newest commit is synced, such as `main`.")
	a.Describe(&s.Tag, "The tag that is synced, such as `v1.4.2`.")
	a.Describe(&s.Semver, "The range of versions whose newest tag is synced, such as `>=1.4.0 <2.0.0`.")
	a.Describe(&s.Commit, "The SHA of the one commit that is synced.")
}
