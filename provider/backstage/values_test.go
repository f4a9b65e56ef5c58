package backstage

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TestValues holds the rules to the table that Backstage's own validators can be held to as well: where one of its rows
// is stricter, it says why.
func TestValues(t *testing.T) {
	t.Parallel()
	encoded, err := os.ReadFile(filepath.Join("testdata", "values.json"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Field, Value string
		Accepted     bool
		Stricter     string
	}
	if err := json.Unmarshal(encoded, &rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		spec, raw := specWith(t, row.Field, row.Value)
		found := spec.Validate("backstage", raw)
		if accepted := len(found) == 0; accepted != row.Accepted {
			t.Errorf("%s %.80q: accepted %t, want %t: %v", row.Field, row.Value, accepted, row.Accepted, found)
		}
		if row.Accepted && row.Stricter != "" {
			t.Errorf("%s %.80q is accepted and stricter", row.Field, row.Value)
		}
	}
}

// specWith gives one value to a field of the table.
func specWith(t *testing.T, field, value string) (*BackstageSpec, property.Value) {
	t.Helper()
	annotated := func(key, value string) (*BackstageSpec, property.Value) {
		return &BackstageSpec{}, object("annotations", object("cluster", object(key, property.New(value))))
	}
	link := func(link BackstageLinkSpec) *BackstageSpec {
		link.URL = "https://example.com"
		return &BackstageSpec{Links: []BackstageLinkSpec{link}}
	}
	var spec *BackstageSpec
	switch field {
	case "name":
		spec = &BackstageSpec{Name: &value}
	case "namespace":
		spec = &BackstageSpec{Namespace: &value}
	case "owner":
		spec = &BackstageSpec{Owner: &value}
	case "system":
		spec = &BackstageSpec{System: &value}
	case "lifecycle":
		spec = &BackstageSpec{Lifecycle: &value}
	case "componentType":
		spec = &BackstageSpec{ComponentType: &value}
	case "clusterType":
		spec = &BackstageSpec{ClusterType: &value}
	case "tag":
		spec = &BackstageSpec{Tags: []string{value}}
	case "linkUrl":
		spec = &BackstageSpec{Links: []BackstageLinkSpec{{URL: value}}}
	case "linkTitle":
		spec = link(BackstageLinkSpec{Title: &value})
	case "linkIcon":
		spec = link(BackstageLinkSpec{Icon: &value})
	case "linkType":
		spec = link(BackstageLinkSpec{Type: &value})
	case "vpcEntityRef":
		return &BackstageSpec{VpcEntityRef: pulumi.String(value)}, object(field, property.New(value))
	case "annotationKey":
		return annotated(value, "x")
	case "annotationValue":
		return annotated("example.com/a", value)
	default:
		t.Fatalf("the table has the unknown field %s", field)
	}
	return spec, property.New(property.Map{})
}

// object makes a property value of an object with one field.
func object(name string, value property.Value) property.Value {
	return property.New(property.NewMap(map[string]property.Value{name: value}))
}
