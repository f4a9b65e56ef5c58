package cluster

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// keyDeletionWindow is how many days a deleted key can be had back. It is the longest that KMS offers: without the key
// not even a backup of the cluster's Secrets can be read, and a key that waits for its deletion costs nothing.
const keyDeletionWindow = 30

// EncryptionSpec says with which key the cluster's Secrets are encrypted.
type EncryptionSpec struct {
	Enabled   *bool              `pulumi:"enabled,optional"`
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
}

// Annotate describes the type in the schema.
func (s *EncryptionSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "With which KMS key the control plane encrypts Kubernetes Secrets. It is fixed at creation: any later "+
		"change replaces the cluster.")
	a.Describe(&s.Enabled, "Whether a KMS key that you control encrypts Secrets. Default: true, with a key made for the "+
		"cluster unless `kmsKeyArn` is given: it is rotated every year, only the cluster may use it, and it costs about 1 "+
		"USD a month (list price). When the cluster is destroyed the key can be had back for 30 days, free of charge, "+
		"and a new cluster of the same name is not hindered by it. With false, EKS encrypts with a key of AWS's own. "+
		"Changing it replaces the cluster.")
	a.Describe(&s.KmsKeyArn, "The ARN of a key of yours to use instead, such as "+
		"`arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab`: symmetric, for encryption, in the "+
		"region of the cluster. Its policy must let the account delegate kms:Encrypt, kms:Decrypt, kms:DescribeKey, "+
		"kms:ListGrants and kms:CreateGrant to IAM. Whoever deletes it loses the cluster. Default: none, a key is made. "+
		"Changing it replaces the cluster.")
}

// IsEnabled returns whether a key of the user's encrypts Secrets.
func (s *EncryptionSpec) IsEnabled() bool { return s == nil || s.Enabled == nil || *s.Enabled }

var keyARN = regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9A-Za-z-]+$`)

// Validate applies the rules of encryption; path is where it stands among the inputs, raw what was given there.
func (s *EncryptionSpec) Validate(path string, raw property.Value) inputs.Violations {
	var found inputs.Violations
	at, key := inputs.Join(path, "kmsKeyArn"), inputs.At(raw, "kmsKeyArn")
	if !key.IsNull() && !s.IsEnabled() {
		found.Addf(at, "has no effect while enabled is false; leave one of the two out")
		return found
	}
	checkText(&found, at, key, func(given string) error {
		if keyARN.MatchString(given) {
			return nil
		}
		return fmt.Errorf("must be the ARN of a KMS key, not of an alias, such as "+
			"arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab; got %q", given)
	})
	return found
}

// encryption registers what encrypts Secrets, before the cluster: it is fixed when the cluster is made.
func (r *registration) encryption() error {
	spec := r.Options.Encryption
	switch {
	case !spec.IsEnabled():
		r.KMSKeyArn = pulumi.String("").ToStringOutput()
		return nil
	case spec != nil && spec.KmsKeyArn != nil:
		r.KMSKeyArn = spec.KmsKeyArn.ToStringOutput()
		policy, err := r.inlinePolicy("cluster-encryption", r.clusterRole,
			r.KMSKeyArn.ApplyT(keyUsePolicy).(pulumi.StringOutput))
		if err != nil {
			return err
		}
		r.beforeCluster = append(r.beforeCluster, policy)
		return nil
	}
	return r.ownKey()
}

func (r *registration) ownKey() error {
	policy := pulumi.All(r.partition, r.caller.AccountId(), r.clusterRole.Arn).ApplyT(
		func(values []any) (string, error) {
			var texts [3]string
			for i, value := range values {
				texts[i], _ = value.(string)
			}
			return keyPolicy(texts[0], texts[1], texts[2])
		}).(pulumi.StringOutput)
	key, err := kms.NewKey(r.ctx, r.Base, &kms.KeyArgs{
		Description:          pulumi.String("Secrets of the EKS cluster " + r.Options.Name),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(keyDeletionWindow),
		Policy:               policy,
		Tags:                 r.Options.Tags,
	}, r.parent)
	if err != nil {
		return fmt.Errorf("registering key %s: %w", r.Base, err)
	}
	r.keep(key)
	alias, err := kms.NewAlias(r.ctx, r.Base, &kms.AliasArgs{
		// A suffix of its own: the alias of an earlier cluster of this name, if one was left, is not in the way.
		NamePrefix:  pulumi.String("alias/eks/" + r.Options.Name + "-"),
		TargetKeyId: key.KeyId,
	}, r.parent)
	if err != nil {
		return fmt.Errorf("registering alias %s: %w", r.Base, err)
	}
	r.keep(alias)
	r.KMSKeyArn = key.Arn
	return nil
}

// keyInput is the key as pulumi-eks takes it: absent where EKS is to use AWS's own.
func (r *registration) keyInput() pulumi.StringPtrInput {
	if !r.Options.Encryption.IsEnabled() {
		return nil
	}
	return r.KMSKeyArn.ToStringPtrOutput()
}
