package aws_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

const volumeType = "aws:ebs/volume:Volume"

// allowVolumes is a policy of one's own that is enough for the driver.
const allowVolumes = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:*Volume"],"Resource":"*"}]}`

func claimed(name string) aws.VolumeSpec {
	return aws.VolumeSpec{
		PersistentVolume: name, ClaimNamespace: "shop", Claim: "data", Zone: region + "a", Type: "gp3", SizeGiB: 8,
	}
}

// identified gives the driver the role of the steps' pod identity, with an association or with the add-on.
func identified() []step {
	return append(allSteps(), attach("identity-role", "service-role/AmazonEBSCSIDriverPolicy"))
}

var driverAssociation = step{"driver-identity", identityType, with(map[string]any{
	"clusterName": from{"cluster", "id"}, "namespace": "kube-system", "serviceAccount": "ebs-csi-controller-sa",
	"roleArn": from{"identity-role", "arn"},
})}

// A volume is there once, survives a restart and its cluster, and says whose it is.
func TestVolumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(append(identified(), driverAssociation))
	before := w.cloud.Resources()
	id, err := w.cloud.EnsureVolume("demo", claimed("pvc-1"))
	if err != nil {
		t.Fatal(err)
	}
	w = w.reopen()
	again, err := w.cloud.EnsureVolume("demo", claimed("pvc-1"))
	if err != nil || again != id {
		t.Errorf("asked for again it is %s instead of %s (%v)", again, id, err)
	}
	want := aws.Resource{Type: volumeType, ID: id, Name: "demo-dynamic-pvc-1"}
	if got := w.cloud.Resources(); len(got) != len(before)+1 || !slices.Contains(got, want) {
		t.Errorf("the inventory has no %v, or more than that", want)
	}
	wantTags := map[string]string{
		"Name": "demo-dynamic-pvc-1", "kubernetes.io/cluster/demo": "owned", "ebs.csi.aws.com/cluster": "true",
		"CSIVolumeName": "pvc-1", "kubernetes.io/created-for/pv/name": "pvc-1",
		"kubernetes.io/created-for/pvc/name": "data", "kubernetes.io/created-for/pvc/namespace": "shop",
	}
	if diff := cmp.Diff(wantTags, tagsOf(t, w, volumeType+"|"+id)); diff != "" {
		t.Error(diff)
	}
	for range 2 {
		if err := w.cloud.DeleteVolume("demo", id); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(before, w.cloud.Resources()); diff != "" {
		t.Errorf("left:\n%s", diff)
	}

	if id, err = w.cloud.EnsureVolume("demo", claimed("pvc-2")); err != nil {
		t.Fatal(err)
	}
	s.w = w
	s.destroy()
	want = aws.Resource{Type: volumeType, ID: id, Name: "demo-dynamic-pvc-2"}
	if diff := cmp.Diff([]aws.Resource{want}, w.cloud.Resources()); diff != "" {
		t.Errorf("after everything that a program had made was deleted:\n%s", diff)
	}
}

func tagsOf(t *testing.T, w *world, key string) map[string]string {
	t.Helper()
	var state struct {
		Computed struct {
			Tags map[string]string `json:"tags"`
		} `json:"computed"`
	}
	if err := json.Unmarshal(w.cloud.Written(key), &state); err != nil {
		t.Fatal(err)
	}
	return state.Computed.Tags
}

// The driver needs an identity that may make volumes.
func TestVolumeRules(t *testing.T) {
	t.Parallel()
	ensuring := func(s *stack) error {
		_, err := s.w.cloud.EnsureVolume("demo", claimed("pvc-1"))
		return err
	}
	denied := func(call, role string) string {
		return "operation error EC2: " + call + ", https response error StatusCode: 403, RequestID: ID, api error " +
			"UnauthorizedOperation: You are not authorized to perform this operation. User: " + role + " is not authorized " +
			"to perform: ec2:" + call + " because no identity-based policy allows the ec2:" + call + " action"
	}
	ownPolicy := step{"volumes", rolePolicyType, with(map[string]any{
		"role": from{"identity-role", "id"}, "policy": allowVolumes,
	})}
	addonIdentity := step{"driver", addonType, with(map[string]any{
		"clusterName": from{"cluster", "id"}, "addonName": "aws-ebs-csi-driver",
		"podIdentityAssociations": []any{map[string]any{
			"serviceAccount": "ebs-csi-controller-sa", "roleArn": from{"identity-role", "arn"},
		}},
	})}
	fromNodes := append(allSteps(), attach("node-role", "service-role/AmazonEBSCSIDriverPolicy"))
	farther := changeStep(fromNodes, "template", map[string]any{
		"metadataOptions": map[string]any{"httpTokens": "required", "httpPutResponseHopLimit": 2},
	})
	runRules(t, []rule{
		{name: "an association", before: append(identified(), driverAssociation), act: ensuring},
		{name: "an identity of the add-on", before: append(identified(), addonIdentity), act: ensuring},
		{name: "a policy of one's own", before: append(allSteps(), ownPolicy, driverAssociation), act: ensuring},
		{name: "the nodes' role", before: farther, act: ensuring},
		{name: "the nodes' role, out of reach", before: fromNodes, act: ensuring, want: denied("CreateVolume", "nobody")},
		{name: "none", before: allSteps(), act: ensuring, want: denied("CreateVolume", "nobody")},
		{
			name: "an association without the agent", before: append(identified(), driverAssociation), act: ensuring,
			skip: []string{"eks-pod-identity-agent"}, want: denied("CreateVolume", "nobody"),
		},
		{
			name: "a role without the policy", before: append(allSteps(), driverAssociation), act: ensuring,
			want: denied("CreateVolume", "{identity-role.arn}"),
		},
		{
			name: "a role that lost the policy", before: append(identified(), driverAssociation),
			act: func(s *stack) error {
				id, err := s.w.cloud.EnsureVolume("demo", claimed("pvc-1"))
				if err != nil {
					return err
				}
				if err := s.w.remove(s.things["identity-role-service-role/AmazonEBSCSIDriverPolicy"]); err != nil {
					return err
				}
				return s.w.cloud.DeleteVolume("demo", id)
			},
			want: denied("DeleteVolume", "{identity-role.arn}"),
		},
	})
}
