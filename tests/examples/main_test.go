// Package examples runs the examples that are no more than themselves in a test: on the local cloud, as their guides say.
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
