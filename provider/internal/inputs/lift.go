package inputs

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// lift marks values of any kind as secret or unknown as a whole where a part of them is.
//
// When pulumi copies inputs into Go values it knows such a value only from the outside: a secret in it would lose its
// mark and stand in the state for everybody to read, and something unknown in it would turn into nothing.
func lift(shape *Shape, value property.Value) property.Value {
	switch {
	case shape.Kind == KindAny:
		dependencies := dependenciesIn(value)
		whole := value
		if value.HasComputed() {
			whole = property.New(property.Computed)
		}
		return whole.WithSecret(value.HasSecrets()).WithDependencies(dependencies)
	case shape.Kind == KindObject && value.IsMap():
		object := value.AsMap()
		for _, field := range shape.Fields {
			if entry, ok := object.GetOk(field.Name); ok {
				object = object.Set(field.Name, lift(field.Shape, entry))
			}
		}
		return property.WithGoValue(value, object)
	case shape.Kind == KindMap && value.IsMap():
		entries := value.AsMap()
		for key, entry := range value.AsMap().AllStable {
			entries = entries.Set(key, lift(shape.Element, entry))
		}
		return property.WithGoValue(value, entries)
	case shape.Kind == KindList && value.IsArray():
		elements := make([]property.Value, 0, value.AsArray().Len())
		for _, entry := range value.AsArray().All {
			elements = append(elements, lift(shape.Element, entry))
		}
		return property.WithGoValue(value, property.NewArray(elements))
	}
	return value
}

// dependenciesIn collects what a value and its parts came from, each once.
func dependenciesIn(value property.Value) []urn.URN {
	found := slices.Clone(value.Dependencies())
	switch {
	case value.IsMap():
		for _, entry := range value.AsMap().AllStable {
			found = append(found, dependenciesIn(entry)...)
		}
	case value.IsArray():
		for _, entry := range value.AsArray().All {
			found = append(found, dependenciesIn(entry)...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
