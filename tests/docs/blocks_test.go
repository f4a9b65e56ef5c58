// Package docs checks what is written for users: that the reference is what the schema says, that programs in the
// README and the guides can be previewed, that some test follows each guide, that messages are those of the sources.
package docs

import (
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/guide"
)

const root = "../.."

// blocks are the fenced blocks of all documents.
func blocks(t *testing.T) (all []guide.Block) {
	t.Helper()
	documents, err := guide.Documents(root)
	if err != nil || len(documents) < 7 {
		t.Fatalf("finding the documents: %v %v", documents, err)
	}
	for _, document := range documents {
		found, err := guide.Blocks(root, document)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}
