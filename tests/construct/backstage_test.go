package construct

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

const portalRole = "arn:aws:iam::123456789012:role/portal"

// TestPortal proves that Backstage is let in as a viewer where it is given a role, and finds the document where it is
// given a bucket: with the tree of children, and what they allow and hold.
func TestPortal(t *testing.T) {
	t.Parallel()
	recorded, _, err := construct(t, "GitOpsCluster", "prod", map[string]property.Value{
		"flux": object(map[string]property.Value{"artifact": artifact(t)}),
		"backstage": object(map[string]property.Value{
			"accessRoleArn":       property.New(portalRole),
			"publish":             object(map[string]property.Value{"bucket": property.New("catalog")}),
			"serviceAccountToken": property.New(true),
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	// Nobody in the cluster needs the document; the sooner Backstage forgets the cluster the better.
	goldenTree(t, "portal", recorded, "aws:s3/bucketObjectv2:BucketObjectv2 prod-catalog")
	got := map[string]any{}
	for _, registered := range recorded.resources {
		inputs := registered.Inputs
		switch string(registered.TypeToken) + " " + registered.Name {
		case "aws:eks/accessEntry:AccessEntry prod-backstage":
			got["principal"] = inputs.Get("principalArn").AsString()
			got["group"] = inputs.Get("kubernetesGroups").AsArray().Get(0).AsString()
		case "aws:eks/accessPolicyAssociation:AccessPolicyAssociation prod-backstage":
			got["policy"] = inputs.Get("policyArn").AsString()
			got["scope"] = inputs.Get("accessScope").AsMap().Get("type").AsString()
		case "aws:s3/bucketObjectv2:BucketObjectv2 prod-catalog":
			got["object"] = inputs.Get("bucket").AsString() + " " + inputs.Get("key").AsString()
			got["contentType"] = inputs.Get("contentType").AsString()
		case "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole prod-viewers":
			var verbs []string
			for _, verb := range inputs.Get("rules").AsArray().Get(0).AsMap().Get("verbs").AsArray().All {
				verbs = append(verbs, verb.AsString())
			}
			got["verbs"] = strings.Join(verbs, " ")
		case "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding prod-viewers":
			got["bound"] = inputs.Get("subjects").AsArray().Get(0).AsMap().Get("name").AsString()
		case "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding prod-cluster-viewer":
			subject := inputs.Get("subjects").AsArray().Get(0).AsMap()
			got["account"] = subject.Get("kind").AsString() + " " + subject.Get("namespace").AsString() + "/" +
				subject.Get("name").AsString() + " is " + inputs.Get("roleRef").AsMap().Get("name").AsString()
		}
	}
	want := map[string]any{
		"principal": portalRole, "group": "backstage-viewers", "bound": "backstage-viewers",
		"policy": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", "scope": "cluster",
		"verbs": "get list watch", "object": "catalog backstage/project/dev/prod-dev.yaml",
		"contentType": "application/yaml", "account": "ServiceAccount flux-system/cluster-viewer is view",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what viewers are given (-want +got):\n%s", diff)
	}
}

// TestViewersRefused gives Backstage's access entry the name and the identity of other entries.
func TestViewersRefused(t *testing.T) {
	t.Parallel()
	got := refusal(t, "GitOpsCluster", map[string]property.Value{
		"backstage":          object(map[string]property.Value{"accessRoleArn": property.New(portalRole)}),
		"kubeconfigSettings": object(map[string]property.Value{"roleArn": property.New(portalRole)}),
		"access": object(map[string]property.Value{"entries": object(map[string]property.Value{
			"backstage": object(map[string]property.Value{
				"principalArn": property.New("arn:aws:iam::123456789012:role/other"), "policy": property.New("View"),
			}),
			"portal": object(map[string]property.Value{
				"principalArn": property.New(portalRole), "policy": property.New("View"),
			}),
		})}),
	})
	want := []string{
		`access.entries["backstage"]: is the name of the entry for backstage.accessRoleArn; give yours another name`,
		`access.entries["portal"].principalArn: is that of kubeconfigSettings.roleArn too, which has the entry kubeconfig ` +
			"already, and EKS takes one entry for each identity; call your entry kubeconfig and it takes the place of that one",
		"backstage.accessRoleArn: is that of kubeconfigSettings.roleArn too, which administers the cluster; give " +
			"Backstage a role of its own",
		`backstage.accessRoleArn: is that of access.entries["portal"] too, and EKS takes one entry for each identity; ` +
			"leave out one of the two",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

// TestForeignVPCRefused gives annotations to the entity of a VPC that is not described.
func TestForeignVPCRefused(t *testing.T) {
	t.Parallel()
	got := refusal(t, "GitOpsCluster", plain(map[string]any{
		"network": map[string]any{
			"vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": []any{"subnet-0000000a", "subnet-0000000b"},
		},
		"backstage": map[string]any{"annotations": map[string]any{"vpc": map[string]any{"example.com/a": "b"}}},
	}).AsMap().AsMap())
	want := []string{
		"backstage.annotations.vpc: have no entity to stand at, because an existing VPC is not described; leave them out",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

// TestBackstageRefused gives inputs that Backstage would drop, some of them outputs that are known by now, some secret.
func TestBackstageRefused(t *testing.T) {
	t.Parallel()
	secret := property.New("hidden").WithSecret(true)
	refused := refusal(t, "GitOpsCluster", map[string]property.Value{
		"backstage": object(map[string]property.Value{
			"accessRoleArn": property.New("arn:aws:iam::123456789012:user/ann"),
			"assumeRoleArn": secret,
			"vpcEntityRef":  property.New("a b"),
			"publish": object(map[string]property.Value{
				"bucket": property.New("arn:aws:s3:::catalog"), "key": property.New("/a"),
			}),
			"authProvider": property.New("oidc"),
			"emitSystem":   property.New(true),
			"system":       property.New("group:payments"),
			"tags":         property.New(property.NewArray([]property.Value{property.New("EKS")})),
			"links": property.New(property.NewArray([]property.Value{object(map[string]property.Value{
				"url": property.New("javascript:alert(1)"), "title": property.New(""),
			})})),
			"annotations": object(map[string]property.Value{
				"component": object(map[string]property.Value{"no key": secret}),
				"vpc":       object(map[string]property.Value{"a/b": property.New(property.Computed)}),
			}),
		}),
	})
	got := make([]string, 0, len(refused))
	for _, line := range refused {
		path, reason, _ := strings.Cut(line, ": ")
		if strings.Contains(reason, "hidden") {
			t.Errorf("a secret is shown: %s", reason)
		}
		got = append(got, path)
	}
	want := []string{
		"backstage.accessRoleArn", `backstage.annotations.component["no key"] (not shown)`, "backstage.annotations.vpc",
		"backstage.assumeRoleArn (not shown)", "backstage.authProvider", "backstage.links[0].title",
		"backstage.links[0].url", "backstage.publish.bucket", "backstage.publish.key", "backstage.system",
		"backstage.tags[0]", "backstage.vpcEntityRef",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refused properties (-want +got):\n%s", diff)
	}
}
