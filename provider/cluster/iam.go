package cluster

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// IamSpec says what holds for every IAM role of the cluster.
type IamSpec struct {
	PermissionsBoundary pulumi.StringInput `pulumi:"permissionsBoundary,optional"`
	Path                pulumi.StringInput `pulumi:"path,optional"`
}

// Annotate describes the type in the schema.
func (s *IamSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "What holds for every IAM role that is made: those of the control plane, the nodes, the add-ons, "+
		"the workloads and the flow logs.")
	a.Describe(&s.PermissionsBoundary, "The ARN of the managed policy that bounds what the roles may do, such as "+
		"`arn:aws:iam::123456789012:policy/boundary`. It must allow what EKS and its nodes need, or the cluster does not "+
		"come up. Default: none. It can be changed at any time.")
	a.Describe(&s.Path, "The path of the roles' names, such as `/platform/`: it begins and ends with a slash and has at "+
		"most 512 characters. Default: `/`. Changing it replaces the roles, and with its role the cluster.")
}

var (
	policyARN = regexp.MustCompile(`^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]+$`)
	rolePath  = regexp.MustCompile(`^/([!-~]{1,510}/)?$`)
)

// Validate applies IAM's rules; path is where the specification stands among the inputs, raw what was given there.
func (s *IamSpec) Validate(path string, raw property.Value) inputs.Violations {
	var found inputs.Violations
	checkText(&found, inputs.Join(path, "permissionsBoundary"), inputs.At(raw, "permissionsBoundary"),
		func(given string) error {
			if policyARN.MatchString(given) {
				return nil
			}
			return fmt.Errorf("must be the ARN of a managed policy, such as arn:aws:iam::123456789012:policy/boundary; "+
				"got %q", given)
		})
	checkText(&found, inputs.Join(path, "path"), inputs.At(raw, "path"), func(given string) error {
		if rolePath.MatchString(given) {
			return nil
		}
		return fmt.Errorf("must begin and end with a slash, such as /platform/, and have at most 512 characters; got %q",
			given)
	})
	return found
}

// newRole registers a role which trust says who may take, bounded and placed as the user asks for all of them.
func (r *registration) newRole(suffix string, trust pulumi.StringInput) (*iam.Role, error) {
	name := r.Base + "-" + suffix
	args := &iam.RoleArgs{
		AssumeRolePolicy: trust,
		// Policies are attached to some roles by a resource whose deletion detaches nothing, and by people.
		ForceDetachPolicies: pulumi.Bool(true),
		Tags:                r.Options.Tags,
	}
	if spec := r.Options.IAM; spec != nil {
		args.PermissionsBoundary = inputs.Optional(spec.PermissionsBoundary)
		args.Path = inputs.Optional(spec.Path)
	}
	role, err := iam.NewRole(r.ctx, name, args, r.parent)
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
