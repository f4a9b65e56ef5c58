// Package release takes the archives of a release as their users do: checks them, installs the plugin from one of them
// and brings an example up with it.
package release

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// archiveName is how Pulumi names what it downloads: kind, plugin, version, system, processor.
var archiveName = regexp.MustCompile(
	`^pulumi-resource-gitops-cluster-v([0-9.]+(?:-[a-z0-9.]+)?)-(darwin|linux|windows)-(amd64|arm64)\.tar\.gz$`)

// archive is an archive of a release.
type archive struct{ path, version, system, processor string }

// candidate is the archive for this machine.
func candidate(t *testing.T) archive {
	t.Helper()
	all := archives(t)
	i := slices.IndexFunc(all, func(a archive) bool { return a.system == runtime.GOOS && a.processor == runtime.GOARCH })
	if i < 0 {
		t.Fatalf("there is no archive for %s on %s", runtime.GOOS, runtime.GOARCH)
	}
	return all[i]
}

// archives are those that `make release-candidate` has built, or those of the folder that RELEASE names.
func archives(t *testing.T) []archive {
	t.Helper()
	tree, err := stack.FindTree()
	if err != nil {
		t.Fatal(err)
	}
	folder := os.Getenv("RELEASE")
	if folder == "" {
		folder = filepath.Join(tree.Tools, "release-candidate")
	}
	found, err := filepath.Glob(filepath.Join(folder, "*.tar.gz"))
	if err != nil || len(found) == 0 {
		t.Fatalf("there is no archive in %s: %v; `make release-candidate` builds one", folder, err)
	}
	all := make([]archive, 0, len(found))
	for _, path := range found {
		name := archiveName.FindStringSubmatch(filepath.Base(path))
		if name == nil {
			t.Fatalf("Pulumi does not look for an archive called %s", filepath.Base(path))
		}
		all = append(all, archive{path: path, version: name[1], system: name[2], processor: name[3]})
	}
	return all
}

// bill is the file with what the plugin of an archive consists of.
func (a archive) bill() string { return strings.TrimSuffix(a.path, ".tar.gz") + ".cdx.json" }

// TestChecksums compares each archive, and what is said of it, with the list of checksums, which names nothing else.
func TestChecksums(t *testing.T) {
	t.Parallel()
	all := archives(t)
	list := filepath.Join(filepath.Dir(all[0].path), "pulumi-resource-gitops-cluster-v"+all[0].version+"-checksums.txt")
	file, err := os.Open(list)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	want := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		want[name] = sum
	}
	if len(want) != 2*len(all) {
		t.Errorf("the list has %d checksums, for %d archives", len(want), len(all))
	}
	for _, a := range all {
		for _, path := range []string{a.path, a.bill()} {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(content)
			if got := hex.EncodeToString(sum[:]); got != want[filepath.Base(path)] {
				t.Errorf("%s has the checksum %s, and the list says %q", filepath.Base(path), got, want[filepath.Base(path)])
			}
		}
	}
}

// TestBills compares what is said of each archive with what the plugin in it says of itself.
func TestBills(t *testing.T) {
	t.Parallel()
	for _, a := range archives(t) {
		text, err := os.ReadFile(a.bill())
		if err != nil {
			t.Fatal(err)
		}
		var bill struct {
			Metadata   struct{ Component part } `json:"metadata"`
			Components []part                   `json:"components"`
		}
		if err := json.Unmarshal(text, &bill); err != nil {
			t.Fatal(err)
		}
		if got := bill.Metadata.Component.Version; got != "v"+a.version {
			t.Errorf("%s is of version %s", filepath.Base(a.bill()), got)
		}
		info, err := buildinfo.Read(strings.NewReader(a.unpack(t).content[a.binary()]))
		if err != nil {
			t.Fatal(err)
		}
		want := []part{{"std", info.GoVersion}}
		for _, module := range info.Deps {
			if module.Replace != nil {
				module = module.Replace
			}
			want = append(want, part{module.Path, module.Version})
		}
		for _, module := range want {
			if !slices.Contains(bill.Components, module) {
				t.Errorf("%s does not name %s", filepath.Base(a.bill()), module)
			}
		}
	}
}

// part is a module in a bill.
type part struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// most is how large an archive may be: everybody who installs the plugin downloads it.
const most = 35 << 20

// TestArchives looks into each archive.
func TestArchives(t *testing.T) {
	t.Parallel()
	for _, a := range archives(t) {
		if size, err := os.Stat(a.path); err != nil || size.Size() > most {
			t.Errorf("%s has %d MiB %v, want %d at most", filepath.Base(a.path), size.Size()>>20, err, most>>20)
		}
		binary, files := a.binary(), a.unpack(t)
		if want := []string{"LICENSE", "README.md", binary}; !slices.Equal(files.names, want) {
			t.Errorf("%s holds %q, want %q", filepath.Base(a.path), files.names, want)
		}
		if files.modes[binary]&0o111 == 0 {
			t.Errorf("%s: the plugin cannot be executed", filepath.Base(a.path))
		}
		if !strings.Contains(files.content[binary], a.version) {
			t.Errorf("%s: the plugin does not know its version, %s", filepath.Base(a.path), a.version)
		}
		magic := map[string]string{"linux": "\x7fELF", "windows": "MZ", "darwin": "\xcf\xfa\xed\xfe"}[a.system]
		if !strings.HasPrefix(files.content[binary], magic) {
			t.Errorf("%s: the plugin is not a program for %s", filepath.Base(a.path), a.system)
		}
	}
}

// binary is the name of the plugin in the archive.
func (a archive) binary() string {
	if a.system == "windows" {
		return "pulumi-resource-gitops-cluster.exe"
	}
	return "pulumi-resource-gitops-cluster"
}

type unpacked struct {
	names   []string
	modes   map[string]int64
	content map[string]string
}

func (a archive) unpack(t *testing.T) unpacked {
	t.Helper()
	file, err := os.Open(a.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	compressed, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	files := unpacked{modes: map[string]int64{}, content: map[string]string{}}
	for entries := tar.NewReader(compressed); ; {
		header, err := entries.Next()
		if err == io.EOF { //nolint:errorlint // Documented to be returned as it is.
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(entries)
		if err != nil {
			t.Fatal(err)
		}
		files.names = append(files.names, header.Name)
		files.modes[header.Name], files.content[header.Name] = header.Mode, string(content)
	}
}

// TestInstalledFromArchive installs the plugin from its archive where there is none, adds the package to the example in
// YAML, as its users do, and brings that up; then it has the plugin look at what released versions have left.
func TestInstalledFromArchive(t *testing.T) {
	t.Parallel()
	a, cloud := candidate(t), fixture.Start(t)
	opened := withoutPlugin(t, cloud, "released")
	pulumi(t, opened, "plugin", "install", "resource", "gitops-cluster", "v"+a.version, "--file", a.path)
	binary := filepath.Join(opened.Workspace().PulumiHome(), "plugins",
		"resource-gitops-cluster-v"+a.version, "pulumi-resource-gitops-cluster")
	printed, err := exec.CommandContext(t.Context(), binary, "--version").Output()
	if err != nil || strings.TrimSpace(string(printed)) != a.version {
		t.Errorf("asked for its version, the plugin says %q %v, want %q", printed, err, a.version)
	}

	pulumi(t, opened, "package", "add", "gitops-cluster@"+a.version)
	asksFor(t, filepath.Join(opened.Workspace().WorkDir(), "Pulumi.yaml"), "gitops-cluster: gitops-cluster@"+a.version)
	fixture.Up(t, opened)
	upgrade(t, opened, cloud, a.version)
}

// pulumi runs a command of the CLI in the folder of a stack's program.
func pulumi(t *testing.T, opened auto.Stack, arguments ...string) {
	t.Helper()
	tree, err := stack.FindTree()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), filepath.Join(tree.Tools, "pulumi"), arguments...)
	command.Dir, command.Env = opened.Workspace().WorkDir(), os.Environ()
	for name, value := range opened.Workspace().GetEnvVars() {
		command.Env = append(command.Env, name+"="+value)
	}
	if printed, err := command.CombinedOutput(); err != nil {
		t.Fatalf("pulumi %s: %v\n%s", strings.Join(arguments, " "), err, printed)
	}
}
