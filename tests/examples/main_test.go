// Package examples runs the examples that no other test runs, on the local cloud and as their guides say.
package examples

import (
	"os"
	"path/filepath"
	"testing"
)

// folder is the folder of an example.
func folder(name string) string { return filepath.Join("..", "..", "examples", name) }

// read returns a file of an example.
func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(folder(name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
