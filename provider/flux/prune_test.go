package flux

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// many is a thousand objects of two kinds, and the inventory of the Kustomization that has applied them.
func many() (objects []client.Object, inventory []inventoryEntry) {
	const each = 500
	for i := range each {
		for _, entry := range []inventoryEntry{
			{namespace: "shop", name: fmt.Sprintf("c%03d", i), version: "v1", kind: "ConfigMap"},
			{namespace: "shop", name: fmt.Sprintf("d%03d", i), group: "apps", version: "v1", kind: "Deployment"},
		} {
			inventory = append(inventory, entry)
			objects = append(objects, made(entry.apiVersion(), entry.kind, entry.namespace, entry.name, by("shop"), nil))
		}
	}
	return objects, inventory
}

// TestManyObjectsTakeFewRequests proves that what is left of a large repository is asked for by kind, and that not all
// of it is told.
func TestManyObjectsTakeFewRequests(t *testing.T) {
	t.Parallel()
	objects, inventory := many()
	requests := 0
	inner := newFake().WithObjects(objects...).WithInterceptorFuncs(interceptor.Funcs{
		Get: func(
			ctx context.Context, inner client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption,
		) error {
			requests++
			return inner.Get(ctx, key, object, options...)
		},
		List: func(
			ctx context.Context, inner client.WithWatch, list client.ObjectList, options ...client.ListOption,
		) error {
			requests++
			return inner.List(ctx, list, options...)
		},
	}).Build()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d, _ := newDrain(inner, true)
	d.begin()
	var told string
	d.report = func(text string) {
		told = text
		cancel()
	}
	key := applierKey{kindKustomization, "flux-system", "shop"}
	if err := d.waitForObjects(ctx, map[applierKey][]inventoryEntry{key: inventory}); err == nil {
		t.Fatal("a thousand objects are there, and were not waited for")
	}
	if requests > 2*2 {
		t.Errorf("looking at %d objects of two kinds took %d requests", len(objects), requests)
	}
	if !strings.Contains(told, "ConfigMap shop/c000") || !strings.HasSuffix(told, "and 980 others") {
		t.Errorf("told %q, want some of the objects and how many others there are", told)
	}
}

// TestLeftOfAnInventory proves whose objects count as left: those that carry the labels of who applied them, and are
// not kept from being pruned.
func TestLeftOfAnInventory(t *testing.T) {
	t.Parallel()
	kept := made("v1", "ConfigMap", "shop", "kept", by("shop"), nil)
	kept.SetAnnotations(map[string]string{fluxFieldGroup + "/prune": "Disabled"})
	cluster := newFakeCluster(
		made("v1", "ConfigMap", "shop", "b", by("shop"), nil), made("v1", "ConfigMap", "shop", "a", by("shop"), nil),
		made("v1", "ConfigMap", "shop", "theirs", by("other"), nil), made("v1", "ConfigMap", "shop", "new", by("shop"), nil),
		kept,
	)
	var inventory []inventoryEntry
	for _, name := range []string{"b", "gone", "theirs", "kept", "a"} {
		inventory = append(inventory, inventoryEntry{namespace: "shop", name: name, version: "v1", kind: "ConfigMap"})
	}
	inventory = append(inventory, inventoryEntry{name: "x", group: "gone.example.com", version: "v1", kind: "Gone"})
	d, _ := newDrain(cluster, true)
	live, err := d.owned(t.Context(), applierKey{kindKustomization, "flux-system", "shop"}, inventory)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, object := range live {
		got = append(got, object.GetName())
	}
	if strings.Join(got, " ") != "b a" {
		t.Errorf("left of the inventory: got %v, want b and a", got)
	}
}
