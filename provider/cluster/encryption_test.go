package cluster

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestValidateEncryption(t *testing.T) {
	t.Parallel()
	const form = "must be the ARN of a KMS key, not of an alias, such as " +
		"arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab; got "
	tests := map[string]struct {
		spec *EncryptionSpec
		key  property.Value
		want []string
	}{
		"nothing given": {},
		"off":           {spec: &EncryptionSpec{Enabled: new(false)}},
		"a key":         {spec: &EncryptionSpec{}, key: property.New("arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab")},
		"in China": {
			spec: &EncryptionSpec{}, key: property.New("arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1234abcd"),
		},
		"unknown": {spec: &EncryptionSpec{Enabled: new(true)}, key: property.New(property.Computed)},
		"secret":  {spec: &EncryptionSpec{}, key: property.New("hidden").WithSecret(true)},
		"an alias": {
			spec: &EncryptionSpec{}, key: property.New("arn:aws:kms:us-west-2:123456789012:alias/mine"),
			want: []string{"encryption.kmsKeyArn: " + form + `"arn:aws:kms:us-west-2:123456789012:alias/mine"`},
		},
		"an id": {
			spec: &EncryptionSpec{}, key: property.New("1234abcd-12ab"),
			want: []string{"encryption.kmsKeyArn: " + form + `"1234abcd-12ab"`},
		},
		"a key for nothing": {
			spec: &EncryptionSpec{Enabled: new(false)}, key: property.New(property.Computed),
			want: []string{"encryption.kmsKeyArn: has no effect while enabled is false; leave one of the two out"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := given(map[string]property.Value{"kmsKeyArn": test.key})
			compareViolations(t, test.want, test.spec.Validate("encryption", raw))
		})
	}
}
