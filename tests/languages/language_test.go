package languages

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// language is a language that a program can be written in.
type language struct {
	// name is the folder of the example.
	name string
	// program is the file of the example in which mistakes are made.
	program string
	// install makes the package of the SDK known to the program in a folder, and installs what the program needs. Nil for
	// a language without SDKs.
	install func(p project)
	// compile is the command that says whether the program is right. Empty where only running it tells.
	compile []string
	// mistakes that users make.
	mistakes map[string]mistake
}

// mistake is a wrong program, and what its user is told.
type mistake struct {
	// right is replaced with wrong.
	right, wrong string
	// says are parts of the message.
	says []string
}

func languages() []language {
	return []language{yaml(), typescript(), python(), golang(), java()}
}

// project is a program in a folder of its own, as its user has it.
type project struct {
	*testing.T
	cloud fixture.Cloud
	// dir holds the program in a folder of that name, beside Pulumi's state.
	dir string
	// env is what the user of the language has set.
	env map[string]string
}

// newProject copies an example and installs what it needs.
func newProject(t *testing.T, cloud fixture.Cloud, l language) project {
	t.Helper()
	p := project{T: t, cloud: cloud, dir: t.TempDir(), env: map[string]string{}}
	if err := os.CopyFS(p.program(), os.DirFS(filepath.Join(p.root(), "examples", l.name))); err != nil {
		t.Fatal(err)
	}
	if l.install != nil {
		l.install(p)
	}
	return p
}

func (p project) program() string { return filepath.Join(p.dir, "program") }

// root is the folder of the repository.
func (p project) root() string { return filepath.Dir(p.cloud.Tree.Bin) }

// packed finds the one package of a pattern.
func (p project) packed(pattern string) string {
	p.Helper()
	found, err := filepath.Glob(filepath.Join(p.root(), "dist", "packages", pattern))
	if err != nil || len(found) != 1 {
		p.Fatalf("finding %s: %v %v; `make packages` makes it", pattern, found, err)
	}
	return found[0]
}

// try runs a command in the folder of the program.
func (p project) try(command ...string) (printed string, err error) {
	run := exec.CommandContext(p.Context(), command[0], command[1:]...)
	run.Dir = p.program()
	run.Env = os.Environ()
	for name, value := range p.env {
		run.Env = append(run.Env, name+"="+value)
	}
	output, err := run.CombinedOutput()
	return string(output), err
}

// must runs a command in the folder of the program, which must succeed.
func (p project) must(command ...string) {
	p.Helper()
	if printed, err := p.try(command...); err != nil {
		p.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, printed)
	}
}

// write writes a file beside the program.
func (p project) write(name, text string) {
	p.Helper()
	path := filepath.Join(p.program(), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
}

// open makes the stack of the program. All languages have stacks of one name, so that all name their resources alike.
func (p project) open() auto.Stack {
	p.Helper()
	text, err := os.ReadFile(filepath.Join(p.program(), "Pulumi.yaml"))
	if err != nil {
		p.Fatal(err)
	}
	config := p.cloud.ExampleConfig()
	opened, err := stack.Open(p.Context(), p.cloud.Tree, stack.Options{
		Dir: p.dir, Program: text, Name: "dev", Cloud: p.cloud.LocalCloud, Config: config,
	})
	if err != nil {
		p.Fatal(err)
	}
	if err := opened.Workspace().SetEnvVars(p.env); err != nil {
		p.Fatal(err)
	}
	return opened
}

// destroy takes everything away, however the test ends.
func (p project) destroy(opened auto.Stack) {
	// The test's context may be over by now.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	var progress bytes.Buffer
	if _, err := opened.Destroy(ctx, optdestroy.ProgressStreams(&progress)); err != nil {
		p.Errorf("destroying what the test left: %v\n%s", err, &progress)
	}
}
