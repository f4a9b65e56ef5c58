// Package docs checks what is written for users: that the reference is what the schema says, that programs in the
// README and the guides can be previewed, that commands are run by somebody, that messages are those of the sources.
package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// block is a fenced block of a document.
type block struct {
	// file is the document, from the root of the repository.
	file string
	line int
	// language is what stands behind the fence.
	language, text string
}

const root = "../.."

// documents are what users read.
func documents(t *testing.T) []string {
	t.Helper()
	guides, err := filepath.Glob(filepath.Join(root, "examples", "*", "README.md"))
	if err != nil || len(guides) < 5 {
		t.Fatalf("finding the guides: %v %v", guides, err)
	}
	return append(guides, filepath.Join(root, "README.md"), filepath.Join(root, "examples", "README.md"))
}

// blocks are the fenced blocks of all documents.
func blocks(t *testing.T) (all []block) {
	t.Helper()
	for _, path := range documents(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		var open *block
		for i, line := range strings.Split(string(text), "\n") {
			language, fence := strings.CutPrefix(line, "```")
			switch {
			case fence && open == nil:
				open = &block{file: filepath.ToSlash(name), line: i + 1, language: language}
			case fence:
				all, open = append(all, *open), nil
			case open != nil:
				open.text += line + "\n"
			}
		}
		if open != nil {
			t.Fatalf("%s:%d: the block does not end", open.file, open.line)
		}
	}
	return all
}
