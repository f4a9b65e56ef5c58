package aws

import (
	"regexp"
	"slices"
	"strings"
)

func iamRoleKinds() map[string]*kind {
	role := reference{
		property: "role", token: typeRole, code: "NoSuchEntity", message: "The role with name %s cannot be found.",
	}
	return map[string]*kind{
		typeRole: {
			title: "IAM Role", service: iam, named: "name", tags: iamTags,
			calls:  calls{create: "CreateRole", update: "UpdateAssumeRolePolicy", remove: "DeleteRole"},
			quota:  &quota{limit: 1000, code: "LimitExceeded", message: "Cannot exceed quota for RolesPerAccount: %d"},
			create: (*tx).createRole, update: (*tx).updateRole, remove: (*tx).removeRole, view: (*tx).viewRole,
		},
		typeInstanceProfile: {
			title: "IAM Instance Profile", service: iam, named: "name", tags: iamTags, references: []reference{role},
			calls: calls{
				create: "CreateInstanceProfile", update: "AddRoleToInstanceProfile", remove: "DeleteInstanceProfile",
			},
			create: (*tx).createInstanceProfile,
		},
		typeOIDCProvider: {
			title: "IAM OIDC Provider", service: iam, tags: iamTags,
			calls: calls{
				create: "CreateOpenIDConnectProvider", update: "UpdateOpenIDConnectProviderThumbprint",
				remove: "DeleteOpenIDConnectProvider",
			},
			quota: &quota{
				limit: 100, code: "LimitExceeded", message: "Cannot exceed quota for OpenIdConnectProvidersPerAccount: %d",
			},
			create: (*tx).createOIDCProvider, update: (*tx).updateOIDCProvider,
		},
	}
}

func (t *tx) createRole(inputs props) (*record, error) {
	name := nameOf(inputs)
	for _, other := range t.all(typeRole) {
		if strings.EqualFold(other.ID, name) {
			return nil, t.fail("EntityAlreadyExists", "Role with name %s already exists.", name)
		}
	}
	if err := t.checkRole(name, inputs); err != nil {
		return nil, err
	}
	return &record{ID: name, Computed: props{
		"arn":        t.iamARN("role" + orElse(inputs.str("path"), "/") + name),
		"createDate": timestamp(),
		"name":       name,
		"namePrefix": inputs.str("namePrefix"),
		"uniqueId":   "AROA" + randomFrom(upperAlphanumeric, 17),
	}}, nil
}

func (t *tx) updateRole(r *record, inputs props) error { return t.checkRole(r.ID, inputs) }

var servicePrincipal = regexp.MustCompile(`^[a-z0-9.-]+\.amazonaws\.com$`)

func (t *tx) checkRole(name string, inputs props) error {
	const limit = 2048
	trust := inputs.str("assumeRolePolicy")
	if lengthWithoutSpace(trust) > limit {
		return t.fail("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: %d", limit)
	}
	document, err := parsePolicy(trust, true)
	if err != nil {
		return t.fail("MalformedPolicyDocument", "%s", err)
	}
	for _, s := range document.Statement {
		for _, service := range s.Principal["Service"] {
			if !servicePrincipal.MatchString(service) {
				return t.fail("MalformedPolicyDocument", "Invalid principal in policy: \"SERVICE\":\"%s\"", service)
			}
		}
		for _, principal := range s.Principal["AWS"] {
			if !t.principalExists(principal) {
				return t.fail("MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"%s\"", principal)
			}
		}
	}
	if boundary := inputs.str("permissionsBoundary"); boundary != "" && !t.policyExists(boundary) {
		return t.fail("NoSuchEntity", "Scope ARN: %s does not exist or is not attachable.", boundary)
	}
	for _, arn := range inputs.strings("managedPolicyArns") {
		if !t.policyExists(arn) {
			return t.failIn("AttachRolePolicy", "NoSuchEntity", noSuchPolicy, arn)
		}
	}
	for _, policy := range inputs.objects("inlinePolicies") {
		if text := policy.str("policy"); text != "" {
			if _, err := parsePolicy(text, false); err != nil {
				return t.failIn("PutRolePolicy", "MalformedPolicyDocument", "%s", err)
			}
		}
	}
	return t.checkInlineSize(name, inputs, nil)
}

// principalExists knows this account only: IAM cannot look into others either, and takes their names as they are.
func (t *tx) principalExists(principal string) bool {
	account := t.cloud.options.AccountID
	own := "arn:aws:iam::" + account + ":"
	if !strings.HasPrefix(principal, own) {
		return principal == "*" || principal == account || strings.HasPrefix(principal, "arn:aws:")
	}
	if principal == own+"root" || t.roleWithARN(principal) != nil {
		return true
	}
	return slices.ContainsFunc(t.cloud.Credentials(), func(c Credential) bool { return c.PrincipalARN == principal })
}

func (t *tx) viewRole(r *record) props {
	inline := r.Inputs.list("inlinePolicies")
	if inline == nil {
		inline = []any{}
	}
	return props{"managedPolicyArns": t.attachedTo(r), "inlinePolicies": inline}
}

func (t *tx) removeRole(r *record) error {
	// The provider takes the role out of its instance profiles, and its own policies off, before it deletes the role.
	for _, profile := range t.of(typeInstanceProfile, "role", r.ID) {
		delete(profile.Inputs, "role")
	}
	if r.Inputs.flag("forceDetachPolicies") {
		delete(r.Facts, attachedPolicies)
		for _, token := range []string{typeRolePolicyAttachment, typeRolePolicy} {
			for _, other := range t.of(token, "role", r.ID) {
				t.drop(other)
			}
		}
	}
	if len(t.of(typeRolePolicyAttachment, "role", r.ID)) > 0 || len(r.Facts.strings(attachedPolicies)) > 0 {
		return t.fail("DeleteConflict", "Cannot delete entity, must detach all policies first.")
	}
	if len(t.of(typeRolePolicy, "role", r.ID)) > 0 {
		return t.fail("DeleteConflict", "Cannot delete entity, must delete policies first.")
	}
	return nil
}

func (t *tx) roleWithARN(arn string) *record {
	for _, role := range t.of(typeRole, "arn", arn) {
		return role
	}
	return nil
}

// attachedPolicies is the fact of a role that lists the policies which no resource of their own attaches.
const attachedPolicies = "attachedPolicies"

// attachedTo lists the ARNs of a role's managed policies.
func (t *tx) attachedTo(role *record) []string {
	arns := slices.Concat(role.Inputs.strings("managedPolicyArns"), role.Facts.strings(attachedPolicies))
	for _, attachment := range t.of(typeRolePolicyAttachment, "role", role.ID) {
		arns = append(arns, attachment.str("policyArn"))
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// hasManaged says that one of AWS's own policies is attached to a role.
func (t *tx) hasManaged(role *record, policies ...string) bool {
	attached := t.attachedTo(role)
	return slices.ContainsFunc(policies, func(name string) bool {
		return slices.Contains(attached, "arn:aws:iam::aws:policy/"+name)
	})
}

// trusts says that a service may assume a role by an action.
func trusts(role *record, service, action string) bool {
	document, err := parsePolicy(role.Inputs.str("assumeRolePolicy"), true)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(document.Statement, func(s statement) bool {
		return s.Effect == "Allow" && names(s.Action, action) && slices.Contains(s.Principal["Service"], service)
	})
}

// denies says that a role's own policies forbid it an action. Customer managed policies count, AWS's own deny nothing.
func (t *tx) denies(role *record, action string) bool {
	return t.states(role, "Deny", action, func(statement) bool { return true })
}

// allows says that a role's own policies allow it an action on a resource, and none denies it. What AWS's own policies
// allow is not looked into.
func (t *tx) allows(role *record, action, resource string) bool {
	return !t.denies(role, action) &&
		t.states(role, "Allow", action, func(s statement) bool { return covers(s.Resource, resource) })
}

// states says that a role's own policies have a statement of that effect on an action, and of that kind.
func (t *tx) states(role *record, effect, action string, kind func(statement) bool) bool {
	return slices.ContainsFunc(t.policyTexts(role), func(text string) bool {
		document, err := parsePolicy(text, false)
		return err == nil && slices.ContainsFunc(document.Statement, func(s statement) bool {
			return s.Effect == effect && names(s.Action, action) && kind(s)
		})
	})
}

// covers says that one of the patterns stands for a resource. Only a star at the end is known.
func covers(patterns []string, resource string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		prefix, open := strings.CutSuffix(pattern, "*")
		return pattern == resource || open && strings.HasPrefix(resource, prefix)
	})
}

// policyTexts are a role's inline and customer managed policies.
func (t *tx) policyTexts(role *record) []string {
	var texts []string
	for _, policy := range t.of(typeRolePolicy, "role", role.ID) {
		texts = append(texts, policy.str("policy"))
	}
	for _, policy := range role.Inputs.objects("inlinePolicies") {
		texts = append(texts, policy.str("policy"))
	}
	for _, arn := range t.attachedTo(role) {
		if policy := t.lookup(typePolicy, arn); policy != nil {
			texts = append(texts, policy.str("policy"))
		}
	}
	return texts
}

func (t *tx) createInstanceProfile(inputs props) (*record, error) {
	name := nameOf(inputs)
	for _, other := range t.all(typeInstanceProfile) {
		if strings.EqualFold(other.ID, name) {
			return nil, t.fail("EntityAlreadyExists", "Instance Profile %s already exists.", name)
		}
	}
	return &record{ID: name, Computed: props{
		"arn":        t.iamARN("instance-profile" + orElse(inputs.str("path"), "/") + name),
		"createDate": timestamp(),
		"name":       name,
		"namePrefix": inputs.str("namePrefix"),
		"uniqueId":   "AIPA" + randomFrom(upperAlphanumeric, 17),
	}}, nil
}

// rootThumbprint is what IAM reads from an issuer when it is given none; for EKS's issuers it does not use it.
const rootThumbprint = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"

func (t *tx) createOIDCProvider(inputs props) (*record, error) {
	arn := t.iamARN("oidc-provider/" + strings.TrimPrefix(inputs.str("url"), "https://"))
	if t.lookup(typeOIDCProvider, arn) != nil {
		return nil, t.fail("EntityAlreadyExists", "Provider with url %s already exists.", inputs.str("url"))
	}
	r := &record{ID: arn, Computed: props{"arn": arn}}
	return r, t.updateOIDCProvider(r, inputs)
}

func (t *tx) updateOIDCProvider(r *record, inputs props) error {
	thumbprints := inputs.strings("thumbprintLists")
	if len(thumbprints) > 5 {
		return t.fail("InvalidInput", "Thumbprint list must contain fewer than 5 entries.")
	}
	if len(thumbprints) == 0 {
		thumbprints = []string{rootThumbprint}
	}
	r.set("thumbprintLists", thumbprints)
	return nil
}
