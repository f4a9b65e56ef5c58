package flux

import (
	"errors"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// inventoryEntry is one object that a Kustomization has applied.
type inventoryEntry struct {
	namespace, name, group, kind, version string
}

func (e inventoryEntry) apiVersion() string {
	return schema.GroupVersion{Group: e.group, Version: e.version}.String()
}

// String names the object as a user would.
func (e inventoryEntry) String() string {
	if e.namespace == "" {
		return e.kind + " " + e.name
	}
	return e.kind + " " + e.namespace + "/" + e.name
}

// inventoryOf reads status.inventory of a Kustomization; what cannot be read is left out.
func inventoryOf(kustomization *unstructured.Unstructured) []inventoryEntry {
	entries, _, _ := unstructured.NestedSlice(kustomization.Object, "status", "inventory", "entries")
	var inventory []inventoryEntry
	for _, entry := range entries {
		fields, ok := entry.(map[string]any)
		if !ok {
			continue
		}
		id, _ := fields["id"].(string)
		version, _ := fields["v"].(string)
		if parsed, err := parseInventoryID(id); err == nil {
			parsed.version = version
			inventory = append(inventory, parsed)
		}
	}
	return inventory
}

// parseInventoryID reads Flux's NAMESPACE_NAME_GROUP_KIND. A colon, which names of RBAC may hold, is written as "__".
func parseInventoryID(id string) (inventoryEntry, error) {
	namespace, rest, ok := strings.Cut(id, "_")
	kindAt := strings.LastIndex(rest, "_")
	if !ok || kindAt < 0 {
		return inventoryEntry{}, errInventoryID
	}
	groupAt := strings.LastIndex(rest[:kindAt], "_")
	if groupAt < 0 {
		return inventoryEntry{}, errInventoryID
	}
	return inventoryEntry{
		namespace: namespace,
		name:      strings.ReplaceAll(rest[:groupAt], "__", ":"),
		group:     rest[groupAt+1 : kindAt],
		kind:      rest[kindAt+1:],
	}, nil
}

var errInventoryID = errors.New("not an entry of a Flux inventory")
