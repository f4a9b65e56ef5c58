package inputs

import (
	"context"
	"encoding/json"
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// MarkPlain makes the published schema say which inputs are plain.
//
// infer marks only the primitives at the top level: nested objects, lists and maps would be published as if they
// could be outputs, and a user who believes it gets an error in a language he does not use.
func MarkPlain(provider p.Provider, components ...Component) p.Provider {
	getSchema := provider.GetSchema
	provider.GetSchema = func(ctx context.Context, request p.GetSchemaRequest) (p.GetSchemaResponse, error) {
		response, err := getSchema(ctx, request)
		if err != nil {
			return response, err
		}
		var spec schema.PackageSpec
		if err := json.Unmarshal([]byte(response.Schema), &spec); err != nil {
			return response, fmt.Errorf("decoding the inferred schema: %w", err)
		}
		for _, component := range components {
			resource, ok := spec.Resources[string(component.Token)]
			if !ok {
				return response, fmt.Errorf("marking plain inputs: the schema has no resource %s", component.Token)
			}
			if err := markObject(&spec, component.Shape, resource.InputProperties); err != nil {
				return response, fmt.Errorf("marking plain inputs of %s: %w", component.Token, err)
			}
		}
		encoded, err := json.Marshal(spec)
		if err != nil {
			return response, fmt.Errorf("encoding the schema: %w", err)
		}
		response.Schema = string(encoded)
		return response, nil
	}
	return provider
}

func markObject(spec *schema.PackageSpec, shape *Shape, properties map[string]schema.PropertySpec) error {
	for _, field := range shape.Fields {
		property, ok := properties[field.Name]
		if !ok {
			return fmt.Errorf("the schema has no property %s", field.Name)
		}
		if err := markType(spec, field.Shape, &property.TypeSpec); err != nil {
			return fmt.Errorf("%s: %w", field.Name, err)
		}
		properties[field.Name] = property
	}
	return nil
}

func markType(spec *schema.PackageSpec, shape *Shape, typ *schema.TypeSpec) error {
	typ.Plain = shape.Plain
	if !shape.Plain {
		return nil
	}
	switch shape.Kind {
	case KindList:
		return markType(spec, shape.Element, typ.Items)
	case KindMap:
		return markType(spec, shape.Element, typ.AdditionalProperties)
	case KindObject:
		const prefix = "#/types/"
		token := typ.Ref[min(len(prefix), len(typ.Ref)):]
		object, ok := spec.Types[token]
		if !ok {
			return fmt.Errorf("the schema has no type %q", typ.Ref)
		}
		return markObject(spec, shape, object.Properties)
	case KindString, KindNumber, KindInteger, KindBool, KindAny:
	}
	return nil
}
