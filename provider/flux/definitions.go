package flux

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/fluxcd/pkg/ssa"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// migrationTimeout is for thousands of objects, each of which is written once.
const migrationTimeout = 10 * time.Minute

// definition is what counts of a custom resource definition when Flux changes its version.
type definition struct {
	object *unstructured.Unstructured
	// versions are those that it knows, storage the one in which objects are written, and stored all those in which one
	// may have been written.
	versions, stored []string
	storage          string
}

func definitionOf(object *unstructured.Unstructured) definition {
	found := definition{object: object}
	versions, _, _ := unstructured.NestedSlice(object.Object, "spec", "versions")
	for _, entry := range versions {
		fields, ok := entry.(map[string]any)
		if !ok {
			continue
		}
		name, _, _ := unstructured.NestedString(fields, "name")
		found.versions = append(found.versions, name)
		if storage, _, _ := unstructured.NestedBool(fields, "storage"); storage {
			found.storage = name
		}
	}
	found.stored, _, _ = unstructured.NestedStringSlice(object.Object, "status", "storedVersions")
	return found
}

// apiVersion is that in which objects are stored.
func (d definition) apiVersion() string {
	group, _, _ := unstructured.NestedString(d.object.Object, "spec", "group")
	return group + "/" + d.storage
}

func (d definition) listKind() string {
	kind, _, _ := unstructured.NestedString(d.object.Object, "spec", "names", "kind")
	return kind + "List"
}

// listDefinitions returns Flux's definitions on the cluster, by name.
func listDefinitions(ctx context.Context, cluster client.Client) ([]definition, error) {
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(crdAPIVersion)
	list.SetKind(crdKind + "List")
	err := cluster.List(ctx, list, client.MatchingLabels{manifests.PartOfLabel: manifests.PartOf})
	if err != nil {
		return nil, err
	}
	var found []definition
	for i := range list.Items {
		found = append(found, definitionOf(&list.Items[i]))
	}
	return found, nil
}

// migrateStorage writes every object of Flux's kinds anew that may be stored in a version other than the present one,
// or whose fields somebody owns in another one. The API server refuses a definition that has lost a version in which an
// object may still be stored, and Flux, which applies its definitions first, then applies nothing at all.
func migrateStorage(ctx context.Context, cluster client.Client, report kube.Progress) error {
	return kube.Wait(ctx, migrationTimeout, report, func(ctx context.Context) (string, error) {
		definitions, err := listDefinitions(ctx, cluster)
		if err != nil {
			return retrying("listing the custom resource definitions of Flux", err)
		}
		for _, found := range definitions {
			if found.settled() && len(found.versions) == 1 {
				continue
			}
			if !found.settled() {
				report("storing all " + found.object.GetName() + " as " + found.storage)
			}
			if err := found.rewrite(ctx, cluster); err != nil {
				return retrying("storing "+found.object.GetName()+" as "+found.storage, err)
			}
		}
		return "", nil
	})
}

// settled tells whether all objects are stored in the present version.
func (d definition) settled() bool { return slices.Equal(d.stored, []string{d.storage}) }

// rewrite has every object written in the present version that is not, and says so in the definition.
func (d definition) rewrite(ctx context.Context, cluster client.Client) error {
	objects := &unstructured.UnstructuredList{}
	objects.SetAPIVersion(d.apiVersion())
	objects.SetKind(d.listKind())
	if err := cluster.List(ctx, objects); err != nil {
		return err
	}
	for i := range objects.Items {
		patch, err := d.ownership(&objects.Items[i])
		if err != nil {
			return fmt.Errorf("rewriting %s: %w", objects.Items[i].GetName(), err)
		}
		if patch == nil && d.settled() {
			continue
		}
		if patch == nil {
			// It changes nothing, and yet the API server stores the object.
			patch = client.RawPatch(types.MergePatchType, []byte("{}"))
		}
		if err := ignoreGone(cluster.Patch(ctx, &objects.Items[i], patch)); err != nil {
			return err
		}
	}
	if d.settled() {
		return nil
	}
	if err := unstructured.SetNestedStringSlice(
		d.object.Object, []string{d.storage}, "status", "storedVersions",
	); err != nil {
		return err
	}
	return cluster.Status().Update(ctx, d.object)
}

// ownership is a patch that changes in which version the owners of an object's fields own them, or nil if that is the
// present one for all. It is recorded whatever version the object is stored in, and a later apply fails at an entry of
// a version that is gone (fluxcd/flux2#5558).
func (d definition) ownership(object *unstructured.Unstructured) (client.Patch, error) {
	patches, err := ssa.PatchMigrateToVersion(object, d.apiVersion())
	if err != nil || len(patches) == 0 {
		return nil, err
	}
	content, err := json.Marshal(patches)
	return client.RawPatch(types.JSONPatchType, content), err
}
