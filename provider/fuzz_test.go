package provider

import (
	"context"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"pgregory.net/rapid"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/fuzzed"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
)

// planted is in every secret that is drawn; no reason for refusing anything may hold it.
const planted = "planted-secret"

// drawn makes values out of the bytes of a fuzzer: what fits a shape more often than not, and everything else as well.
type drawn struct{ bytes []byte }

func (d *drawn) next(count int) int {
	if len(d.bytes) == 0 {
		return 0
	}
	value := int(d.bytes[0]) % count
	d.bytes = d.bytes[1:]
	return value
}

func (d *drawn) text() string {
	known := []string{
		"", "a", "10.0.0.0/16", "10.0.0.0/27", "fd00::/8", "v2.9.5", "1.35", "10m", "-5m", "https://git/x.git",
		"ssh://git@host/x", "oci://host/x", "not a url ://", "arn:aws:iam::123456789012:role/x", "./", "../..", "A b",
		"us-west-2a", "{", "apiVersion: v1\nkind: X", strings.Repeat("x", 300), "é\x00\xff", "resource:default/x",
		"t3.medium",
	}
	if choice := d.next(len(known) + 1); choice < len(known) {
		return known[choice]
	}
	length := min(d.next(32), len(d.bytes))
	text := string(d.bytes[:length])
	d.bytes = d.bytes[length:]
	return text
}

// odd is a value of a kind that was not asked for.
func (d *drawn) odd() property.Value {
	return []property.Value{
		{}, property.New(property.Computed), property.New(d.text()), property.New(true), property.New(-1.5),
		property.New(1e300), property.New([]property.Value{property.New("x"), {}}),
		property.New(map[string]property.Value{"x": property.New("y"), "": property.New(1.0)}),
	}[d.next(8)]
}

func (d *drawn) value(shape *inputs.Shape, depth int) property.Value {
	var made property.Value
	switch choice := d.next(16); {
	case choice == 15 || depth > 6:
		return d.odd()
	case choice == 14 && shape.Kind == inputs.KindString:
		return property.New(planted + d.text()).WithSecret(true)
	case choice == 13:
		return property.New(property.Computed)
	}
	switch shape.Kind {
	case inputs.KindString:
		made = property.New(d.text())
		if len(shape.Allowed) > 0 {
			made = property.New(shape.Allowed[d.next(len(shape.Allowed))])
		}
	case inputs.KindNumber, inputs.KindInteger:
		made = property.New(float64([]int{0, 1, 2, 3, 50, -1, 1 << 40}[d.next(7)]))
	case inputs.KindBool:
		made = property.New(d.next(2) == 0)
	case inputs.KindAny:
		made = d.odd()
	case inputs.KindList:
		var list []property.Value
		for range d.next(4) {
			list = append(list, d.value(shape.Element, depth+1))
		}
		made = property.New(list)
	case inputs.KindMap:
		entries := map[string]property.Value{}
		for range d.next(4) {
			entries[d.text()] = d.value(shape.Element, depth+1)
		}
		made = property.New(entries)
	case inputs.KindObject:
		made = property.New(d.object(shape, depth))
	}
	return made
}

func (d *drawn) object(shape *inputs.Shape, depth int) property.Map {
	entries := map[string]property.Value{}
	for _, field := range shape.Fields {
		if given := d.next(4); given == 0 || field.Required && given < 3 {
			entries[field.Name] = d.value(field.Shape, depth+1)
		}
	}
	if d.next(8) == 7 {
		entries[d.text()] = d.odd()
	}
	return property.NewMap(entries)
}

// inputsMemory is what everything that takes inputs may take to look at some.
const inputsMemory = 64 << 20

// seeds are the first inputs of the fuzzers here; those that have shown a mistake lie in testdata/fuzz.
func seeds(f *testing.F) {
	f.Helper()
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("\x00\x01\x02\x0e", 64)))
	f.Add([]byte(strings.Repeat("\x00\x0e\x03", 200)))
}

// FuzzInputs gives components, custom resources and functions anything as inputs, of the right shape and of others: it
// is taken or refused, and no reason tells a secret.
func FuzzInputs(f *testing.F) {
	give := newGiver(f)
	seeds(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		fuzzed.Bounded(t, inputsMemory, func() { give(t, content) })
	})
}

// TestAnyInputs does the same with what rapid draws: `go test -rapid.checks=100000` draws more. The fuzzer would have
// to compile all of Pulumi's SDKs once more, which takes an hour, before it begins.
func TestAnyInputs(t *testing.T) {
	t.Parallel()
	give := newGiver(t)
	rapid.Check(t, func(t *rapid.T) {
		// Long enough to get anywhere: what is not there any more is drawn as a 0.
		give(t, rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "bytes"))
	})
}

// newGiver returns what makes inputs of bytes and gives them to everything that takes inputs.
func newGiver(t testing.TB) func(t fuzzed.Failing, content []byte) {
	t.Helper()
	built, err := New()
	if err != nil {
		t.Fatal(err)
	}
	components, err := guarded()
	if err != nil {
		t.Fatal(err)
	}
	return func(t fuzzed.Failing, content []byte) {
		t.Helper()
		for _, component := range components {
			raw := (&drawn{content}).object(component.Shape, 0)
			for _, violation := range component.Validate(inputs.Resource{Name: "prod", Stack: "dev"}, raw) {
				if strings.Contains(violation.Path+violation.Reason, planted) {
					t.Errorf("%s: a secret is told: %s: %s", component.Token, violation.Path, violation.Reason)
				}
			}
			// Whatever the shape: the inputs of custom resources are of the same kinds, and many of the same names.
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			for _, kind := range []string{"FluxInstall", "GitOpsTeardown", "NodeGroupPlacement"} {
				_, err := built.Check(ctx, p.CheckRequest{
					Urn: resource.NewURN("dev", "test", "", plugin.Token(kind), "prod"), Inputs: raw,
				})
				if err != nil && strings.Contains(err.Error(), planted) {
					t.Errorf("%s: a secret is told: %v", kind, err)
				}
			}
			_, err := built.Invoke(ctx, p.InvokeRequest{Token: plugin.Token("planNetwork"), Args: raw})
			cancel()
			if err != nil && strings.Contains(err.Error(), planted) {
				t.Errorf("planNetwork: a secret is told: %v", err)
			}
		}
	}
}
