package flux

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// FluxManagement is who keeps Flux as the program says.
type FluxManagement string

// Who can.
const (
	FluxManagementFlux   FluxManagement = "Flux"
	FluxManagementPulumi FluxManagement = "Pulumi"
)

var _ infer.Enum[FluxManagement] = FluxManagement("")

// Values lists who can.
func (FluxManagement) Values() []infer.EnumValue[FluxManagement] {
	return []infer.EnumValue[FluxManagement]{
		{Name: "Flux", Value: FluxManagementFlux, Description: "Flux itself, from its artifact, all the time."},
		{Name: "Pulumi", Value: FluxManagementPulumi, Description: "Pulumi, whenever `pulumi up` runs."},
	}
}

func (s FluxSpec) managedByPulumi() bool {
	return s.Management != nil && *s.Management == FluxManagementPulumi
}

func (a FluxInstallArgs) managed() bool {
	return a.Managed != nil && *a.Managed
}

// rendered are the inputs that say what is on the cluster and who keeps it so. The others only say how to get there.
func (a FluxInstallArgs) rendered() FluxInstallArgs {
	return FluxInstallArgs{
		FluxVersion: a.FluxVersion, Digest: a.Digest, Components: a.Components, Registry: a.Registry,
		NetworkPolicy: a.NetworkPolicy, Tolerations: a.Tolerations, Patches: a.Patches, Labels: a.Labels, Size: a.Size,
		ImagePullUsername:    a.ImagePullUsername,
		TenantServiceAccount: a.TenantServiceAccount, Managed: a.Managed,
	}
}

// removeOthers deletes what is part of Flux and not of the objects: what an earlier version had, or a component that
// was left out since. The kinds and the Namespace stay, because everything of them would go too.
func removeOthers(ctx context.Context, cluster client.Client, objects []*unstructured.Unstructured) error {
	keep := map[string]bool{}
	for _, object := range objects {
		keep[describe(object)] = true
	}
	for _, kind := range []struct{ apiVersion, kind, namespace string }{
		{"apps/v1", "Deployment", manifests.Namespace},
		{"v1", "Service", manifests.Namespace},
		{"v1", "ServiceAccount", manifests.Namespace},
		{"v1", "ResourceQuota", manifests.Namespace},
		{"networking.k8s.io/v1", "NetworkPolicy", manifests.Namespace},
		{"rbac.authorization.k8s.io/v1", "ClusterRoleBinding", ""},
		{"rbac.authorization.k8s.io/v1", "ClusterRole", ""},
	} {
		list := &unstructured.UnstructuredList{}
		list.SetAPIVersion(kind.apiVersion)
		list.SetKind(kind.kind + "List")
		if err := cluster.List(ctx, list, client.InNamespace(kind.namespace),
			client.MatchingLabels{manifests.PartOfLabel: manifests.PartOf}); err != nil {
			return fmt.Errorf("listing what is part of Flux (%s): %w", kind.kind, err)
		}
		for i := range list.Items {
			object := &list.Items[i]
			if keep[describe(object)] {
				continue
			}
			if err := ignoreGone(cluster.Delete(ctx, object)); err != nil {
				return fmt.Errorf("deleting %s: %w", describe(object), err)
			}
		}
	}
	return nil
}
