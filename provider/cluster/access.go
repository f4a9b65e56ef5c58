package cluster

import (
	"fmt"
	"maps"
	"slices"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/iampolicy"
)

// managedPolicy is a policy of AWS's that a role needs, with the suffix of the child that attaches it.
type managedPolicy struct{ suffix, name string }

var (
	clusterPolicies = []managedPolicy{{"cluster-policy", "AmazonEKSClusterPolicy"}}
	// nodePolicies are what a node needs to join: https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
	nodePolicies = []managedPolicy{
		{"node-worker", "AmazonEKSWorkerNodePolicy"},
		{"node-registry", "AmazonEC2ContainerRegistryPullOnly"},
		{"node-cni", "AmazonEKS_CNI_Policy"},
	}
)

// roles registers the roles of control plane and nodes before the cluster, and the cluster after their policies: EKS
// works with a role that lacks them, until the day it deletes a network interface.
func (r *registration) roles() error {
	var err error
	r.clusterRole, r.clusterPolicies, err = r.role("cluster", "eks.amazonaws.com", clusterPolicies)
	if err != nil {
		return err
	}
	r.nodeRole, r.nodePolicies, err = r.role("node", "ec2.amazonaws.com", nodePolicies)
	if err != nil {
		return err
	}
	r.NodeRoleArn = r.nodeRole.Arn
	return nil
}

func (r *registration) role(
	suffix, service string, policies []managedPolicy,
) (*iam.Role, []pulumi.Resource, error) {
	trust, err := iampolicy.ServiceTrust(service, nil)
	if err != nil {
		return nil, nil, err
	}
	role, err := r.newRole(suffix, pulumi.String(trust))
	if err != nil {
		return nil, nil, err
	}
	attachments := make([]pulumi.Resource, 0, len(policies))
	for _, policy := range policies {
		attachment, err := iam.NewRolePolicyAttachment(r.ctx, r.Base+"-"+policy.suffix, &iam.RolePolicyAttachmentArgs{
			Role:      role.Name,
			PolicyArn: r.awsPolicy(policy.name),
		}, r.parent)
		if err != nil {
			return nil, nil, fmt.Errorf("registering policy attachment %s-%s: %w", r.Base, policy.suffix, err)
		}
		r.keep(attachment)
		attachments = append(attachments, attachment)
	}
	return role, attachments, nil
}

// awsPolicy is the ARN of a managed policy of AWS's.
func (r *registration) awsPolicy(name string) pulumi.StringOutput {
	return pulumi.Sprintf("arn:%s:iam::aws:policy/%s", r.partition, name)
}

// admission lets one principal into the cluster.
type admission struct {
	name      string
	principal pulumi.StringInput
	// policy is empty where only the groups count.
	policy AccessPolicy
	// namespaces is empty where the policy holds in the whole cluster.
	namespaces []string
	groups     pulumi.StringArrayInput
	// onlyLooks is true for who installs nothing, so that nothing waits for the admission.
	onlyLooks bool
	options   []pulumi.ResourceOption
}

// access lets in who comes by default, then those whom the user names. Pulumi itself comes in by one of them, and which
// one cannot be said, so that what is installed waits for all.
func (r *registration) access() error {
	given := map[string]AccessEntrySpec{}
	if r.Options.Access != nil {
		given = r.Options.Access.Entries
	}
	var err error
	if r.creator, err = r.defaultAccess(given); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		spec := given[name]
		admitted := admission{
			name: name, principal: spec.PrincipalArn, namespaces: spec.Namespaces, groups: spec.KubernetesGroups,
		}
		if spec.Policy != nil {
			admitted.policy = *spec.Policy
		}
		if r.creator != nil {
			admitted.principal = otherThanCreator(fmt.Sprintf("access.entries[%q].principalArn", name),
				"call your entry "+creatorEntry+" and it takes the place of that one", spec.PrincipalArn, r.creator)
		}
		if _, err := r.admit(admitted); err != nil {
			return err
		}
	}
	return nil
}

// defaultAccess lets in the role that the kubeconfig takes or, where there is none, the identity that runs Pulumi; a
// given entry of the same name stands in their place. It returns the creator's entry if it made that.
func (r *registration) defaultAccess(given map[string]AccessEntrySpec) (*awseks.AccessEntry, error) {
	_, creatorGiven := given[creatorEntry]
	_, kubeconfigGiven := given[KubeconfigEntry]
	if settings := r.KubeconfigSettings; settings != nil && settings.RoleArn != nil {
		if kubeconfigGiven {
			return nil, nil
		}
		admitted := admission{name: KubeconfigEntry, principal: settings.RoleArn, policy: AccessPolicyClusterAdmin}
		if !creatorGiven {
			// The role may be the very identity that created the cluster: EKS refuses it a second entry before the first
			// is gone, so the first becomes the second.
			admitted.options = append(admitted.options, pulumi.Aliases([]pulumi.Alias{
				{Name: pulumi.String(r.Base + "-" + creatorEntry)},
			}))
		}
		_, err := r.admit(admitted)
		return nil, err
	}
	if creatorGiven {
		return nil, nil
	}
	// A role's session is traced back to the role: EKS refuses sessions.
	principal := iam.GetSessionContextOutput(r.ctx, iam.GetSessionContextOutputArgs{Arn: r.caller.Arn()}, r.parent).
		IssuerArn()
	return r.admit(admission{
		name: creatorEntry, principal: principal, policy: AccessPolicyClusterAdmin,
		// Whoever runs Pulumi next, a colleague or a pipeline, would otherwise replace the entry and lock the first
		// one out, in the middle of an update that needs it.
		options: []pulumi.ResourceOption{pulumi.IgnoreChanges([]string{"principalArn"})},
	})
}

// otherThanCreator passes on the principal of an input, unless the creator's entry is for the same. EKS would
// refuse it a second one, with words that help nobody and ten minutes later. Whether the creator's entry is needed
// cannot be decided here: that it is the same principal is known only when both are, and a resource must not depend on
// that.
func otherThanCreator(
	input, wayOut string, principal pulumi.StringInput, creator *awseks.AccessEntry,
) pulumi.StringOutput {
	return pulumi.All(principal, creator.PrincipalArn).ApplyT(func(values []any) (string, error) {
		given, _ := values[0].(string)
		if taken, _ := values[1].(string); given == taken {
			return "", fmt.Errorf("%s must not be the identity that created the cluster, for it has the entry %s already and "+
				"EKS takes one entry for each identity; got %q, %s", input, creatorEntry, given, wayOut)
		}
		return given, nil
	}).(pulumi.StringOutput)
}

// admit registers an access entry and what its holder may do.
func (r *registration) admit(a admission) (*awseks.AccessEntry, error) {
	name := r.Base + "-" + a.name
	entry, err := awseks.NewAccessEntry(r.ctx, name, &awseks.AccessEntryArgs{
		ClusterName:      r.Cluster.Name,
		PrincipalArn:     a.principal,
		KubernetesGroups: a.groups,
		Tags:             r.Options.Tags,
	}, append(a.options, r.parent)...)
	if err != nil {
		return nil, fmt.Errorf("registering access entry %s: %w", name, err)
	}
	r.keep(entry)
	if a.policy == "" {
		r.await(a, entry)
		return entry, nil
	}
	scope := awseks.AccessPolicyAssociationAccessScopeArgs{Type: pulumi.String("cluster")}
	if len(a.namespaces) > 0 {
		scope.Type = pulumi.String("namespace")
		scope.Namespaces = pulumi.ToStringArray(a.namespaces)
	}
	association, err := awseks.NewAccessPolicyAssociation(r.ctx, name, &awseks.AccessPolicyAssociationArgs{
		ClusterName:  r.Cluster.Name,
		PrincipalArn: entry.PrincipalArn,
		PolicyArn:    pulumi.Sprintf("arn:%s:eks::aws:cluster-access-policy/AmazonEKS%sPolicy", r.partition, a.policy),
		AccessScope:  scope,
	},
		// To EKS the association of other namespaces is the same one: made first, it would be deleted with the old.
		append(a.options, r.parent, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return nil, fmt.Errorf("registering access policy association %s: %w", name, err)
	}
	r.keep(association)
	r.await(a, association)
	return entry, nil
}

// await has what is installed wait for an admission, whose last resource is given.
func (r *registration) await(a admission, last pulumi.Resource) {
	if !a.onlyLooks {
		r.Ready = append(r.Ready, last)
	}
}
