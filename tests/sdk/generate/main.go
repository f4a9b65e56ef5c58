// Command generate writes the SDKs that are made from schema.json: generate SCHEMA VERSION LOGO FOLDER.
//
// It calls Pulumi's own generators. `pulumi package gen-sdk` would call the same ones through the language hosts, but
// the newest host for Node.js that the Go module proxy serves, built with Go 1.26, writes imports that lead nowhere
// (filepath.Rel cleans its result there; the generator of Pulumi 3.259 knows).
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	dotnet "github.com/pulumi/pulumi-dotnet/pulumi-language-dotnet/v3/codegen"
	java "github.com/pulumi/pulumi-java/pkg/codegen/java"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// tool stands in the first line of every generated file.
const tool = "pulumi"

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: generate SCHEMA VERSION LOGO FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generators make the files of an SDK, by the name of its folder.
var generators = map[string]func(*schema.Package) (map[string][]byte, error){
	"go": func(pkg *schema.Package) (map[string][]byte, error) {
		return gogen.GeneratePackage(tool, pkg, nil)
	},
	"nodejs": func(pkg *schema.Package) (map[string][]byte, error) {
		return nodejs.GeneratePackage(tool, pkg, nil, nil, false, noOthers{})
	},
	"python": func(pkg *schema.Package) (map[string][]byte, error) {
		return python.GeneratePackage(tool, pkg, nil, noOthers{})
	},
	"dotnet": func(pkg *schema.Package) (map[string][]byte, error) {
		return dotnet.GeneratePackage(tool, pkg, nil, nil)
	},
	"java": func(pkg *schema.Package) (map[string][]byte, error) {
		files, err := java.GeneratePackage(tool, pkg, nil, nil, false, false)
		return withoutSecretsOfComponents(files), err
	},
}

var secretsOfComponent = regexp.MustCompile(
	`(ComponentResourceOptions\.builder\(\)[^;]*?)\s*\.additionalSecretOutputs\(List\.of\([^)]*\)\)`)

// withoutSecretsOfComponents takes out a call that does not compile: the generator for Java lists the secret outputs of
// a component in its options, and com.pulumi:pulumi has that option for custom resources only. Nothing is lost: the
// outputs of a component come from the provider's answer to its construction, which marks the secret ones, and the SDK
// keeps the marks. When the generator learns better, nothing matches here any more.
func withoutSecretsOfComponents(files map[string][]byte) map[string][]byte {
	for path, content := range files {
		files[path] = secretsOfComponent.ReplaceAll(content, []byte("$1"))
	}
	return files
}

func run(schemaFile, version, logo, folder string) error {
	// The generator for .NET fetches the logo of the package by HTTP, and fails without one.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, logo)
	}))
	defer server.Close()
	for language, generate := range generators {
		// Bound anew for each, because a generator changes the package that it is given.
		pkg, err := bind(schemaFile, version)
		if err != nil {
			return err
		}
		pkg.LogoURL = server.URL + "/logo.png"
		files, err := generate(pkg)
		if err != nil {
			return fmt.Errorf("generating the SDK for %s: %w", language, err)
		}
		for path, content := range files {
			if err := write(filepath.Join(folder, language, path), content); err != nil {
				return err
			}
		}
	}
	return nil
}

func bind(schemaFile, version string) (*schema.Package, error) {
	encoded, err := os.ReadFile(schemaFile)
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(encoded, &spec); err != nil {
		return nil, fmt.Errorf("decoding the schema: %w", err)
	}
	spec.Version = version
	pkg, problems, err := schema.BindSpec(spec, noOthers{}, schema.ValidationOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	if problems.HasErrors() {
		return nil, fmt.Errorf("checking the schema: %w", problems)
	}
	return pkg, nil
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making the folder of %s: %w", path, err)
	}
	if filepath.Ext(path) != ".png" {
		// Some of the generators end a file with blank lines, others with none.
		content = []byte(strings.TrimRight(string(content), "\n") + "\n")
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
