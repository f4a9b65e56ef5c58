package aws

import (
	"crypto/md5" //nolint:gosec // S3's ETag is this sum.
	"encoding/hex"
)

// CatalogBucket is a bucket that the account has from the start, as a platform's bucket for its developer portal is
// there before the first cluster. No program here makes buckets.
const CatalogBucket = "platform-catalog"

func storageKinds() map[string]*kind {
	return map[string]*kind{
		typeBucketObject: {
			title: "S3 Object", service: s3, named: "key", tags: s3Tags,
			calls:  calls{create: "PutObject", update: "PutObject", remove: "DeleteObject"},
			create: (*tx).createBucketObject, update: (*tx).updateBucketObject,
		},
	}
}

// createBucketObject puts an object, which to S3 is the same whether there is one already.
func (t *tx) createBucketObject(inputs props) (*record, error) {
	bucket, name := inputs.str("bucket"), inputs.str("key")
	if bucket != CatalogBucket {
		return nil, t.fail("NoSuchBucket", "The specified bucket does not exist")
	}
	// The provider's own id is the key alone; here it must tell apart the objects of two buckets.
	r := &record{ID: bucket + "/" + name, Computed: props{
		"arn": "arn:aws:s3:::" + bucket + "/" + name, "acl": "", "bucketKeyEnabled": false, "kmsKeyId": "",
		"checksumCrc32": "", "checksumCrc32c": "", "checksumCrc64nvme": "", "checksumSha1": "", "checksumSha256": "",
		"versionId": "", "serverSideEncryption": "AES256",
	}}
	return r, t.updateBucketObject(r, inputs)
}

func (t *tx) updateBucketObject(r *record, inputs props) error {
	const limit = 10 // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
	if name := inputs.str("key"); len(name) > 1024 {
		return t.fail("KeyTooLongError", "Your key is too long")
	}
	if len(t.allTags(&kind{tags: s3Tags}, inputs)) > limit {
		return t.fail("BadRequest", "Object tags cannot be greater than 10")
	}
	sum := md5.Sum([]byte(inputs.str("content"))) //nolint:gosec // as above.
	r.set("etag", hex.EncodeToString(sum[:]))
	r.set("contentType", orElse(inputs.str("contentType"), "application/octet-stream"))
	r.set("storageClass", orElse(inputs.str("storageClass"), "STANDARD"))
	return nil
}
