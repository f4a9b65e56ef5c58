package catalog_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// find follows a path through the SDK's structs and tells the type there, or nil.
func find(t reflect.Type, path string) reflect.Type {
	for name := range strings.SplitSeq(path, ".") {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return nil
		}
		var found reflect.Type
		for field := range t.Fields() {
			if field.Tag.Get("pulumi") == name {
				found = field.Type
			}
		}
		if found == nil {
			return nil
		}
		t = found
	}
	return t
}

// A path in the table that the SDK does not know would be a rule that never applies.
func TestPathsExist(t *testing.T) {
	t.Parallel()
	for token, r := range catalog.Resources() {
		inputs := slices.Concat(r.Replace, r.ReplaceOnRemoval, r.Required, r.Sets, r.Documents, r.NotSimulated)
		for path := range r.Defaults {
			inputs = append(inputs, path)
		}
		for path := range r.Values {
			inputs = append(inputs, path)
		}
		if r.Name != nil {
			inputs = append(inputs, r.Name.Property)
			if r.Name.Unless != "" {
				inputs = append(inputs, r.Name.Unless)
			}
		}
		for _, path := range inputs {
			if find(r.Inputs, path) == nil {
				t.Errorf("%s: the SDK has no input %q", token, path)
			}
		}
		for _, path := range slices.Concat(r.Recomputed, r.Unset) {
			if find(r.Outputs, path) == nil {
				t.Errorf("%s: the SDK has no output %q", token, path)
			}
		}
		for _, path := range r.Computed {
			// The structs of nested outputs are the same as those of the inputs, but hide behind Output types.
			if strings.Contains(path, ".") && find(r.Inputs, path) == nil {
				t.Errorf("%s: the SDK has no nested property %q", token, path)
			}
		}
		for _, path := range r.Sets {
			if found := find(r.Inputs, path); found != nil && found.Kind() != reflect.Slice {
				t.Errorf("%s: %q is no list", token, path)
			}
		}
	}
}

var requiredArgument = regexp.MustCompile(`invalid value for required argument '(\w+)'`)

// The SDK's types cannot say that a list or an untyped property is required; the code of its constructors does.
func TestRequiredIsTheSDKs(t *testing.T) {
	t.Parallel()
	for token, r := range catalog.Resources() {
		source := constructor(t, r.Outputs)
		var missing []string
		for _, match := range requiredArgument.FindAllStringSubmatch(source, -1) {
			args, ok := r.Inputs.FieldByName(match[1])
			if !ok {
				t.Errorf("%s: no field %s", token, match[1])
				continue
			}
			optional := []reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface}
			name := args.Tag.Get("pulumi")
			if slices.Contains(optional, args.Type.Kind()) && !slices.Contains(r.Required, name) {
				missing = append(missing, name)
			}
		}
		if len(missing) > 0 {
			t.Errorf("%s: table Required lacks %v", token, missing)
		}
	}
}

// folders are where the sources of the SDK's packages are, by import path.
var folders = sync.OnceValues(func() (map[string]string, error) {
	arguments := []string{"list", "-f", "{{.ImportPath}} {{.Dir}}"}
	for _, r := range catalog.Resources() {
		if !slices.Contains(arguments, r.Outputs.PkgPath()) {
			arguments = append(arguments, r.Outputs.PkgPath())
		}
	}
	output, err := exec.Command("go", arguments...).Output()
	if err != nil {
		return nil, fmt.Errorf("finding the SDK's source: %w", err)
	}
	found := map[string]string{}
	for line := range strings.Lines(string(output)) {
		path, folder, _ := strings.Cut(strings.TrimSpace(line), " ")
		found[path] = folder
	}
	return found, nil
})

// constructor is the SDK's source of New… for a resource.
func constructor(t *testing.T, resource reflect.Type) string {
	t.Helper()
	known, err := folders()
	if err != nil {
		t.Fatal(err)
	}
	file := strings.ToLower(resource.Name()[:1]) + resource.Name()[1:] + ".go"
	content, err := os.ReadFile(filepath.Join(known[resource.PkgPath()], file))
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(content), "func New"+resource.Name()+"(")
	if !found {
		t.Fatalf("no constructor of %s in %s", resource, file)
	}
	source, _, _ := strings.Cut(after, "\n}\n")
	return source
}

// Every token belongs to the SDK's constructor of its type.
func TestTokensAreTheSDKs(t *testing.T) {
	t.Parallel()
	registered := regexp.MustCompile(`RegisterResource\("([^"]+)"`)
	for token, r := range catalog.Resources() {
		match := registered.FindStringSubmatch(constructor(t, r.Outputs))
		if match == nil {
			t.Errorf("%s: the constructor of %s registers nothing", token, r.Outputs)
			continue
		}
		if diff := cmp.Diff(match[1], token); diff != "" {
			t.Error(diff)
		}
	}
}
