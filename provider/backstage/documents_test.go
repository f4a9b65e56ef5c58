package backstage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// hostile is text that ends a string, a document or an expression in one language or another.
const hostile = "---\n'\"\\ ${x} ${{ x }} {{x}} #: &a *a !!b |\n\t- \r\n…\u2028\u0085\ufeff\n..."

func documents() map[string]struct {
	spec  *BackstageSpec
	facts func(*Facts)
} {
	type document = struct {
		spec  *BackstageSpec
		facts func(*Facts)
	}
	runbook := BackstageLinkSpec{
		URL: "https://wiki.example.com/runbook", Title: new("Runbook"), Icon: new("docs"), Type: new("runbook"),
	}
	return map[string]document{
		"lifecycle":     {spec: &BackstageSpec{Lifecycle: new("experimental")}},
		"types":         {spec: &BackstageSpec{ComponentType: new("flux"), ClusterType: new("kubernetes")}},
		"auth-provider": {spec: &BackstageSpec{AuthProvider: new("localKubectlProxy")}},
		"assume-role":   {facts: func(f *Facts) { f.AssumeRoleArn = "arn:aws:iam::111122223333:role/portal" }},
		"external-id": {facts: func(f *Facts) {
			f.AssumeRoleArn, f.ExternalID = "arn:aws:iam::111122223333:role/portal", "e"
		}},
		"tags":           {spec: &BackstageSpec{Tags: []string{"env:prod", "aws", "env:prod"}}},
		"links":          {spec: &BackstageSpec{Links: []BackstageLinkSpec{runbook, {URL: "mailto:team@example.com"}}}},
		"system":         {spec: &BackstageSpec{System: new("system:shared/payments")}},
		"emitted-system": {spec: &BackstageSpec{EmitSystem: new(true), Namespace: new("prod"), Owner: new("platform")}},
		"named-system": {spec: &BackstageSpec{
			EmitSystem: new(true), System: new("system:Shared/Payments"), Tags: []string{"a", "a"},
		}},
		"short-system": {spec: &BackstageSpec{EmitSystem: new(true), System: new("payments"), Namespace: new("prod")}},
		"no-system":    {spec: &BackstageSpec{EmitSystem: new(false)}},
		"foreign-vpc": {
			spec:  &BackstageSpec{VpcEntityRef: pulumi.String("shared"), Namespace: new("prod")},
			facts: func(f *Facts) { f.VpcEntityRef = "shared" },
		},
		"foreign-vpc-full": {
			spec:  &BackstageSpec{VpcEntityRef: pulumi.String("component:net/shared")},
			facts: func(f *Facts) { f.VpcEntityRef = "component:net/shared" },
		},
		"annotations": {facts: func(f *Facts) {
			f.Annotations = Annotations{
				Component: map[string]string{"example.com/team": "a", "example.com/number": "1"},
				Cluster:   map[string]string{"example.com/yes": "yes"},
				VPC:       map[string]string{"example.com/empty": ""},
			}
		}},
		"annotations-win": {facts: func(f *Facts) {
			f.Annotations.Component = map[string]string{"backstage.io/kubernetes-namespace": "other"}
			f.Annotations.Cluster = map[string]string{"kubernetes.io/auth-provider": "custom"}
		}},
		"long-name":  {facts: func(f *Facts) { f.ClusterName = strings.Repeat("Long_", 20) }},
		"odd-branch": {facts: func(f *Facts) { f.SyncRef, f.SyncPath = "fix/#1 ?", "a b/${x}" }},
		"hostile":    {spec: hostileSpec(hostile), facts: hostileFacts(hostile)},
		"everything": {
			spec: &BackstageSpec{
				Owner: new("group:default/platform"), System: new("payments"), Name: new("pay"), Namespace: new("prod"),
				Lifecycle: new("deprecated"), ComponentType: new("a"), ClusterType: new("b"), AuthProvider: new("aws"),
				Tags: []string{"x"}, Links: []BackstageLinkSpec{runbook}, EmitSystem: new(true),
			},
			facts: func(f *Facts) {
				f.AssumeRoleArn, f.ExternalID = "arn:aws:iam::111122223333:role/portal", "portal"
				f.Annotations = Annotations{
					Component: map[string]string{"a": "1"}, Cluster: map[string]string{"b": "2"}, VPC: map[string]string{"c": "3"},
				}
			},
		},
	}
}

func hostileSpec(text string) *BackstageSpec {
	return &BackstageSpec{
		Lifecycle: &text, ComponentType: &text, ClusterType: &text,
		Links: []BackstageLinkSpec{{URL: "https://example.com", Title: &text, Icon: &text, Type: &text}},
	}
}

func hostileFacts(text string) func(*Facts) {
	return func(f *Facts) {
		f.ExternalID, f.SyncPath, f.SyncRef = text, text, text
		annotations := map[string]string{"example.com/a": text}
		f.Annotations = Annotations{Component: annotations, Cluster: annotations, VPC: annotations}
	}
}

// TestDocuments renders each document twice, because maps come in another order each time, and reads it back.
func TestDocuments(t *testing.T) {
	t.Parallel()
	if got := len(documents()); got != 20 {
		t.Errorf("there are %d documents, want 20", got)
	}
	for name, test := range documents() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			known := facts()
			if test.facts != nil {
				test.facts(&known)
			}
			render := func() ([]Entity, string) {
				entities := Entities(test.spec.Settings(known.ClusterName), known)
				document, err := CatalogInfo(entities)
				if err != nil {
					t.Fatal(err)
				}
				return entities, document
			}
			entities, first := render()
			if _, second := render(); first != second {
				t.Errorf("two runs differ:\n%s", cmp.Diff(first, second))
			}
			readBack(t, entities, first)
			golden(t, filepath.Join("testdata", "documents", name+".golden.yaml"), first)
		})
	}
}

// TestDocumentsHoldAnyText reads back what was written, whatever the text is.
func TestDocumentsHoldAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`[-'"\\${} \t\n\r#:&*!|>%@\x60,\[\]?~=<.0-9a-zäöü\x{85}\x{2028}\x{feff}]{0,40}`),
			rapid.SampledFrom([]string{
				"yes", "no", "on", "~", "null", "0o17", "0x1F", "1e3", "1_000", "12:30:00", "2026-01-01", ".inf", "=", "<<",
				"!", "",
			}),
			rapid.Map(rapid.StringN(1, 20, -1), func(part string) string { return strings.Repeat(part, 10_000/len(part)) }),
		).Draw(t, "text")
		known := facts()
		hostileFacts(text)(&known)
		entities := Entities(hostileSpec(text).Settings(known.ClusterName), known)
		document, err := CatalogInfo(entities)
		if err != nil {
			t.Fatal(err)
		}
		readBack(t, entities, document)
	})
}

// reporter is what a test and a property have in common.
type reporter interface {
	Errorf(format string, args ...any)
}

// readBack compares a document, read without knowing the types of Entity, with the entities as objects.
func readBack(t reporter, entities []Entity, document string) {
	want, err := Untyped(entities)
	if err != nil {
		t.Errorf("untyped entities: %v", err)
	}
	var got []any
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(document)))
	for {
		var entity map[string]any
		err := decoder.Decode(&entity)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Errorf("reading back: %v\n%s", err, document)
			return
		}
		got = append(got, entity)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read back (-written +read):\n%s\n%s", diff, fmt.Sprintf("%.2000q", document))
	}
}
