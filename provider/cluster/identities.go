package cluster

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// presetSuffix ends the name of the policy that a preset gives to its identity.
const presetSuffix = "-preset"

// workloadIdentities registers the roles of workloads. Only their associations need the cluster.
func (r *registration) workloadIdentities() error {
	at := pulumi.All(r.partition, r.Region, r.AccountID)
	if _, ok := r.Addons.named(addonEBSCSI); ok {
		identity := ebsCSI()
		// The policy that AWS keeps for this driver.
		identity.PolicyARNs = pulumi.StringArray{r.awsPolicy("service-role/AmazonEBSCSIDriverPolicy")}
		if _, err := r.workloadIdentity(identity, at); err != nil {
			return err
		}
	}
	arns := pulumi.StringMap{}
	for _, identity := range r.WorkloadIdentities {
		role, err := r.workloadIdentity(identity, at)
		if err != nil {
			return err
		}
		arns[identity.Name] = role.Arn
	}
	r.WorkloadRoleArns = arns.ToStringMapOutput()
	return nil
}

// workloadIdentity registers one role with its rights, and, last, what hands it to the pods: they never have the role
// without its rights.
func (r *registration) workloadIdentity(identity WorkloadIdentity, at pulumi.ArrayOutput) (*iam.Role, error) {
	role, err := r.newRole(identity.Name, r.trust(identity, at))
	if err != nil {
		return nil, err
	}
	var rights []pulumi.Resource
	if identity.Preset != nil {
		policy := at.ApplyT(func(values []any) (string, error) {
			return identity.Preset.policy(r.placeOf(values))
		}).(pulumi.StringOutput)
		inline, err := r.inlinePolicy(identity.Name+presetSuffix, role, policy)
		if err != nil {
			return nil, err
		}
		rights = append(rights, inline)
	}
	if identity.Policy != nil {
		inline, err := r.inlinePolicy(identity.Name, role, identity.Policy)
		if err != nil {
			return nil, err
		}
		rights = append(rights, inline)
	}
	attachments, err := r.attach(identity.Name, role, identity.PolicyARNs)
	if err != nil {
		return nil, err
	}
	rights = append(rights, attachments)
	r.workloads = append(r.workloads, rights...)
	if identity.Mode != ModePodIdentity {
		r.workloads = append(r.workloads, role)
		return role, nil
	}
	name := r.Base + "-" + identity.Name
	association, err := awseks.NewPodIdentityAssociation(r.ctx, name, &awseks.PodIdentityAssociationArgs{
		ClusterName:    r.Cluster.Name,
		Namespace:      pulumi.String(identity.Namespace),
		ServiceAccount: pulumi.String(identity.ServiceAccount),
		RoleArn:        role.Arn,
		Tags:           r.Options.Tags,
	}, r.parent, pulumi.DependsOn(rights), pulumi.DeleteBeforeReplace(true)) // A service account has one association.
	if err != nil {
		return nil, fmt.Errorf("registering pod identity association %s: %w", name, err)
	}
	r.keep(association)
	r.workloads = append(r.workloads, association)
	return role, nil
}

// trust says who may take the role of an identity.
func (r *registration) trust(identity WorkloadIdentity, at pulumi.ArrayOutput) pulumi.StringOutput {
	if identity.Mode == ModeIRSA {
		return pulumi.All(r.OIDCProviderArn, r.OIDCIssuer).ApplyT(func(values []any) (string, error) {
			provider, _ := values[0].(string)
			issuer, _ := values[1].(string)
			return issuerTrust(provider, issuer, identity.subject())
		}).(pulumi.StringOutput)
	}
	return at.ApplyT(func(values []any) (string, error) {
		return podTrust(r.placeOf(values), identity.Namespace, identity.ServiceAccount)
	}).(pulumi.StringOutput)
}

// placeOf reads the partition, region and account that workloadIdentities has asked for.
func (r *registration) placeOf(values []any) place {
	at := place{Cluster: r.Options.Name}
	at.Partition, _ = values[0].(string)
	at.Region, _ = values[1].(string)
	at.Account, _ = values[2].(string)
	return at
}

// attach registers which managed policies a role has, as one resource for all of them. One each would be called after
// the position in a list that may be an output: taken out of its middle, a policy would shift the others, and the last
// of them would end up detached. It is there for none too: deleting it would detach nothing, so that policies which are
// taken from the inputs have to be taken off by a list without them.
func (r *registration) attach(
	suffix string, role *iam.Role, arns pulumi.StringArrayInput,
) (*iam.RolePolicyAttachmentsExclusive, error) {
	name := r.Base + "-" + suffix
	if arns == nil {
		arns = pulumi.StringArray{}
	}
	attachments, err := iam.NewRolePolicyAttachmentsExclusive(r.ctx, name, &iam.RolePolicyAttachmentsExclusiveArgs{
		RoleName:   role.Name,
		PolicyArns: arns,
	}, r.parent)
	if err != nil {
		return nil, fmt.Errorf("registering the policies of role %s: %w", name, err)
	}
	r.keep(attachments)
	return attachments, nil
}
