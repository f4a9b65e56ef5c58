package docs

import (
	"errors"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/guide"
)

// TestCommands finds the one test that follows each section with commands. That a test takes all commands of what it
// opens, and from where, is guide.Open's concern.
func TestCommands(t *testing.T) {
	t.Parallel()
	follows, seen, substituted := followers(t), map[string]bool{}, map[string]bool{}
	for _, b := range blocks(t) {
		switch b.Language {
		case "sh", "console", "", "yaml":
		case "ts":
			if b.Document != "examples/backstage/README.md" { // Lines of tests/toolchain/backstage/backend.js.
				t.Errorf("%s:%d: nobody compiles this", b.Document, b.Line)
			}
		default:
			t.Errorf("%s:%d: nobody knows what to do with %s", b.Document, b.Line, b.Language)
		}
		commands := b.Commands()
		if len(commands) == 0 {
			continue
		}
		for _, command := range commands {
			substituted[command] = true
		}
		configures(t, b, commands)
		seen[b.Document], seen[b.Document+"#"+b.Section] = true, true
		by := slices.Concat(follows[b.Document], follows[b.Document+"#"+b.Section])
		if len(by) != 1 {
			t.Errorf("%s:%d: followed by %q, want one test that calls guide.Open for it", b.Document, b.Line, by)
		}
	}
	for _, part := range slices.Sorted(maps.Keys(follows)) {
		if !seen[part] {
			t.Errorf("%q follow %s, which has no commands", follows[part], part)
		}
	}
	for _, command := range slices.Sorted(maps.Keys(guide.Substitutes)) {
		if !substituted[command] {
			t.Errorf("no document has %q any more, for which there is a substitute", command)
		}
	}
}

// followers are the files with calls of guide.Open, by the document, or by the document and section, that they open.
func followers(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "tests", "*", "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			called, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || called.Sel.Name != "Open" {
				return true
			}
			if from, ok := called.X.(*ast.Ident); !ok || from.Name != "guide" {
				return true
			}
			var names []string
			for _, argument := range call.Args[1:] {
				name, ok := constant(argument)
				if !ok {
					t.Errorf("%s: guide.Open is to be called with constants", file)
				}
				names = append(names, name)
			}
			if len(names) == 1 {
				found[names[0]] = append(found[names[0]], file)
			}
			for _, section := range names[1:] {
				part := names[0] + "#" + section
				found[part] = append(found[part], file)
			}
			return true
		})
	}
	return found
}

// configures fails for settings that the guide's program does not ask for, which Pulumi itself lets pass.
func configures(t *testing.T, b guide.Block, commands []string) {
	t.Helper()
	for _, command := range commands {
		setting, ok := strings.CutPrefix(command, "pulumi config set ")
		if !ok {
			continue
		}
		words := slices.DeleteFunc(strings.Fields(setting), func(word string) bool { return strings.HasPrefix(word, "--") })
		key, _, _ := strings.Cut(words[0], ".")
		if _, asked := settings(t, b)[key]; !asked {
			t.Errorf("%s:%d: the program does not ask for %q", b.Document, b.Line, key)
		}
	}
}

// settings are those that the program of a guide asks for: the one beside it, or the one in the same section.
func settings(t *testing.T, b guide.Block) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path.Dir(b.Document)), "Pulumi.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte(guide.Program(t, b.Document, b.Section)), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var program struct {
		Config map[string]any `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &program); err != nil {
		t.Fatal(err)
	}
	return program.Config
}
