package catalog

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"

func storageResources() map[string]Resource {
	return map[string]Resource{
		"aws:s3/bucketObjectv2:BucketObjectv2": resource(s3.BucketObjectv2Args{}, s3.BucketObjectv2{}, Resource{
			Replace:  []string{"bucket", "key"},
			Defaults: map[string]any{"forceDestroy": false},
			// The real provider takes the name of the resource for a key that is not given.
			Required:   []string{"bucket", "key"},
			Recomputed: []string{"etag", "versionId"},
			Unset:      []string{"metadata", "source"},
			Values: map[string]Rule{
				"storageClass": oneOf("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
					"GLACIER", "DEEP_ARCHIVE", "OUTPOSTS", "GLACIER_IR", "EXPRESS_ONEZONE"),
				"serverSideEncryption": oneOf("AES256", "aws:kms", "aws:kms:dsse"),
			},
			Groups: []Group{atMostOne("content", "contentBase64")},
			NotSimulated: []string{
				"acl", "bucketKeyEnabled", "checksumAlgorithm", "contentBase64", "etag", "kmsKeyId", "objectLockLegalHoldStatus",
				"objectLockMode", "objectLockRetainUntilDate", "source", "sourceHash", "websiteRedirect",
			},
		}),
	}
}
