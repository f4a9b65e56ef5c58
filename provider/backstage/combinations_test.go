package backstage

import (
	"crypto/sha256"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// options are what can be said about the entities.
func options() []func(*BackstageSpec, *Facts) {
	return []func(*BackstageSpec, *Facts){
		func(s *BackstageSpec, _ *Facts) { s.Owner, s.System = new("group:default/platform"), new("payments") },
		func(s *BackstageSpec, _ *Facts) { s.Name, s.Namespace = new("pay"), new("prod") },
		func(s *BackstageSpec, _ *Facts) {
			s.Lifecycle, s.ComponentType, s.ClusterType = new("deprecated"), new("flux"), new("kubernetes")
		},
		func(s *BackstageSpec, _ *Facts) { s.AuthProvider = new("localKubectlProxy") },
		func(s *BackstageSpec, _ *Facts) {
			s.Tags, s.Links = []string{"env:prod", "a"}, []BackstageLinkSpec{{URL: "https://example.com/runbook"}}
		},
		func(s *BackstageSpec, _ *Facts) { s.EmitSystem = new(true) },
		func(s *BackstageSpec, f *Facts) { s.VpcEntityRef, f.VpcEntityRef = pulumi.String("shared"), "shared" },
		func(_ *BackstageSpec, f *Facts) {
			f.AssumeRoleArn, f.ExternalID = "arn:aws:iam::111122223333:role/portal", "portal"
		},
		func(_ *BackstageSpec, f *Facts) {
			some := map[string]string{"example.com/c": "1", "example.com/a": "2", "example.com/b": "3"}
			f.Annotations = Annotations{Component: some, Cluster: some, VPC: some}
		},
		func(_ *BackstageSpec, f *Facts) { f.SyncURL, f.StackSlug = "", "" },
	}
}

// TestCombinations renders the document of every combination of options twice, because maps come in another order each
// time. No two combinations give the same document.
func TestCombinations(t *testing.T) {
	t.Parallel()
	all := options()
	seen := map[[sha256.Size]byte]int{}
	for chosen := range 1 << len(all) {
		spec, known := &BackstageSpec{}, facts()
		for i, option := range all {
			if chosen&(1<<i) != 0 {
				option(spec, &known)
			}
		}
		render := func() string {
			document, err := CatalogInfo(Entities(spec.Settings(known.ClusterName), known))
			if err != nil {
				t.Fatal(err)
			}
			return document
		}
		first := render()
		if second := render(); first != second {
			t.Fatalf("two runs of combination %b differ:\n%s\n%s", chosen, first, second)
		}
		sum := sha256.Sum256([]byte(first))
		if other, found := seen[sum]; found {
			t.Fatalf("combinations %b and %b give the same document:\n%s", other, chosen, first)
		}
		seen[sum] = chosen
	}
}
