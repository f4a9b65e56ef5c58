package aws_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// What EKS fills in when a program says the least.
func TestClusterDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(toCluster())
	cluster := w.create(clusterType, "least", with(map[string]any{
		"roleArn":   from{"cluster-role", "arn"},
		"vpcConfig": map[string]any{"subnetIds": []any{from{"public-0", "id"}, from{"public-1", "id"}}},
	})(s))
	got := map[string]any{}
	for _, name := range []string{"accessConfig", "bootstrapSelfManagedAddons", "upgradePolicy", "version", "vpcConfig"} {
		got[name] = catalog.Plain(cluster.state.Get(name))
	}
	want := map[string]any{
		"accessConfig": map[string]any{
			"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": true,
		},
		"bootstrapSelfManagedAddons": true,
		"upgradePolicy":              map[string]any{"supportType": "EXTENDED"},
		"version":                    "1.35",
		"vpcConfig": map[string]any{
			"clusterSecurityGroupId": cluster.text("vpcConfig.clusterSecurityGroupId"), "endpointPrivateAccess": false,
			"endpointPublicAccess": true, "publicAccessCidrs": []any{"0.0.0.0/0"}, "securityGroupIds": []any{},
			"subnetIds": []any{s.id("public-0"), s.id("public-1")}, "vpcId": s.id("vpc"),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if spec := w.backend.clusters[cluster.id]; spec.Version != "1.35" || spec.ServiceIPv4CIDR != "172.20.0.0/16" {
		t.Errorf("the backend was asked for %+v", spec)
	}
}

// A cluster keeps its key for good, whatever a program says later; only one that has none can be given one.
func TestClusterKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(withCluster())
	cluster := s.things["cluster"]
	other := w.create(keyType, "other", nil)
	if err := w.update(cluster, encryptedWith(other.text("arn"))); err != nil {
		t.Fatal(err)
	}
	if got, want := cluster.text("encryptionConfig.provider.keyArn"), s.things["key"].text("arn"); got != want {
		t.Errorf("the key after the update: got %s, want %s", got, want)
	}
}

// EKS makes the log group of a cluster that logs, leaves it behind, and makes it again while the cluster lives, unless
// the cluster's role is denied that.
func TestClusterLogGroup(t *testing.T) {
	t.Parallel()
	logGroups := func(w *world) int {
		count := 0
		for _, r := range w.cloud.Resources() {
			if r.Type == logGroupType {
				count++
			}
		}
		return count
	}
	t.Run("made by EKS", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		s := w.build(withCluster(), "log-group")
		if got := logGroups(w); got != 1 {
			t.Errorf("%d log groups with the cluster, want 1", got)
		}
		s.destroy()
		if got := logGroups(w); got != 1 {
			t.Errorf("%d log groups after the cluster, want 1", got)
		}
	})
	t.Run("made again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		s := w.build(withCluster())
		if err := w.remove(s.things["log-group"]); err != nil {
			t.Fatal(err)
		}
		if got := logGroups(w); got != 1 {
			t.Errorf("%d log groups after the program's was deleted, want 1", got)
		}
	})
	t.Run("denied", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		s := w.build(withCluster())
		w.create(rolePolicyType, "deny", map[string]any{
			"role":   s.id("cluster-role"),
			"policy": `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"logs:Create*","Resource":"*"}}`,
		})
		if err := w.remove(s.things["log-group"]); err != nil {
			t.Fatal(err)
		}
		if got := logGroups(w); got != 0 {
			t.Errorf("%d log groups after the program's was deleted, want 0", got)
		}
	})
}

// A cluster whose servers do not start exists, in the state FAILED, and can be deleted.
func TestClusterCreationFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(toCluster())
	w.backend.fail["CreateCluster"] = errors.New("no port is free")
	cluster, err := w.try(clusterType, "cluster", clusterStep().inputs(s))
	want := "creating EKS Cluster (demo): waiting for EKS Cluster (demo) create: unexpected state 'FAILED', wanted " +
		"target " +
		"'ACTIVE'. last error: no port is free"
	if got := message(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if cluster == nil || cluster.id != "demo" || cluster.text("status") != "FAILED" {
		t.Fatalf("the resource that exists nevertheless is %+v", cluster)
	}
	if err := w.remove(cluster); err != nil {
		t.Error(err)
	}
}

// A version for which there is a server is an upgrade in place, and the backend is asked for it.
func TestClusterUpgrade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(withCluster())
	w.backend.versions = []string{"1.35", "1.36"}
	if err := w.update(s.things["cluster"], map[string]any{"version": "1.36"}); err != nil {
		t.Fatal(err)
	}
	if got := w.backend.clusters["demo"].Version; got != "1.36" {
		t.Errorf("the backend runs %s", got)
	}
	if got := s.text("cluster", "version"); got != "1.36" {
		t.Errorf("the state says %s", got)
	}
}
