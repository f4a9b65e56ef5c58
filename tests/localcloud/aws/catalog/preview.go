package catalog

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

var unknown = property.New(property.Computed)

// PreviewCreate is the state that a resource will have, with unknowns for what AWS will compute.
func (r Resource) PreviewCreate(inputs property.Map, defaultTags map[string]string) property.Map {
	state := inputs.Delete(DefaultsKey)
	for _, name := range r.outputs() {
		if _, ok := state.GetOk(name); !ok && r.fillsIn(name) {
			state = state.Set(name, unknown)
		}
	}
	return r.setTags(r.fillNested(state, property.Map{}), inputs, defaultTags)
}

// PreviewUpdate is the state that a resource will have after an update.
func (r Resource) PreviewUpdate(state, oldInputs, inputs property.Map, defaultTags map[string]string) property.Map {
	next := state
	for name := range oldInputs.All {
		if _, ok := inputs.GetOk(name); !ok && !r.fillsIn(name) {
			next = next.Delete(name)
		}
	}
	for name, value := range inputs.Delete(DefaultsKey).All {
		next = next.Set(name, value)
	}
	for _, name := range r.Recomputed {
		if _, ok := inputs.GetOk(name); !ok {
			next = next.Set(name, unknown)
		}
	}
	return r.setTags(r.fillNested(next, state), inputs, defaultTags)
}

// outputs are the names of the SDK's outputs.
func (r Resource) outputs() []string {
	var names []string
	for field := range r.Outputs.Fields() {
		if name := field.Tag.Get("pulumi"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// fillNested fills in what AWS computes inside objects that are given: with what it has computed before, if it has.
func (r Resource) fillNested(state, before property.Map) property.Map {
	for _, path := range r.Computed {
		parent, leaf := splitPath(path)
		value := unknown
		if known, ok := lookup(before, path); ok {
			value = known
		}
		state = atPath(state, parent, func(object property.Value) property.Value {
			if !object.IsMap() {
				return object
			}
			if _, ok := object.AsMap().GetOk(leaf); ok {
				return object
			}
			return property.WithGoValue(object, object.AsMap().Set(leaf, value))
		})
	}
	return state
}

// Taggable says that the type has tags.
func (r Resource) Taggable() bool { return slices.Contains(r.outputs(), "tagsAll") }

// AllTags are a resource's tags over the default ones. They are unknown if the resource's own are.
func AllTags(inputs property.Map, defaultTags map[string]string) property.Value {
	all := map[string]property.Value{}
	for name, value := range defaultTags {
		all[name] = property.New(value)
	}
	tags := inputs.Get("tags")
	switch {
	case tags.IsComputed():
		return unknown
	case tags.IsMap():
		maps.Insert(all, tags.AsMap().All)
	}
	return property.New(property.NewMap(all)).WithSecret(tags.Secret())
}

func (r Resource) setTags(state, inputs property.Map, defaultTags map[string]string) property.Map {
	if !r.Taggable() {
		return state
	}
	return state.Set("tagsAll", AllTags(inputs, defaultTags))
}

// SameTags says that two sets of tags are equal, whatever is secret in them.
func SameTags(a, b property.Value) bool { return open(a).Equals(open(b)) }

// SecretTexts are the texts of all secrets in an object.
func SecretTexts(object property.Map) []string {
	var texts []string
	var collect func(property.Value, bool)
	collect = func(value property.Value, secret bool) {
		secret = secret || value.Secret()
		switch {
		case value.IsString() && secret && strings.TrimSpace(value.AsString()) != "":
			texts = append(texts, value.AsString())
		case value.IsArray():
			for _, element := range value.AsArray().All {
				collect(element, secret)
			}
		case value.IsMap():
			for _, element := range value.AsMap().All {
				collect(element, secret)
			}
		}
	}
	collect(property.New(object), false)
	return texts
}
