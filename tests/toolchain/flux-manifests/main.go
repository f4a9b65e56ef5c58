// Command flux-manifests writes Flux's install manifests, as upstream publishes them in the OCI artifact
// ghcr.io/fluxcd/flux-manifests, without reaching a container registry or GitHub.
//
// The release data comes from a module on the Go module proxy, the rendering from Flux's own code. What is not checked:
// that the result equals the published layer byte for byte (there is no way to read that layer from here).
package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fluxcd/flux2/v2/pkg/manifestgen/install"
	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/sumdb/dirhash"
)

// The module that carries Flux's release data. It is licensed under AGPL-3.0 while the data is upstream's, under
// Apache-2.0: therefore the data is read when the tools are built, and the module is neither imported nor copied.
const (
	dataModule    = "github.com/controlplaneio-fluxcd/flux-operator"
	dataVersion   = "v0.59.0"
	dataModuleSum = "h1:jByuiWYtjSJxucGHuz68tV0DeVFz5CYrKQYfxAwE7lE="
)

// release is one version of Flux and the number of objects its manifests must hold; another number means that the data
// or the renderer changed, and with it what every test assumes.
type release struct {
	version string
	objects int
	// before is a component that came with a later version.
	before string
}

// The default version, and those to upgrade from: the one before it, the last one whose kinds have versions that the
// default one has no longer, the last one of the oldest minor that can be installed, and the one that the demo has. The
// data are each version's own; the templates around them are those of the default version, which differ from v2.6's in
// a few arguments.
var releases = []release{
	{version: "v2.9.5", objects: 43},
	{version: "v2.9.4", objects: 43},
	{version: "v2.8.8", objects: 43},
	{version: "v2.6.4", objects: 38, before: "source-watcher"},
	{version: "v2.2.3", objects: 38, before: "source-watcher"},
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("flux-manifests: ")
	output := flag.String("output", "", "folder that gets one folder per version")
	flag.Parse()
	if *output == "" || flag.NArg() > 0 {
		log.Fatal("usage: flux-manifests -output FOLDER")
	}
	if err := run(*output); err != nil {
		log.Fatal(err)
	}
}

func run(output string) error {
	archive, err := fetchData()
	if err != nil {
		return fmt.Errorf("fetching the release data: %w", err)
	}
	for _, r := range releases {
		manifests, err := render(archive, r)
		if err != nil {
			return fmt.Errorf("rendering Flux %s: %w", r.version, err)
		}
		folder := filepath.Join(output, r.version)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("making the folder of Flux %s: %w", r.version, err)
		}
		file := filepath.Join(folder, "gotk-components.yaml")
		if err := os.WriteFile(file, manifests, 0o644); err != nil {
			return fmt.Errorf("writing the manifests of Flux %s: %w", r.version, err)
		}
	}
	return nil
}

// fetchData returns the path of the data module's zip in the module cache.
//
// The command fails where the module asks for a newer Go than the one that runs, after it has fetched the zip, so the
// answer counts and not the exit status; the pinned sum says whether the zip is the right one, so that no checksum
// database needs to know it. GOTOOLCHAIN keeps Go from fetching that newer toolchain for the sake of a few YAML files.
func fetchData() (string, error) {
	cmd := exec.Command("go", "mod", "download", "-json", dataModule+"@"+dataVersion)
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "GONOSUMDB="+dataModule)
	cmd.Dir = os.TempDir()
	answer, runErr := cmd.Output()
	var download struct{ Zip, Error string }
	if err := json.Unmarshal(answer, &download); err != nil {
		return "", fmt.Errorf("reading the answer of go mod download: %w", errors.Join(err, runErr, stderrOf(runErr)))
	}
	if download.Zip == "" {
		return "", fmt.Errorf("downloading %s@%s: %s", dataModule, dataVersion, download.Error)
	}
	sum, err := dirhash.HashZip(download.Zip, dirhash.Hash1)
	if err != nil {
		return "", fmt.Errorf("hashing %s: %w", download.Zip, err)
	}
	if sum != dataModuleSum {
		return "", fmt.Errorf("the sum of %s is %s instead of %s: remove the file if the download was cut short",
			download.Zip, sum, dataModuleSum)
	}
	return download.Zip, nil
}

func stderrOf(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return errors.New(strings.TrimSpace(string(exit.Stderr)))
	}
	return nil
}

// render runs what `flux install --export` runs, with the options of upstream's release workflow.
func render(archive string, r release) ([]byte, error) {
	base, err := os.MkdirTemp("", "flux-manifests-")
	if err != nil {
		return nil, fmt.Errorf("making a folder to render in: %w", err)
	}
	defer func() { _ = os.RemoveAll(base) }()
	if err := extract(archive, path.Join("config/data/flux", r.version), base); err != nil {
		return nil, err
	}
	// The default base URL stays although nothing is fetched from it: with a local path Generate takes another branch,
	// a plain kustomize build. The folder it is given keeps it from downloading.
	options := install.MakeDefaultOptions()
	options.Version = r.version
	options.Components = slices.DeleteFunc(append(options.Components, options.ComponentsExtra...), func(name string) bool {
		return name == r.before
	})
	manifest, err := install.Generate(options, base)
	if err != nil {
		return nil, fmt.Errorf("generating the manifests: %w", err)
	}
	content := []byte(manifest.Content)
	return content, check(content, r, options.Components)
}

// extract copies the files of one folder of the module's zip into a folder on disk.
func extract(archive, folder, into string) error {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("opening %s: %w", archive, err)
	}
	defer func() { _ = reader.Close() }()
	prefix := path.Join(dataModule+"@"+dataVersion, folder) + "/"
	found := 0
	for _, file := range reader.File {
		name, inside := strings.CutPrefix(file.Name, prefix)
		if !inside || strings.Contains(name, "/") {
			continue
		}
		if err := extractFile(file, filepath.Join(into, name)); err != nil {
			return fmt.Errorf("extracting %s: %w", file.Name, err)
		}
		found++
	}
	if found == 0 {
		return fmt.Errorf("there is no folder %s in %s@%s", folder, dataModule, dataVersion)
	}
	return nil
}

func extractFile(file *zip.File, to string) error {
	source, err := file.Open()
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	content, err := io.ReadAll(source)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}

// check compares the header and the number of objects with what the published artifact is known to hold.
func check(manifests []byte, r release, components []string) error {
	header := "---\n# This manifest was generated by flux. DO NOT EDIT.\n" +
		"# Flux Version: " + r.version + "\n# Components: " + strings.Join(components, ",") + "\n"
	if !bytes.HasPrefix(manifests, []byte(header)) {
		return fmt.Errorf("the manifests begin with %q instead of %q", manifests[:min(len(header), len(manifests))], header)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(manifests))
	objects := 0
	for {
		var object struct {
			Kind     string
			Metadata struct{ Name string }
		}
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading the manifests: %w", err)
		}
		if object.Kind == "" || object.Metadata.Name == "" {
			return fmt.Errorf("object %d of the manifests has no kind or no name", objects+1)
		}
		objects++
	}
	if objects != r.objects {
		return fmt.Errorf("the manifests hold %d objects instead of %d", objects, r.objects)
	}
	return nil
}
