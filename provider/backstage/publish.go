package backstage

import (
	"fmt"
	"path"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Write writes a document to where Backstage looks for it, if that is asked for. Nothing waits for the object, and it
// waits for no more than what it says: the portal knows of a cluster as soon as there is one, and until it goes.
func (s *BackstageSpec) Write(
	ctx *pulumi.Context, base string, settings Settings, document pulumi.StringInput, opts ...pulumi.ResourceOption,
) error {
	if s == nil || s.Publish == nil {
		return nil
	}
	name := base + "-catalog"
	_, err := s3.NewBucketObjectv2(ctx, name, &s3.BucketObjectv2Args{
		Bucket:      s.Publish.Bucket,
		Key:         pulumi.String(s.Publish.key(ctx.Project(), ctx.Stack(), settings.Name)),
		Content:     document.ToStringOutput().ToStringPtrOutput(),
		ContentType: pulumi.String("application/yaml"),
	}, opts...)
	if err != nil {
		return fmt.Errorf("registering S3 object %s: %w", name, err)
	}
	return nil
}

// key is the object's key: by default one of its own for every cluster of every stack.
func (s BackstagePublishSpec) key(project, stack, entity string) string {
	if s.Key != nil {
		return *s.Key
	}
	return path.Join("backstage", project, stack, entity+".yaml")
}
