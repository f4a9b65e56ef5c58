package inputs

import (
	"fmt"
	"slices"
	"strings"
)

// Violation is one reason why an input cannot be accepted.
type Violation struct {
	// Path names the property as the schema spells it, such as `nodeGroups["default"].maxSize`.
	Path string
	// Reason says what was given, what is allowed and one way out; lower case, without a final dot.
	Reason string
}

// NotShown follows the path of a property whose value must not be printed. The engine prints the value of a property
// that it is told of, secrets included, and of its parent with all it holds; a path that it does not find has none.
const NotShown = " (not shown)"

// Violations are collected over all inputs, so that a user mends them in one go. The engine stops at the first error
// a component returns: reporting one at a time would cost one run each.
type Violations []Violation

// Addf records a violation of the property at path.
func (v *Violations) Addf(path, format string, args ...any) {
	*v = append(*v, Violation{Path: path, Reason: fmt.Sprintf(format, args...)})
}

// OneOf records a violation unless got is one of the allowed values.
func (v *Violations) OneOf(path, got string, allowed ...string) {
	if !slices.Contains(allowed, got) {
		v.Addf(path, "must be one of %s; got %q", strings.Join(allowed, ", "), got)
	}
}

// Hide keeps the values of the properties that the violations name from being printed.
func (v Violations) Hide() Violations {
	hidden := slices.Clone(v)
	for i := range hidden {
		if !strings.HasSuffix(hidden[i].Path, NotShown) {
			hidden[i].Path += NotShown
		}
	}
	return hidden
}

// Sorted returns the violations ordered by path, for messages that do not depend on the order of Go maps.
func (v Violations) Sorted() Violations {
	sorted := slices.Clone(v)
	slices.SortStableFunc(sorted, func(a, b Violation) int { return strings.Compare(a.Path, b.Path) })
	return sorted
}

// Join spells the path of the property name below parent, which may be empty.
func Join(parent, name string) string {
	if parent == "" {
		return name
	}
	return parent + "." + name
}

// Key spells the path of the entry key of the map at parent.
func Key(parent, key string) string {
	return fmt.Sprintf("%s[%q]", parent, key)
}

// Index spells the path of element i of the list at parent.
func Index(parent string, i int) string {
	return fmt.Sprintf("%s[%d]", parent, i)
}
