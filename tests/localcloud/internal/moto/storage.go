package moto

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// addBucket makes the bucket that is there before any program, as in the simulated AWS.
func (a *Account) addBucket(ctx context.Context) error {
	const where = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>%s` +
		`</LocationConstraint></CreateBucketConfiguration>`
	_, err := a.send(ctx, http.MethodPut, "/"+aws.CatalogBucket, "s3", nil, fmt.Appendf(nil, where, a.options.Region))
	return err
}

// withObjects puts what is in the bucket into the place of the bucket.
func (a *Account) withObjects(ctx context.Context, found []aws.Resource) ([]aws.Resource, error) {
	content, err := a.send(ctx, http.MethodGet, "/"+aws.CatalogBucket+"?list-type=2", "s3", nil, nil)
	if err != nil {
		return nil, err
	}
	var list struct{ Contents []struct{ Key string } }
	if err := xml.Unmarshal(content, &list); err != nil {
		return nil, fmt.Errorf("decoding the list of objects: %w", err)
	}
	found = slices.DeleteFunc(found, func(r aws.Resource) bool {
		return r.Type == "aws:s3/bucket:Bucket" && r.ID == aws.CatalogBucket
	})
	for _, object := range list.Contents {
		id := aws.CatalogBucket + "/" + object.Key
		found = append(found, aws.Resource{Type: "aws:s3/bucketObjectv2:BucketObjectv2", ID: id, Name: object.Key})
	}
	return found, nil
}
