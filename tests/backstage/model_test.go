package backstage

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// verdicts are what Backstage's catalog model says: nothing of what it accepts, otherwise why not.
type verdicts struct {
	Documents map[string]*string `json:"documents"`
	Entities  []*string          `json:"entities"`
}

// validate asks Backstage's catalog model about documents by name, and about entities.
func validate(t *testing.T, documents map[string]string, entities []any) verdicts {
	t.Helper()
	asked, err := json.Marshal(map[string]any{"documents": documents, "entities": entities})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "node", "validate.js")
	command.Dir = install(t)
	command.Stdin = bytes.NewReader(asked)
	var failure bytes.Buffer
	command.Stderr = &failure
	answer, err := command.Output()
	if err != nil {
		t.Fatalf("asking the catalog model: %v: %s", err, &failure)
	}
	var found verdicts
	if err := json.Unmarshal(answer, &found); err != nil {
		t.Fatalf("decoding the verdicts: %v: %s", err, answer)
	}
	return found
}

// testdata is where the pure part has its tables and documents.
var testdata = filepath.Join("..", "..", "provider", "backstage", "testdata")

// TestDocuments has the documents of the pure part's tests validated by Backstage.
func TestDocuments(t *testing.T) {
	t.Parallel()
	documents := map[string]string{}
	folder := os.DirFS(testdata)
	err := fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".golden.yaml") {
			return err
		}
		content, err := fs.ReadFile(folder, path)
		documents[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(documents) < 20 {
		t.Errorf("there are %d documents, want 20 at least", len(documents))
	}
	documents["broken"] = "apiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata: { name: a }\nspec: { owner: x }\n"
	for name, refused := range validate(t, documents, nil).Documents {
		if (refused != nil) != (name == "broken") {
			t.Errorf("%s: Backstage says %s", name, text(refused))
		}
	}
}

func text(refused *string) string {
	if refused == nil {
		return "nothing against it"
	}
	return *refused
}

// TestValues holds the table of values that the pure part accepts and refuses to Backstage's own verdicts, row by row.
func TestValues(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(testdata, "values.json"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Field, Value, Stricter string
		Accepted               bool
	}
	if err := json.Unmarshal(content, &rows); err != nil {
		t.Fatal(err)
	}
	entities := make([]any, 0, len(rows))
	for _, row := range rows {
		entities = append(entities, entityWith(t, row.Field, row.Value))
	}
	for i, refused := range validate(t, nil, entities).Entities {
		row := rows[i]
		if want := row.Accepted || row.Stricter != ""; want != (refused == nil) {
			t.Errorf("%s %.80q: Backstage says %s, the table has accepted %t, stricter %q",
				row.Field, row.Value, text(refused), row.Accepted, row.Stricter)
		}
	}
}

// entityWith gives one value to a field of the table.
func entityWith(t *testing.T, field, value string) any {
	t.Helper()
	metadata := map[string]any{"name": "a"}
	spec := map[string]any{"type": "gitops", "lifecycle": "production", "owner": "x"}
	link := map[string]any{"url": "https://example.com"}
	switch field {
	case "name", "namespace":
		metadata[field] = value
	case "owner", "system", "lifecycle":
		spec[field] = value
	case "componentType", "clusterType":
		spec["type"] = value
	case "vpcEntityRef":
		// The component writes a reference in full where a part is left out.
		spec["owner"] = value
	case "tag":
		metadata["tags"] = []string{value}
	case "annotationKey":
		metadata["annotations"] = map[string]any{value: "x"}
	case "annotationValue":
		metadata["annotations"] = map[string]any{"example.com/a": value}
	case "linkUrl", "linkTitle", "linkIcon", "linkType":
		link[strings.ToLower(strings.TrimPrefix(field, "link"))] = value
		metadata["links"] = []any{link}
	default:
		t.Fatalf("the table has the unknown field %s", field)
	}
	kind := "Component"
	if field == "clusterType" {
		kind = "Resource"
	}
	return map[string]any{
		"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec,
	}
}
