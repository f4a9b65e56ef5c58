package cluster

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// The access entries that are made unless an entry of the same name is given.
const (
	// creatorEntry is the entry of the identity that creates the cluster.
	creatorEntry = "creator"
	// KubeconfigEntry is the entry of the role that the kubeconfig takes, and stands in the creator's place.
	KubeconfigEntry = "kubeconfig"
)

// AccessPolicy is an access policy of EKS's: what its holder may do in the cluster.
type AccessPolicy string

// The access policies, by the part of EKS's names that tells them apart.
const (
	AccessPolicyClusterAdmin AccessPolicy = "ClusterAdmin"
	AccessPolicyAdmin        AccessPolicy = "Admin"
	AccessPolicyAdminView    AccessPolicy = "AdminView"
	AccessPolicyEdit         AccessPolicy = "Edit"
	AccessPolicyView         AccessPolicy = "View"
)

// Values lists the policies for the schema and the guard.
func (AccessPolicy) Values() []infer.EnumValue[AccessPolicy] {
	return []infer.EnumValue[AccessPolicy]{
		{Name: "ClusterAdmin", Value: AccessPolicyClusterAdmin, Description: "Everything, in the whole cluster."},
		{Name: "Admin", Value: AccessPolicyAdmin, Description: "Most of what is in namespaces, Secrets, Roles and " +
			"RoleBindings included; no quotas and not the namespaces themselves."},
		{Name: "AdminView", Value: AccessPolicyAdminView, Description: "Reading everything, Secrets included."},
		{Name: "Edit", Value: AccessPolicyEdit, Description: "Most of what is in namespaces, Secrets included, but no " +
			"Roles and RoleBindings."},
		{Name: "View", Value: AccessPolicyView, Description: "Reading most of what is in namespaces, but no Secrets."},
	}
}

// AccessEntrySpec lets an IAM identity into the cluster.
type AccessEntrySpec struct {
	PrincipalArn     pulumi.StringInput      `pulumi:"principalArn"`
	Policy           *AccessPolicy           `pulumi:"policy,optional"`
	Namespaces       []string                `pulumi:"namespaces,optional"`
	KubernetesGroups pulumi.StringArrayInput `pulumi:"kubernetesGroups,optional"`
}

// Annotate describes the type in the schema.
func (s *AccessEntrySpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "An IAM identity that may enter the cluster, and what it may do there: by `policy`, by "+
		"`kubernetesGroups`, or both.")
	a.Describe(&s.PrincipalArn, "The ARN of the IAM role or user, such as `arn:aws:iam::123456789012:role/ops`, with its "+
		"path if it has one. Not that of a session: for `arn:aws:sts::123456789012:assumed-role/ops/ann` give the role. "+
		"EKS takes one entry for each identity. Changing it replaces the entry.")
	a.Describe(&s.Policy, "What the identity may do, by a policy of EKS's: `ClusterAdmin`, `Admin`, `AdminView`, `Edit` "+
		"or `View`. Default: none, `kubernetesGroups` decides. Changing it takes the access away for a moment.")
	a.Describe(&s.Namespaces, "The namespaces in which `policy` holds, such as `payments` or `payments-*`; EKS does not "+
		"check that they exist. Default: the whole cluster. Changing it takes the access away for a moment.")
	a.Describe(&s.KubernetesGroups, "The Kubernetes groups of the identity, for RoleBindings of yours. None may begin "+
		"with `system:`. Default: none.")
}

// AccessSpec says who may enter the cluster.
type AccessSpec struct {
	Entries map[string]AccessEntrySpec `pulumi:"entries,optional"`
}

// Annotate describes the type in the schema.
func (s *AccessSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "Who may enter the cluster. IAM signs identities in and EKS's access entries let them through; the "+
		"aws-auth ConfigMap is not used.")
	a.Describe(&s.Entries, "Access entries by a name of at most 32 lower-case letters, digits and hyphens. Default: one "+
		"called `creator`, which gives ClusterAdmin to the identity that creates the cluster and stays with it whoever "+
		"runs Pulumi later; with `kubeconfigSettings.roleArn` one called `kubeconfig` for that role in its place. An "+
		"entry that you give the name `creator` or `kubeconfig` takes the place of the one made by default; one for "+
		"the same identity under another name is refused. To give an entry another name, leave it out for one update, for "+
		"EKS takes one for each identity. Take care to keep an entry with ClusterAdmin for whoever "+
		"runs Pulumi, or Flux can neither be installed nor drained.")
}

var (
	principalARN  = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[\w+=,.@/-]+$`)
	roleARN       = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+$`)
	sessionARN    = regexp.MustCompile(`^arn:([a-z-]+):sts::([0-9]{12}):assumed-role/([^/]+)/.+$`)
	namespacePart = regexp.MustCompile(`^[0-9a-z*]([0-9a-z*-]{0,61}[0-9a-z*])?$`)
)

// Validate applies the rules of access entries; path is where the specification stands among the inputs, raw what was
// given there.
func (s *AccessSpec) Validate(path string, raw property.Value) inputs.Violations {
	var found inputs.Violations
	if s == nil {
		return nil
	}
	at := inputs.Join(path, "entries")
	holders := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(s.Entries)) {
		given, entry := inputs.At(raw, "entries", name), inputs.Key(at, name)
		validateShortName(entry, name, &found)
		found = append(found, s.Entries[name].validate(entry, given)...)
		principal := inputs.At(given, "principalArn")
		if !principal.IsString() || principal.Secret() {
			continue
		}
		if other, taken := holders[principal.AsString()]; taken {
			found.Addf(inputs.Join(entry, "principalArn"), "is that of %s too, and EKS takes one entry for each identity; "+
				"put both into one", inputs.Key(at, other))
		}
		holders[principal.AsString()] = name
	}
	return found
}

func (s AccessEntrySpec) validate(path string, raw property.Value) inputs.Violations {
	var found inputs.Violations
	checkText(&found, inputs.Join(path, "principalArn"), inputs.At(raw, "principalArn"), checkPrincipal)
	groups := inputs.At(raw, "kubernetesGroups")
	at := inputs.Join(path, "kubernetesGroups")
	switch {
	case groups.IsNull() && s.Policy == nil:
		found.Addf(path, "must have policy or kubernetesGroups, or the identity could do nothing in the cluster; add one")
	case groups.IsArray() && groups.AsArray().Len() == 0:
		found.Addf(at, "must hold at least one group; leave it out for none")
	}
	checkTexts(&found, at, groups, func(given string) error {
		if given == "" || strings.HasPrefix(given, "system:") {
			return fmt.Errorf("must be the name of a group of yours, for EKS gives away none that begin with system:; got "+
				"%q, use policy ClusterAdmin in place of system:masters", given)
		}
		return nil
	})
	at = inputs.Join(path, "namespaces")
	switch {
	case s.Namespaces == nil:
	case s.Policy == nil:
		found.Addf(at, "has no effect without policy, for groups are bound in your own RoleBindings; leave it out or add "+
			"policy")
	case len(s.Namespaces) == 0:
		found.Addf(at, "must hold at least one namespace; leave it out for the whole cluster")
	}
	for i, namespace := range s.Namespaces {
		if !namespacePart.MatchString(namespace) {
			found.Addf(inputs.Index(at, i), "must be the name of a namespace, in which * stands for anything; got %q",
				namespace)
		}
	}
	return found
}

func checkPrincipal(given string) error {
	if session := sessionARN.FindStringSubmatch(given); session != nil {
		return fmt.Errorf("must be the ARN of an IAM role or user, and not of a session; got %q, give the session's role, "+
			"arn:%s:iam::%s:role/%s, with its path if it has one", given, session[1], session[2], session[3])
	}
	if strings.Contains(given, ":role/aws-service-role/") {
		return fmt.Errorf("must not be a service-linked role, for EKS lets none in; got %q, give a role of yours", given)
	}
	if !principalARN.MatchString(given) {
		return fmt.Errorf("must be the ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/ops; got %q",
			given)
	}
	return nil
}
