package release

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// schema is of a package's schema what programs are written against.
type schema struct {
	Resources map[string]resource `json:"resources"`
	Functions map[string]function `json:"functions,omitempty"`
	Types     map[string]named    `json:"types"`
}

type resource struct {
	IsComponent     bool                `json:"isComponent,omitempty"`
	InputProperties map[string]property `json:"inputProperties,omitempty"`
	RequiredInputs  []string            `json:"requiredInputs,omitempty"`
	Properties      map[string]property `json:"properties,omitempty"`
	Required        []string            `json:"required,omitempty"`
}

type function struct {
	Inputs  named `json:"inputs"`
	Outputs named `json:"outputs"`
}

// named is an object with properties, or an enumeration.
type named struct {
	Type       string              `json:"type,omitempty"`
	Properties map[string]property `json:"properties,omitempty"`
	Required   []string            `json:"required,omitempty"`
	Enum       []enumValue         `json:"enum,omitempty"`
}

type enumValue struct {
	Name  string `json:"name,omitempty"`
	Value any    `json:"value"`
}

type property struct {
	shape
	Secret           bool `json:"secret,omitempty"`
	ReplaceOnChanges bool `json:"replaceOnChanges,omitempty"`
}

// shape is what a value of a property looks like, in every language.
type shape struct {
	Type                 string `json:"type,omitempty"`
	Ref                  string `json:"$ref,omitempty"`
	Items                *shape `json:"items,omitempty"`
	AdditionalProperties *shape `json:"additionalProperties,omitempty"`
	// Plain decides in Go and C# whether a property takes outputs of other resources, and is part of its type.
	Plain bool `json:"plain,omitempty"`
}

// breaks says what a program that is right for the old schema may trip over in the new one.
func breaks(older, newer schema) []string {
	b := &breakage{}
	for token, before := range older.Resources {
		after, ok := newer.Resources[token]
		if !ok {
			b.add("%s is gone", token)
			continue
		}
		if before.IsComponent != after.IsComponent {
			b.add("%s is another kind of resource", token)
		}
		b.inputs(token, named{Properties: before.InputProperties, Required: before.RequiredInputs},
			named{Properties: after.InputProperties, Required: after.RequiredInputs})
		b.outputs(token, named{Properties: before.Properties, Required: before.Required},
			named{Properties: after.Properties, Required: after.Required})
	}
	for token, before := range older.Functions {
		after, ok := newer.Functions[token]
		if !ok {
			b.add("%s is gone", token)
			continue
		}
		b.inputs(token, before.Inputs, after.Inputs)
		b.outputs(token, before.Outputs, after.Outputs)
	}
	for token, before := range older.Types {
		after, ok := newer.Types[token]
		if !ok {
			b.add("%s is gone", token)
			continue
		}
		for _, value := range before.Enum {
			if !slices.Contains(after.Enum, value) {
				b.add("%s has no %v any more", token, value.Value)
			}
		}
		b.inputs(token, before, after)
	}
	slices.Sort(b.found)
	return b.found
}

type breakage struct{ found []string }

func (b *breakage) add(format string, a ...any) { b.found = append(b.found, fmt.Sprintf(format, a...)) }

func (b *breakage) inputs(token string, before, after named) {
	b.shapes(token, before, after)
	for _, name := range after.Required {
		if !slices.Contains(before.Required, name) {
			b.add("%s: %s must be given now", token, name)
		}
	}
	for name, property := range after.Properties {
		if old, ok := before.Properties[name]; ok && property.ReplaceOnChanges && !old.ReplaceOnChanges {
			b.add("%s: a change of %s replaces now", token, name)
		}
	}
}

func (b *breakage) outputs(token string, before, after named) {
	b.shapes(token, before, after)
	for _, name := range before.Required {
		if _, ok := after.Properties[name]; ok && !slices.Contains(after.Required, name) {
			b.add("%s: %s may be missing now", token, name)
		}
	}
	for name, property := range before.Properties {
		if after, ok := after.Properties[name]; ok && property.Secret && !after.Secret {
			b.add("%s: %s is no secret any more", token, name)
		}
	}
}

func (b *breakage) shapes(token string, before, after named) {
	for name, property := range before.Properties {
		if now, ok := after.Properties[name]; !ok {
			b.add("%s: %s is gone", token, name)
		} else if !reflect.DeepEqual(property.shape, now.shape) {
			b.add("%s: %s has another type", token, name)
		}
	}
}

const recorded = "testdata/schemas"

// TestReleasedSchemas fails when a program that is right for a released version is wrong for this one. `make
// record-release` records the schema of the version that it is given.
func TestReleasedSchemas(t *testing.T) {
	t.Parallel()
	today := read(t, filepath.Join("..", "..", "schema.json"))
	if version := os.Getenv("RECORD_RELEASE"); version != "" {
		text, err := json.MarshalIndent(today, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(recorded, "v"+version+".json"), append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	released, err := filepath.Glob(filepath.Join(recorded, "v*.json"))
	if err != nil || len(released) == 0 {
		t.Fatalf("no version is recorded: %v", err)
	}
	for _, file := range released {
		for _, found := range breaks(read(t, file), today) {
			t.Errorf("since %s: %s", strings.TrimSuffix(filepath.Base(file), ".json"), found)
		}
	}
}

func read(t *testing.T, file string) schema {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var read schema
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// TestBreaks changes one thing of a schema after the other.
func TestBreaks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, new string
		want     []string
	}{
		"a resource goes":   {`"Cluster"`, `"Other"`, []string{"Cluster is gone"}},
		"a function goes":   {`"plan"`, `"other"`, []string{"plan is gone"}},
		"a type goes":       {`"Sync"`, `"Other"`, []string{"Sync is gone"}},
		"an input goes":     {`"url":`, `"uri":`, []string{"Sync: url is gone"}},
		"an input is added": {`"url":`, `"more": {"type": "string"}, "url":`, nil},
		"an input must be given": {
			`"requiredInputs": []`, `"requiredInputs": ["name"]`,
			[]string{"Cluster: name must be given now"},
		},
		"an input need not": {`"required": ["url"]`, `"required": []`, nil},
		"another type": {
			`"items": {"type": "string"}`, `"items": {"type": "integer"}`,
			[]string{"Cluster: zones has another type"},
		},
		"no outputs any more": {
			`"name": {"type": "string"}`, `"name": {"type": "string", "plain": true}`,
			[]string{"Cluster: name has another type"},
		},
		"a change replaces": {
			`"name": {"type": "string"}`, `"name": {"type": "string", "replaceOnChanges": true}`,
			[]string{"Cluster: a change of name replaces now"},
		},
		"an output goes": {`"arn":`, `"urn":`, []string{"Cluster: arn is gone"}},
		"an output may be none": {
			`"required": ["arn"]`, `"required": []`,
			[]string{"Cluster: arn may be missing now"},
		},
		"a secret comes out": {`, "secret": true`, ``, []string{"Cluster: kubeconfig is no secret any more"}},
		"a value goes":       {`{"value": "Git"}, `, ``, []string{"Kind has no Git any more"}},
		"a value is added":   {`{"value": "Git"}, `, `{"value": "Git"}, {"value": "Bucket"}, `, nil},
		"a component is none now": {
			`"isComponent": true`, `"isComponent": false`,
			[]string{"Cluster is another kind of resource"},
		},
	} {
		if strings.Count(small, c.old) != 1 {
			t.Fatalf("%s: %q does not stand once in the schema", name, c.old)
		}
		got := breaks(parse(t, small), parse(t, strings.Replace(small, c.old, c.new, 1)))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: found %q, want %q", name, got, c.want)
		}
	}
	if got := slices.Sorted(maps.Keys(parse(t, small).Types)); !slices.Equal(got, []string{"Kind", "Sync"}) {
		t.Errorf("read the types %q", got)
	}
}

func parse(t *testing.T, text string) schema {
	t.Helper()
	var read schema
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		t.Fatal(err)
	}
	return read
}

const small = `{
	"resources": {"Cluster": {
		"isComponent": true,
		"inputProperties": {
			"name": {"type": "string"},
			"zones": {"type": "array", "items": {"type": "string"}}
		},
		"requiredInputs": [],
		"properties": {
			"arn": {"type": "string" },
			"kubeconfig": {"type": "string" , "secret": true}
		},
		"required": ["arn"]
	}},
	"functions": {"plan": {"inputs": {"properties": {"size": {"type": "integer" }}}, "outputs": {}}},
	"types": {
		"Sync": {"type": "object", "properties": {"url": {"type": "string" }}, "required": ["url"]},
		"Kind": {"type": "string" , "enum": [{"value": "Git"}, {"value": "Oci"}]}
	}
}`
