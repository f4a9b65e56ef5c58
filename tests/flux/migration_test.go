package flux

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/guide"
)

// TestMigration follows the guide from the demo's program as far as it keeps the cluster: Flux from the chart is taken
// over, and nothing that it has made is made anew. The definitions are those of the demo's version of Flux. Its
// controllers, of which there are no programs here, have their work done for them.
func TestMigration(t *testing.T) {
	t.Parallel()
	h := start(t)
	repository := os.DirFS(filepath.Join("testdata", "demo"))
	if _, err := h.PushFiles(t.Context(), "demo", repository, "Begin"); err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := os.ReadFile(h.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	program := &demo{kubeconfig: string(kubeconfig), chart: h.chart(t), url: h.GitURL("demo")}
	theirs := h.OpenGo(t, "demo", program.run, nil)
	fixture.Up(t, theirs)
	h.appliedByDemo(t)
	before := h.demosObjects(t)

	program.retained = true
	fixture.Up(t, theirs)
	walk := guide.Open(t, "examples/migration/README.md")
	ours, shell := h.openGuide(t)
	walk.Follow(t, shell, "kubectl ")
	h.becomeReady(t, "gitrepository/bootstrap-repo", "kustomization/bootstrap-repo",
		"kustomization/bootstrap-kustomization", "kustomization/infra-controllers")
	walk.Follow(t, shell, "")
	h.kept(t, before, "the guide's program has taken Flux over")

	program.handedOver = true
	fixture.Up(t, theirs)
	h.kept(t, before, "the demo's program has forgotten Flux")
	left := slices.DeleteFunc(h.Words(t, "get", ofChart, "--all-namespaces", "--selector", "helm.sh/chart=flux2-2.12.4",
		"--output", "name"), func(name string) bool { return strings.HasSuffix(name, ".image.toolkit.fluxcd.io") })
	if len(left) > 0 {
		t.Errorf("of the chart are left, beside definitions of kinds that Flux does not have here: %v", left)
	}
	if _, err := h.PushFiles(t.Context(), "demo", renewed(t, repository), "Write present versions"); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"v2.8.8", "v2.9.5"} {
		rewriteProgram(t, ours, version)
		fixture.Up(t, ours)
		h.kept(t, before, "Flux is "+version)
	}
	// What is destroyed while Flux looks at its health is waited for until that has taken too long.
	h.becomeReady(t, "kustomization/infra-controllers", "kustomization/bootstrap-repo")
	destroy(t, ours)
	if printed, err := h.Try(t, "--namespace", "api", "get", "deployment", "gateway"); err == nil {
		t.Errorf("destroying Flux leaves what it has applied: %s", printed)
	}
}

// ofChart are the kinds of what the chart installs and nobody takes over.
const ofChart = "clusterroles,clusterrolebindings,customresourcedefinitions,deployments,serviceaccounts,services"

// appliedByDemo does what the controllers of the demo's Flux would have done.
func (h host) appliedByDemo(t *testing.T) {
	t.Helper()
	for by, file := range map[string]string{
		"bootstrap-kustomization": "clusters/aws-gitops-platform/infrastructure.yaml",
		"infra-controllers":       "infrastructure/controllers/api.yaml",
	} {
		path := filepath.Join("testdata", "demo", "flux", filepath.FromSlash(file))
		h.Kubectl(t, "apply", "--server-side", "--field-manager", "kustomize-controller", "--filename", path)
		h.Kubectl(t, "label", "--overwrite", "--field-manager", "kustomize-controller", "--filename", path,
			"kustomize.toolkit.fluxcd.io/name="+by, "kustomize.toolkit.fluxcd.io/namespace=flux-system")
	}
}

// demosObjects lists what the demo's Flux has, without what it wrote of itself.
func (h host) demosObjects(t *testing.T) []string {
	t.Helper()
	listed := h.Words(t, "--cache-dir", t.TempDir(), "get",
		"gitrepositories,helmrepositories,helmreleases,kustomizations,customresourcedefinitions,deployments,namespaces",
		"--all-namespaces", "--output", `jsonpath={range .items[*]}{.kind}/{.metadata.name}/{.metadata.uid}{"\n"}{end}`)
	return slices.DeleteFunc(listed, func(line string) bool {
		return strings.Contains(line, "bootstrap-kustomization") || strings.Contains(line, "/image-")
	})
}

// kept fails for what was there and is there no more, or was made anew.
func (h host) kept(t *testing.T, before []string, when string) {
	t.Helper()
	now := h.demosObjects(t)
	var lost []string
	for _, object := range before {
		if !slices.Contains(now, object) {
			lost = append(lost, object)
		}
	}
	if diff := cmp.Diff([]string(nil), lost); diff != "" {
		t.Errorf("once %s, these are lost (-want +got):\n%s", when, diff)
	}
}

// becomeReady waits for objects of Flux.
func (h host) becomeReady(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		fixture.Eventually(t, 2*time.Minute, name, func() (bool, string) {
			printed := h.Kubectl(t, "--namespace", "flux-system", "get", name, "--output",
				`jsonpath={.status.conditions[?(@.type=="Ready")].status}`)
			return printed == "True", printed
		})
	}
}

// openGuide makes a stack of the guide's program, and a shell beside it.
func (h host) openGuide(t *testing.T) (auto.Stack, guide.Shell) {
	t.Helper()
	program := guide.Program(t, "examples/migration/README.md", migrated)
	program = strings.Replace(program, "https://github.com/my-backstage-demo/pulumi-gitops-repo.git", h.GitURL("demo"), 1)
	program = strings.Replace(program, "config:\n", "config:\n  artifact: { type: object }\n", 1)
	program = strings.Replace(program, "      adopt: true\n", "      adopt: true\n      artifact: ${artifact}\n", 1)
	opened := h.Open(t, "prod", []byte(program), h.SignedArtifact("artifact"))
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".kube"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(h.kubeconfig, filepath.Join(home, ".kube", "config")); err != nil {
		t.Fatal(err)
	}
	return opened, guide.In(opened).With("HOME", home)
}

// migrated is the section of the guide that keeps the cluster.
const migrated = "Step 1: Flux of the old cluster, without recreating anything"

// rewriteProgram changes the version of Flux in a stack's program.
func rewriteProgram(t *testing.T, opened auto.Stack, version string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(opened.Workspace().WorkDir(), "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, behind, _ := strings.Cut(string(text), "version: ")
	before, _, _ := strings.Cut(behind, "\n")
	rewrite(t, opened, text, "version: "+before, "version: "+version)
}

// renewed is a repository with the present versions of Flux's kinds.
func renewed(t *testing.T, repository fs.FS) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	present := strings.NewReplacer("toolkit.fluxcd.io/v2beta1", "toolkit.fluxcd.io/v2",
		"toolkit.fluxcd.io/v1beta2", "toolkit.fluxcd.io/v1")
	err := fs.WalkDir(repository, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(repository, name)
		files[name] = &fstest.MapFile{Data: []byte(present.Replace(string(text))), Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
