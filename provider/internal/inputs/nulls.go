package inputs

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// GuardNulls keeps null away from the decoding of resources' and functions' inputs, where pulumi-go-provider v1.5.0
// panics over one in a list or a map, which ends the plugin. In a map it means that the entry is not there; in a list
// it means nothing, and is refused.
func GuardNulls(provider p.Provider) p.Provider {
	check, invoke := provider.Check, provider.Invoke
	provider.Check = func(ctx context.Context, request p.CheckRequest) (p.CheckResponse, error) {
		var found Violations
		request.Inputs = withoutNulls(&found, "", property.New(request.Inputs)).AsMap()
		if len(found) > 0 {
			return p.CheckResponse{Inputs: request.Inputs, Failures: found.failures()}, nil
		}
		return check(ctx, request)
	}
	provider.Invoke = func(ctx context.Context, request p.InvokeRequest) (p.InvokeResponse, error) {
		var found Violations
		request.Args = withoutNulls(&found, "", property.New(request.Args)).AsMap()
		if len(found) > 0 {
			return p.InvokeResponse{Failures: found.failures()}, nil
		}
		return invoke(ctx, request)
	}
	return provider
}

func withoutNulls(found *Violations, path string, value property.Value) property.Value {
	switch {
	case value.IsArray():
		var elements []property.Value
		for i, element := range value.AsArray().All {
			if element.IsNull() {
				found.Addf(Index(path, i), "must not be null; leave the element out")
				continue
			}
			elements = append(elements, withoutNulls(found, Index(path, i), element))
		}
		return property.WithGoValue(value, elements)
	case value.IsMap():
		entries := map[string]property.Value{}
		for name, entry := range value.AsMap().All {
			if !entry.IsNull() {
				entries[name] = withoutNulls(found, Join(path, name), entry)
			}
		}
		return property.WithGoValue(value, entries)
	}
	return value
}

func (v Violations) failures() []p.CheckFailure {
	failures := make([]p.CheckFailure, 0, len(v))
	for _, violation := range v.Sorted() {
		failures = append(failures, p.CheckFailure{Property: violation.Path, Reason: violation.Reason})
	}
	return failures
}
