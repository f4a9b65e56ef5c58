package engine

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// TestRefusedPrograms runs programs that are wrong: each ends in one readable error that names the path, and nothing
// is created.
func TestRefusedPrograms(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	tests := map[string]struct {
		properties string
		want       string
	}{
		"vpc-too-small": {
			properties: "network: { cidrBlock: 10.0.0.0/26 }",
			want: "- property network.cidrBlock with value '{10.0.0.0/26}' has a problem: must be from /16 to /20, so " +
				"that every zone has room for nodes and pods; got \"10.0.0.0/26\", use for example \"10.0.0.0/16\"",
		},
		"one-zone": {
			properties: "network: { numberOfAvailabilityZones: 1 }",
			want: "- property network.numberOfAvailabilityZones with value '{1}' has a problem: must be from 2 to 6, " +
				"because EKS needs two zones and no region has more than six; got 1",
		},
		"unknown-nat-strategy": {
			properties: "network: { natGateways: { strategy: PerAz } }",
			// The language knows the schema and says so itself; a language that does not gets our own words, which
			// the construct tests read.
			want: "strategy: Cannot assign type 'string' to type 'gitops-cluster:index:NatGatewayStrategy'",
		},
		"min-above-max": {
			properties: "nodeGroups: { a: { minSize: 5, maxSize: 3 } }",
			want: "- property nodeGroups[\"a\"].minSize with value '{5}' has a problem: must not be greater than " +
				"maxSize; got 5 > 3",
		},
		"empty-url": {
			properties: "sync: { url: '' }",
			want:       "- property sync.url with value '{}' has a problem: must be the URL of a git repository",
		},
		"bad-name": {
			properties: "clusterName: -prod",
			want:       "- property clusterName with value '{-prod}' has a problem: must begin with a letter or digit",
		},
		"output-for-plain": {
			properties: `clusterName: "${other.vpcId}"`,
			want:       "has a problem: must be known while the program runs, because it decides which resources exist",
		},
	}
	// A group, so that what follows it waits for all of them.
	t.Run("programs", func(t *testing.T) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				program := "name: refused\nruntime: yaml\nresources:\n"
				if strings.Contains(test.properties, "${other") {
					program += "  other:\n    type: gitops-cluster:Network\n"
				}
				program += "  platform:\n    type: gitops-cluster:GitOpsCluster\n    properties: { " + test.properties + " }\n"
				opened := cloud.Open(t, name, []byte(program), nil)
				_, err := opened.Preview(t.Context())
				if err == nil {
					t.Fatal("the program was accepted")
				}
				if !strings.Contains(err.Error(), test.want) {
					t.Errorf("the error lacks %q:\n%v", test.want, err)
				}
				if strings.Count(err.Error(), "- property ") > 1 {
					t.Errorf("more than one property error:\n%v", err)
				}
				if name == "output-for-plain" {
					return // the other network is wanted, and an up would make it first.
				}
				if _, err := opened.Up(t.Context(), optup.Message("must fail")); err == nil {
					t.Fatal("up accepted the program")
				}
			})
		}
	})
	cloud.MustBeEmpty(t)
}
