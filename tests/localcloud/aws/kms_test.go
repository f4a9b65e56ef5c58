package aws_test

import (
	"strings"
	"testing"
)

func serviceError(service, doing, call, code string) string {
	return doing + ": operation error " + service + ": " + call + ", https response error StatusCode: 400, RequestID: " +
		"ID, " +
		code
}

func TestKMSRules(t *testing.T) {
	t.Parallel()
	key := step{"key", keyType, fixed(map[string]any{})}
	alias := step{"alias", aliasType, with(map[string]any{"name": "alias/demo", "targetKeyId": from{"key", "id"}})}
	removed := func(act func(*stack) error) func(*stack) error {
		return func(s *stack) error {
			if err := s.w.remove(s.things["key"]); err != nil {
				return err
			}
			return act(s)
		}
	}
	runRules(t, []rule{
		{
			name: "alias twice", before: []step{key, alias},
			act: creating(aliasType, map[string]any{"name": "alias/demo", "targetKeyId": from{"key", "arn"}}),
			want: serviceError("KMS", "creating KMS Alias (alias/demo)", "CreateAlias", "AlreadyExistsException: An alias with "+
				"the name arn:aws:kms:us-west-2:123456789012:alias/demo already exists"),
		},
		{
			name: "alias of no key", act: creating(aliasType, map[string]any{"name": "alias/x", "targetKeyId": "none"}),
			want: serviceError("KMS", "creating KMS Alias (alias/x)", "CreateAlias",
				"NotFoundException: Key 'none' does not exist"),
		},
		{
			name: "alias of a key pending deletion", before: []step{key},
			act: removed(creating(aliasType, map[string]any{"name": "alias/x", "targetKeyId": from{"key", "id"}})),
			want: serviceError("KMS", "creating KMS Alias (alias/x)", "CreateAlias",
				"KMSInvalidStateException: {key.arn} is pending deletion."),
		},
		{
			name: "policy that locks out",
			act: creating(keyType, map[string]any{
				"policy": `{"Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Principal":"*"}}`,
			}),
			want: serviceError("KMS", "creating KMS Key", "CreateKey", "MalformedPolicyDocumentException: The new key policy "+
				"will not allow you to update the key policy in the future."),
		},
		{
			name: "policy for nobody",
			act: creating(keyType, map[string]any{
				"policy": `{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{"AWS":"arn:aws:iam::` +
					account + `:role/none"}}}`,
			}),
			want: serviceError("KMS", "creating KMS Key", "CreateKey",
				"MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals."),
		},
		{
			name: "rotation of an asymmetric key",
			act:  creating(keyType, map[string]any{"customerMasterKeySpec": "RSA_2048", "enableKeyRotation": true}),
			want: serviceError("KMS", "creating KMS Key", "EnableKeyRotation",
				"UnsupportedOperationException: key rotation needs a symmetric key"),
		},
		{
			name: "log group twice", before: []step{{"group", logGroupType, fixed(map[string]any{"name": "a"})}},
			act: creating(logGroupType, map[string]any{"name": "a"}),
			want: serviceError("CloudWatch Logs", "creating CloudWatch Logs Log Group (a)", "CreateLogGroup",
				"ResourceAlreadyExistsException: The specified log group already exists"),
		},
		{
			name: "log group with a key that does not let it", before: []step{key},
			act: creating(logGroupType, map[string]any{"name": "a", "kmsKeyId": from{"key", "arn"}}),
			want: serviceError("CloudWatch Logs", "creating CloudWatch Logs Log Group (a)", "AssociateKmsKey",
				"InvalidParameterException: The specified KMS key does not exist or is not allowed to be used with LogGroup "+
					"'arn:aws:logs:us-west-2:123456789012:log-group:a'"),
		},
	})
}

// An alias is free again as soon as it is deleted, whatever becomes of its key.
func TestAliasAfterKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		key := w.create(keyType, "key", map[string]any{})
		alias := w.create(aliasType, "alias", map[string]any{"name": "alias/eks/demo", "targetKeyId": key.text("keyId")})
		prefixed := w.create(aliasType, "prefixed", map[string]any{
			"namePrefix": "alias/eks/demo-", "targetKeyId": key.text("keyId"),
		})
		if name := prefixed.text("name"); !strings.HasPrefix(name, "alias/eks/demo-") || name == "alias/eks/demo-" {
			t.Errorf("name from a prefix: got %q", name)
		}
		for _, thing := range []*thing{alias, prefixed, key} {
			if err := w.remove(thing); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A key that was deleted is gone for the program and for the inventory.
func TestKeyPendingDeletion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.create(keyType, "key", map[string]any{})
	for range 2 { // deleting it again is no error either
		if err := w.remove(key); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, ok := w.read(key); ok {
		t.Error("a key pending deletion is read")
	}
	if left := w.cloud.Resources(); len(left) > 0 {
		t.Errorf("listed: %v", left)
	}
}
