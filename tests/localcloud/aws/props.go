package aws

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
)

// props are the properties of a resource as JSON values: what a program gave, or what AWS computed. Paths are dotted
// names; lists are leaves.
type props map[string]any

func (p props) get(path string) any {
	var value any = map[string]any(p)
	for name := range strings.SplitSeq(path, ".") {
		object, ok := asObject(value)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

func (p props) has(path string) bool { return p.get(path) != nil }

func (p props) str(path string) string {
	value, _ := p.get(path).(string)
	return value
}

func (p props) flag(path string) bool {
	value, _ := p.get(path).(bool)
	return value
}

func (p props) number(path string) int {
	switch value := p.get(path).(type) {
	case float64:
		return int(value)
	case int:
		return value
	}
	return 0
}

func (p props) object(path string) props {
	object, _ := asObject(p.get(path))
	return object
}

func (p props) list(path string) []any {
	switch value := p.get(path).(type) {
	case []any:
		return value
	case []string:
		list := make([]any, len(value))
		for i := range value {
			list[i] = value[i]
		}
		return list
	}
	return nil
}

func (p props) strings(path string) []string {
	list := p.list(path)
	texts := make([]string, 0, len(list))
	for _, element := range list {
		if text, ok := element.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

func (p props) objects(path string) []props {
	list := p.list(path)
	objects := make([]props, 0, len(list))
	for _, element := range list {
		if object, ok := asObject(element); ok {
			objects = append(objects, object)
		}
	}
	return objects
}

func (p props) stringMap(path string) map[string]string {
	object := p.object(path)
	texts := make(map[string]string, len(object))
	for name, value := range object {
		if text, ok := value.(string); ok {
			texts[name] = text
		}
	}
	return texts
}

func asObject(value any) (props, bool) {
	switch object := value.(type) {
	case map[string]any:
		return object, true
	case props:
		return object, true
	case map[string]string:
		converted := make(props, len(object))
		for name, text := range object {
			converted[name] = text
		}
		return converted, true
	}
	return nil, false
}

// merge lays over on top of base, object by object.
func merge(base, over props) props {
	merged := make(props, len(base)+len(over))
	maps.Copy(merged, base)
	for name, value := range over {
		below, belowOK := asObject(merged[name])
		above, aboveOK := asObject(value)
		if belowOK && aboveOK {
			merged[name] = map[string]any(merge(below, above))
			continue
		}
		merged[name] = value
	}
	return merged
}

// plain turns props into what JSON makes of them, so that no caller shares memory with the store.
func plain(p props) props {
	encoded, err := json.Marshal(p)
	if err != nil {
		// Only values that came from JSON or are made of basic types get here.
		return nil
	}
	var decoded props
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		return nil
	}
	return decoded
}

func equal(a, b any) bool {
	return reflect.DeepEqual(plain(props{"v": a}), plain(props{"v": b}))
}
