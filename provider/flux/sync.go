package flux

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// syncObjects are the objects with which Flux syncs the user's repository.
type syncObjects struct {
	source, kustomization pulumi.Resource
	// digest changes whenever one of the two does.
	digest pulumi.StringOutput
}

func (c children) sync(sync SyncSpec) (*syncObjects, error) {
	interval := inputOr(sync.Interval, defaultSyncInterval)
	sourceSpec := pulumi.Map{
		"interval": interval,
		"url":      sync.URL,
		"ref":      sync.ref(),
	}
	source, err := c.object(c.base+"-sync", sourceAPIVersion, string(sync.kind()), sync.name(), sourceSpec)
	if err != nil {
		return nil, err
	}
	kustomizationSpec := pulumi.Map{
		"interval":      interval,
		"retryInterval": pulumi.String(defaultRetryInterval),
		"timeout":       inputOr(sync.Timeout, defaultSyncTimeout),
		"path":          inputOr(sync.Path, defaultSyncPath),
		"sourceRef": pulumi.Map{
			"kind": pulumi.String(sync.kind()),
			"name": pulumi.String(sync.name()),
		},
		"prune": pulumi.Bool(true),
		"wait":  pulumi.Bool(true),
		// Whoever deletes this object waits until what it has applied is gone.
		"deletionPolicy": pulumi.String("WaitForTermination"),
	}
	kustomization, err := c.object(c.base+"-sync", kustomizeAPIVersion, "Kustomization", sync.name(), kustomizationSpec,
		pulumi.DependsOn([]pulumi.Resource{source}))
	if err != nil {
		return nil, err
	}
	digest := pulumi.JSONMarshal(pulumi.Array{sourceSpec, kustomizationSpec}).ApplyT(func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}).(pulumi.StringOutput) //nolint:forcetypeassert // the function returns a string.
	return &syncObjects{source: source, kustomization: kustomization, digest: digest}, nil
}

func (s SyncSpec) ref() pulumi.Map {
	ref := pulumi.Map{}
	if s.Ref != nil {
		for field, value := range map[string]pulumi.StringInput{
			"branch": s.Ref.Branch, "tag": s.Ref.Tag, "semver": s.Ref.Semver, "commit": s.Ref.Commit,
		} {
			if value != nil {
				ref[field] = value
			}
		}
	}
	if len(ref) == 0 {
		ref["branch"] = pulumi.String(defaultSyncBranch)
	}
	return ref
}
