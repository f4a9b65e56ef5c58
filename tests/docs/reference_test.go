package docs

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// object is what the schema says of a resource, a function or a type.
type object struct {
	Description     string              `json:"description"`
	IsComponent     bool                `json:"isComponent"`
	Properties      map[string]property `json:"properties"`
	Required        []string            `json:"required"`
	InputProperties map[string]property `json:"inputProperties"`
	RequiredInputs  []string            `json:"requiredInputs"`
	Inputs          *object             `json:"inputs"`
	Outputs         *object             `json:"outputs"`
	Enum            []struct {
		Value       any    `json:"value"`
		Description string `json:"description"`
	} `json:"enum"`
}

type property struct {
	Type        string    `json:"type"`
	Ref         string    `json:"$ref"`
	Items       *property `json:"items"`
	Additional  *property `json:"additionalProperties"`
	Plain       bool      `json:"plain"`
	Secret      bool      `json:"secret"`
	Description string    `json:"description"`
}

type schema struct {
	Resources map[string]object `json:"resources"`
	Functions map[string]object `json:"functions"`
	Types     map[string]object `json:"types"`
}

const token = "gitops-cluster:index:"

func readSchema(t *testing.T) schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestReference compares the pages of the reference with the schema: one for each resource and function, with the types
// that it needs.
func TestReference(t *testing.T) {
	t.Parallel()
	s, folder := readSchema(t), filepath.Join(root, "sdk", "reference")
	pages := map[string]string{}
	for name, resource := range s.Resources {
		pages[strings.TrimPrefix(name, token)] = s.resource(strings.TrimPrefix(name, token), resource)
	}
	for name, function := range s.Functions {
		pages[strings.TrimPrefix(name, token)] = s.function(strings.TrimPrefix(name, token), function)
	}
	pages["README"] = s.index()
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, page := range pages {
			if err := os.WriteFile(filepath.Join(folder, name+".md"), []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	found, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != len(pages) {
		t.Errorf("the reference has %d pages, want %d", len(found), len(pages))
	}
	for name, page := range pages {
		text, err := os.ReadFile(filepath.Join(folder, name+".md"))
		if err != nil || string(text) != page {
			t.Errorf("%s.md is not what the schema says (%v): run make schema and commit the result", name, err)
		}
	}
}

const generated = "<!-- Made from schema.json by `make schema`: never edited. -->\n"

// index lists the pages.
func (s schema) index() string {
	var page strings.Builder
	page.WriteString(generated + "# Reference\n")
	list := func(title string, objects map[string]object, belongs func(object) bool) {
		fmt.Fprintf(&page, "\n## %s\n\n", title)
		for _, name := range slices.Sorted(maps.Keys(objects)) {
			if belongs(objects[name]) {
				short := strings.TrimPrefix(name, token)
				sentence, _, _ := strings.Cut(objects[name].Description, ". ")
				fmt.Fprintf(&page, "- [%s](%s.md): %s.\n", short, short, strings.TrimSuffix(sentence, "."))
			}
		}
	}
	list("Components", s.Resources, func(o object) bool { return o.IsComponent })
	list("Functions", s.Functions, func(object) bool { return true })
	list("Resources that the components make", s.Resources, func(o object) bool { return !o.IsComponent })
	return page.String()
}

func (s schema) resource(name string, o object) string {
	var page strings.Builder
	fmt.Fprintf(&page, "%s# %s\n\n%s\n\n## Inputs\n", generated, name, o.Description)
	page.WriteString("\nWhat is marked *known* must be known while the program runs; everything else may be the output " +
		"of another resource.\n\n")
	properties(&page, o.InputProperties, o.RequiredInputs, true)
	outputs := maps.Clone(o.Properties)
	maps.DeleteFunc(outputs, func(name string, _ property) bool {
		_, input := o.InputProperties[name]
		return input && !o.IsComponent
	})
	page.WriteString("\n## Outputs\n\n")
	properties(&page, outputs, nil, false)
	s.types(&page, o.InputProperties, outputs)
	return page.String()
}

func (s schema) function(name string, o object) string {
	var page strings.Builder
	fmt.Fprintf(&page, "%s# %s\n\n%s\n\n## Arguments\n\n", generated, name, o.Description)
	properties(&page, o.Inputs.Properties, o.Inputs.Required, false)
	page.WriteString("\n## Result\n\n")
	properties(&page, o.Outputs.Properties, nil, false)
	s.types(&page, o.Inputs.Properties, o.Outputs.Properties)
	return page.String()
}

// properties lists properties: name, type, what is to be known of it, description.
func properties(page *strings.Builder, all map[string]property, required []string, marks bool) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p, about := all[name], ""
		if slices.Contains(required, name) {
			about += ", **required**"
		}
		if p.Plain && marks {
			about += ", *known*"
		}
		if p.Secret {
			about += ", secret"
		}
		fmt.Fprintf(page, "- **`%s`** (%s%s)\n", name, p.kind(), about)
		if p.Description != "" {
			fmt.Fprintf(page, "  %s\n", strings.ReplaceAll(p.Description, "\n", "\n  "))
		}
	}
	if len(all) == 0 {
		page.WriteString("None.\n")
	}
}

// kind is the type of a property as a reader of any language understands it.
func (p property) kind() string {
	switch {
	case p.Ref == "pulumi.json#/Any":
		return "anything"
	case p.Ref != "":
		name := strings.TrimPrefix(p.Ref, "#/types/"+token)
		return "[" + name + "](#" + strings.ToLower(name) + ")"
	case p.Items != nil:
		return "list of " + p.Items.kind()
	case p.Additional != nil:
		return "map of " + p.Additional.kind()
	}
	return p.Type
}

// references are the types that a property needs.
func (p property) references() []string {
	switch {
	case p.Items != nil:
		return p.Items.references()
	case p.Additional != nil:
		return p.Additional.references()
	case strings.HasPrefix(p.Ref, "#/types/"):
		return []string{strings.TrimPrefix(p.Ref, "#/types/")}
	}
	return nil
}

// types describes the types that properties need, and those that these need.
func (s schema) types(page *strings.Builder, of ...map[string]property) {
	needed := map[string]bool{}
	var need func(map[string]property)
	need = func(all map[string]property) {
		for _, p := range all {
			for _, name := range p.references() {
				if !needed[name] {
					needed[name] = true
					need(s.Types[name].Properties)
				}
			}
		}
	}
	for _, all := range of {
		need(all)
	}
	if len(needed) > 0 {
		page.WriteString("\n## Types\n")
	}
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		o := s.Types[name]
		fmt.Fprintf(page, "\n### %s\n\n", strings.TrimPrefix(name, token))
		if o.Description != "" {
			fmt.Fprintf(page, "%s\n\n", o.Description)
		}
		for _, value := range o.Enum {
			fmt.Fprintf(page, "- `%v`: %s\n", value.Value, value.Description)
		}
		if o.Enum == nil {
			properties(page, o.Properties, o.Required, true)
		}
	}
}
