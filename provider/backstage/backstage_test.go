package backstage

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"pgregory.net/rapid"
)

func facts() Facts {
	return Facts{
		ClusterName:              "Payments_prod",
		ClusterArn:               "arn:aws:eks:eu-central-1:111122223333:cluster/Payments_prod",
		Version:                  "1.35",
		Region:                   "eu-central-1",
		AccountID:                "111122223333",
		Endpoint:                 "https://ABCDEF0123456789.gr7.eu-central-1.eks.amazonaws.com",
		CertificateAuthorityData: "Q0E=",
		VpcID:                    "vpc-0abc123",
		VpcArn:                   "arn:aws:ec2:eu-central-1:111122223333:vpc/vpc-0abc123",
		VpcCIDRBlock:             "10.0.0.0/16",
		SyncURL:                  "https://github.com/acme/fleet.git",
		SyncRef:                  "main",
		SyncPath:                 "./clusters/prod",
		StackSlug:                "acme/payments/prod",
	}
}

func TestCatalogInfo(t *testing.T) {
	t.Parallel()
	bare := facts()
	bare.SyncURL, bare.StackSlug = "", ""
	elsewhere := facts()
	elsewhere.SyncURL = "https://token:secret@git.example.com/fleet"
	tests := map[string]struct {
		spec  *BackstageSpec
		facts Facts
	}{
		"full": {
			spec:  &BackstageSpec{Owner: new("group:default/platform"), System: new("payments"), Namespace: new("prod")},
			facts: facts(),
		},
		"bare":      {facts: bare},
		"elsewhere": {spec: &BackstageSpec{Owner: new("platform"), Name: new("pay")}, facts: elsewhere},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := CatalogInfo(Entities(test.spec.Settings(test.facts.ClusterName), test.facts))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(got, "secret") {
				t.Error("the document holds a password")
			}
			golden(t, filepath.Join("testdata", name+".golden.yaml"), got)
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestNamesFitBackstageAndStayApart(t *testing.T) {
	t.Parallel()
	rule := regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[0-9A-Za-z][0-9A-Za-z_-]{0,99}`).Draw(t, "cluster name")
		got := entityName(name)
		if len(got)+maxSuffix > maxName || !rule.MatchString(got) {
			t.Errorf("%q became %q", name, got)
		}
	})
	long := strings.Repeat("a", 70)
	if a, b := entityName(long+"b"), entityName(long+"c"); a == b {
		t.Errorf("two clusters are called %q", a)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spec *BackstageSpec
		want []string
	}{
		"nothing": {},
		"full and short references": {
			spec: &BackstageSpec{
				Owner: new("user:default/ann.lee"), System: new("payments"), Name: new("pay-1"), Namespace: new("a--b"),
			},
		},
		"what Backstage drops": {
			spec: &BackstageSpec{Owner: new(""), System: new("a/b/c"), Name: new("Pay"), Namespace: new("a_b")},
			want: []string{
				`backstage.name: must be at most 58 lower-case letters, digits and hyphens, with a letter or digit at ` +
					`both ends, or the Kubernetes plugin does not find the cluster; got "Pay"`,
				`backstage.namespace: must be at most 63 lower-case letters, digits and hyphens, with a letter or ` +
					`digit at both ends; got "a_b"`,
				`backstage.owner: must be an entity reference, such as group:default/platform or platform; got ""`,
				`backstage.system: must be an entity reference, such as system:default/payments or payments; got "a/b/c"`,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, violation := range test.spec.Validate("backstage", property.Value{}).Sorted() {
				got = append(got, violation.Path+": "+violation.Reason)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}
