package cluster

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

var policyARN = regexp.MustCompile(`^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]+$`)

// newRole registers a role which trust says who may take.
func (r *registration) newRole(suffix string, trust pulumi.StringInput) (*iam.Role, error) {
	name := r.Base + "-" + suffix
	role, err := iam.NewRole(r.ctx, name, &iam.RoleArgs{
		AssumeRolePolicy: trust,
		// Policies are attached to some roles by a resource whose deletion detaches nothing, and by people.
		ForceDetachPolicies: pulumi.Bool(true),
		Tags:                r.Options.Tags,
	}, r.parent)
	if err != nil {
		return nil, fmt.Errorf("registering role %s: %w", name, err)
	}
	r.keep(role)
	return role, nil
}

// inlinePolicy registers a policy that is part of a role.
func (r *registration) inlinePolicy(suffix string, role *iam.Role, policy pulumi.StringInput) (*iam.RolePolicy, error) {
	name := r.Base + "-" + suffix
	registered, err := iam.NewRolePolicy(r.ctx, name, &iam.RolePolicyArgs{Role: role.Name, Policy: policy}, r.parent)
	if err != nil {
		return nil, fmt.Errorf("registering policy %s: %w", name, err)
	}
	r.keep(registered)
	return registered, nil
}
