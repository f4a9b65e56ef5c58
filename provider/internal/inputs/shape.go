package inputs

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Kind is the JSON-like kind of a value.
type Kind int

// The kinds of value that an input can have.
const (
	KindString Kind = iota
	KindNumber
	KindInteger
	KindBool
	KindObject
	KindList
	KindMap
	// KindAny is a value of whatever kind: what it means, somebody else knows.
	KindAny
)

// Shape describes what an input accepts.
type Shape struct {
	Kind Kind
	// Plain is true where the value must be known while the program runs.
	Plain bool
	// Allowed lists the values of an enumeration.
	Allowed []string
	// Element is the shape of the elements of a list or map.
	Element *Shape
	// Fields are the properties of an object, in the order of the Go struct.
	Fields []Field
	// Type is the Go type that the shape was read from; for an object it names the schema type.
	Type reflect.Type
}

// Field is one property of an object.
type Field struct {
	Name     string
	Required bool
	// NotShown is true where a value, or something in it, is a secret: a mistake in it is told without showing it.
	NotShown bool
	Shape    *Shape
	// index is the position of the Go field, for decoding.
	index int
}

// Field returns the property called name, or nil.
func (s *Shape) Field(name string) *Field {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return &s.Fields[i]
		}
	}
	return nil
}

var inputType = reflect.TypeFor[pulumi.Input]()

// inputShapes says what the eventual value of an Input type looks like. pulumi's Input interfaces do not tell: their
// only method gives the type of the Output. A type that is missing here is refused when the provider is built.
var inputShapes = map[reflect.Type]Shape{
	reflect.TypeFor[pulumi.StringInput]():      {Kind: KindString},
	reflect.TypeFor[pulumi.StringPtrInput]():   {Kind: KindString},
	reflect.TypeFor[pulumi.BoolInput]():        {Kind: KindBool},
	reflect.TypeFor[pulumi.IntInput]():         {Kind: KindInteger},
	reflect.TypeFor[pulumi.StringMapInput]():   {Kind: KindMap, Element: &Shape{Kind: KindString}},
	reflect.TypeFor[pulumi.StringArrayInput](): {Kind: KindList, Element: &Shape{Kind: KindString}},
	reflect.TypeFor[pulumi.MapInput]():         {Kind: KindMap, Element: &Shape{Kind: KindAny}},
}

// ShapeOf reads the shape of a Go type: a component's arguments or a part of them.
func ShapeOf(t reflect.Type) (*Shape, error) {
	if t.Implements(inputType) {
		shape, ok := inputShapes[t]
		if !ok {
			return nil, fmt.Errorf("reading the shape of %s: inputs of this type are not known", t)
		}
		shape.Type = t
		return &shape, nil
	}
	if t.Kind() == reflect.Pointer {
		return ShapeOf(t.Elem())
	}
	shape := &Shape{Plain: true, Type: t, Allowed: enumValues(t)}
	switch t.Kind() {
	case reflect.String:
		shape.Kind = KindString
	case reflect.Bool:
		shape.Kind = KindBool
	case reflect.Int, reflect.Int32, reflect.Int64:
		shape.Kind = KindInteger
	case reflect.Float64:
		shape.Kind = KindNumber
	case reflect.Slice, reflect.Map:
		shape.Kind = KindList
		if t.Kind() == reflect.Map {
			shape.Kind = KindMap
		}
		element, err := ShapeOf(t.Elem())
		if err != nil {
			return nil, err
		}
		shape.Element = element
	case reflect.Struct:
		shape.Kind = KindObject
		if err := shape.readFields(t); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("reading the shape of %s: a %s cannot be an input", t, t.Kind())
	}
	return shape, nil
}

func (s *Shape) readFields(t reflect.Type) error {
	for field := range t.Fields() {
		tag, ok := field.Tag.Lookup("pulumi")
		if !ok {
			continue
		}
		name, optional := strings.CutSuffix(tag, ",optional")
		shape, err := ShapeOf(field.Type)
		if err != nil {
			return fmt.Errorf("field %s of %s: %w", field.Name, t, err)
		}
		s.Fields = append(s.Fields, Field{
			Name:     name,
			Required: !optional,
			NotShown: field.Tag.Get("inputs") == "notShown" || field.Tag.Get("provider") == "secret",
			Shape:    shape,
			index:    field.Index[0],
		})
	}
	return nil
}

// enumValues asks a type for the values of its enumeration, in the form that pulumi-go-provider's infer defines
// (a method Values that returns a list of structs with a field Value). infer publishes them in the schema but does
// not check them when a component is constructed.
func enumValues(t reflect.Type) []string {
	method, ok := t.MethodByName("Values")
	if !ok || method.Type.NumIn() != 1 || method.Type.NumOut() != 1 || method.Type.Out(0).Kind() != reflect.Slice {
		return nil
	}
	list := method.Func.Call([]reflect.Value{reflect.Zero(t)})[0]
	values := make([]string, 0, list.Len())
	for i := range list.Len() {
		values = append(values, list.Index(i).FieldByName("Value").String())
	}
	return values
}
