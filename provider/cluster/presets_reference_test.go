package cluster

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// reference is what AWS says of an action: what it can be bounded by.
// https://docs.aws.amazon.com/service-authorization/latest/reference/
type reference struct{ Resources, Conditions []string }

// TestPresetsFitTheReference keeps out what IAM takes without a word and never grants: an action on a resource that it
// does not have, or under a condition whose key it does not know. testdata/actions.py asks for the reference anew.
func TestPresetsFitTheReference(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/actions.json")
	if err != nil {
		t.Fatal(err)
	}
	var actions map[string]reference
	if err := json.Unmarshal(text, &actions); err != nil {
		t.Fatal(err)
	}
	for _, known := range presets {
		for _, made := range known.statements(here) {
			where := known.name + ", " + made.Sid
			used := map[string]bool{"*": true}
			for _, name := range made.Action {
				action, ok := actions[name]
				if !ok {
					t.Errorf("%s: testdata/actions.json does not know %s", where, name)
					continue
				}
				bounds := action.bounds(made.Resource)
				if len(bounds) == 0 {
					t.Errorf("%s: %s is never granted: it has the resources %v, and may be done to %v", where, name,
						action.Resources, made.Resource)
				}
				for _, bound := range bounds {
					used[bound] = true
				}
				for operator, keys := range made.Condition {
					for key := range keys {
						if !action.knows(key) {
							t.Errorf("%s: %s is never granted: there is no %s for it (%s)", where, name, key, operator)
						}
					}
				}
			}
			for _, resource := range made.Resource {
				if !used[resource] {
					t.Errorf("%s: no action has the resource %s", where, resource)
				}
			}
		}
	}
}

var placeholder = regexp.MustCompile(`\$\{[^}]*\}`)

// bounds returns those of the resources that the action can be done to.
func (r reference) bounds(resources []string) []string {
	return slices.DeleteFunc(slices.Clone(resources), func(given string) bool {
		return given != "*" && !slices.ContainsFunc(r.Resources, func(own string) bool {
			// The asterisk stands for an action that knows no resources, and is then all that matches.
			return own != "*" && overlap(placeholder.ReplaceAllString(own, "*"), given)
		})
	})
}

func (r reference) knows(key string) bool {
	return slices.ContainsFunc(r.Conditions, func(own string) bool {
		prefix, _, isTemplate := strings.Cut(own, "${")
		return key == own || isTemplate && strings.HasPrefix(key, prefix)
	})
}

// overlap returns whether there is a text that both patterns match, in which an asterisk stands for any.
func overlap(one, other string) bool {
	switch {
	case one == "" || other == "":
		return strings.Trim(one+other, "*") == ""
	case one[0] == '*':
		return overlap(one[1:], other) || overlap(one, other[1:])
	case other[0] == '*':
		return overlap(other, one)
	}
	return one[0] == other[0] && overlap(one[1:], other[1:])
}

func TestOverlap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ab]{0,6}`).Draw(t, "text")
		pattern := func(name string) string {
			from := rapid.IntRange(0, len(text)).Draw(t, name+" from")
			to := rapid.IntRange(from, len(text)).Draw(t, name+" to")
			return text[:from] + "*" + text[to:]
		}
		if one, other := pattern("one"), pattern("other"); !overlap(one, other) {
			t.Fatalf("%s and %s both match %q", one, other, text)
		}
		if overlap(text+"a", text+"b") || overlap(text+"a*", text+"b*") {
			t.Fatalf("%sa and %sb are taken for one", text, text)
		}
	})
}
