package construct

import (
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider"
)

// inputSchema finds the way from a program's inputs to what the schema says of them.
type inputSchema struct{ schema.PackageSpec }

func schemaOfInputs(t *testing.T) inputSchema {
	t.Helper()
	built, err := provider.New()
	if err != nil {
		t.Fatal(err)
	}
	spec, err := p.GetSchema(t.Context(), provider.Name, "1.0.0", built)
	if err != nil {
		t.Fatal(err)
	}
	return inputSchema{spec}
}

// all lists every input, as the type that has it and its name.
func (s inputSchema) all() map[string]bool {
	all := map[string]bool{}
	add := func(token string, properties map[string]schema.PropertySpec) {
		for name := range properties {
			all[lastPart(token)+"."+name] = true
		}
	}
	for token, resource := range s.Resources {
		add(token, resource.InputProperties)
	}
	for token, function := range s.Functions {
		add(token, function.Inputs.Properties)
	}
	for token, object := range s.Types {
		// FluxObjectSpec is what getFluxArtifact returns.
		if lastPart(token) != "FluxObjectSpec" {
			add(token, object.Properties)
		}
	}
	return all
}

func lastPart(token string) string { return token[strings.LastIndex(token, ":")+1:] }

// holdsInputs says that a type is an object of the schema, or a list or a map of such.
func (s inputSchema) holdsInputs(t schema.TypeSpec) bool {
	if token, ok := strings.CutPrefix(t.Ref, "#/types/"); ok {
		return len(s.Types[token].Properties) > 0
	}
	return t.Items != nil && s.holdsInputs(*t.Items) ||
		t.AdditionalProperties != nil && s.holdsInputs(*t.AdditionalProperties)
}

// description is what the schema says of an input.
func (s inputSchema) description(name string) string {
	kind, property, _ := strings.Cut(name, ".")
	token := provider.Name + ":index:" + kind
	if object, ok := s.Types[token]; ok {
		return object.Properties[property].Description
	}
	return s.inputsOf(kind)[property].Description
}

// inputsOf are the inputs of a component, a resource or a function.
func (s inputSchema) inputsOf(kind string) map[string]schema.PropertySpec {
	token := provider.Name + ":index:" + kind
	if function, ok := s.Functions[token]; ok {
		return function.Inputs.Properties
	}
	return s.Resources[token].InputProperties
}

// givenInput is an input in a program: where it stands, whether it may be left out and be an output.
type givenInput struct {
	name            string
	path            []any
	optional, plain bool
	// holdsInputs says that it is made of inputs, which have descriptions of their own.
	holdsInputs bool
}

// walk lists the inputs that are given, outer ones first.
func (s inputSchema) walk(kind string, value property.Value) []givenInput {
	var found []givenInput
	var object func(kind string, required []string, properties map[string]schema.PropertySpec, path []any, m property.Map)
	var below func(t schema.TypeSpec, path []any, value property.Value)
	object = func(
		kind string, required []string, properties map[string]schema.PropertySpec, path []any, given property.Map,
	) {
		for name, value := range given.AllStable {
			here := append(slices.Clone(path), name)
			found = append(found, givenInput{
				name: kind + "." + name, path: here,
				optional: !slices.Contains(required, name), plain: properties[name].Plain,
				holdsInputs: s.holdsInputs(properties[name].TypeSpec),
			})
			below(properties[name].TypeSpec, here, value)
		}
	}
	below = func(t schema.TypeSpec, path []any, value property.Value) {
		switch {
		case t.Ref != "" && value.IsMap():
			token := strings.TrimPrefix(t.Ref, "#/types/")
			object(lastPart(token), s.Types[token].Required, s.Types[token].Properties, path, value.AsMap())
		case t.Items != nil && value.IsArray():
			for i, element := range value.AsArray().All {
				below(*t.Items, append(slices.Clone(path), i), element)
			}
		case t.AdditionalProperties != nil && value.IsMap():
			for key, element := range value.AsMap().AllStable {
				below(*t.AdditionalProperties, append(slices.Clone(path), key), element)
			}
		}
	}
	token := provider.Name + ":index:" + kind
	required := s.Resources[token].RequiredInputs
	if function, ok := s.Functions[token]; ok {
		required = function.Inputs.Required
	}
	object(kind, required, s.inputsOf(kind), nil, value.AsMap())
	return found
}

// with returns a value in which another stands at a path; nothing stands where it is nil.
func with(value property.Value, path []any, other *property.Value) property.Value {
	if len(path) == 0 {
		return *other
	}
	switch step := path[0].(type) {
	case string:
		if len(path) == 1 && other == nil {
			return property.New(value.AsMap().Delete(step))
		}
		return property.New(value.AsMap().Set(step, with(value.AsMap().Get(step), path[1:], other)))
	case int:
		elements := slices.Clone(value.AsArray().AsSlice())
		elements[step] = with(elements[step], path[1:], other)
		return property.New(property.NewArray(elements))
	}
	return value
}

func at(value property.Value, path []any) property.Value {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			value = value.AsMap().Get(step)
		case int:
			value = value.AsArray().Get(step)
		}
	}
	return value
}

// hideLeaves makes everything in a value unknown, but for how long lists are and which entries maps have.
func hideLeaves(value property.Value) property.Value {
	switch {
	case value.IsArray():
		elements := make([]any, 0, value.AsArray().Len())
		for _, element := range value.AsArray().All {
			elements = append(elements, hideLeaves(element))
		}
		return plain(elements)
	case value.IsMap():
		entries := map[string]any{}
		for name, entry := range value.AsMap().All {
			entries[name] = hideLeaves(entry)
		}
		return plain(entries)
	}
	return unknown
}
