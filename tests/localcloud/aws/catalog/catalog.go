// Package catalog is what the simulated pulumi-resource-aws knows of the types it serves without asking AWS: their
// properties, taken by reflection from the pulumi-aws SDK, and beside them what that SDK's types cannot say and the
// real provider's schema does: defaults, automatic names, which change replaces a resource, and which values a plan
// refuses.
package catalog

import (
	"maps"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Resource is a resource type. Paths are dotted property names without list indices.
type Resource struct {
	// Inputs is the plain struct of the SDK's arguments, Outputs the SDK's resource struct.
	Inputs, Outputs reflect.Type
	// Replace are paths whose change replaces the resource.
	Replace []string
	// ReplaceOnRemoval are paths whose removal replaces the resource, while adding them does not.
	ReplaceOnRemoval []string
	// Defaults are values that the provider's schema fills in. Below a list or an object they apply where that is given.
	Defaults map[string]any
	// Name is how the resource is named when the program does not.
	Name *AutoName
	// Required are lists and untyped properties that must be given. For others the SDK's types say it.
	Required []string
	// MayBeEmpty are those of them where an empty list says something.
	MayBeEmpty []string
	// Sets are lists whose order means nothing.
	Sets []string
	// Documents are IAM policies: text or object in the program, text on AWS, and equal if they mean the same.
	Documents []string
	// Computed are optional paths that AWS fills in when they are not given, beside the properties that the SDK's types
	// show to be set always.
	Computed []string
	// Recomputed are outputs that an update changes.
	Recomputed []string
	// Unset are lists and maps that AWS does not fill in, so that removing them is a change. The SDK's types cannot say
	// it.
	Unset []string
	// Values are rules for single values.
	Values map[string]Rule
	// Groups are rules for properties together.
	Groups []Group
	// NotSimulated are paths that would need something which the local cloud has not.
	NotSimulated []string
}

// TakesTags says whether resources of the type can carry tags.
func (r Resource) TakesTags() bool {
	_, takes := fieldOf(r.Inputs, "tags")
	return takes
}

// AutoName names a resource: the name in the program, a dash and seven random digits.
type AutoName struct {
	// Property is the input that holds the name.
	Property string
	// MaxLength is the longest name that the provider makes.
	MaxLength int
	// Unless is an input that stands for the name, so that none is made.
	Unless string
}

// Function is a data source.
type Function struct{ Inputs, Outputs reflect.Type }

// resource describes a type by the SDK's structs for it.
func resource(args pulumi.Input, state any, r Resource) Resource {
	r.Inputs = args.ElementType()
	if r.Inputs.Kind() == reflect.Pointer {
		r.Inputs = r.Inputs.Elem()
	}
	r.Outputs = reflect.TypeOf(state)
	return r
}

func function(args, result any) Function {
	f := Function{Outputs: reflect.TypeOf(result)}
	if args != nil {
		f.Inputs = reflect.TypeOf(args)
	}
	return f
}

// named is the bridge's default for a resource with an optional name.
func named(maxLength int) *AutoName {
	return &AutoName{Property: "name", MaxLength: maxLength, Unless: "namePrefix"}
}

// Resources is the table of all resource types, by token.
func Resources() map[string]Resource {
	all := map[string]Resource{}
	for _, part := range []map[string]Resource{
		networkResources(), endpointResources(), securityResources(), storageResources(), eksResources(),
	} {
		maps.Copy(all, part)
	}
	return all
}
