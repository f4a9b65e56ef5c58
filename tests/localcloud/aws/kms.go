package aws

import (
	"encoding/json"
	"slices"
	"strings"
)

// keyPendingDeletion is the state of a key that was deleted: unusable and free of charge, but there for 7 to 30 days.
const keyPendingDeletion = "PendingDeletion"

func kmsKinds() map[string]*kind {
	return map[string]*kind{
		typeKey: {
			title: "KMS Key", service: kms, tags: kmsTags,
			calls:  calls{create: "CreateKey", update: "PutKeyPolicy", remove: "ScheduleKeyDeletion"},
			create: (*tx).createKey, update: (*tx).updateKey, remove: (*tx).removeKey,
			gone: func(r *record) bool { return r.Status == keyPendingDeletion },
		},
		typeAlias: {
			title: "KMS Alias", service: kms, named: "name",
			calls:  calls{create: "CreateAlias", update: "UpdateAlias", remove: "DeleteAlias"},
			create: (*tx).createAlias, update: (*tx).updateAlias,
		},
	}
}

func (t *tx) createKey(inputs props) (*record, error) {
	if err := t.checkKeyPolicy(inputs); err != nil {
		return nil, err
	}
	id := newUUID()
	r := &record{ID: id, Computed: props{"arn": t.arn("kms", "key/"+id), "keyId": id, "multiRegion": false}}
	return r, t.updateKey(r, inputs)
}

func (t *tx) updateKey(r *record, inputs props) error {
	if err := t.checkKeyPolicy(inputs); err != nil {
		return err
	}
	if inputs.flag("enableKeyRotation") && orElse(inputs.str("customerMasterKeySpec"), symmetric) != symmetric {
		return t.failIn("EnableKeyRotation", "UnsupportedOperationException", "key rotation needs a symmetric key")
	}
	period := 0
	if inputs.flag("enableKeyRotation") {
		period = 365
		if given := inputs.number("rotationPeriodInDays"); given != 0 {
			period = given
		}
	}
	r.set("rotationPeriodInDays", period)
	r.set("description", inputs.str("description"))
	r.set("policy", orElse(inputs.str("policy"), t.defaultKeyPolicy()))
	return nil
}

const symmetric = "SYMMETRIC_DEFAULT"

func (t *tx) defaultKeyPolicy() string {
	encoded, err := json.Marshal(map[string]any{
		"Id":      "key-default-1",
		"Version": "2012-10-17",
		"Statement": []any{map[string]any{
			"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": map[string]any{"AWS": t.iamARN("root")},
			"Action": "kms:*", "Resource": "*",
		}},
	})
	if err != nil {
		return "" // strings and maps of strings always encode
	}
	return string(encoded)
}

// checkKeyPolicy refuses a policy that would lock its author out, as KMS does.
func (t *tx) checkKeyPolicy(inputs props) error {
	text := inputs.str("policy")
	if text == "" {
		return nil
	}
	var document policyDocument
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return t.fail("MalformedPolicyDocumentException", "%s", err)
	}
	for _, s := range document.Statement {
		for _, principal := range s.Principal["AWS"] {
			if !t.principalExists(principal) {
				return t.fail("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid "+
					"principals.")
			}
		}
	}
	if !t.letsCaller(document, "kms:PutKeyPolicy") && !inputs.flag("bypassPolicyLockoutSafetyCheck") {
		return t.fail("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy "+
			"in the future.")
	}
	return nil
}

// letsCaller says that a key's policy lets the caller act: himself, or by leaving it to IAM, where the administrator
// may do everything.
func (t *tx) letsCaller(document policyDocument, action string) bool {
	ours := []string{"*", t.cloud.options.AccountID, t.iamARN("root"), t.caller.PrincipalARN}
	return slices.ContainsFunc(document.Statement, func(s statement) bool {
		return s.Effect == "Allow" && names(s.Action, action) &&
			slices.ContainsFunc(s.Principal["AWS"], func(principal string) bool { return slices.Contains(ours, principal) })
	})
}

func (t *tx) removeKey(r *record) error {
	r.Status = keyPendingDeletion
	return nil
}

// usableKey finds a key by id, ARN or alias, and says why it cannot be used if so.
func (t *tx) usableKey(name string) (*record, string) {
	id := name[strings.LastIndex(name, "/")+1:]
	if i := strings.Index(name, "alias/"); i >= 0 {
		if alias := t.lookup(typeAlias, name[i:]); alias != nil {
			id = alias.Facts.str("keyId")
		}
	}
	found := t.lookup(typeKey, id)
	switch {
	case found == nil || strings.HasPrefix(name, "arn:") && strings.Contains(name, ":key/") && found.str("arn") != name:
		return nil, "NotFoundException: Key '" + name + "' does not exist"
	case found.Status == keyPendingDeletion:
		return nil, "KMSInvalidStateException: " + found.str("arn") + " is pending deletion."
	case !found.properties().flag("isEnabled"):
		return nil, "DisabledException: " + found.str("arn") + " is disabled."
	}
	return found, ""
}

func (t *tx) createAlias(inputs props) (*record, error) {
	name := nameOf(inputs)
	arn := t.arn("kms", name)
	if t.lookup(typeAlias, name) != nil {
		return nil, t.fail("AlreadyExistsException", "An alias with the name %s already exists", arn)
	}
	r := &record{ID: name, Computed: props{"arn": arn, "name": name, "namePrefix": inputs.str("namePrefix")}}
	return r, t.updateAlias(r, inputs)
}

func (t *tx) updateAlias(r *record, inputs props) error {
	target, reason := t.usableKey(inputs.str("targetKeyId"))
	if target == nil {
		code, message, _ := strings.Cut(reason, ": ")
		return t.fail(code, "%s", message)
	}
	r.set("targetKeyArn", target.str("arn"))
	r.fact("keyId", target.ID)
	return nil
}
