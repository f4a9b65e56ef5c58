package provider

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestClusterVariables spells out the names: they are part of the public surface, what is synced refers to them.
func TestClusterVariables(t *testing.T) {
	t.Parallel()
	values := map[string]string{}
	for _, name := range []string{
		"CLUSTER_NAME", "CLUSTER_ENDPOINT", "CLUSTER_SECURITY_GROUP_ID", "AWS_REGION", "AWS_ACCOUNT_ID", "VPC_ID",
		"VPC_CIDR_BLOCK", "OIDC_ISSUER_URL", "OIDC_PROVIDER_ARN", "NODE_ROLE_ARN",
	} {
		values[name] = "a " + name
	}
	got := clusterVariables(values, map[string][]string{
		"AVAILABILITY_ZONES": {"eu-central-1a", "eu-central-1b"}, "PUBLIC_SUBNET_IDS": {}, "PRIVATE_SUBNET_IDS": {"subnet-1"},
	}, map[string]string{"external-dns": "arn:aws:iam::1:role/dns"}, map[string]string{"TIER": "gold"})
	want := map[string]string{
		"AVAILABILITY_ZONES": "eu-central-1a,eu-central-1b", "PUBLIC_SUBNET_IDS": "", "PRIVATE_SUBNET_IDS": "subnet-1",
		"EXTERNAL_DNS_ROLE_ARN": "arn:aws:iam::1:role/dns", "TIER": "gold",
	}
	maps.Copy(want, values)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	described := map[string]bool{}
	for _, name := range regexp.MustCompile(`[A-Z][A-Z0-9_]+`).FindAllString(describeVariables, -1) {
		described[name] = true
	}
	for _, name := range takenVariables([]string{"external-dns"}) {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is taken and never given", name)
		}
		if !described[name] && name != "EXTERNAL_DNS_ROLE_ARN" {
			t.Errorf("%s is not described", name)
		}
	}
	if want, got := len(variableNames()), len(described); want != got {
		t.Errorf("described are %d variables, want %d", got, want)
	}
}

// TestRoleVariable makes names that Flux accepts from all names of identities.
func TestRoleVariable(t *testing.T) {
	t.Parallel()
	accepted := regexp.MustCompile(`^[A-Z_][A-Z0-9_]*_ROLE_ARN$`)
	rapid.Check(t, func(t *rapid.T) {
		identity := rapid.StringMatching(`[a-z][a-z0-9-]{0,30}[a-z0-9]`).Draw(t, "identity")
		got := roleVariable(identity)
		if !accepted.MatchString(got) || strings.Contains(got, "__ROLE") {
			t.Errorf("%q becomes %q", identity, got)
		}
	})
}
