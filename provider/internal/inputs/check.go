package inputs

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// notPlain is written for somebody who has never heard of plain inputs: a YAML program reads like any other.
const notPlain = "must be known while the program runs, because it decides which resources exist; " +
	"it was given an output of another resource. Give a literal or a configuration value instead"

// Check compares raw inputs with a shape and reports all that does not fit, by path.
//
// It reads the raw property map because later is too late: when pulumi copies the inputs into Go values, a wrong one
// ends in an error that speaks of Go types, and a property that does not exist is dropped without a word.
func Check(shape *Shape, path string, value property.Value) Violations {
	var found Violations
	check(&found, shape, path, value)
	return found
}

func check(found *Violations, shape *Shape, path string, value property.Value) {
	switch {
	case shape.Plain && (value.IsComputed() || len(value.Dependencies()) > 0):
		found.Addf(path, notPlain)
		return
	case shape.Plain && value.Secret():
		found.Addf(path, "must not be a secret: it decides which resources exist and stands in their names; "+
			"give it unencrypted")
		return
	case value.IsComputed() || value.IsNull():
		return
	}
	if !fits(shape.Kind, value) {
		// The value itself stays out of the message: a leaf that flows through may be a secret.
		found.Addf(path, "must be %s; got %s", describe(shape.Kind), describeValue(value))
		return
	}
	switch shape.Kind {
	case KindObject:
		checkObject(found, shape, path, value.AsMap())
	case KindMap:
		for key, entry := range value.AsMap().AllStable {
			check(found, shape.Element, Key(path, key), entry)
		}
	case KindList:
		for i, entry := range value.AsArray().All {
			check(found, shape.Element, Index(path, i), entry)
		}
	case KindString:
		if len(shape.Allowed) > 0 {
			found.OneOf(path, value.AsString(), shape.Allowed...)
		}
	case KindNumber, KindInteger, KindBool, KindAny:
	}
}

func checkObject(found *Violations, shape *Shape, path string, given property.Map) {
	names := make([]string, 0, len(shape.Fields))
	for _, field := range shape.Fields {
		names = append(names, field.Name)
		value, present := given.GetOk(field.Name)
		if !present || value.IsNull() {
			if field.Required {
				found.Addf(Join(path, field.Name), "is required")
			}
			continue
		}
		inside := Check(field.Shape, Join(path, field.Name), value)
		if field.NotShown {
			inside = inside.Hide()
		}
		*found = append(*found, inside...)
	}
	for name := range given.AllStable {
		if !slices.Contains(names, name) {
			found.Addf(Join(path, name), "is not an input; there are %s", strings.Join(names, ", "))
		}
	}
}

func fits(kind Kind, value property.Value) bool {
	switch kind {
	case KindString:
		return value.IsString()
	case KindBool:
		return value.IsBool()
	case KindNumber:
		return value.IsNumber()
	case KindInteger:
		return value.IsNumber() && value.AsNumber() == math.Trunc(value.AsNumber())
	case KindObject, KindMap:
		return value.IsMap()
	case KindList:
		return value.IsArray()
	case KindAny:
		return true
	}
	return false
}

func describe(kind Kind) string {
	switch kind {
	case KindString:
		return "a string"
	case KindBool:
		return "true or false"
	case KindNumber:
		return "a number"
	case KindInteger:
		return "a whole number"
	case KindObject:
		return "an object"
	case KindMap:
		return "a map"
	case KindList:
		return "a list"
	case KindAny:
		return "a value of any kind"
	}
	return fmt.Sprintf("of kind %d", kind)
}

func describeValue(value property.Value) string {
	for _, kind := range []Kind{KindString, KindBool, KindInteger, KindNumber, KindList, KindMap} {
		if fits(kind, value) {
			return describe(kind)
		}
	}
	return "a value of another kind"
}
