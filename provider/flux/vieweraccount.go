package flux

import (
	"encoding/base64"
	"fmt"
	"slices"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// viewRole is the role of Kubernetes that may look into every namespace, and not at Secrets. Flux adds its own objects
// to it.
const viewRole = "view"

// viewerName is what the account, its role binding and its token are called in the cluster.
const viewerName = "cluster-viewer"

// tokenSecret is a Secret that Kubernetes fills with a token.
type tokenSecret struct {
	pulumi.CustomResourceState

	Data pulumi.StringMapOutput `pulumi:"data"`
}

// viewerAccount registers a ServiceAccount that may look and change nothing, if it is asked for, and returns its token,
// which is empty otherwise, with what that hangs on. The token lives as long as its Secret: one that runs out would
// have to be asked for again by whoever uses it, who has no other way into the cluster.
func (c children) viewerAccount(asked bool) (pulumi.StringOutput, []pulumi.Resource, error) {
	if !asked {
		return secretString(pulumi.String("")), nil, nil
	}
	name := c.base + "-" + viewerName
	metadata := pulumi.Map{"name": pulumi.String(viewerName), "namespace": pulumi.String(manifests.Namespace)}
	user := &dataObject{}
	if err := c.ctx.RegisterResource("kubernetes:core/v1:ServiceAccount", name, pulumi.Map{
		"apiVersion": pulumi.String("v1"), "kind": pulumi.String("ServiceAccount"), "metadata": metadata,
		"automountServiceAccountToken": pulumi.Bool(false),
	}, user, c.inCluster...); err != nil {
		return pulumi.StringOutput{}, nil, fmt.Errorf("registering ServiceAccount %s: %w", viewerName, err)
	}
	binding, err := rbacv1.NewClusterRoleBinding(c.ctx, name, &rbacv1.ClusterRoleBindingArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(viewerName)},
		RoleRef: rbacv1.RoleRefArgs{
			ApiGroup: pulumi.String("rbac.authorization.k8s.io"), Kind: pulumi.String("ClusterRole"),
			Name: pulumi.String(viewRole),
		},
		Subjects: rbacv1.SubjectArray{rbacv1.SubjectArgs{
			Kind: pulumi.String("ServiceAccount"), Name: pulumi.String(viewerName),
			Namespace: pulumi.String(manifests.Namespace),
		}},
	}, c.inCluster...)
	if err != nil {
		return pulumi.StringOutput{}, nil, fmt.Errorf("registering ClusterRoleBinding %s: %w", viewerName, err)
	}
	token := &tokenSecret{}
	if err := c.ctx.RegisterResource("kubernetes:core/v1:Secret", name, pulumi.Map{
		"apiVersion": pulumi.String("v1"), "kind": pulumi.String(secretKind),
		"metadata": pulumi.Map{
			"name": metadata["name"], "namespace": metadata["namespace"],
			"annotations": pulumi.StringMap{"kubernetes.io/service-account.name": pulumi.String(viewerName)},
		},
		"type": pulumi.String("kubernetes.io/service-account-token"),
	}, token, append(slices.Clone(c.inCluster),
		pulumi.AdditionalSecretOutputs([]string{"data"}),
		// Kubernetes deletes a token whose account it does not find.
		pulumi.DependsOn([]pulumi.Resource{user}),
	)...); err != nil {
		return pulumi.StringOutput{}, nil, fmt.Errorf("registering Secret %s: %w", viewerName, err)
	}
	//nolint:forcetypeassert // The function returns a string.
	decoded := secretString(token.Data.MapIndex(pulumi.String("token"))).ApplyT(func(encoded string) (string, error) {
		token, err := base64.StdEncoding.DecodeString(encoded)
		return string(token), err
	}).(pulumi.StringOutput)
	return decoded, []pulumi.Resource{user, binding, token}, nil
}
