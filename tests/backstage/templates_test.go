package backstage

import (
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// examples is the folder of the templates.
var examples = filepath.Join("..", "..", "examples", "backstage")

// template is a software template with the files beside it.
type template struct {
	definition map[string]any
	files      []any
}

func readTemplate(t *testing.T, name string) template {
	t.Helper()
	folder := os.DirFS(filepath.Join(examples, name))
	var read template
	err := fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, path)
		if err != nil {
			return err
		}
		read.files = append(read.files, map[string]any{
			"path": path, "base64Content": base64.StdEncoding.EncodeToString(content),
		})
		if path == "template.yaml" {
			return yaml.Unmarshal(content, &read.definition)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// parameters are the properties of the template's forms.
func (t template) parameters() map[string]map[string]any {
	all := map[string]map[string]any{}
	for _, form := range t.definition["spec"].(map[string]any)["parameters"].([]any) {
		for name, property := range form.(map[string]any)["properties"].(map[string]any) {
			all[name] = property.(map[string]any)
		}
	}
	return all
}

// emitted is what a template has written, and what it shows.
type emitted struct {
	files  map[string]string
	output map[string]any
}

// dryRun runs a template through the scaffolder's own API, without what it would do elsewhere.
func (p portal) dryRun(run template, values map[string]any) (int, emitted, string) {
	p.t.Helper()
	status, body := p.call(http.MethodPost, "/api/scaffolder/v2/dry-run", map[string]any{
		"template": run.definition, "values": values, "secrets": map[string]any{}, "directoryContents": run.files,
	})
	if status != http.StatusOK {
		return status, emitted{}, body
	}
	var answer struct {
		DirectoryContents []struct{ Path, Base64Content string }
		Output            map[string]any
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		p.t.Fatal(err)
	}
	result := emitted{files: map[string]string{}, output: answer.Output}
	for _, file := range answer.DirectoryContents {
		content, err := base64.StdEncoding.DecodeString(file.Base64Content)
		if err != nil {
			p.t.Fatal(err)
		}
		result.files[file.Path] = string(content)
	}
	return status, result, body
}

// mustRun is a dry run that must succeed.
func (p portal) mustRun(run template, values map[string]any) emitted {
	p.t.Helper()
	status, result, body := p.dryRun(run, values)
	if status != http.StatusOK {
		p.t.Fatalf("dry run: %d %s", status, body)
	}
	return result
}

// order is what a user fills in, with changes; a nil leaves a field empty.
func order(changes ...map[string]any) map[string]any {
	values := map[string]any{
		"name": "payments", "stack": "prod", "owner": "group:default/platform", "region": "us-west-2",
		"instanceType": "t3.large", "nodes": 3, "syncUrl": "https://github.com/acme/fleet", "syncBranch": "main",
		"syncPath": "./clusters/prod", "bucket": "platform-catalog",
	}
	for _, given := range changes {
		maps.Copy(values, given)
	}
	maps.DeleteFunc(values, func(_ string, value any) bool { return value == nil })
	return values
}

// orders are the ways to fill in each template.
func orders() map[string]struct {
	template string
	changes  map[string]any
} {
	type one = struct {
		template string
		changes  map[string]any
	}
	const repository = "github.com?owner=acme&repo=payments"
	everything := map[string]any{
		"system": "payments", "purpose": "Takes money.\nUS$5 at a time: \"all\" of it.", "organization": "acme",
		"accessRoleArn": "arn:aws:iam::123456789012:role/portal",
	}
	with := func(given ...map[string]any) map[string]any {
		changes := map[string]any{}
		for _, more := range given {
			maps.Copy(changes, more)
		}
		return changes
	}
	toRepository := map[string]any{"repoUrl": repository, "delivery": "repository"}
	least := map[string]any{
		"instanceType": "t3.medium", "nodes": 2, "syncBranch": nil, "syncPath": nil, "bucket": nil,
	}
	operator := map[string]any{
		"repoUrl": repository, "folder": "clusters", "namespace": "pulumi", "organization": "acme",
	}
	return map[string]one{
		"repository":              {"repository", with(everything, toRepository)},
		"repository least":        {"repository", with(least, toRepository)},
		"repository pull request": {"repository", with(everything, toRepository, map[string]any{"delivery": "pull request"})},
		"in-place":                {"in-place", everything},
		"operator":                {"operator", with(everything, operator)},
		"operator least":          {"operator", with(least, operator)},
	}
}

// TestTemplates runs every template as users fill it in, and compares what it emits with golden files.
func TestTemplates(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]any{"integrations": github()})
	p.eachOrder(func(p portal, name string, result emitted) {
		output, err := json.MarshalIndent(result.output, "", "  ")
		if err != nil {
			p.t.Fatal(err)
		}
		catalogInfo, hasCatalogInfo := result.files["program/catalog-info.yaml"]
		result.files["output"] = string(output)
		golden(p.t, name, files(result.files, slices.Sorted(maps.Keys(result.files))))
		if !hasCatalogInfo {
			return
		}
		if refused := validate(p.t, map[string]string{"": catalogInfo}, nil).Documents[""]; refused != nil {
			p.t.Errorf("Backstage refuses the catalog-info: %s", *refused)
		}
	})
	t.Run("hostile text", func(t *testing.T) {
		refusesOrCarries(p.in(t))
	})
}

// eachOrder looks at what each way to fill in a template emits, one after the other: one back end answers all of them.
func (p portal) eachOrder(look func(p portal, name string, result emitted)) {
	all := orders()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p.t.Run(name, func(t *testing.T) {
			p := p.in(t)
			look(p, name, p.mustRun(readTemplate(t, all[name].template), order(all[name].changes)))
		})
	}
}

func github() map[string]any {
	return map[string]any{"github": []any{map[string]any{"host": "github.com", "token": "of-the-tests"}}}
}

// hostile is text that ends a string, a document or an expression in one of the languages between a form and AWS.
func hostile() []string {
	return []string{
		"${secretThing}", "$${secretThing}", "$$${secretThing}", "US$5, $$, ${", "${{ secrets.x }}", "{{ 7 * 7 }}",
		"${{ 7 * 7 }}", "{% raw %}", "{# x #}", `"`, `'`, `\`, `\"`, `" }}`, "a: b", "- a", "# a", "&a *a", "!!int 1", "|",
		"\n", "a\nb: c\n", "\n---\na: b\n", "...", "yes", "null", "1e3", "<b>", "%{x}", "\t", "\r\n", "\x00", "\x1b[0m",
		"\x7f", "\u0085", "\u2028", "\ufeff", "ä🙂", strings.Repeat("a", 10_000), strings.Repeat("$", 400),
		strings.Repeat("./a", 3333) + "!", strings.Repeat("a-", 5000), strings.Repeat("{", 10_000),
	}
}

// refusesOrCarries gives hostile text to every field of every template: it is refused, or carried as it is, as text,
// and changes nothing else. What a cluster is for may be any text; elsewhere only words are taken that YAML would read
// as something else.
func refusesOrCarries(p portal) {
	p.t.Helper()
	words := []string{"yes", "null", "1e3"}
	carried := 0
	for _, name := range []string{"repository", "in-place", "operator"} {
		run, given := readTemplate(p.t, name), orders()[name].changes
		for field := range run.parameters() {
			with := func(text string) map[string]any { return order(given, map[string]any{field: text}) }
			_, before, _ := p.dryRun(run, with(marker))
			for _, text := range hostile() {
				status, after, body := p.dryRun(run, with(text))
				switch {
				case status == http.StatusBadRequest && strings.Contains(body, field):
				case status == http.StatusOK && (field == "purpose" || slices.Contains(words, text)):
					carried++
					compareCarried(p.t, before, after, text)
				default:
					p.t.Errorf("%s: %s %.80q: %d %.300s", name, field, text, status, body)
				}
			}
		}
	}
	if carried < 100 {
		p.t.Errorf("%d texts were carried, want more", carried)
	}
}

// marker is a word that every field takes, and that stands nowhere else.
const marker = "markedword"

// compareCarried compares what was emitted for the marker and for a text, document by document: they differ in that
// alone. Where Pulumi reads the text as an expression, its dollar signs are doubled.
func compareCarried(t *testing.T, before, after emitted, text string) {
	t.Helper()
	if len(before.files) == 0 || len(before.files) != len(after.files) {
		t.Errorf("%.80q makes other files: %v", text, slices.Collect(maps.Keys(after.files)))
	}
	for name, content := range before.files {
		want := replaced(documents(t, content), text).([]any)
		if filepath.Base(name) == "Pulumi.yaml" {
			dropExpression(want[0].(map[string]any))
		}
		if diff := cmp.Diff(any(want), any(documents(t, after.files[strings.ReplaceAll(name, marker, text)]))); diff != "" {
			t.Errorf("%s with %.80q (-want +got):\n%s", name, text, diff)
		}
	}
}

// dropExpression takes out a project's description that Pulumi would read as an expression.
func dropExpression(project map[string]any) {
	if description, ok := project["description"].(string); ok && strings.Contains(description, "${") {
		delete(project, "description")
	}
}

func documents(t *testing.T, content string) []any {
	t.Helper()
	var all []any
	decoder := yaml.NewDecoder(strings.NewReader(content))
	for {
		var document any
		err := decoder.Decode(&document)
		if document == nil || err != nil {
			if err != nil && err.Error() != "EOF" {
				t.Errorf("reading what was emitted: %v\n%.1000s", err, content)
			}
			return all
		}
		all = append(all, document)
	}
}

// replaced puts a text in the place of the marker.
func replaced(document any, text string) any {
	switch value := document.(type) {
	case []any:
		changed := make([]any, 0, len(value))
		for _, element := range value {
			changed = append(changed, replaced(element, text))
		}
		return changed
	case map[string]any:
		changed := map[string]any{}
		for key, element := range value {
			inside := text
			if key == "outputs" {
				inside = strings.ReplaceAll(text, "$", "$$")
			}
			changed[strings.ReplaceAll(key, marker, text)] = replaced(element, inside)
		}
		return changed
	case string:
		return strings.ReplaceAll(value, marker, text)
	}
	return document
}

// programOf returns what Pulumi runs: the program itself, or the one that the operator makes of a Program.
func programOf(t *testing.T, result emitted) string {
	t.Helper()
	for name, content := range result.files {
		switch {
		case filepath.Base(name) == "Pulumi.yaml":
			return content
		case strings.Contains(content, "kind: Program"):
			var object struct {
				Metadata struct{ Name string }
				Program  map[string]any
			}
			if err := yaml.Unmarshal([]byte(content), &object); err != nil {
				t.Fatal(err)
			}
			object.Program["name"], object.Program["runtime"] = object.Metadata.Name, "yaml"
			program, err := yaml.Marshal(object.Program)
			if err != nil {
				t.Fatal(err)
			}
			return string(program)
		}
	}
	t.Fatalf("no program among %v", slices.Collect(maps.Keys(result.files)))
	return ""
}
