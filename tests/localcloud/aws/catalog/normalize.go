package catalog

import (
	"encoding/json"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func lookup(object property.Map, path string) (property.Value, bool) {
	name, rest, nested := strings.Cut(path, ".")
	value, ok := object.GetOk(name)
	if !nested || !ok {
		return value, ok
	}
	if value.IsArray() {
		for _, element := range value.AsArray().All {
			if element.IsMap() {
				if found, ok := lookup(element.AsMap(), rest); ok {
					return found, true
				}
			}
		}
		return property.Value{}, false
	}
	if !value.IsMap() {
		return property.Value{}, false
	}
	return lookup(value.AsMap(), rest)
}

// neutral values say the same as none.
func neutral(value property.Value) bool {
	switch {
	case value.IsBool():
		return !value.AsBool()
	case value.IsString():
		return value.AsString() == ""
	case value.IsNumber():
		return value.AsNumber() == 0
	case value.IsArray():
		return value.AsArray().Len() == 0
	case value.IsMap():
		for _, element := range value.AsMap().All {
			if !neutral(element) {
				return false
			}
		}
		return true
	}
	return value.IsNull()
}

// normalize drops nulls, replaces references to resources by their ids, and writes policies as text.
func (r Resource) normalize(inputs property.Map) property.Map {
	inputs = DropNulls(inputs)
	for _, path := range r.Documents {
		inputs = atPath(inputs, path, documentText)
	}
	return inputs
}

// DropNulls drops properties that are null, and replaces references to resources by their ids.
func DropNulls(object property.Map) property.Map {
	kept := map[string]property.Value{}
	for name, value := range object.All {
		if !value.IsNull() {
			kept[name] = dropNullsBelow(value)
		}
	}
	return property.NewMap(kept)
}

func dropNullsBelow(value property.Value) property.Value {
	switch {
	case value.IsMap():
		return property.WithGoValue(value, DropNulls(value.AsMap()))
	case value.IsArray():
		elements := make([]property.Value, 0, value.AsArray().Len())
		for _, element := range value.AsArray().All {
			elements = append(elements, dropNullsBelow(element))
		}
		return property.WithGoValue(value, property.NewArray(elements))
	case value.IsResourceReference():
		// The real provider does not take references: the engine gives it ids instead. This framework always takes them.
		id, known := value.AsResourceReference().IDString()
		if !known || id == "" {
			return property.WithGoValue(value, property.Computed)
		}
		return property.WithGoValue(value, id)
	}
	return value
}

// atPath changes the values at a path, in every element of a list.
func atPath(object property.Map, path string, f func(property.Value) property.Value) property.Map {
	name, rest, nested := strings.Cut(path, ".")
	value, ok := object.GetOk(name)
	if !ok {
		return object
	}
	if !nested {
		return object.Set(name, f(value))
	}
	below := func(value property.Value) property.Value {
		if !value.IsMap() {
			return value
		}
		return property.WithGoValue(value, atPath(value.AsMap(), rest, f))
	}
	if !value.IsArray() {
		return object.Set(name, below(value))
	}
	elements := make([]property.Value, 0, value.AsArray().Len())
	for _, element := range value.AsArray().All {
		elements = append(elements, below(element))
	}
	return object.Set(name, property.WithGoValue(value, property.NewArray(elements)))
}

func documentText(value property.Value) property.Value {
	switch {
	case !value.IsMap():
		return value
	case value.HasComputed():
		return property.WithGoValue(value, property.Computed)
	}
	encoded, err := json.Marshal(Plain(value))
	if err != nil {
		return value // not of JSON's types: the check of types refuses it
	}
	return property.WithGoValue(value, string(encoded)).WithSecret(value.HasSecrets())
}
