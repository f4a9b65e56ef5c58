package flux

import (
	"fmt"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// viewersRole is what role and binding are called in the cluster.
const viewersRole = "flux-viewers"

// viewedGroups are the API groups of Flux's own kinds of objects.
func viewedGroups() []string {
	return []string{
		"source.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io",
		"notification.toolkit.fluxcd.io", "image.toolkit.fluxcd.io", "source.extensions.fluxcd.io",
	}
}

// viewers lets Kubernetes groups look at Flux's own objects. Flux brings a role for that, which adds itself to the role
// view of Kubernetes; but EKS's view policy is no role, so that nothing is added to it.
func (c children) viewers(groups []string) ([]pulumi.Resource, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	name := c.base + "-viewers"
	role, err := rbacv1.NewClusterRole(c.ctx, name, &rbacv1.ClusterRoleArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(viewersRole)},
		Rules: rbacv1.PolicyRuleArray{rbacv1.PolicyRuleArgs{
			ApiGroups: pulumi.ToStringArray(viewedGroups()),
			Resources: pulumi.ToStringArray([]string{"*"}),
			Verbs:     pulumi.ToStringArray([]string{"get", "list", "watch"}),
		}},
	}, c.inCluster...)
	if err != nil {
		return nil, fmt.Errorf("registering ClusterRole %s: %w", viewersRole, err)
	}
	subjects := make(rbacv1.SubjectArray, 0, len(groups))
	for _, group := range groups {
		subjects = append(subjects, rbacv1.SubjectArgs{
			ApiGroup: pulumi.String("rbac.authorization.k8s.io"), Kind: pulumi.String("Group"), Name: pulumi.String(group),
		})
	}
	binding, err := rbacv1.NewClusterRoleBinding(c.ctx, name, &rbacv1.ClusterRoleBindingArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(viewersRole)},
		RoleRef: rbacv1.RoleRefArgs{
			ApiGroup: pulumi.String("rbac.authorization.k8s.io"), Kind: pulumi.String("ClusterRole"),
			Name: pulumi.String(viewersRole),
		},
		Subjects: subjects,
	}, c.inCluster...)
	if err != nil {
		return nil, fmt.Errorf("registering ClusterRoleBinding %s: %w", viewersRole, err)
	}
	return []pulumi.Resource{role, binding}, nil
}
