package inputs

import (
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	perrors "github.com/pulumi/pulumi/sdk/v3/go/pulumi/errors"
)

type color string

func (color) Values() []infer.EnumValue[color] {
	return []infer.EnumValue[color]{{Value: "red"}, {Value: "green"}}
}

type wheel struct {
	Size  int                `pulumi:"size"`
	Label pulumi.StringInput `pulumi:"label,optional"`
}

type bicycle struct {
	Name   string                `pulumi:"name"`
	Color  *color                `pulumi:"color,optional"`
	Gears  *int                  `pulumi:"gears,optional"`
	Bell   *bool                 `pulumi:"bell,optional"`
	Wheels map[string]wheel      `pulumi:"wheels,optional"`
	Owners []string              `pulumi:"owners,optional"`
	Tags   pulumi.StringMapInput `pulumi:"tags,optional"`
	Front  *wheel                `pulumi:"front,optional"`
}

func object(entries map[string]property.Value) property.Value {
	return property.New(property.NewMap(entries))
}

// output is a value that another resource gave, and that is known by now.
func output(value property.Value) property.Value {
	return value.WithDependencies([]urn.URN{"urn:pulumi:stack::project::pkg:index:Other::other"})
}

// TestCheckHides keeps what may be a secret out of messages: the engine prints the value at a path that it finds.
func TestCheckHides(t *testing.T) {
	t.Parallel()
	type lock struct {
		Code pulumi.StringInput `pulumi:"code"`
	}
	type shed struct {
		Lock *lock              `inputs:"notShown"  pulumi:"lock,optional"`
		Key  pulumi.StringInput `provider:"secret" pulumi:"key,optional"`
		Size *int               `pulumi:"size,optional"`
	}
	shape, err := ShapeOf(reflect.TypeFor[shed]())
	if err != nil {
		t.Fatal(err)
	}
	got := Check(shape, "", object(map[string]property.Value{
		"lock": object(map[string]property.Value{"kode": property.New("1234")}),
		"key":  property.New(1234.0),
		"size": property.New("1234"),
	}))
	want := Violations{
		{"lock.code (not shown)", "is required"},
		{"lock.kode (not shown)", "is not an input; there are code"},
		{"key (not shown)", "must be a string; got a whole number"},
		{"size", "must be a whole number; got a string"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	shape, err := ShapeOf(reflect.TypeFor[bicycle]())
	if err != nil {
		t.Fatal(err)
	}
	name := property.New("blue")
	tests := map[string]struct {
		given map[string]property.Value
		want  Violations
	}{
		"all that is allowed": {given: map[string]property.Value{
			"name":   name,
			"color":  property.New("red"),
			"gears":  property.New(7.0),
			"bell":   property.New(true),
			"owners": property.New(property.NewArray([]property.Value{property.New("ann")})),
			"wheels": object(map[string]property.Value{"front": object(map[string]property.Value{
				"size": property.New(28.0), "label": property.New(property.Computed),
			})}),
			"tags":  output(object(map[string]property.Value{"a": property.New("b").WithSecret(true)})),
			"front": property.New(property.Null),
		}},
		"what is missing": {
			given: map[string]property.Value{"front": object(nil)},
			want:  Violations{{"name", "is required"}, {"front.size", "is required"}},
		},
		"what does not exist": {
			given: map[string]property.Value{"name": name, "front": object(map[string]property.Value{
				"size": property.New(1.0), "sise": property.New(1.0),
			})},
			want: Violations{{"front.sise", "is not an input; there are size, label"}},
		},
		"unknown outputs": {
			given: map[string]property.Value{
				"name": property.New(property.Computed), "front": property.New(property.Computed),
			},
			want: Violations{{"name", notPlain}, {"front", notPlain}},
		},
		"known outputs": {
			given: map[string]property.Value{"name": output(name)},
			want:  Violations{{"name", notPlain}},
		},
		"secrets": {
			given: map[string]property.Value{"name": name.WithSecret(true)},
			want: Violations{{"name", "must not be a secret: it decides which resources exist and stands in their " +
				"names; give it unencrypted"}},
		},
		"wrong types": {
			given: map[string]property.Value{
				"name":   property.New(1.0),
				"gears":  property.New(1.5),
				"bell":   property.New("yes"),
				"owners": object(nil),
				"wheels": object(map[string]property.Value{"a": property.New("b")}),
				"tags":   object(map[string]property.Value{"a": property.New(true)}),
			},
			want: Violations{
				{"name", "must be a string; got a whole number"},
				{"gears", "must be a whole number; got a number"},
				{"bell", "must be true or false; got a string"},
				{`wheels["a"]`, "must be an object; got a string"},
				{"owners", "must be a list; got a map"},
				{`tags["a"]`, "must be a string; got true or false"},
			},
		},
		"no value of the enumeration": {
			given: map[string]property.Value{"name": name, "color": property.New("pink")},
			want:  Violations{{"color", `must be one of red, green; got "pink"`}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Check(shape, "", object(test.given))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRulesSeeThePlainInputs(t *testing.T) {
	t.Parallel()
	var seen bicycle
	component, err := NewComponent("pkg:index:Bicycle",
		func(resource Resource, args bicycle, raw property.Map) Violations {
			seen = args
			var found Violations
			if args.Gears != nil && *args.Gears > 30 {
				found.Addf("gears", "has too many")
			}
			// Said already, in other words.
			found.Addf("bell", "must ring")
			found.Addf("tags", "of %s are %d", resource.Name, raw.Get("tags").AsMap().Len())
			return found
		})
	if err != nil {
		t.Fatal(err)
	}
	got := component.Validate(Resource{Name: "mine"}, property.NewMap(map[string]property.Value{
		"name":  property.New("blue"),
		"color": property.New("green"),
		"gears": property.New(31.0),
		"bell":  property.New("no"),
		"tags":  object(map[string]property.Value{"a": property.New("b")}),
		"front": object(map[string]property.Value{"size": property.New(28.0), "label": property.New("x")}),
	}))
	want := Violations{
		{"bell", "must be true or false; got a string"}, {"gears", "has too many"}, {"tags", "of mine are 1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
	green, gears := color("green"), 31
	if diff := cmp.Diff(bicycle{Name: "blue", Color: &green, Gears: &gears, Front: &wheel{Size: 28}}, seen); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

func TestErrHoldsEveryViolationInOrder(t *testing.T) {
	t.Parallel()
	var found Violations
	if err := found.Err("invalid"); err != nil {
		t.Errorf("no violations gave %v", err)
	}
	found.Addf("b", "is wrong")
	found.Addf("a", "is wrong too")
	var properties *perrors.InputPropertiesError
	if !errors.As(found.Err("invalid"), &properties) {
		t.Fatal("the error is not an InputPropertiesError")
	}
	want := []perrors.InputPropertyErrorDetails{
		{PropertyPath: "a", Reason: "is wrong too"}, {PropertyPath: "b", Reason: "is wrong"},
	}
	if diff := cmp.Diff(want, properties.Errors); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
}

func TestUnknownInputTypesAreRefused(t *testing.T) {
	t.Parallel()
	type odd struct {
		Asset pulumi.AssetInput `pulumi:"asset"`
	}
	if _, err := ShapeOf(reflect.TypeFor[odd]()); err == nil {
		t.Error("an input type without a known shape was accepted")
	}
}

// TestLift proves that what is secret or unknown inside of a value of any kind is not lost, and all else stays.
func TestLift(t *testing.T) {
	t.Parallel()
	type addon struct {
		Name     string          `pulumi:"name"`
		Settings pulumi.MapInput `pulumi:"settings,optional"`
	}
	type cluster struct {
		Addons map[string]addon `pulumi:"addons"`
		List   []addon          `pulumi:"list,optional"`
	}
	shape, err := ShapeOf(reflect.TypeFor[cluster]())
	if err != nil {
		t.Fatal(err)
	}
	settings := func(value property.Value) property.Value {
		with := object(map[string]property.Value{
			"name": property.New("a"), "settings": object(map[string]property.Value{"env": value}),
		})
		return object(map[string]property.Value{
			"addons": object(map[string]property.Value{"a": with}),
			"list":   property.New(property.NewArray([]property.Value{with})),
		})
	}
	part := func(value property.Value) property.Value {
		return object(map[string]property.Value{
			"PLAIN": property.New("x"), "LIST": property.New(property.NewArray([]property.Value{value})),
		})
	}
	unknown, hidden := property.New(property.Computed), property.New("y").WithSecret(true)
	tests := map[string]struct{ given, want property.Value }{
		"known":          {part(property.New("y")), part(property.New("y"))},
		"secret":         {part(hidden), part(hidden).WithSecret(true)},
		"unknown":        {part(unknown), unknown},
		"unknown secret": {part(unknown.WithSecret(true)), unknown.WithSecret(true)},
		"output":         {part(output(property.New("y"))), output(part(output(property.New("y"))))},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, want := lift(shape, settings(test.given)), settings(test.want); !got.Equals(want) {
				t.Errorf("got %#v, want %#v", got, want)
			}
		})
	}
}
