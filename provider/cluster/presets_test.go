package cluster

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var here = place{Partition: "aws", Region: "us-west-2", Account: "123456789012", Cluster: "prod"}

// golden compares with a file of testdata; UPDATE_GOLDEN=1 writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
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

func indented(t *testing.T, text string) string {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(text), "", "  "); err != nil {
		t.Fatal(err)
	}
	return pretty.String() + "\n"
}

// TestPresets shows the policy of each preset for review: a right that is new here is new for everybody who uses it.
func TestPresets(t *testing.T) {
	t.Parallel()
	for _, known := range presets {
		t.Run(known.name, func(t *testing.T) {
			t.Parallel()
			policy, err := known.policy(here)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("policy", known.name), indented(t, policy))
			// IAM counts what the inline policies of a role have together; some is left for the user's own.
			const limit = 10240
			if len(policy) > limit*3/4 {
				t.Errorf("the policy has %d characters of the %d that a role may have", len(policy), limit)
			}
		})
	}
}

// TestPresetsAreBounded keeps wide rights out: what changes or reads content is bounded by resource or condition, and
// no action is a pattern, so that a new action of AWS's is not granted by itself.
func TestPresetsAreBounded(t *testing.T) {
	t.Parallel()
	harmless := regexp.MustCompile(`^[a-z0-9-]+:(Describe|List|Get)[A-Za-z]*$`)
	// These cannot be bounded: AWS knows no resource or tag for them that the controller could know beforehand.
	unbounded := []string{
		"secretsmanager:BatchGetSecretValue", // needs GetSecretValue for each
		"waf-regional:AssociateWebACL", "waf-regional:DisassociateWebACL", "wafv2:AssociateWebACL",
		"wafv2:DisassociateWebACL", "elasticloadbalancing:SetWebAcl", "shield:CreateProtection", "shield:DeleteProtection",
	}
	sensitive := []string{"secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "kms:Decrypt"}
	sid := regexp.MustCompile(`^[A-Za-z0-9]+$`)
	for _, known := range presets {
		seen := map[string]bool{}
		for _, made := range known.statements(here) {
			if !sid.MatchString(made.Sid) || seen[made.Sid] {
				t.Errorf("%s: the statement's name %q is not one of its own", known.name, made.Sid)
			}
			seen[made.Sid] = true
			wide := slices.Contains(made.Resource, "*") && made.Condition == nil
			for _, action := range made.Action {
				switch {
				case strings.ContainsAny(action, "*?"):
					t.Errorf("%s: %s is a pattern", known.name, action)
				case wide && slices.Contains(sensitive, action),
					wide && !harmless.MatchString(action) && !slices.Contains(unbounded, action):
					t.Errorf("%s: %s may be done to anything", known.name, action)
				}
			}
		}
	}
}

func TestTrust(t *testing.T) {
	t.Parallel()
	pods, err := podTrust(here, "apps", "app")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("policy", "trust-pods"), indented(t, pods))
	issuer, err := issuerTrust("arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/EXAMPLE",
		"https://oidc.eks.us-west-2.amazonaws.com/id/EXAMPLE", "system:serviceaccount:apps:app")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("policy", "trust-issuer"), indented(t, issuer))
}
