package inputs

import (
	"context"
	"fmt"
	"reflect"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Resource is the component resource whose inputs are checked.
type Resource struct {
	// Name is its name in the program.
	Name string
	// Stack is the name of the stack.
	Stack string
}

// Component is what the guard knows of one component resource.
type Component struct {
	// Token is the resource's type token.
	Token tokens.Type
	// Shape describes the component's arguments.
	Shape *Shape
	// validate applies the component's own rules to raw inputs whose plain parts have the right shape.
	validate func(resource Resource, raw property.Map) Violations
}

// NewComponent describes the component with the given token and arguments of type A. Its own rules get the
// resource, the arguments with their plain parts filled in, and the raw inputs, which hold the known values of
// the others.
func NewComponent[A any](
	token tokens.Type, rules func(resource Resource, args A, raw property.Map) Violations,
) (Component, error) {
	shape, err := ShapeOf(reflect.TypeFor[A]())
	if err != nil {
		return Component{}, fmt.Errorf("describing %s: %w", token, err)
	}
	return Component{
		Token: token,
		Shape: shape,
		validate: func(resource Resource, raw property.Map) Violations {
			var args A
			decodePlain(shape, property.New(raw), reflect.ValueOf(&args).Elem())
			return rules(resource, args, raw)
		},
	}, nil
}

// Validate returns all violations of a component's inputs.
func (c Component) Validate(resource Resource, raw property.Map) Violations {
	// The argument object is never an output itself, whatever the leaves are.
	found := Check(c.Shape, "", property.New(raw))
	seen := map[string]bool{}
	for _, violation := range found {
		seen[violation.Path] = true
	}
	for _, violation := range c.validate(resource, raw) {
		// One reason per path: what has the wrong shape would only be said again in other words.
		if !seen[violation.Path] {
			found = append(found, violation)
		}
	}
	return found.hideSecrets(raw)
}

// Guard refuses wrong inputs before the component runs, so that nothing is registered, let alone created.
//
// Pulumi's provider protocol has no Check call for components, hence this step in front of Construct.
func Guard(provider p.Provider, components ...Component) p.Provider {
	construct := provider.Construct
	provider.Construct = func(ctx context.Context, request p.ConstructRequest) (p.ConstructResponse, error) {
		for _, component := range components {
			if component.Token != request.Urn.Type() {
				continue
			}
			resource := Resource{Name: request.Urn.Name(), Stack: string(request.Urn.Stack())}
			violations := component.Validate(resource, request.Inputs)
			if err := violations.Err("invalid inputs of " + resource.Name); err != nil {
				// The SDK wraps only the errors of the constructor itself; without this the engine would
				// print one line of text and no property paths.
				return p.ConstructResponse{}, rpcerror.WrapDetailedError(err)
			}
			request.Inputs = lift(component.Shape, property.New(request.Inputs)).AsMap()
		}
		return construct(ctx, request)
	}
	return provider
}
