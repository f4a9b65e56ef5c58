package moto

import (
	"maps"
	"strings"
)

// object is a JSON object of EKS's API.
type object map[string]any

// at is the value at a path of names with dots between them.
func (o object) at(path string) any {
	var value any = map[string]any(o)
	for name := range strings.SplitSeq(path, ".") {
		inner, ok := asObject(value)
		if !ok {
			return nil
		}
		value = inner[name]
	}
	return value
}

func (o object) text(path string) string {
	text, _ := o.at(path).(string)
	return text
}

func (o object) texts(path string) []string {
	list, _ := o.at(path).([]any)
	texts := make([]string, 0, len(list))
	for _, value := range list {
		if text, ok := value.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

func (o object) number(path string) int {
	number, _ := o.at(path).(float64)
	return int(number)
}

// merged lays other over o. What is null in other is left out of the result.
func (o object) merged(other object) object {
	result := maps.Clone(o)
	if result == nil {
		result = object{}
	}
	for name, value := range other {
		inner, isObject := asObject(value)
		old, wasObject := asObject(result[name])
		switch {
		case value == nil:
			delete(result, name)
		case isObject && wasObject:
			result[name] = old.merged(inner)
		default:
			result[name] = value
		}
	}
	return result
}

func asObject(value any) (object, bool) {
	switch value := value.(type) {
	case object:
		return value, true
	case map[string]any:
		return value, true
	}
	return nil, false
}
