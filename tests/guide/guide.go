// Package guide has tests do what is written for users: it takes commands and programs from the text of a guide, in the
// order in which they stand there, so that neither the guide nor its test can change without the other.
package guide

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// Substitute is what is run in the place of a command, and why.
type Substitute struct{ Command, Reason string }

// Substitutes are for the commands that cannot be run here as they stand.
var Substitutes = map[string]Substitute{
	"make demo": {"make --dry-run demo", "it starts a local cloud in the checkout that nobody stops; the example itself " +
		"is brought up by tests/engine"},
	"make test": {"make --dry-run test", "it is what runs this"},
}

// Guide is a document, or a part of one, on which a test is.
type Guide struct {
	document string
	// left are the commands that are still to be taken.
	left []string
}

// Open begins with a document, or with the sections of it that are named; "" is what stands before its first heading.
// At its end the test fails if it has not taken every command.
func Open(t *testing.T, document string, sections ...string) *Guide {
	t.Helper()
	g := &Guide{document: document}
	for _, block := range blocks(t, document) {
		if len(sections) == 0 || slices.Contains(sections, block.Section) {
			g.left = append(g.left, block.Commands()...)
		}
	}
	if len(g.left) == 0 {
		t.Fatalf("%s has no commands in %q", document, sections)
	}
	t.Cleanup(func() {
		if !t.Failed() && len(g.left) > 0 {
			t.Errorf("nobody has run these commands of %s: %q", document, g.left)
		}
	})
	return g
}

// Next is the next command.
func (g *Guide) Next(t *testing.T) string {
	t.Helper()
	if len(g.left) == 0 {
		t.Fatalf("%s has no more commands", g.document)
	}
	command := g.left[0]
	g.left = g.left[1:]
	if instead, ok := Substitutes[command]; ok {
		return instead.Command
	}
	return command
}

// Follow runs the commands that are left up to the next one that begins with a text; all of them without one. It
// returns what they have printed.
func (g *Guide) Follow(t *testing.T, shell Shell, before string) string {
	t.Helper()
	var printed strings.Builder
	for len(g.left) > 0 && (before == "" || !strings.HasPrefix(g.left[0], before)) {
		printed.WriteString(shell.Run(t, g.Next(t)))
	}
	return printed.String()
}

// Program is the only program in a section of a document.
func Program(t *testing.T, document, section string) string {
	t.Helper()
	var found []string
	for _, block := range blocks(t, document) {
		if block.Section == section && block.Language == "yaml" && strings.HasPrefix(block.Text, "name: ") {
			found = append(found, block.Text)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d programs in %q, want 1", document, len(found), section)
	}
	return found[0]
}

func blocks(t *testing.T, document string) []Block {
	t.Helper()
	tree, err := stack.FindTree()
	if err != nil {
		t.Fatal(err)
	}
	all, err := Blocks(filepath.Dir(tree.Bin), document)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
