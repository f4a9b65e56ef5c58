package inputs

import (
	"context"
	"fmt"
	"reflect"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Function is what the guard knows of one function.
type Function struct {
	// Token is the function's token.
	Token    tokens.Type
	validate func(raw property.Map) Violations
}

// NewFunction describes the function with the given token and arguments of type A. Functions are called with values
// only, so all their arguments are plain.
func NewFunction[A any](token tokens.Type, rules func(args A) Violations) (Function, error) {
	shape, err := ShapeOf(reflect.TypeFor[A]())
	if err != nil {
		return Function{}, fmt.Errorf("describing %s: %w", token, err)
	}
	return Function{
		Token: token,
		validate: func(raw property.Map) Violations {
			if found := Check(shape, "", property.New(raw)); len(found) > 0 {
				return found
			}
			var args A
			decodePlain(shape, property.New(raw), reflect.ValueOf(&args).Elem())
			return rules(args)
		},
	}, nil
}

// GuardFunctions refuses wrong arguments before a function runs. An error of the function itself would be one line of
// text without the path of what is wrong.
func GuardFunctions(provider p.Provider, functions ...Function) p.Provider {
	invoke := provider.Invoke
	provider.Invoke = func(ctx context.Context, request p.InvokeRequest) (p.InvokeResponse, error) {
		for _, function := range functions {
			if function.Token != request.Token {
				continue
			}
			if violations := function.validate(request.Args); len(violations) > 0 {
				return p.InvokeResponse{Failures: violations.hideSecrets(request.Args).failures()}, nil
			}
		}
		return invoke(ctx, request)
	}
	return provider
}
