package aws

import (
	"slices"
	"strings"
)

// The types of access entries.
const (
	entryStandard = "STANDARD"
	entryEC2Linux = "EC2_LINUX"
)

const accessPolicyPrefix = "arn:aws:eks::aws:cluster-access-policy/"

// accessPolicies are EKS's own policies that can be associated with an entry.
var accessPolicies = []string{
	"AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSClusterAdminPolicy", "AmazonEKSEditPolicy",
	"AmazonEKSViewPolicy",
}

func accessKinds() map[string]*kind {
	inCluster := reference{property: "clusterName", token: typeCluster, code: notFound, message: noSuchCluster}
	return map[string]*kind{
		typeAccessEntry: {
			title: "EKS Access Entry", service: eks, named: "principalArn", tags: eksTags, references: []reference{inCluster},
			calls:  calls{create: "CreateAccessEntry", update: "UpdateAccessEntry", remove: "DeleteAccessEntry"},
			create: (*tx).createAccessEntry, update: (*tx).updateAccessEntry, remove: (*tx).removeAccessEntry,
		},
		typeAccessPolicy: {
			title: "EKS Access Policy Association", service: eks, references: []reference{inCluster},
			calls: calls{
				create: "AssociateAccessPolicy", update: "AssociateAccessPolicy", remove: "DisassociateAccessPolicy",
			},
			create: (*tx).createAccessPolicy,
		},
		typePodIdentity: {
			title: "EKS Pod Identity Association", service: eks, tags: eksTags, references: []reference{inCluster},
			calls: calls{
				create: "CreatePodIdentityAssociation", update: "UpdatePodIdentityAssociation",
				remove: "DeletePodIdentityAssociation",
			},
			quota: &quota{
				limit: 1000, scope: "clusterName", code: limitExceeded,
				message: "At most %d pod identity associations per cluster.",
			},
			create: (*tx).createPodIdentity, update: (*tx).updatePodIdentity,
		},
	}
}

func (t *tx) entryOf(cluster, principalARN string) *record {
	return t.lookup(typeAccessEntry, cluster+":"+principalARN)
}

func (t *tx) createAccessEntry(inputs props) (*record, error) {
	cluster := t.lookup(typeCluster, inputs.str("clusterName"))
	principal := inputs.str("principalArn")
	if cluster.str("accessConfig.authenticationMode") == modeConfigMap {
		return nil, t.fail(invalidRequest, "The cluster's authentication mode must be set to one of [API, "+
			"API_AND_CONFIG_MAP] "+
			"to perform this operation.")
	}
	if t.entryOf(cluster.ID, principal) != nil {
		return nil, t.fail(inUse, "The specified access entry resource is already in use on this cluster.")
	}
	kind := orElse(inputs.str("type"), entryStandard)
	isRole := strings.Contains(principal, ":role/") && strings.HasPrefix(principal, t.iamARN(""))
	switch {
	case strings.Contains(principal, ":sts:") || strings.Contains(principal, ":role/aws-service-role/"),
		!strings.HasPrefix(principal, "arn:aws:iam::"), !t.principalExists(principal):
		return nil, t.fail(invalidParameter, "The specified principalArn is invalid: invalid principal")
	case kind != entryStandard && !isRole:
		return nil, t.fail(invalidParameter, "The caller must specify a role of this account for an entry of type %s", kind)
	case kind != entryStandard && (inputs.has("userName") || len(inputs.strings("kubernetesGroups")) > 0):
		return nil, t.fail(invalidParameter, "Kubernetes groups and username are not supported for access entries of type %s",
			kind)
	}
	r := t.newAccessEntry(cluster.ID, principal, kind)
	return r, t.updateAccessEntry(r, inputs)
}

func (t *tx) newAccessEntry(cluster, principal, kind string) *record {
	_, path, _ := strings.Cut(principal, ":iam::")
	account, path, _ := strings.Cut(path, ":")
	what, name, _ := strings.Cut(path, "/")
	return &record{
		Type: typeAccessEntry, ID: cluster + ":" + principal,
		Inputs: props{"clusterName": cluster, "principalArn": principal, "type": kind},
		Computed: props{
			"accessEntryArn": t.arn("eks", strings.Join([]string{
				"access-entry", cluster, what, account, name[strings.LastIndex(name, "/")+1:], newUUID(),
			}, "/")),
			"createdAt": timestamp(), "modifiedAt": timestamp(), "tagsAll": map[string]any{},
			"kubernetesGroups": groupsOf(kind), "userName": userName(principal, kind),
		},
	}
}

// userName is the Kubernetes name that EKS gives a principal unless it is told another.
func userName(principal, kind string) string {
	switch {
	case kind == entryEC2Linux, kind == "EC2_WINDOWS":
		return "system:node:{{EC2PrivateDNSName}}"
	case kind != entryStandard:
		return "system:node:{{SessionName}}"
	case strings.Contains(principal, ":role/"):
		account := strings.Split(principal, ":")[4]
		return "arn:aws:sts::" + account + ":assumed-role/" + principal[strings.LastIndex(principal, "/")+1:] +
			"/{{SessionName}}"
	}
	return principal
}

// groupsOf are the Kubernetes groups that EKS gives a principal by itself.
func groupsOf(kind string) []any {
	if kind == entryEC2Linux {
		return []any{"system:nodes"}
	}
	return []any{}
}

var reservedPrefixes = []string{"system:", "eks:", "aws:", "amazon:", "iam:"}

func (t *tx) updateAccessEntry(r *record, inputs props) error {
	given := append([]string{inputs.str("userName")}, inputs.strings("kubernetesGroups")...)
	for i, name := range given {
		what := "group name"
		if i == 0 {
			what = "user name"
		}
		for _, prefix := range reservedPrefixes {
			if strings.HasPrefix(name, prefix) {
				return t.fail(invalidParameter, "The kubernetes %s %s is invalid, it cannot start with %s", what, name, prefix)
			}
		}
	}
	if before, _, found := strings.Cut(inputs.str("userName"), "{{SessionName}}"); found && !strings.Contains(before,
		":") {
		return t.fail(invalidParameter, "The username %s is invalid: {{SessionName}} needs a colon before it",
			inputs.str("userName"))
	}
	r.set("userName", orElse(inputs.str("userName"), userName(inputs.str("principalArn"),
		orElse(inputs.str("type"), entryStandard))))
	groups := inputs.list("kubernetesGroups")
	if groups == nil {
		groups = groupsOf(inputs.str("type"))
	}
	r.set("kubernetesGroups", groups)
	r.set("modifiedAt", timestamp())
	return nil
}

// removeAccessEntry takes the entry's policies with it, as EKS does.
func (t *tx) removeAccessEntry(r *record) error {
	for _, association := range t.of(typeAccessPolicy, "clusterName", r.str("clusterName")) {
		if association.str("principalArn") == r.str("principalArn") {
			t.drop(association)
		}
	}
	return nil
}

// putCreatorEntry is what EKS does for the one who creates a cluster, unless told not to. The entry can be deleted, and
// is in the way of one that the program makes for the same principal.
func (t *tx) putCreatorEntry(cluster *record) {
	principal := cluster.Facts.str("creator")
	entry := t.newAccessEntry(cluster.ID, principal, entryStandard)
	entry.Owner = cluster.key()
	t.put(entry)
	association := t.newAccessPolicy(cluster.ID, principal, accessPolicyPrefix+"AmazonEKSClusterAdminPolicy")
	association.Inputs["accessScope"] = map[string]any{"type": "cluster"}
	association.Owner = cluster.key()
	t.put(association)
}

func (t *tx) createAccessPolicy(inputs props) (*record, error) {
	cluster, principal, policy := inputs.str("clusterName"), inputs.str("principalArn"), inputs.str("policyArn")
	entry := t.entryOf(cluster, principal)
	name, ours := strings.CutPrefix(policy, accessPolicyPrefix)
	switch {
	case entry == nil:
		return nil, t.fail(notFound, "The specified principalArn could not be found. You can view your available access "+
			"entries with 'list-access-entries'.")
	case entry.str("type") != entryStandard:
		return nil, t.fail(invalidParameter,
			"This operation can only be performed on Access Entries with a type of \"STANDARD\".")
	case !ours || !slices.Contains(accessPolicies, name):
		return nil, t.fail(invalidParameter, "The policyArn parameter format is not valid or no such policy exists: %s",
			policy)
	case inputs.str("accessScope.type") == "namespace" && len(inputs.strings("accessScope.namespaces")) == 0:
		return nil, t.fail(invalidParameter, "The namespaces of an access scope of type namespace must not be empty.")
	case inputs.str("accessScope.type") == "cluster" && len(inputs.strings("accessScope.namespaces")) > 0:
		return nil, t.fail(invalidParameter, "The namespaces of an access scope of type cluster must be empty.")
	}
	return t.newAccessPolicy(cluster, principal, policy), nil
}

func (t *tx) newAccessPolicy(cluster, principal, policy string) *record {
	return &record{
		Type: typeAccessPolicy, ID: cluster + "#" + principal + "#" + policy,
		Inputs:   props{"clusterName": cluster, "principalArn": principal, "policyArn": policy},
		Computed: props{"associatedAt": timestamp(), "modifiedAt": timestamp()},
	}
}

func (t *tx) createPodIdentity(inputs props) (*record, error) {
	cluster := inputs.str("clusterName")
	for _, other := range t.of(typePodIdentity, "clusterName", cluster) {
		if other.str("namespace") == inputs.str("namespace") && other.str("serviceAccount") == inputs.str("serviceAccount") {
			return nil, t.fail(inUse, "Association already exists: %s", other.ID)
		}
	}
	id := "a-" + randomFrom(lowerAlphanumeric, 17)
	r := &record{ID: id, Computed: props{
		"associationId": id, "associationArn": t.arn("eks", "podidentityassociation/"+cluster+"/"+id),
	}}
	return r, t.updatePodIdentity(r, inputs)
}

func (t *tx) updatePodIdentity(_ *record, inputs props) error {
	return t.checkPodRole(inputs.str("roleArn"))
}

func (t *tx) checkPodRole(arn string) error {
	role := t.roleWithARN(arn)
	if role == nil {
		return t.fail(invalidParameter, "Role provided in the request does not exist.")
	}
	for _, action := range []string{"sts:AssumeRole", "sts:TagSession"} {
		if !trusts(role, "pods.eks.amazonaws.com", action) {
			return t.fail(invalidParameter, "Trust policy of the role provided is invalid: pods.eks.amazonaws.com needs %s.",
				action)
		}
	}
	return nil
}
