package aws_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// The large quotas. The small ones stand with the other rules of their service.
func TestQuotas(t *testing.T) {
	t.Parallel()
	podRole := step{"pods", roleType, fixed(map[string]any{
		"assumeRolePolicy": trust("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"),
	})}
	identity := map[string]any{
		"clusterName": "demo", "namespace": "a", "serviceAccount": "b", "roleArn": from{"pods", "arn"},
	}
	runRules(t, []rule{
		{
			name: "101st cluster", before: withCluster(),
			act: func(s *stack) error {
				s.w = s.w.multiply(s.things["cluster"], 100)
				return creatingStep([]step{clusterStep()}, "cluster", map[string]any{"name": "x"})(s)
			},
			want: eksError("creating EKS Cluster (x)", "CreateCluster", "400",
				"ResourceLimitExceededException: Cluster limit exceeded: at most 100 clusters per region."),
		},
		{
			name: "31st node group", before: toNodes(),
			act: repeat(31, func(s *stack, i int) error {
				inputs := nodeStep().inputs(s)
				inputs["nodeGroupName"] = fmt.Sprint("group-", i)
				inputs["scalingConfig"] = map[string]any{"minSize": 0, "desiredSize": 0, "maxSize": 1}
				_, err := s.w.try(nodeGroupType, "group", inputs)
				return err
			}),
			want: eksError("creating EKS Node Group (group-30)", "CreateNodegroup", "400",
				"ResourceLimitExceededException: At most 30 node groups per cluster."),
		},
		{
			name: "1001st pod identity", before: append(withCluster(), podRole, step{"identity", identityType, with(identity)}),
			act: func(s *stack) error {
				s.w = s.w.multiply(s.things["identity"], 1000)
				return creating(identityType, identity)(s)
			},
			want: eksError("creating EKS Pod Identity Association", "CreatePodIdentityAssociation", "400",
				"ResourceLimitExceededException: At most 1000 pod identity associations per cluster."),
		},
		{
			name: "1001st role", before: []step{podRole},
			act: func(s *stack) error {
				s.w = s.w.multiply(s.things["pods"], 1000)
				return creating(roleType, map[string]any{"name": "x", "assumeRolePolicy": trust("ec2.amazonaws.com")})(s)
			},
			want: iamError("creating IAM Role (x)", "CreateRole", "409",
				"LimitExceeded: Cannot exceed quota for RolesPerAccount: 1000"),
		},
		{
			name: "101st issuer",
			act: repeat(101, func(s *stack, i int) error {
				_, err := s.w.try(oidcType, "oidc", map[string]any{
					"url": fmt.Sprintf("https://a.test/%d", i), "clientIdLists": []any{"x"},
				})
				return err
			}),
			want: iamError("creating IAM OIDC Provider", "CreateOpenIDConnectProvider", "409",
				"LimitExceeded: Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100"),
		},
	})
}

// multiply puts copies of a resource into the account, so that there are count of it. Making so many takes too long.
func (w *world) multiply(r *thing, count int) *world {
	w.t.Helper()
	w.close()
	var twin map[string]any
	if err := json.Unmarshal(w.cloud.Written(r.token+"|"+r.id), &twin); err != nil {
		w.t.Fatalf("reading %s from the state file: %v", r.id, err)
	}
	var copies []map[string]any
	for i := range count - 1 {
		twin = maps.Clone(twin)
		twin["id"] = fmt.Sprint(r.id, "-", i)
		copies = append(copies, map[string]any{"key": r.token + "|" + fmt.Sprint(twin["id"]), "record": twin})
	}
	encoded, err := json.Marshal(map[string]any{"records": copies})
	if err != nil {
		w.t.Fatal(err)
	}
	w.append(append(encoded, '\n'))
	return openWorld(w.t, w.options)
}

// TestRaisedQuota proves that an account whose quotas were raised has room for as many times more.
func TestRaisedQuota(t *testing.T) {
	t.Parallel()
	w := openWorld(t, aws.Options{
		StatePath: filepath.Join(t.TempDir(), "account.json"), Region: region, AccountID: account, Backend: newBackend(),
		Quotas: 2,
	})
	for i := range 11 {
		_, err := w.try(vpcType, fmt.Sprint("vpc-", i), map[string]any{"cidrBlock": "10.0.0.0/16"})
		switch {
		case i < 10 && err != nil:
			t.Fatalf("VPC %d: %v", i, err)
		case i == 10 && (err == nil || !strings.Contains(err.Error(), "The maximum number of VPCs (10) has been reached.")):
			t.Errorf("VPC %d: got %v, want that no more than 10 are possible", i, err)
		}
	}
}
