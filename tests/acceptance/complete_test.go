//go:build acceptance

package acceptance

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// TestEveryPropertyIsAsked holds the table of things to the component's code: each property of AWS's that it sets is
// among them, so that none escapes the comparison because nobody has thought of it.
func TestEveryPropertyIsAsked(t *testing.T) {
	asked := map[string]bool{}
	for _, thing := range things {
		note(asked, catalog.Resources()[thing.token].Inputs, thing.inputs)
	}
	set := setBy(t, filepath.Join("..", "..", "provider"))
	if len(set) < 100 {
		t.Errorf("the component sets %d properties by its code, which cannot be all", len(set))
	}
	for _, property := range slices.Sorted(maps.Keys(set)) {
		if !asked[property] {
			t.Errorf("%s sets %s, which none of the things has", set[property], property)
		}
	}
}

// note records what inputs set of the SDK's types.
func note(asked map[string]bool, known reflect.Type, inputs map[string]any) {
	for known.Kind() == reflect.Pointer || known.Kind() == reflect.Slice {
		known = known.Elem()
	}
	for field := range known.Fields() {
		name := field.Tag.Get("pulumi")
		value, given := inputs[name]
		if !given {
			continue
		}
		asked[propertyOf(known.PkgPath(), known.Name(), name)] = true
		if nested, ok := value.(map[string]any); ok && field.Type.Kind() != reflect.Map {
			note(asked, field.Type, nested)
		}
		if element, ok := first(value); ok {
			note(asked, field.Type, element)
		}
	}
}

// propertyOf is one name for a property, whether a struct of the SDK's is that of a program or the plain one behind it.
func propertyOf(pkg, structure, property string) string {
	return strings.ToLower(path.Base(pkg) + "." + strings.TrimSuffix(strings.ToLower(structure), "args") + "." + property)
}

// setBy finds the properties that the code in a folder and those below sets of the SDK's structs, and where.
func setBy(t *testing.T, folder string) map[string]string {
	t.Helper()
	set, files := map[string]string{}, token.NewFileSet()
	err := filepath.WalkDir(folder, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		r := reading{packages: importsOf(file), types: map[string]string{}, found: func(property string, at token.Pos) {
			set[property] = files.Position(at).String()
		}}
		ast.Inspect(file, r.node)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// importsOf are the packages of pulumi-aws that a file imports, by the names that it has for them.
func importsOf(file *ast.File) map[string]string {
	packages := map[string]string{}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !strings.HasPrefix(imported, "github.com/pulumi/pulumi-aws/") {
			continue
		}
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		packages[name] = imported
	}
	return packages
}

// reading goes through a file from its top to its end.
type reading struct {
	packages map[string]string
	// types are the structs that variables hold, as package and name, by the variable's name: the last one of that name.
	types map[string]string
	found func(property string, at token.Pos)
}

func (r reading) node(node ast.Node) bool {
	switch node := node.(type) {
	case *ast.CompositeLit:
		for _, element := range node.Elts {
			pair, isPair := element.(*ast.KeyValueExpr)
			if !isPair {
				continue
			}
			if key, isName := pair.Key.(*ast.Ident); isName {
				r.sets(r.structOf(node), key)
			}
		}
	case *ast.AssignStmt:
		for i, left := range node.Lhs {
			switch left := left.(type) {
			case *ast.Ident:
				if len(node.Rhs) == len(node.Lhs) {
					r.types[left.Name] = r.structOf(node.Rhs[i])
				}
			case *ast.SelectorExpr:
				if variable, isName := left.X.(*ast.Ident); isName {
					r.sets(r.types[variable.Name], left.Sel)
				}
			}
		}
	}
	return true
}

func (r reading) sets(structure string, property *ast.Ident) {
	if structure != "" {
		r.found(propertyOf(path.Dir(structure), path.Base(structure), property.Name), property.Pos())
	}
}

// structOf is the struct of arguments that an expression makes, as the path of its package and its name.
func (r reading) structOf(made ast.Expr) string {
	if address, isAddress := made.(*ast.UnaryExpr); isAddress {
		made = address.X
	}
	literal, isLiteral := made.(*ast.CompositeLit)
	if !isLiteral {
		return ""
	}
	selector, isSelector := literal.Type.(*ast.SelectorExpr)
	if !isSelector {
		return ""
	}
	pkg, isName := selector.X.(*ast.Ident)
	name := selector.Sel.Name
	isFunction := strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "Lookup") // which makes nothing
	if !isName || r.packages[pkg.Name] == "" || !strings.HasSuffix(name, "Args") || isFunction {
		return ""
	}
	return r.packages[pkg.Name] + "/" + name
}
