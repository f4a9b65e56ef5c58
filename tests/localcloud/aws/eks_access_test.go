package aws_test

import (
	"slices"
	"testing"
)

const administrator = "arn:aws:iam::" + account + ":user/administrator"

func TestAccessRules(t *testing.T) {
	t.Parallel()
	steps := clusterSteps()
	before := slices.Clip(append(withCluster(), steps[len(steps)-2:]...)) // with the administrator's entry
	entry := func(inputs map[string]any) func(*stack) error {
		inputs["clusterName"] = from{"cluster", "id"}
		return creating(entryType, inputs)
	}
	entryError := func(principal, status, code string) string {
		return eksError("creating EKS Access Entry ("+principal+")", "CreateAccessEntry", status, code)
	}
	invalid := func(principal, text string) string {
		return entryError(principal, "400", "InvalidParameterException: "+text)
	}
	access := func(changes map[string]any) func(*stack) error {
		return creatingStep(clusterSteps(), "admin-access", changes)
	}
	accessError := func(status, code string) string {
		return eksError("creating EKS Access Policy Association", "AssociateAccessPolicy", status, code)
	}
	podRole := step{"pods", roleType, fixed(map[string]any{
		"assumeRolePolicy": trust("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"),
	})}
	identity := map[string]any{
		"clusterName": "demo", "namespace": "a", "serviceAccount": "b", "roleArn": from{"pods", "arn"},
	}
	identityError := func(status, code string) string {
		return eksError("creating EKS Pod Identity Association", "CreatePodIdentityAssociation", status, code)
	}
	runRules(t, []rule{
		{
			name: "no cluster", act: creating(entryType, map[string]any{"clusterName": "none", "principalArn": administrator}),
			want: entryError(administrator, "404", "ResourceNotFoundException: No cluster found for name: none."),
		},
		{
			name: "second entry of a principal", before: before, act: entry(map[string]any{"principalArn": administrator}),
			want: entryError(administrator, "409",
				"ResourceInUseException: The specified access entry resource is already in use on this cluster."),
		},
		{
			name: "entry of the creator, whom EKS has let in",
			before: changeStep(withCluster(), "cluster", map[string]any{
				"accessConfig": map[string]any{"bootstrapClusterCreatorAdminPermissions": true},
			}),
			act: entry(map[string]any{"principalArn": administrator}),
			want: entryError(administrator, "409",
				"ResourceInUseException: The specified access entry resource is already in use on this cluster."),
		},
		{
			name: "mode without entries",
			before: changeStep(withCluster(), "cluster", map[string]any{"accessConfig": map[string]any{
				"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": true,
			}}),
			act: entry(map[string]any{"principalArn": administrator}),
			want: entryError(administrator, "400", "InvalidRequestException: The cluster's authentication mode must be set to "+
				"one of [API, API_AND_CONFIG_MAP] to perform this operation."),
		},
		{
			name: "no such user", before: before, act: entry(map[string]any{"principalArn": "arn:aws:iam::" + account +
				":user/x"}),
			want: invalid("arn:aws:iam::"+account+":user/x", "The specified principalArn is invalid: invalid principal"),
		},
		{
			name: "session", before: before,
			act: entry(map[string]any{"principalArn": "arn:aws:sts::" + account + ":assumed-role/demo-node/x"}),
			want: invalid("arn:aws:sts::"+account+":assumed-role/demo-node/x",
				"The specified principalArn is invalid: invalid principal"),
		},
		{
			name: "user as node", before: before,
			act: entry(map[string]any{"principalArn": "arn:aws:iam::" + account + ":user/outsider", "type": "EC2_LINUX"}),
			want: invalid("arn:aws:iam::"+account+":user/outsider",
				"The caller must specify a role of this account for an entry of type EC2_LINUX"),
		},
		{
			name: "groups of nodes", before: before,
			act: entry(map[string]any{
				"principalArn": from{"node-role", "arn"}, "type": "EC2_LINUX", "kubernetesGroups": []any{"a"},
			}),
			want: invalid("{node-role.arn}",
				"Kubernetes groups and username are not supported for access entries of type EC2_LINUX"),
		},
		{
			name: "reserved group", before: before,
			act: entry(map[string]any{"principalArn": from{"node-role", "arn"}, "kubernetesGroups": []any{"system:masters"}}),
			want: invalid("{node-role.arn}",
				"The kubernetes group name system:masters is invalid, it cannot start with system:"),
		},
		{
			name: "reserved user name", before: before,
			act:  entry(map[string]any{"principalArn": from{"node-role", "arn"}, "userName": "eks:x"}),
			want: invalid("{node-role.arn}", "The kubernetes user name eks:x is invalid, it cannot start with eks:"),
		},
		{
			name: "session name without a colon", before: before,
			act: entry(map[string]any{"principalArn": from{"node-role", "arn"}, "userName": "x{{SessionName}}"}),
			want: invalid("{node-role.arn}",
				"The username x{{SessionName}} is invalid: {{SessionName}} needs a colon before it"),
		},
		{
			name: "policy without an entry", before: withCluster(),
			act: creating(accessType, map[string]any{
				"clusterName": "demo", "principalArn": administrator, "accessScope": map[string]any{"type": "cluster"},
				"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
			}),
			want: accessError("404", "ResourceNotFoundException: The specified principalArn could not be found. You can view "+
				"your available access entries with 'list-access-entries'."),
		},
		{
			name: "policy of nodes",
			before: append(before, step{"node-entry", entryType, with(map[string]any{
				"clusterName": from{"cluster", "id"}, "principalArn": from{"node-role", "arn"}, "type": "EC2_LINUX",
			})}),
			act: access(map[string]any{"principalArn": from{"node-role", "arn"}}),
			want: accessError("400", "InvalidParameterException: This operation can only be performed on Access Entries with a "+
				"type of \"STANDARD\"."),
		},
		{
			name: "no such policy", before: before,
			act: access(map[string]any{"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSRootPolicy"}),
			want: accessError("400", "InvalidParameterException: The policyArn parameter format is not valid or no such policy "+
				"exists: arn:aws:eks::aws:cluster-access-policy/AmazonEKSRootPolicy"),
		},
		{
			name: "no namespaces", before: before,
			act: access(map[string]any{"accessScope": map[string]any{"type": "namespace"}}),
			want: accessError("400", "InvalidParameterException: The namespaces of an access scope of type namespace must not "+
				"be empty."),
		},
		{
			name: "namespaces of the whole cluster", before: before,
			act: access(map[string]any{"accessScope": map[string]any{"type": "cluster", "namespaces": []any{"a"}}}),
			want: accessError("400", "InvalidParameterException: The namespaces of an access scope of type cluster must be "+
				"empty."),
		},
		{
			name: "second identity of a service account", before: append(before, podRole,
				step{"identity", identityType, with(identity)}),
			act:  creating(identityType, identity),
			want: identityError("409", "ResourceInUseException: Association already exists: {identity}"),
		},
		{
			name: "identity without a role", before: before,
			act: creating(identityType, map[string]any{
				"clusterName": "demo", "namespace": "a", "serviceAccount": "b", "roleArn": "arn:aws:iam::" + account + ":role/none",
			}),
			want: identityError("400", "InvalidParameterException: Role provided in the request does not exist."),
		},
		{
			name: "identity with a role that cannot be tagged",
			before: append(before, step{"pods", roleType, fixed(map[string]any{
				"assumeRolePolicy": trust("pods.eks.amazonaws.com"),
			})}),
			act: creating(identityType, identity),
			want: identityError("400", "InvalidParameterException: Trust policy of the role provided is invalid: "+
				"pods.eks.amazonaws.com needs sts:TagSession."),
		},
	})
}

// Deleting an entry takes its policies with it.
func TestAccessEntryRemoval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(allSteps())
	if err := w.remove(s.things["admin-entry"]); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := w.read(s.things["admin-access"]); ok {
		t.Error("the policy is still associated")
	}
}

// To EKS an association is its cluster, principal and policy: made again with other namespaces, it is the same one, and
// deleting the old one takes the new one away.
func TestAccessPolicyReplacement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(allSteps())
	old := s.things["admin-access"]
	scoped := w.create(accessType, "scoped", map[string]any{
		"clusterName": "demo", "principalArn": old.text("principalArn"), "policyArn": old.text("policyArn"),
		"accessScope": map[string]any{"type": "namespace", "namespaces": []any{"payments"}},
	})
	if err := w.remove(old); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := w.read(scoped); ok {
		t.Error("the association outlived its own deletion")
	}
}
