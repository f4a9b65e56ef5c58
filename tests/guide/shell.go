package guide

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// Shell is where somebody who follows a guide types: beside a program and its stack, on a local cloud.
type Shell struct {
	// Folder is the working directory.
	Folder string
	// Answer is what commands are told that ask.
	Answer string

	env  []string
	here []string
}

// NewShell is a shell in a folder, with variables in its environment. Nobody is there to confirm.
func NewShell(folder string, env map[string]string) Shell {
	s := Shell{Folder: folder}.With("PULUMI_SKIP_CONFIRMATIONS", "true")
	for name, value := range env {
		s = s.With(name, value)
	}
	return s
}

// In is a shell in the folder of a stack's program, in which the stack is selected.
func In(opened auto.Stack) Shell {
	return NewShell(opened.Workspace().WorkDir(), opened.Workspace().GetEnvVars())
}

// With is the same with a variable in its environment.
func (s Shell) With(name, value string) Shell {
	s.env = append(slices.Clip(s.env), name+"="+value)
	return s
}

// Where is the same in a world where something that guides name as their reader's, such as a repository, is something
// else.
func (s Shell) Where(theirs, here string) Shell {
	s.here = append(slices.Clip(s.here), theirs, here)
	return s
}

// Try runs a command and returns what it prints.
func (s Shell) Try(t *testing.T, command string) (printed string, err error) {
	t.Helper()
	text := strings.NewReplacer(s.here...).Replace(command)
	run := exec.CommandContext(t.Context(), "bash", "-o", "pipefail", "-euc", text)
	run.Dir, run.Env, run.Stdin = s.Folder, append(os.Environ(), s.env...), strings.NewReader(s.Answer)
	output, err := run.CombinedOutput()
	if err != nil {
		return string(output), fmt.Errorf("running %q: %w\n%s", text, err, output)
	}
	return string(output), nil
}

// Run runs a command, which must succeed, and returns what it prints.
func (s Shell) Run(t *testing.T, command string) string {
	t.Helper()
	printed, err := s.Try(t, command)
	if err != nil {
		t.Fatal(err)
	}
	return printed
}
