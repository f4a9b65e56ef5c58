package flux

import (
	"context"
	"fmt"
	"strings"

	"github.com/fluxcd/pkg/ssa"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// sourceDefinition is on every cluster that has Flux.
const sourceDefinition = "gitrepositories.source.toolkit.fluxcd.io"

// settle refuses a cluster on which somebody else runs Flux: two owners would undo each other's work, and the first to
// go would take the other's with it. It is taken over where that is asked for, and made ready for it.
func settle(
	ctx context.Context, cluster client.Client, args FluxInstallArgs, objects []*unstructured.Unstructured,
	report kube.Progress,
) error {
	by, err := installedBy(ctx, cluster)
	if err != nil {
		return fmt.Errorf("looking for a Flux that is installed already: %w", err)
	}
	if by == "" || by == args.Owner {
		return nil
	}
	if args.Adopt == nil || !*args.Adopt {
		return fmt.Errorf("the cluster has Flux already, installed by %s: uninstall it first (flux uninstall), leave it out "+
			"of this program, or have it taken over with adopt", by)
	}
	report("taking over the Flux of " + by)
	return adopt(ctx, cluster, args, objects, report)
}

// somebodyElse is who has installed a Flux without our mark.
const somebodyElse = "somebody else"

// installedBy says whose Flux is on the cluster; "" if there is none.
func installedBy(ctx context.Context, cluster client.Client) (string, error) {
	namespace, err := kube.Get(ctx, cluster, "v1", "Namespace", "", manifests.Namespace)
	if err != nil && !kube.Gone(err) {
		return "", err
	}
	if err == nil && namespace.GetAnnotations()[ownerMark] != "" {
		return namespace.GetAnnotations()[ownerMark], nil
	}
	_, err = kube.Get(ctx, cluster, crdAPIVersion, crdKind, "", sourceDefinition)
	if kube.Gone(err) {
		return "", nil
	}
	return somebodyElse, err
}

// adopt makes sure that somebody else's Flux can be made ours by applying ours over it.
func adopt(
	ctx context.Context, cluster client.Client, args FluxInstallArgs, objects []*unstructured.Unstructured,
	report kube.Progress,
) error {
	controller, err := kube.Get(ctx, cluster, "apps/v1", "Deployment", manifests.Namespace, manifests.KustomizeController)
	if err != nil && !kube.Gone(err) {
		return fmt.Errorf("looking at the Flux to adopt: %w", err)
	}
	if err == nil {
		labels := controller.GetLabels()
		if applier := labels[fluxFieldGroup+"/name"]; applier != "" && applier != selfName {
			return fmt.Errorf("the Flux on the cluster cannot be adopted, because its own Kustomization %s/%s keeps applying "+
				"it from a repository (flux bootstrap); set deletionPolicy: Orphan on it, take it and gotk-components.yaml out of "+
				"the repository, and delete it, then try again", labels[fluxFieldGroup+"/namespace"], applier)
		}
		if before := versionOf(controller); before != "" {
			if err := checkDowngrade(before, args.FluxVersion); err != nil {
				return err
			}
		}
	}
	live, err := listDefinitions(ctx, cluster)
	if err != nil {
		return fmt.Errorf("listing the custom resource definitions of Flux: %w", err)
	}
	if err := checkHop(versionOf(controller), args.FluxVersion, live, objects); err != nil {
		return err
	}
	return migrateStorage(ctx, cluster, report)
}

// versionOf is the version of Flux that a controller says it is of. The chart of Flux's community leaves the v out.
func versionOf(controller *unstructured.Unstructured) string {
	if controller == nil || controller.GetLabels()[manifests.VersionLabel] == "" {
		return ""
	}
	return "v" + strings.TrimPrefix(controller.GetLabels()[manifests.VersionLabel], "v")
}

// takeOver are options that leave nobody else as an owner of what is applied: a field that a later version of Flux
// drops would stay because of him.
func takeOver() ssa.ApplyOptions {
	options := ssa.DefaultApplyOptions()
	options.Cleanup.Annotations = []string{corev1.LastAppliedConfigAnnotation}
	for _, name := range []string{"flux", "kubectl", "helm", "before-first-apply", "pulumi"} {
		for _, operation := range []metav1.ManagedFieldsOperationType{
			metav1.ManagedFieldsOperationApply, metav1.ManagedFieldsOperationUpdate,
		} {
			options.Cleanup.FieldManagers = append(options.Cleanup.FieldManagers, ssa.FieldManager{
				Name: name, OperationType: operation,
			})
		}
	}
	return options
}
