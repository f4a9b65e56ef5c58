package docs

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// quoted is a message in the guide: a heading that is code. What stands for something else is an ellipsis.
var quoted = regexp.MustCompile("(?m)^## `(.*)`$")

// TestMessages finds every message of the guide in the sources.
func TestMessages(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(filepath.Join(root, "examples", "troubleshooting", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	sources := strings.Join(texts(t), "\n")
	messages := quoted.FindAllStringSubmatch(string(guide), -1)
	if len(messages) < 10 {
		t.Errorf("the guide has %d messages", len(messages))
	}
	for _, message := range messages {
		for part := range strings.SplitSeq(message[1], "…") {
			if part = strings.TrimSpace(part); part == "" || !strings.Contains(sources, part) {
				t.Errorf("nothing in the sources says %q of the message %q", part, message[1])
			}
		}
	}
	if strings.Contains(sources, "must be made of chocolate") {
		t.Error("what nobody says is found")
	}
}

// texts are all texts in the sources of the provider, put together where they are written in parts.
func texts(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(root, "provider"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			expression, ok := node.(ast.Expr)
			if !ok {
				return true
			}
			text, ok := constant(expression)
			if ok {
				all = append(all, text)
			}
			return !ok
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// constant is a text, or a sum of texts.
func constant(expression ast.Expr) (string, bool) {
	switch e := expression.(type) {
	case *ast.BasicLit:
		if e.Kind == gotoken.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.BinaryExpr:
		left, ok := constant(e.X)
		right, also := constant(e.Y)
		if e.Op == gotoken.ADD && ok && also {
			return left + right, true
		}
	}
	return "", false
}
