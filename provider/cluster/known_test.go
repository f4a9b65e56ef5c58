package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// given makes the raw value of an object among the inputs.
func given(entries map[string]property.Value) property.Value {
	return property.New(property.NewMap(entries))
}

// texts makes the raw value of a list.
func texts(elements ...string) property.Value {
	values := make([]property.Value, 0, len(elements))
	for _, element := range elements {
		values = append(values, property.New(element))
	}
	return property.New(property.NewArray(values))
}

func compareViolations(t *testing.T, want []string, found inputs.Violations) {
	t.Helper()
	var got []string
	for _, violation := range found {
		got = append(got, violation.Path+": "+violation.Reason)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}
