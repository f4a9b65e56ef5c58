package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	presource "github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Complete fills in defaults and, where the program gives none, a name: the old one if it was made too, else a new one
// from the engine's seed. It lists what it has filled in under [DefaultsKey].
func (r Resource) Complete(inputs, oldInputs property.Map, name string, seed []byte) (property.Map, error) {
	var filled []property.Value
	for _, path := range slices.Sorted(maps.Keys(r.Defaults)) {
		parent, leaf := splitPath(path)
		if parent == "" {
			if _, given := inputs.GetOk(leaf); !given {
				inputs = inputs.Set(leaf, FromPlain(r.Defaults[path]))
				filled = append(filled, property.New(leaf))
			}
			continue
		}
		inputs = atPath(inputs, parent, func(object property.Value) property.Value {
			if !object.IsMap() {
				return object
			}
			if _, given := object.AsMap().GetOk(leaf); given {
				return object
			}
			return property.WithGoValue(object, object.AsMap().Set(leaf, FromPlain(r.Defaults[path])))
		})
	}
	if r.Name != nil && !given(inputs, r.Name.Property) && (r.Name.Unless == "" || !given(inputs, r.Name.Unless)) {
		made, err := r.makeName(oldInputs, name, seed)
		if err != nil {
			return inputs, err
		}
		inputs = inputs.Set(r.Name.Property, property.New(made))
		filled = append(filled, property.New(r.Name.Property))
	}
	return inputs.Set(DefaultsKey, property.New(property.NewArray(filled))), nil
}

func (r Resource) makeName(oldInputs property.Map, name string, seed []byte) (string, error) {
	if old, ok := oldInputs.GetOk(r.Name.Property); ok && old.IsString() && wasFilled(oldInputs, r.Name.Property) {
		return old.AsString(), nil
	}
	const randomDigits = 7
	made, err := presource.NewUniqueName(seed, name+"-", randomDigits, r.Name.MaxLength, []rune("0123456789abcdef"))
	if err != nil {
		return "", fmt.Errorf("naming resource %s: %w", name, err)
	}
	return made, nil
}

// wasFilled says that a property in checked inputs was not given by the program.
func wasFilled(inputs property.Map, name string) bool {
	list, ok := inputs.GetOk(DefaultsKey)
	if !ok || !list.IsArray() {
		return false
	}
	return slices.ContainsFunc(list.AsArray().AsSlice(), func(v property.Value) bool {
		return v.IsString() && v.AsString() == name
	})
}

func splitPath(path string) (parent, leaf string) {
	i := strings.LastIndex(path, ".")
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}
