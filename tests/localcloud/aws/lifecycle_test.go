package aws_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// A whole stack comes up, is as its program says when looked at again, and leaves nothing when it goes.
func TestStackLifecycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(allSteps())

	for _, name := range s.order {
		r := s.things[name]
		inputs, state, ok := w.read(r)
		if !ok {
			t.Errorf("%s is gone after it was created", name)
			continue
		}
		if diff := cmp.Diff(catalog.PlainMap(r.inputs), catalog.PlainMap(inputs)); diff != "" {
			t.Errorf("inputs of %s changed by reading it:\n%s", name, diff)
		}
		checked, err := w.check(r, r.given)
		if err != nil {
			t.Errorf("checking %s again: %v", name, err)
		}
		r.state = state
		if response := w.diff(r, checked); len(response.GetDetailedDiff()) > 0 {
			t.Errorf("second up changes %s: %v", name, response.GetDetailedDiff())
		}
	}

	listed := make([]string, 0, len(s.order))
	for _, r := range w.cloud.Resources() {
		listed = append(listed, r.Type)
	}
	var made []string
	for _, name := range s.order {
		if name != "default-sg" { // an attribute of the VPC
			made = append(made, s.things[name].token)
		}
	}
	slices.Sort(made)
	if diff := cmp.Diff(made, listed); diff != "" {
		t.Errorf("inventory differs from what was made:\n%s", diff)
	}
	wantNodes := aws.NodeGroupSpec{
		Name: "default", Version: "1.35", CapacityType: "ON_DEMAND", AMIType: "AL2023_x86_64_STANDARD",
		InstanceTypes: []string{"t3.medium"}, Size: 2, Labels: map[string]string{"team": "platform"},
		Taints: []aws.Taint{{Key: "dedicated", Value: "x", Effect: "NoSchedule"}},
		Subnets: []aws.NodeSubnet{
			{ID: s.id("private-0"), Zone: "us-west-2a", CIDRBlock: "10.0.0.0/20"},
			{ID: s.id("private-1"), Zone: "us-west-2b", CIDRBlock: "10.0.16.0/20"},
		},
	}
	if diff := cmp.Diff(wantNodes, w.backend.groups["demo:default"]); diff != "" {
		t.Errorf("node group at the backend:\n%s", diff)
	}

	s.destroy()
	if left := w.cloud.Resources(); len(left) > 0 {
		t.Errorf("left after destroy: %v", left)
	}
	wantCalls := []string{
		"CreateCluster demo", "ApplyAddon demo:vpc-cni", "ApplyAddon demo:kube-proxy",
		"ApplyAddon demo:eks-pod-identity-agent",
		"ApplyNodeGroup demo:default", "ApplyAddon demo:coredns", "DeleteAddon demo:coredns", "DeleteNodeGroup demo:default",
		"DeleteAddon demo:eks-pod-identity-agent", "DeleteAddon demo:kube-proxy", "DeleteAddon demo:vpc-cni",
		"DeleteCluster demo",
	}
	if diff := cmp.Diff(wantCalls, w.backend.calls); diff != "" {
		t.Errorf("calls of the backend:\n%s", diff)
	}
}

// notComputed are outputs that AWS does not fill in, by what they would need. Everything else that the SDK shows to be
// always set must be set.
var notComputed = []string{"tags"}

// Outputs are the SDK's: none that it does not know, and all that AWS computes.
func TestOutputsAreTheSDKs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(allSteps())
	tested := map[string]bool{}
	for _, name := range s.order {
		r := s.things[name]
		tested[r.token] = true
		_, state, _ := w.read(r)
		kind := catalog.Resources()[r.token]
		known := map[string]string{}
		for field := range kind.Outputs.Fields() {
			if tag := field.Tag.Get("pulumi"); tag != "" {
				known[tag] = field.Type.Name()
			}
		}
		for property := range state.All {
			if known[property] == "" {
				t.Errorf("%s (%s) has output %q, which the SDK does not know", name, r.token, property)
			}
		}
		for property, outputType := range known {
			optional := strings.HasSuffix(outputType, "PtrOutput") || slices.Contains(notComputed, property) ||
				slices.Contains(kind.Unset, property)
			if _, set := state.GetOk(property); !set && !optional {
				t.Errorf("%s (%s) lacks output %q (%s)", name, r.token, property, outputType)
			}
		}
	}
	for _, token := range aws.Types() {
		if !tested[token] {
			t.Errorf("no resource of type %s is in the stack", token)
		}
	}
}

// The plugin and the control plane know the same types and functions.
func TestTablesAgree(t *testing.T) {
	t.Parallel()
	resources := make([]string, 0, len(catalog.Resources()))
	functions := make([]string, 0, len(catalog.Functions()))
	for token := range catalog.Resources() {
		resources = append(resources, token)
	}
	for token := range catalog.Functions() {
		functions = append(functions, token)
	}
	slices.Sort(resources)
	slices.Sort(functions)
	if diff := cmp.Diff(aws.Types(), resources); diff != "" {
		t.Errorf("resources:\n%s", diff)
	}
	if diff := cmp.Diff(aws.Functions(), functions); diff != "" {
		t.Errorf("functions:\n%s", diff)
	}
}
