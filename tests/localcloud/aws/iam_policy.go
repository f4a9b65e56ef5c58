package aws

import (
	"slices"
	"strings"
)

const noSuchPolicy = "Policy %s does not exist or is not attachable."

// managedPolicies are those of AWS's own policies that clusters use. There are over a thousand on AWS; add what is
// missing.
var managedPolicies = []string{
	"AdministratorAccess",
	"AmazonEC2ContainerRegistryFullAccess",
	"AmazonEC2ContainerRegistryPowerUser",
	"AmazonEC2ContainerRegistryPullOnly",
	"AmazonEC2ContainerRegistryReadOnly",
	"AmazonEKSBlockStoragePolicy",
	"AmazonEKSClusterPolicy",
	"AmazonEKSComputePolicy",
	"AmazonEKSFargatePodExecutionRolePolicy",
	"AmazonEKSLoadBalancingPolicy",
	"AmazonEKSNetworkingPolicy",
	"AmazonEKSServicePolicy",
	"AmazonEKSVPCResourceController",
	"AmazonEKSWorkerNodeMinimalPolicy",
	"AmazonEKSWorkerNodePolicy",
	"AmazonEKS_CNI_Policy",
	"AmazonRoute53FullAccess",
	"AmazonS3FullAccess",
	"AmazonS3ReadOnlyAccess",
	"AmazonSSMManagedInstanceCore",
	"AmazonSSMReadOnlyAccess",
	"CloudWatchAgentServerPolicy",
	"PowerUserAccess",
	"ReadOnlyAccess",
	"SecretsManagerReadWrite",
	"SecurityAudit",
	"service-role/AmazonEBSCSIDriverPolicy",
	"service-role/AmazonEFSCSIDriverPolicy",
}

func iamPolicyKinds() map[string]*kind {
	role := reference{
		property: "role", token: typeRole, code: "NoSuchEntity", message: "The role with name %s cannot be found.",
	}
	return map[string]*kind{
		typePolicy: {
			title: "IAM Policy", service: iam, named: "name", tags: iamTags,
			calls:  calls{create: "CreatePolicy", update: "CreatePolicyVersion", remove: "DeletePolicy"},
			create: (*tx).createPolicy, update: (*tx).updatePolicy, remove: (*tx).removePolicy, view: (*tx).viewPolicy,
		},
		typeRolePolicy: {
			title: "IAM Role Policy", service: iam, named: "name", references: []reference{role},
			calls:  calls{create: "PutRolePolicy", update: "PutRolePolicy", remove: "DeleteRolePolicy"},
			create: (*tx).createRolePolicy, update: (*tx).updateRolePolicy,
		},
		typeRolePolicyAttachment: {
			title: "IAM Role Policy Attachment", service: iam, references: []reference{role},
			calls:  calls{create: "AttachRolePolicy", update: "AttachRolePolicy", remove: "DetachRolePolicy"},
			create: (*tx).createAttachment,
		},
		typeExclusiveAttachments: {
			title: "IAM Role Policy Attachments Exclusive", service: iam, named: "roleName",
			references: []reference{{
				property: "roleName", token: typeRole, code: "NoSuchEntity", message: "The role with name %s cannot be found.",
			}},
			// It is no thing of AWS's own, and deleting it calls nothing and detaches nothing.
			calls:  calls{create: "AttachRolePolicy", update: "AttachRolePolicy", remove: "ListAttachedRolePolicies"},
			create: (*tx).createExclusiveAttachments, update: (*tx).updateExclusiveAttachments,
			view: (*tx).viewExclusiveAttachments,
		},
	}
}

func (t *tx) policyExists(arn string) bool {
	if name, ok := strings.CutPrefix(arn, "arn:aws:iam::aws:policy/"); ok {
		return slices.Contains(managedPolicies, name)
	}
	return t.lookup(typePolicy, arn) != nil
}

func (t *tx) createPolicy(inputs props) (*record, error) {
	name := nameOf(inputs)
	arn := t.iamARN("policy" + orElse(inputs.str("path"), "/") + name)
	for _, other := range t.all(typePolicy) {
		if strings.EqualFold(other.str("name"), name) {
			return nil, t.fail("EntityAlreadyExists", "A policy called %s already exists. Duplicate names are not allowed.",
				name)
		}
	}
	if err := t.checkPolicy(inputs); err != nil {
		return nil, err
	}
	return &record{ID: arn, Computed: props{
		"arn": arn, "name": name, "namePrefix": inputs.str("namePrefix"), "attachmentCount": 0,
		"policyId": "ANPA" + randomFrom(upperAlphanumeric, 17),
	}}, nil
}

func (t *tx) updatePolicy(_ *record, inputs props) error { return t.checkPolicy(inputs) }

func (t *tx) checkPolicy(inputs props) error {
	const limit = 6144
	if lengthWithoutSpace(inputs.str("policy")) > limit {
		return t.fail("LimitExceeded", "Cannot exceed quota for PolicySize: %d", limit)
	}
	if _, err := parsePolicy(inputs.str("policy"), false); err != nil {
		return t.fail("MalformedPolicyDocument", "%s", err)
	}
	return nil
}

func (t *tx) viewPolicy(r *record) props {
	count := 0
	for _, role := range t.all(typeRole) {
		if slices.Contains(t.attachedTo(role), r.ID) {
			count++
		}
	}
	return props{"attachmentCount": count}
}

func (t *tx) removePolicy(r *record) error {
	if t.viewPolicy(r)["attachmentCount"] != 0 {
		return t.fail("DeleteConflict", "Cannot delete a policy attached to entities.")
	}
	return nil
}

func (t *tx) createRolePolicy(inputs props) (*record, error) {
	r := &record{ID: inputs.str("role") + ":" + nameOf(inputs)}
	r.Computed = props{"name": strings.TrimPrefix(r.ID, inputs.str("role")+":"), "namePrefix": inputs.str("namePrefix")}
	return r, t.updateRolePolicy(r, inputs)
}

func (t *tx) updateRolePolicy(r *record, inputs props) error {
	if _, err := parsePolicy(inputs.str("policy"), false); err != nil {
		return t.fail("MalformedPolicyDocument", "%s", err)
	}
	role := t.lookup(typeRole, inputs.str("role"))
	return t.checkInlineSize(role.ID, role.Inputs, &record{ID: r.ID, Inputs: inputs})
}

// checkInlineSize adds up a role's inline policies, with one of them new or changed.
func (t *tx) checkInlineSize(role string, inputs props, changed *record) error {
	const limit = 10240
	size := 0
	for _, policy := range inputs.objects("inlinePolicies") {
		size += lengthWithoutSpace(policy.str("policy"))
	}
	for _, policy := range t.of(typeRolePolicy, "role", role) {
		if changed == nil || policy.ID != changed.ID {
			size += lengthWithoutSpace(policy.str("policy"))
		}
	}
	if changed != nil {
		size += lengthWithoutSpace(changed.Inputs.str("policy"))
	}
	if size > limit {
		return t.failIn("PutRolePolicy", "LimitExceeded", "Maximum policy size of %d bytes exceeded for role %s", limit, role)
	}
	return nil
}

func (t *tx) createAttachment(inputs props) (*record, error) {
	const limit = 10
	arn := inputs.str("policyArn")
	role := t.lookup(typeRole, inputs.str("role"))
	if !t.policyExists(arn) {
		return nil, t.fail("NoSuchEntity", noSuchPolicy, arn)
	}
	attached := t.attachedTo(role)
	if !slices.Contains(attached, arn) && len(attached) >= limit {
		return nil, t.fail("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: %d", limit)
	}
	// Attaching twice is no error on AWS. The provider makes an id of its own each time, so each can be deleted.
	return &record{ID: role.ID + "-" + randomHex(26)}, nil
}

func (t *tx) createExclusiveAttachments(inputs props) (*record, error) {
	r := &record{ID: inputs.str("roleName")}
	return r, t.updateExclusiveAttachments(r, inputs)
}

// updateExclusiveAttachments attaches what is listed and detaches all else, whoever attached it.
func (t *tx) updateExclusiveAttachments(_ *record, inputs props) error {
	const limit = 10
	role := t.lookup(typeRole, inputs.str("roleName"))
	wanted := inputs.strings("policyArns")
	for _, arn := range wanted {
		if !t.policyExists(arn) {
			return t.fail("NoSuchEntity", noSuchPolicy, arn)
		}
	}
	if len(wanted) > limit {
		return t.fail("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: %d", limit)
	}
	for _, attachment := range t.of(typeRolePolicyAttachment, "role", role.ID) {
		if !slices.Contains(wanted, attachment.str("policyArn")) {
			t.drop(attachment)
		}
	}
	role.fact(attachedPolicies, wanted)
	return nil
}

func (t *tx) viewExclusiveAttachments(r *record) props {
	return props{"policyArns": t.attachedTo(t.lookup(typeRole, r.str("roleName")))}
}
