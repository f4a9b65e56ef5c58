package inputs

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// TestHideSecrets proves that a rule which forgets about secrets tells none.
func TestHideSecrets(t *testing.T) {
	t.Parallel()
	raw := property.NewMap(map[string]property.Value{
		"long":  property.New("hunter2").WithSecret(true),
		"short": property.New("a").WithSecret(true),
		"open":  property.New("b"),
		"list":  property.New([]property.Value{property.New("swordfish")}).WithSecret(true),
	})
	const hidden = "is not what it must be; its value is a secret"
	found := Violations{
		{"long", "got hunter2"}, {"open", `must not be "a"`}, {"open", "has a mistake"}, {"short", "is too short"},
		{"list[0]", "swordfish is no fish"}, {"long", "stopped at unter2"}, {"missing", "must be given"},
	}
	want := Violations{
		{"long" + NotShown, hidden}, {"open" + NotShown, hidden}, {"open", "has a mistake"},
		{"short" + NotShown, "is too short"}, {"list[0]" + NotShown, hidden}, {"long" + NotShown, hidden},
		{"missing", "must be given"},
	}
	if diff := cmp.Diff(want, found.hideSecrets(raw)); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

// TestGuardNulls proves that null never reaches the decoding: an entry that is null is left out, an element refused.
func TestGuardNulls(t *testing.T) {
	t.Parallel()
	var checked property.Map
	guarded := GuardNulls(p.Provider{
		Check: func(_ context.Context, request p.CheckRequest) (p.CheckResponse, error) {
			checked = request.Inputs
			return p.CheckResponse{}, nil
		},
	})
	inner := func(value property.Value) property.Map {
		return property.NewMap(map[string]property.Value{"outer": object(map[string]property.Value{
			"kept": property.New("x").WithSecret(true), "other": value,
		})})
	}
	if _, err := guarded.Check(t.Context(), p.CheckRequest{Inputs: inner(property.Value{})}); err != nil {
		t.Fatal(err)
	}
	want := property.NewMap(map[string]property.Value{"outer": object(map[string]property.Value{
		"kept": property.New("x").WithSecret(true),
	})})
	if !property.New(checked).Equals(property.New(want)) {
		t.Errorf("got %v, want %v", checked, want)
	}
	response, err := guarded.Check(t.Context(), p.CheckRequest{
		Inputs: inner(property.New([]property.Value{property.New("x"), {}})),
	})
	if err != nil {
		t.Fatal(err)
	}
	failures := []p.CheckFailure{{Property: "outer.other[1]", Reason: "must not be null; leave the element out"}}
	if diff := cmp.Diff(failures, response.Failures); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}
