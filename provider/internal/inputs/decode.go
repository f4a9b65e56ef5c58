package inputs

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// decodePlain sets the plain parts of target, which has the Go type that shape was read from, from raw inputs.
// Inputs that may be outputs stay nil, and so does what the check refused: a validator sees an absent value there
// and says nothing more about it.
func decodePlain(shape *Shape, value property.Value, target reflect.Value) {
	if !shape.Plain || value.IsNull() || value.IsComputed() || !fits(shape.Kind, value) {
		return
	}
	if target.Kind() == reflect.Pointer {
		target.Set(reflect.New(target.Type().Elem()))
		target = target.Elem()
	}
	switch shape.Kind {
	case KindString:
		target.SetString(value.AsString())
	case KindBool:
		target.SetBool(value.AsBool())
	case KindInteger:
		target.SetInt(int64(value.AsNumber()))
	case KindNumber:
		target.SetFloat(value.AsNumber())
	case KindObject:
		for _, field := range shape.Fields {
			if entry, ok := value.AsMap().GetOk(field.Name); ok {
				decodePlain(field.Shape, entry, target.Field(field.index))
			}
		}
	case KindList:
		list := reflect.MakeSlice(target.Type(), value.AsArray().Len(), value.AsArray().Len())
		for i, entry := range value.AsArray().All {
			decodePlain(shape.Element, entry, list.Index(i))
		}
		target.Set(list)
	case KindMap:
		entries := reflect.MakeMap(target.Type())
		for key, entry := range value.AsMap().All {
			element := reflect.New(target.Type().Elem()).Elem()
			decodePlain(shape.Element, entry, element)
			entries.SetMapIndex(reflect.ValueOf(key), element)
		}
		target.Set(entries)
	case KindAny: // Never plain.
	}
}
