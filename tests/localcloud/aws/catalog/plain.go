package catalog

import "github.com/pulumi/pulumi/sdk/v3/go/property"

// Plain turns a known value into what JSON is made of. Secrets are opened: it is for the wire to AWS, never for
// messages.
func Plain(value property.Value) any {
	switch {
	case value.IsBool():
		return value.AsBool()
	case value.IsNumber():
		return value.AsNumber()
	case value.IsString():
		return value.AsString()
	case value.IsArray():
		list := make([]any, 0, value.AsArray().Len())
		for _, element := range value.AsArray().All {
			list = append(list, Plain(element))
		}
		return list
	case value.IsMap():
		return PlainMap(value.AsMap())
	}
	return nil
}

// PlainMap is Plain for an object.
func PlainMap(object property.Map) map[string]any {
	plain := make(map[string]any, object.Len())
	for name, value := range object.All {
		plain[name] = Plain(value)
	}
	return plain
}

// FromPlain is the opposite of Plain.
func FromPlain(plain any) property.Value {
	switch value := plain.(type) {
	case bool:
		return property.New(value)
	case int:
		return property.New(float64(value))
	case float64:
		return property.New(value)
	case string:
		return property.New(value)
	case []any:
		elements := make([]property.Value, len(value))
		for i := range value {
			elements[i] = FromPlain(value[i])
		}
		return property.New(property.NewArray(elements))
	case map[string]any:
		return property.New(FromPlainMap(value))
	}
	return property.Value{}
}

// FromPlainMap is the opposite of PlainMap.
func FromPlainMap(plain map[string]any) property.Map {
	object := make(map[string]property.Value, len(plain))
	for name, value := range plain {
		object[name] = FromPlain(value)
	}
	return property.NewMap(object)
}

// open is a value without the marks of secrets and dependencies, for comparing.
func open(value property.Value) property.Value {
	switch {
	case value.IsArray():
		elements := make([]property.Value, 0, value.AsArray().Len())
		for _, element := range value.AsArray().All {
			elements = append(elements, open(element))
		}
		return property.New(property.NewArray(elements))
	case value.IsMap():
		object := map[string]property.Value{}
		for name, element := range value.AsMap().All {
			object[name] = open(element)
		}
		return property.New(property.NewMap(object))
	}
	return value.WithSecret(false).WithDependencies(nil)
}

// MarkSecrets marks in a result what was secret in what it came from.
func MarkSecrets(result, origin property.Map) property.Map {
	for name, value := range result.All {
		if from, ok := origin.GetOk(name); ok {
			result = result.Set(name, markSecret(value, from))
		}
	}
	if tags, ok := origin.GetOk("tags"); ok && tags.HasSecrets() {
		if all, ok := result.GetOk("tagsAll"); ok {
			result = result.Set("tagsAll", all.WithSecret(true))
		}
	}
	return result
}

func markSecret(value, origin property.Value) property.Value {
	switch {
	case origin.Secret():
		return value.WithSecret(true)
	case value.IsMap() && origin.IsMap():
		return property.WithGoValue(value, MarkSecrets(value.AsMap(), origin.AsMap()))
	case value.IsArray() && origin.IsArray():
		if value.AsArray().Len() != origin.AsArray().Len() {
			return value.WithSecret(origin.HasSecrets())
		}
		elements := make([]property.Value, 0, value.AsArray().Len())
		for i, element := range value.AsArray().All {
			elements = append(elements, markSecret(element, origin.AsArray().Get(i)))
		}
		return property.WithGoValue(value, property.NewArray(elements))
	}
	return value
}
