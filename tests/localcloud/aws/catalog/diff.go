package catalog

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Change is a difference between a resource and what a program wants of it.
type Change struct {
	Added, Removed bool
	Replace        bool
}

// Diff compares new inputs with old ones, and with the state where the old ones say nothing, because a value that AWS
// has filled in and the program now spells out is no change. Paths are as users write them.
func (r Resource) Diff(oldInputs, state, inputs property.Map) map[string]Change {
	d := differ{r: r, changes: map[string]Change{}}
	d.objects(oldInputs.Delete(DefaultsKey), state, inputs.Delete(DefaultsKey), "", "")
	return d.changes
}

// DeleteBeforeReplace says that a replacement would collide with what it replaces: its name was given and is the same.
func (r Resource) DeleteBeforeReplace(oldInputs, inputs property.Map) bool {
	if r.Name == nil || wasFilled(inputs, r.Name.Property) {
		return false
	}
	before, after := oldInputs.Get(r.Name.Property), inputs.Get(r.Name.Property)
	return before.IsString() && after.IsString() && before.AsString() == after.AsString()
}

type differ struct {
	r       Resource
	changes map[string]Change
}

func (d *differ) objects(before, state, after property.Map, path, pattern string) {
	names := slices.Sorted(maps.Keys(before.AsMap()))
	for name := range after.All {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		there, here := accessor(path, name), join(pattern, name)
		old, hadOld := before.GetOk(name)
		current := state.Get(name)
		if !hadOld && !current.IsNull() {
			old, hadOld = current, true
		}
		wanted, hasNew := after.GetOk(name)
		switch {
		case hasNew && hadOld:
			d.values(old, current, wanted, there, here)
		case hasNew:
			d.add(there, Change{Added: true, Replace: d.replaces(here, wanted)})
		case !d.r.fillsIn(here):
			removal := slices.Contains(d.r.ReplaceOnRemoval, here)
			d.add(there, Change{Removed: true, Replace: removal || d.replaces(here, old)})
		}
	}
}

func (d *differ) values(before, state, after property.Value, path, pattern string) {
	switch {
	case before.IsMap() && after.IsMap():
		below := property.Map{}
		if state.IsMap() {
			below = state.AsMap()
		}
		d.objects(before.AsMap(), below, after.AsMap(), path, pattern)
	case before.IsArray() && after.IsArray():
		d.lists(before, after, path, pattern)
	case !d.same(before, after, pattern):
		d.add(path, Change{Replace: d.replaces(pattern, after)})
	}
}

func (d *differ) lists(before, after property.Value, path, pattern string) {
	old, wanted := before.AsArray().AsSlice(), after.AsArray().AsSlice()
	if slices.Contains(d.r.Sets, pattern) {
		old, wanted = sorted(old), sorted(wanted)
	}
	for i := range max(len(old), len(wanted)) {
		here := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case i >= len(old):
			d.add(here, Change{Added: true, Replace: d.replaces(pattern, wanted[i])})
		case i >= len(wanted):
			d.add(here, Change{Removed: true, Replace: d.replaces(pattern, old[i])})
		default:
			d.values(old[i], property.Value{}, wanted[i], here, pattern)
		}
	}
}

func (d *differ) add(path string, change Change) { d.changes[path] = change }

func (d *differ) same(before, after property.Value, pattern string) bool {
	if slices.Contains(d.r.Documents, pattern) && before.IsString() && after.IsString() {
		return sameDocument(before.AsString(), after.AsString())
	}
	return open(before).Equals(open(after))
}

// replaces says that a change at a path replaces the resource. Where an object comes or goes as a whole, what is in it
// decides.
func (d *differ) replaces(pattern string, value property.Value) bool {
	for _, path := range d.r.Replace {
		if path == pattern || strings.HasPrefix(pattern, path+".") {
			return true
		}
		if below, ok := strings.CutPrefix(path, pattern+"."); ok && value.IsMap() {
			if _, given := lookup(value.AsMap(), below); given {
				return true
			}
		}
	}
	return false
}

// fillsIn says that AWS keeps a value for a property that is not given.
func (r Resource) fillsIn(path string) bool {
	if slices.Contains(r.Computed, path) {
		return true
	}
	field, ok := fieldOf(r.Outputs, path)
	return ok && !slices.Contains(r.Unset, path) && path != "tags" && !strings.HasSuffix(field.Type.Name(), "PtrOutput")
}

func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for field := range t.Fields() {
		if field.Tag.Get("pulumi") == name {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

func sorted(values []property.Value) []property.Value {
	values = slices.Clone(values)
	text := func(v property.Value) string {
		if v.HasComputed() {
			return "" // unknowns first, so that they meet each other
		}
		encoded, err := json.Marshal(Plain(v))
		if err != nil {
			return ""
		}
		return string(encoded)
	}
	slices.SortStableFunc(values, func(a, b property.Value) int { return strings.Compare(text(a), text(b)) })
	return values
}

func sameDocument(a, b string) bool {
	var left, right any
	if json.Unmarshal([]byte(a), &left) != nil || json.Unmarshal([]byte(b), &right) != nil {
		return a == b
	}
	return reflect.DeepEqual(left, right)
}

var identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

func accessor(path, name string) string {
	switch {
	case !identifier.MatchString(name):
		return fmt.Sprintf("%s[%q]", path, name)
	case path == "":
		return name
	}
	return path + "." + name
}
