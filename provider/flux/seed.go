package flux

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fluxcd/pkg/ssa"
	ssautils "github.com/fluxcd/pkg/ssa/utils"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

const (
	// fluxFieldManager is who Flux is when it applies itself. Seeded under any other name, a field that a later
	// version of Flux drops would stay forever, because its first owner never lets go of it.
	fluxFieldManager = "kustomize-controller"
	fluxFieldGroup   = "kustomize.toolkit.fluxcd.io"

	// markFieldManager owns our mark on the Namespace. It must not be Flux's: what Flux's own manifests lack would be
	// removed when Flux applies them under the same name.
	markFieldManager = "gitops-cluster"
	ownerMark        = "gitops-cluster/installed-by"
	// foundMark is there if the Namespace was there before us: then it stays when Flux goes.
	foundMark = "gitops-cluster/namespace-found"

	crdAPIVersion = "apiextensions.k8s.io/v1"
	crdKind       = "CustomResourceDefinition"

	applyTimeout       = time.Minute
	definitionsTimeout = 2 * time.Minute
	// deploymentsTimeout covers pulling the images on a node that has none yet.
	deploymentsTimeout = 10 * time.Minute
)

// install brings Flux onto the cluster, from whatever state an earlier attempt has left. It sets the recorded cluster
// as soon as something may have been written to it.
func install(ctx context.Context, state *FluxInstallState) error {
	report := progress(ctx)
	objects, err := seedObjects(ctx, state.FluxInstallArgs)
	if err != nil {
		return err
	}
	cluster, err := kube.Connect(state.Kubeconfig)
	if err != nil {
		return err
	}
	if err := kube.WaitForAccess(ctx, cluster, accessTimeout, report); err != nil {
		return fmt.Errorf("installing Flux: %w", err)
	}
	if err := sameCluster(ctx, cluster, state.ClusterUID); err != nil {
		return fmt.Errorf("installing Flux: %w", err)
	}
	if err := checkKubernetes(ctx, state.FluxInstallArgs); err != nil {
		return err
	}
	if err := settle(ctx, cluster, state.FluxInstallArgs, objects, report); err != nil {
		return err
	}
	uid, err := kube.UID(ctx, cluster)
	if err != nil {
		return err
	}
	state.ClusterUID = uid
	if err := seed(ctx, cluster, objects, state.FluxInstallArgs, report); err != nil {
		return fmt.Errorf("installing Flux %s: %w", state.FluxVersion, err)
	}
	if state.managed() {
		if err := removeOthers(ctx, cluster, objects); err != nil {
			return fmt.Errorf("installing Flux %s: %w", state.FluxVersion, err)
		}
		if err := migrateStorage(ctx, cluster, report); err != nil {
			return fmt.Errorf("installing Flux %s: %w", state.FluxVersion, err)
		}
	}
	state.InstalledVersion = state.FluxVersion
	return nil
}

// seedObjects renders what is applied, from the same artifact and with the same patches as Flux will.
func seedObjects(ctx context.Context, args FluxInstallArgs) ([]*unstructured.Unstructured, error) {
	repository, err := args.repository()
	if err != nil {
		return nil, err
	}
	files, err := repository.Pull(ctx, args.Digest, artifact.UserCache())
	if err != nil {
		return nil, err
	}
	return args.customization().Render(files)
}

// seed applies the objects in stages, each of which has what it needs from the one before.
func seed(
	ctx context.Context, cluster client.Client, objects []*unstructured.Unstructured, args FluxInstallArgs,
	report kube.Progress,
) error {
	// It waits with a context and a progress of its own, hence no poller.
	manager := ssa.NewResourceManager(cluster, nil, ssa.Owner{Field: fluxFieldManager, Group: fluxFieldGroup})
	manager.SetConcurrency(8)
	// Flux adds the labels that say who applied an object when it applies them itself: they tell that it has taken over.
	var namespaces, definitions, others []*unstructured.Unstructured
	for _, object := range objects {
		switch {
		case ssautils.IsNamespace(object):
			namespaces = append(namespaces, object)
		case ssautils.IsClusterDefinition(object):
			definitions = append(definitions, object)
		default:
			others = append(others, object)
		}
	}
	report("applying the manifests of Flux")
	found, err := namespaceFound(ctx, cluster, args.Owner)
	if err != nil {
		return err
	}
	// The mark comes first, and with it the Namespace: one without it would be taken for somebody else's.
	if err := mark(ctx, cluster, args.Owner, found); err != nil {
		return err
	}
	if err := apply(ctx, manager, namespaces, report); err != nil {
		return err
	}
	if err := placeImagePullSecret(ctx, cluster, args); err != nil {
		return err
	}
	if err := apply(ctx, manager, definitions, report); err != nil {
		return err
	}
	if err := waitForDefinitions(ctx, cluster, definitions, report); err != nil {
		return err
	}
	if err := apply(ctx, manager, others, report); err != nil {
		return err
	}
	return waitForDeployments(ctx, cluster, others, report)
}

// apply applies the objects, and again while the API server asks for it: a quota or a namespace that was just made is
// not known everywhere at once.
func apply(
	ctx context.Context, manager *ssa.ResourceManager, objects []*unstructured.Unstructured, report kube.Progress,
) error {
	if len(objects) == 0 {
		return nil
	}
	return kube.Wait(ctx, applyTimeout, report, func(ctx context.Context) (string, error) {
		_, err := manager.ApplyAll(ctx, objects, takeOver())
		if err != nil {
			return retrying("applying the manifests", err)
		}
		return "", nil
	})
}

// namespaceFound tells whether the Namespace was there before our first attempt. Whoever is asked has made sure that it
// does not carry somebody else's mark.
func namespaceFound(ctx context.Context, cluster client.Client, owner string) (bool, error) {
	namespace, err := kube.Get(ctx, cluster, "v1", "Namespace", "", manifests.Namespace)
	if kube.Gone(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for the namespace %s: %w", manifests.Namespace, err)
	}
	annotations := namespace.GetAnnotations()
	if annotations[ownerMark] == owner {
		return annotations[foundMark] == "true", nil
	}
	return true, nil
}

func mark(ctx context.Context, cluster client.Client, owner string, found bool) error {
	namespace := kube.Object("v1", "Namespace", "", manifests.Namespace)
	annotations := map[string]string{ownerMark: owner}
	if found {
		annotations[foundMark] = "true"
	}
	namespace.SetAnnotations(annotations)
	err := cluster.Apply(ctx, client.ApplyConfigurationFromUnstructured(namespace),
		client.FieldOwner(markFieldManager), client.ForceOwnership)
	if err != nil {
		return fmt.Errorf("marking the namespace %s as ours: %w", manifests.Namespace, err)
	}
	return nil
}

// reach connects to the cluster that Flux is installed on, for doing something there.
func (s FluxInstallState) reach(ctx context.Context, doing string) (client.Client, error) {
	cluster, err := kube.Connect(s.Kubeconfig)
	if err != nil {
		return nil, err
	}
	if err := kube.WaitForAccess(ctx, cluster, readTimeout, progress(ctx)); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	if err := sameCluster(ctx, cluster, s.ClusterUID); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return cluster, nil
}

// passOn marks an installation of ours with a new name of its owner.
func passOn(ctx context.Context, state FluxInstallState, before string) error {
	cluster, err := state.reach(ctx, "renaming the owner of Flux")
	if err != nil {
		return err
	}
	by, err := installedBy(ctx, cluster)
	if err != nil {
		return fmt.Errorf("renaming the owner of Flux: %w", err)
	}
	if by != "" && by != before {
		return fmt.Errorf("the Flux on the cluster was installed by %s in the meantime; take this resource out of the state "+
			"with `pulumi state delete`", by)
	}
	found, err := namespaceFound(ctx, cluster, before)
	if err != nil {
		return err
	}
	return mark(ctx, cluster, state.Owner, found)
}

func waitForDefinitions(
	ctx context.Context, cluster client.Client, objects []*unstructured.Unstructured, report kube.Progress,
) error {
	return kube.Wait(ctx, definitionsTimeout, report, func(ctx context.Context) (string, error) {
		var missing []string
		for _, object := range objects {
			if object.GetKind() != crdKind {
				continue
			}
			live, err := kube.Get(ctx, cluster, crdAPIVersion, crdKind, "", object.GetName())
			if err != nil && !kube.Gone(err) && !kube.Retryable(err) {
				return "", fmt.Errorf("looking at custom resource definition %s: %w", object.GetName(), err)
			}
			if err != nil || conditionOf(live, "Established").Status != conditionTrue {
				missing = append(missing, object.GetName())
			}
		}
		return listed("custom resource definitions to be established", missing), nil
	})
}

func waitForDeployments(
	ctx context.Context, cluster client.Client, objects []*unstructured.Unstructured, report kube.Progress,
) error {
	var names []string
	for _, object := range objects {
		if object.GetKind() == "Deployment" {
			names = append(names, object.GetName())
		}
	}
	return kube.Wait(ctx, deploymentsTimeout, report, func(ctx context.Context) (string, error) {
		var missing []string
		for _, name := range names {
			reason, err := unavailable(ctx, cluster, name)
			if err == nil && reason == "" {
				reason, err = outdated(ctx, cluster, name)
			}
			if err != nil {
				return "", err
			}
			if reason != "" {
				missing = append(missing, name+" ("+reason+")")
			}
		}
		return listed("deployments of Flux to become available", missing), nil
	})
}

// outdated says why a Deployment that is available is so with its old pods, or "" if it is with the new ones.
func outdated(ctx context.Context, cluster client.Client, name string) (string, error) {
	deployment := &appsv1.Deployment{}
	err := cluster.Get(ctx, client.ObjectKey{Namespace: manifests.Namespace, Name: name}, deployment)
	if err != nil {
		return retrying("looking at deployment "+name, err)
	}
	if deployment.Spec.Replicas != nil && deployment.Status.UpdatedReplicas < *deployment.Spec.Replicas {
		return "its new pods are not there yet", nil
	}
	return "", nil
}

// listed says what is waited for, or "" if nothing is.
func listed(what string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	// A repository has thousands of objects, and what is waited for is told again whenever it changes.
	const most = 20
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s: %s and %d others", what, strings.Join(names[:most], ", "), more)
	}
	return what + ": " + strings.Join(names, ", ")
}
