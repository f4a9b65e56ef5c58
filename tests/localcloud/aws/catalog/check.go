package catalog

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// DefaultsKey is the property in checked inputs that lists the properties which were not given. The engine hides it. It
// is the real bridge's, and tells a name that was made from one that was given.
const DefaultsKey = "__defaults"

// Check brings inputs into the form in which AWS is asked and says what is wrong with them. Defaults and a name are not
// filled in yet.
func (r Resource) Check(inputs property.Map) (property.Map, []Failure) {
	inputs = r.normalize(inputs.Delete(DefaultsKey))
	c := checker{values: r.Values, mayBeEmpty: r.MayBeEmpty}
	c.object(r.Inputs, inputs, "", "", false)
	for _, path := range r.Required {
		c.required(inputs, path, "")
	}
	for _, path := range r.NotSimulated {
		if value, ok := lookup(inputs, path); ok && !neutral(value) {
			c.fail(path, false, "%q is not simulated by the local cloud", path)
		}
	}
	if len(c.failures) == 0 {
		for _, group := range r.Groups {
			c.failures = append(c.failures, group(inputs)...)
		}
	}
	return inputs, c.failures
}

// Check says what is wrong with a data source's arguments.
func (f Function) Check(arguments property.Map) []Failure {
	var c checker
	if f.Inputs != nil {
		c.object(f.Inputs, DropNulls(arguments), "", "", false)
	}
	return c.failures
}

// CheckObject compares an object with one of the SDK's structs, and nothing else.
func CheckObject(t reflect.Type, object property.Map) []Failure {
	var c checker
	c.object(t, object, "", "", false)
	return c.failures
}

// checker collects failures. A path is what the user sees, with indices; a pattern is one without.
type checker struct {
	values     map[string]Rule
	mayBeEmpty []string
	failures   []Failure
}

func (c *checker) fail(path string, secret bool, format string, arguments ...any) {
	reason := fmt.Sprintf(format, arguments...)
	if secret {
		reason = "the value is not allowed (it is a secret, so it is not shown)"
	}
	c.failures = append(c.failures, Failure{path, reason})
}

func (c *checker) object(t reflect.Type, object property.Map, path, pattern string, secret bool) {
	known := map[string]reflect.StructField{}
	for field := range t.Fields() {
		if name := field.Tag.Get("pulumi"); name != "" {
			known[name] = field
		}
	}
	for name, value := range object.AllStable {
		field, ok := known[name]
		if !ok {
			c.fail(join(path, name), false, "unknown property %q; known are %s", name,
				strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			continue
		}
		c.value(field.Type, value, join(path, name), join(pattern, name), secret)
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		// A list, a map or an untyped property may be optional as well: table Required says which are not.
		optional := slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface},
			known[name].Type.Kind())
		if _, ok := object.GetOk(name); !ok && !optional {
			c.fail(join(path, name), false, "missing required property %q", name)
		}
	}
}

func (c *checker) value(t reflect.Type, value property.Value, path, pattern string, secret bool) {
	secret = secret || value.Secret()
	if value.IsComputed() {
		return
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	mismatch := func(expected string) { c.fail(path, false, "expected %s, got %s", expected, describe(value)) }
	switch t.Kind() {
	case reflect.Struct:
		if !value.IsMap() {
			mismatch("an object")
			return
		}
		c.object(t, value.AsMap(), path, pattern, secret)
		return
	case reflect.Slice:
		if !value.IsArray() {
			mismatch("a list")
			return
		}
		for i, element := range value.AsArray().All {
			c.value(t.Elem(), element, fmt.Sprintf("%s[%d]", path, i), pattern, secret)
		}
		return
	case reflect.Map:
		if !value.IsMap() {
			mismatch("an object")
			return
		}
		for name, element := range value.AsMap().AllStable {
			c.value(t.Elem(), element, fmt.Sprintf("%s[%q]", path, name), pattern, secret)
		}
		return
	case reflect.Bool:
		if !value.IsBool() {
			mismatch("a boolean")
			return
		}
	case reflect.Int:
		if !value.IsNumber() || value.AsNumber() != float64(int(value.AsNumber())) {
			mismatch("an integer")
			return
		}
	case reflect.Float64:
		if !value.IsNumber() {
			mismatch("a number")
			return
		}
	default: // strings and untyped properties, all of which are strings on AWS
		if !value.IsString() {
			mismatch("a string")
			return
		}
	}
	if rule := c.values[pattern]; rule != nil {
		if reason := rule(value); reason != "" {
			c.fail(path, secret, "%s", reason)
		}
	}
}

// required follows a path through the objects and lists that are there.
func (c *checker) required(object property.Map, path, before string) {
	name, rest, nested := strings.Cut(path, ".")
	value, ok := object.GetOk(name)
	here := join(before, name)
	switch {
	case !nested && (!ok || value.IsArray() && value.AsArray().Len() == 0 && !slices.Contains(c.mayBeEmpty, here)):
		c.fail(here, false, "missing required property %q", name)
	case nested && ok && value.IsMap():
		c.required(value.AsMap(), rest, here)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func describe(value property.Value) string {
	switch {
	case value.IsString():
		return "a string"
	case value.IsBool():
		return "a boolean"
	case value.IsNumber() && value.AsNumber() != float64(int(value.AsNumber())):
		return "a fraction"
	case value.IsNumber():
		return "a number"
	case value.IsArray():
		return "a list"
	case value.IsMap():
		return "an object"
	}
	return "something else"
}
