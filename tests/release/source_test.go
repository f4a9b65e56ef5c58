package release

import (
	"encoding/pem"
	"maps"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/guide"
)

const (
	pluginFolder = "provider/cmd/pulumi-resource-gitops-cluster"
	// gitHost is one for which the certificate of Go's test servers is.
	gitHost       = "example.com"
	gitRepository = "/git/pulumi-gitops-cluster.git"
	// tag is of no version that there is elsewhere.
	tag = "v0.9.7"
)

// TestFromSource adds the package from a folder and from a tag of a repository, as its users do who want what is not
// released, with the command of the README of the examples. Pulumi builds the plugin; everything in the preview runs on
// what it has built.
func TestFromSource(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	sources := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "provider"} {
		copyTo(t, sources, filepath.Join(filepath.Dir(cloud.Tree.Bin), name))
	}
	opened := withoutPlugin(t, cloud, "source")
	program := filepath.Join(opened.Workspace().WorkDir(), "Pulumi.yaml")
	bare, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}

	folder := filepath.Join(sources, filepath.FromSlash(pluginFolder))
	pulumi(t, opened, "package", "add", folder)
	asksFor(t, program, "gitops-cluster: "+folder)

	if err := os.WriteFile(program, bare, 0o600); err != nil {
		t.Fatal(err)
	}
	// What it has noted of the package of the folder.
	if err := os.RemoveAll(filepath.Join(filepath.Dir(program), "sdks")); err != nil {
		t.Fatal(err)
	}
	serveGit(t, cloud, opened, sources)
	guide.Open(t, "examples/README.md").Follow(t, guide.In(opened).
		Where("github.com/my-backstage-demo/pulumi-gitops-cluster/", gitHost+gitRepository+"/").
		Where("@v0.1.0", "@"+tag), "")
	asksFor(t, program, gitHost+gitRepository+"/"+pluginFolder+"@"+tag)
	var progress strings.Builder
	if _, err := opened.Preview(t.Context(), optpreview.ProgressStreams(&progress)); err != nil {
		t.Fatalf("%v\n%s", err, &progress)
	}
	ours := []string{"NodeGroupPlacement platform-default", "FluxInstall platform", "GitOpsTeardown platform"}
	for _, child := range ours {
		if !strings.Contains(progress.String(), child) {
			t.Errorf("the preview shows no %s:\n%s", child, &progress)
		}
	}
}

// asksFor finds a line in a program.
func asksFor(t *testing.T, program, want string) {
	t.Helper()
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), want) {
		t.Errorf("the program does not ask for %q:\n%s", want, text)
	}
}

// copyTo copies a file or a folder into another folder.
func copyTo(t *testing.T, folder, path string) {
	t.Helper()
	found, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if found.IsDir() {
		if err := os.CopyFS(filepath.Join(folder, found.Name()), os.DirFS(path)); err != nil {
			t.Fatal(err)
		}
		return
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, found.Name()), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// withoutPlugin is the example in YAML on a machine that has no plugin of ours.
func withoutPlugin(t *testing.T, cloud fixture.Cloud, name string) auto.Stack {
	t.Helper()
	program, config := cloud.Example(t)
	opened := cloud.Open(t, name, program, config)
	links, err := filepath.Glob(filepath.Join(opened.Workspace().PulumiHome(), "plugins", "resource-gitops-cluster-*"))
	if err != nil || len(links) == 0 {
		t.Fatalf("found no plugin to take away: %v", err)
	}
	for _, link := range links {
		if err := os.RemoveAll(link); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := opened.Preview(t.Context()); err == nil {
		t.Fatal("the example runs without the plugin")
	}
	return opened
}

// serveGit has the sources in a repository with a tag, at a host that only this stack knows. Pulumi clones by HTTPS
// alone, and takes the URL of a host with a port for a folder's.
func serveGit(t *testing.T, cloud fixture.Cloud, opened auto.Stack, sources string) {
	t.Helper()
	const name = "pulumi-gitops-cluster"
	if _, err := cloud.PushFolder(t.Context(), name, sources, "Everything"); err != nil {
		t.Fatal(err)
	}
	clone := t.TempDir()
	git(t, clone, "clone", "--quiet", cloud.GitURL(name), ".")
	git(t, clone, "tag", tag)
	git(t, clone, "push", "--quiet", "origin", tag)

	endpoint, err := url.Parse(cloud.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(endpoint))
	t.Cleanup(server.Close)
	trusted := filepath.Join(t.TempDir(), "certificate.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	if err := os.WriteFile(trusted, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	proxy := fixture.StartProxyWith(t, map[string]string{gitHost + ":443": server.Listener.Addr().String()})
	env := opened.Workspace().GetEnvVars()
	maps.Copy(env, map[string]string{"SSL_CERT_FILE": trusted, "HTTPS_PROXY": proxy.URL})
	if err := opened.Workspace().SetEnvVars(env); err != nil {
		t.Fatal(err)
	}
}

func git(t *testing.T, folder string, arguments ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", arguments...)
	command.Dir = folder
	if printed, err := command.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(arguments, " "), err, printed)
	}
}
