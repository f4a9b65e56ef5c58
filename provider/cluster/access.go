package cluster

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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

// creatorEntry names the access entry of the identity that creates the cluster.
const creatorEntry = "creator"

// roles registers the roles of control plane and nodes before the cluster, and the cluster after their policies: EKS
// works with a role that lacks them, until the day it deletes a network interface.
func (r *registration) roles() error {
	partition := aws.GetPartitionOutput(r.ctx, aws.GetPartitionOutputArgs{}, r.parent).Partition()
	var err error
	r.clusterRole, r.clusterPolicies, err = r.role(partition, "cluster", "eks.amazonaws.com", clusterPolicies)
	if err != nil {
		return err
	}
	r.nodeRole, r.nodePolicies, err = r.role(partition, "node", "ec2.amazonaws.com", nodePolicies)
	if err != nil {
		return err
	}
	r.NodeRoleArn = r.nodeRole.Arn
	return nil
}

func (r *registration) role(
	partition pulumi.StringOutput, suffix, service string, policies []managedPolicy,
) (*iam.Role, []pulumi.Resource, error) {
	name := r.Base + "-" + suffix
	trust, err := trustPolicy(service)
	if err != nil {
		return nil, nil, err
	}
	role, err := iam.NewRole(r.ctx, name, &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(trust),
		Tags:             r.Options.Tags,
	}, r.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("registering role %s: %w", name, err)
	}
	r.keep(role)
	attachments := make([]pulumi.Resource, 0, len(policies))
	for _, policy := range policies {
		attachment, err := iam.NewRolePolicyAttachment(r.ctx, r.Base+"-"+policy.suffix, &iam.RolePolicyAttachmentArgs{
			Role:      role.Name,
			PolicyArn: pulumi.Sprintf("arn:%s:iam::aws:policy/%s", partition, policy.name),
		}, r.parent)
		if err != nil {
			return nil, nil, fmt.Errorf("registering policy attachment %s-%s: %w", r.Base, policy.suffix, err)
		}
		r.keep(attachment)
		attachments = append(attachments, attachment)
	}
	return role, attachments, nil
}

// trustPolicy lets an AWS service take a role.
func trustPolicy(service string) (string, error) {
	policy, err := json.Marshal(map[string]any{
		"Version": "2012-10-17",
		"Statement": []any{map[string]any{
			"Effect":    "Allow",
			"Principal": map[string]any{"Service": service},
			"Action":    "sts:AssumeRole",
		}},
	})
	if err != nil {
		return "", fmt.Errorf("encoding the trust policy for %s: %w", service, err)
	}
	return string(policy), nil
}

// access gives the identity that runs Pulumi the administration of the cluster, as an entry that can be seen. A role's
// session is traced back to the role: EKS refuses sessions.
func (r *registration) access() error {
	caller := aws.GetCallerIdentityOutput(r.ctx, aws.GetCallerIdentityOutputArgs{}, r.parent)
	principal := iam.GetSessionContextOutput(r.ctx, iam.GetSessionContextOutputArgs{Arn: caller.Arn()}, r.parent).
		IssuerArn()
	name := r.Base + "-" + creatorEntry
	// Whoever runs Pulumi next, a colleague or a pipeline, would otherwise replace the entry and lock the first
	// one out, in the middle of an update that needs it.
	keepCreator := pulumi.IgnoreChanges([]string{"principalArn"})
	entry, err := awseks.NewAccessEntry(r.ctx, name, &awseks.AccessEntryArgs{
		ClusterName:  r.Cluster.Name,
		PrincipalArn: principal,
		Tags:         r.Options.Tags,
	}, r.parent, keepCreator)
	if err != nil {
		return fmt.Errorf("registering access entry %s: %w", name, err)
	}
	r.keep(entry)
	partition := aws.GetPartitionOutput(r.ctx, aws.GetPartitionOutputArgs{}, r.parent).Partition()
	association, err := awseks.NewAccessPolicyAssociation(r.ctx, name, &awseks.AccessPolicyAssociationArgs{
		ClusterName:  r.Cluster.Name,
		PrincipalArn: entry.PrincipalArn,
		PolicyArn:    pulumi.Sprintf("arn:%s:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", partition),
		AccessScope:  awseks.AccessPolicyAssociationAccessScopeArgs{Type: pulumi.String("cluster")},
	}, r.parent)
	if err != nil {
		return fmt.Errorf("registering access policy association %s: %w", name, err)
	}
	r.keep(association)
	r.Ready = append(r.Ready, association)
	return nil
}
