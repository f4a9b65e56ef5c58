package aws_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

const elsewhere = "eu-west-1"

// inRegion puts what steps make into another region, but for what has none, which is there already.
func inRegion(steps []step, region string) []step {
	moved := []step{}
	for _, one := range steps {
		if strings.HasPrefix(one.token, "aws:iam/") || one.token == objectType {
			continue
		}
		moved = append(moved, step{one.name, one.token, func(s *stack) map[string]any {
			return placed(one.inputs(s), region).(map[string]any)
		}})
	}
	return moved
}

func placed(value any, in string) any {
	switch value := value.(type) {
	case string:
		if rest, ok := strings.CutPrefix(value, region); ok {
			return in + rest
		}
		return strings.Replace(value, "com.amazonaws."+region, "com.amazonaws."+in, 1)
	case []any:
		for i := range value {
			value[i] = placed(value[i], in)
		}
	case map[string]any:
		for name := range value {
			value[name] = placed(value[name], in)
		}
	}
	return value
}

// TestRegions makes the same in two regions, under the same names: neither is in the way of the other, or sees it.
// Only what IAM keeps is there for both.
func TestRegions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here := w.build(allSteps())
	other := *w
	other.server = w.plugin(0, map[string]any{"region": elsewhere})
	there := &stack{w: &other, things: maps.Clone(here.things)}
	// The role of flow logs may write in one region.
	there.add(inRegion(allSteps(), elsewhere), "flow-log")

	//nolint:paralleltest // what follows removes them.
	t.Run("the clusters have servers of their own", func(t *testing.T) {
		if diff := cmp.Diff([]string{"demo", "demo.eu-west-1"}, slices.Sorted(maps.Keys(w.backend.clusters))); diff != "" {
			t.Errorf("clusters (-want +got):\n%s", diff)
		}
		for _, group := range []string{"demo:default", "demo.eu-west-1:default"} {
			if subnets := w.backend.groups[group].Subnets; len(subnets) != 2 {
				t.Errorf("nodes of %s are in %v", group, subnets)
			}
		}
	})
	t.Run("names carry the region", func(t *testing.T) { //nolint:paralleltest // as above.
		for name, want := range map[string]string{
			"cluster":   "arn:aws:eks:eu-west-1:" + account + ":cluster/demo",
			"log-group": "arn:aws:logs:eu-west-1:" + account + ":log-group:/aws/eks/demo/cluster",
		} {
			if got := there.text(name, "arn"); got != want {
				t.Errorf("ARN of %s: got %s, want %s", name, got, want)
			}
		}
		zones, err := other.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", nil)
		if err != nil {
			t.Fatal(err)
		}
		want := []any{"eu-west-1a", "eu-west-1b", "eu-west-1c"}
		if diff := cmp.Diff(want, catalog.Plain(zones.Get("names"))); diff != "" {
			t.Errorf("zones (-want +got):\n%s", diff)
		}
	})
	t.Run("what is in one is not in the other", func(t *testing.T) { //nolint:paralleltest // as above.
		if _, _, found := other.read(here.things["vpc"]); found {
			t.Error("the VPC of one region is in the other too")
		}
		_, err := other.try(subnetType, "astray", map[string]any{
			"vpcId": here.id("vpc"), "cidrBlock": "10.0.200.0/24", "availabilityZone": "eu-west-1a",
		})
		if !strings.Contains(message(err), "InvalidVpcID.NotFound") {
			t.Errorf("a subnet in a VPC of another region: got %v", err)
		}
		if _, _, found := other.read(here.things["node-role"]); !found {
			t.Error("a role is in one region only")
		}
	})
	t.Run("a token is for the cluster of its region", func(t *testing.T) { //nolint:paralleltest // as above.
		key := w.cloud.Credentials()[0]
		for _, test := range []struct {
			servers, region string
			accepted        bool
		}{{"demo", region, true}, {"demo", elsewhere, false}, {"demo.eu-west-1", elsewhere, true},
			{"demo.eu-west-1", region, false}} {
			_, err := w.cloud.Authenticate(test.servers, w.tokenFor(key, test.region, "demo"))
			if (err == nil) != test.accepted {
				t.Errorf("a token for %s at %s: %v", test.region, test.servers, err)
			}
		}
	})
	t.Run("both outlive the daemon", func(t *testing.T) { //nolint:paralleltest // as above.
		w = w.reopen()
		other = *w
		other.server = w.plugin(0, map[string]any{"region": elsewhere})
		here.w, there.w = w, &other
		if got := w.exists(t, elsewhere) + w.exists(t, region); got != 2 {
			t.Errorf("of two clusters %d are there", got)
		}
	})
	t.Run("one goes, the other stays", func(t *testing.T) { //nolint:paralleltest // the end.
		there.destroy()
		if w.exists(t, elsewhere) != 0 || w.exists(t, region) != 1 {
			t.Error("not the cluster went that was to go, or not alone")
		}
		for _, left := range w.cloud.Resources() {
			if left.Region != "" {
				t.Errorf("left in %s: %s %s", left.Region, left.Type, left.ID)
			}
		}
		here.destroy()
		if left := w.cloud.Resources(); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}

// exists counts the clusters called demo that EKS knows in a region: `aws eks describe-cluster --region REGION`.
func (w *world) exists(t *testing.T, region string) int {
	t.Helper()
	server := httptest.NewServer(w.cloud.EKS())
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/clusters/demo", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=AKIA/20260101/"+region+"/eks/aws4_request, Signature=0")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusOK {
		return 1
	}
	return 0
}
