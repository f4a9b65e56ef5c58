package kube

import (
	"context"
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// accessPolicies are the cluster roles that stand for EKS's access policies. EKS grants them in an authorizer of its
// own; here the simulated AWS puts a synthetic group per policy into the identity, and RBAC does the rest. Policies
// that are associated with namespaces only have groups too, but nothing is bound to those yet.
var accessPolicies = []struct{ policy, role string }{
	{"AmazonEKSClusterAdminPolicy", "cluster-admin"},
	{"AmazonEKSAdminPolicy", "admin"},
	{"AmazonEKSEditPolicy", "edit"},
	// Not view itself: what others add to that role, as Flux does, EKS's policy does not get.
	{"AmazonEKSViewPolicy", "system:aggregate-to-view"},
	{"AmazonEKSAdminViewPolicy", adminViewRole},
}

// adminViewRole reads everything, Secrets too. Kubernetes has no role like it.
const adminViewRole = "eks-access-policy:admin-view"

func applyAccessPolicies(ctx context.Context, c *Cluster) error {
	role := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: adminViewRole},
		Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"get", "list", "watch"}},
		},
	}
	if _, err := c.Clientset.RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{}); err != nil &&
		!apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("creating cluster role %s: %w", role.Name, err)
	}
	for _, p := range accessPolicies {
		binding := &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: "eks-access-policy:" + p.policy},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: p.role},
			Subjects: []rbacv1.Subject{
				{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: "eks-access-policy:" + p.policy},
			},
		}
		_, err := c.Clientset.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("binding access policy %s: %w", p.policy, err)
		}
	}
	return nil
}
