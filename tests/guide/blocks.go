package guide

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Block is a fenced block of a document.
type Block struct {
	// Document is the file, from the root of the repository.
	Document string
	Line     int
	// Section is the last heading of the second level before the block; empty before the first.
	Section string
	// Language is what stands behind the fence.
	Language, Text string
}

// Documents are what is written for users, from the root of the repository.
func Documents(root string) ([]string, error) {
	guides, err := filepath.Glob(filepath.Join(root, "examples", "*", "README.md"))
	if err != nil {
		return nil, fmt.Errorf("finding the guides: %w", err)
	}
	documents := []string{"README.md", "examples/README.md"}
	for _, guide := range guides {
		documents = append(documents, "examples/"+filepath.Base(filepath.Dir(guide))+"/README.md")
	}
	return documents, nil
}

// Blocks are the fenced blocks of a document.
func Blocks(root, document string) (all []Block, err error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(document)))
	if err != nil {
		return nil, fmt.Errorf("reading a guide: %w", err)
	}
	section := ""
	var open *Block
	for i, line := range strings.Split(string(text), "\n") {
		language, fence := strings.CutPrefix(line, "```")
		heading, headed := strings.CutPrefix(line, "## ")
		switch {
		case fence && open == nil:
			open = &Block{Document: document, Line: i + 1, Section: section, Language: language}
		case fence:
			all, open = append(all, *open), nil
		case open != nil:
			open.Text += line + "\n"
		case headed:
			section = heading
		}
	}
	if open != nil {
		return nil, fmt.Errorf("%s:%d: the block does not end", document, open.Line)
	}
	return all, nil
}

// Commands are the commands of a block, without what is said of them behind a #.
func (b Block) Commands() (all []string) {
	if b.Language != "sh" && b.Language != "console" {
		return nil
	}
	for line := range strings.SplitSeq(strings.TrimSpace(b.Text), "\n") {
		command, _, _ := strings.Cut(strings.TrimPrefix(line, "$ "), " # ")
		all = append(all, strings.TrimSpace(command))
	}
	return all
}
