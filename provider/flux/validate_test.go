package flux_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/plugin"
)

// validate checks the inputs of the component Flux as the guard does, which has only the raw ones.
func validate(t *testing.T, raw map[string]property.Value) inputs.Violations {
	t.Helper()
	component, err := inputs.NewComponent(plugin.Token("Flux"),
		func(resource inputs.Resource, args flux.FluxArgs, raw property.Map) inputs.Violations {
			return flux.Validate(resource.Name, args, raw)
		})
	if err != nil {
		t.Fatalf("describing the component: %v", err)
	}
	if _, ok := raw["kubeconfig"]; !ok {
		raw["kubeconfig"] = property.New("kube").WithSecret(true)
	}
	return component.Validate(inputs.Resource{Name: "prod", Stack: "dev"}, property.NewMap(raw)).Sorted()
}

func list(values ...string) property.Value {
	entries := make([]property.Value, 0, len(values))
	for _, value := range values {
		entries = append(entries, property.New(value))
	}
	return property.New(property.NewArray(entries))
}

func artifactOf(field string, value property.Value) map[string]property.Value {
	return map[string]property.Value{"artifact": object(map[string]property.Value{field: value})}
}

// refusal is the path of a violation and a part of its reason.
type refusal struct{ path, reason string }

// refuses compares violations with what was to be refused.
func refuses(t *testing.T, got inputs.Violations, want []refusal) {
	t.Helper()
	var paths, wantPaths []string
	for _, violation := range got {
		paths = append(paths, violation.Path)
	}
	for _, refusal := range want {
		wantPaths = append(wantPaths, refusal.path)
	}
	if diff := cmp.Diff(wantPaths, paths); diff != "" {
		t.Fatalf("paths (-want +got):\n%s\n%v", diff, got)
	}
	for i, refusal := range want {
		if !strings.Contains(got[i].Reason, refusal.reason) {
			t.Errorf("%s: got %q, want a reason with %q", refusal.path, got[i].Reason, refusal.reason)
		}
		if strings.Contains(got[i].Reason, "hunter2") {
			t.Errorf("%s: the reason tells a secret: %q", refusal.path, got[i].Reason)
		}
	}
}

// TestValidate lists what is refused, and at which path.
func TestValidate(t *testing.T) {
	t.Parallel()
	one := func(key, value string) map[string]property.Value {
		return map[string]property.Value{key: property.New(value)}
	}
	both := []string{manifests.SourceController, manifests.KustomizeController}
	for name, test := range map[string]struct {
		inputs map[string]property.Value
		want   []refusal
	}{
		"nothing":            {map[string]property.Value{}, nil},
		"minimum version":    {one("version", "v2.6.0"), nil},
		"later version":      {one("version", "v2.10.3"), nil},
		"latest":             {one("version", "latest"), []refusal{{"version", `got "latest"`}}},
		"no v":               {one("version", "2.9.5"), []refusal{{"version", `got "2.9.5"`}}},
		"two numbers":        {one("version", "v2.9"), []refusal{{"version", `got "v2.9"`}}},
		"range":              {one("version", "v2.9.x"), []refusal{{"version", `got "v2.9.x"`}}},
		"too old":            {one("version", "v2.5.1"), []refusal{{"version", `v2.6.0 or a later`}}},
		"Flux 3":             {one("version", "v3.0.0"), []refusal{{"version", `v2.6.0 or a later version 2`}}},
		"interval":           {one("interval", "1h30m"), nil},
		"interval of days":   {one("interval", "1d"), []refusal{{"interval", `got "1d"`}}},
		"interval in µs":     {one("interval", "10000000us"), []refusal{{"interval", `got "10000000us"`}}},
		"negative interval":  {one("interval", "-1m"), []refusal{{"interval", `got "-1m"`}}},
		"interval too short": {one("interval", "10ms"), []refusal{{"interval", "at least 5s"}}},
		"no unit":            {one("interval", "60"), []refusal{{"interval", `got "60"`}}},
		"unknown interval":   {map[string]property.Value{"interval": property.New(property.Computed)}, nil},

		"components":        {map[string]property.Value{"components": list(manifests.Components()...)}, nil},
		"fewest components": {map[string]property.Value{"components": list(both...)}, nil},
		"unknown component": {
			map[string]property.Value{"components": list(append(both, "x")...)},
			[]refusal{{"components[2]", `got "x"`}},
		},
		"component twice": {
			map[string]property.Value{"components": list(append(both, both[0])...)},
			[]refusal{{"components[2]", "given twice"}},
		},
		"required component": {
			map[string]property.Value{"components": list(both[0])},
			[]refusal{{"components", "must contain kustomize-controller"}},
		},
		"no components": {map[string]property.Value{"components": list()}, []refusal{
			{"components", "must contain source-controller"}, {"components", "must contain kustomize-controller"},
		}},

		"artifact": {artifactOf("url", property.New("oci://ghcr.io/x/y")), nil},
		"artifact by https": {
			artifactOf("url", property.New("https://ghcr.io/x/y")), []refusal{{"artifact.url", "must begin with oci://"}},
		},
		"artifact with tag": {
			artifactOf("url", property.New("oci://ghcr.io/x/y:v1")), []refusal{{"artifact.url", "without tag and digest"}},
		},
		"digest": {artifactOf("digest", property.New("sha256:"+strings.Repeat("a", 64))), nil},
		"short digest": {
			artifactOf("digest", property.New("sha256:aa")),
			[]refusal{{"artifact.digest", `got "sha256:aa"`}},
		},

		"several": {map[string]property.Value{
			"version":  property.New("latest"),
			"interval": property.New("soon"),
			"sync":     object(map[string]property.Value{"url": property.New(""), "path": property.New("/")}),
		}, []refusal{
			{"interval", "soon"}, {"sync.path", `"/"`}, {"sync.url", "empty"}, {"version", "latest"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, validate(t, test.inputs), test.want)
		})
	}
}

// TestSpecsHaveTheSameFields keeps the component's flat inputs and the nested ones of GitOpsCluster in step.
func TestSpecsHaveTheSameFields(t *testing.T) {
	t.Parallel()
	fields := func(of reflect.Type) map[string]string {
		tags := map[string]string{}
		for field := range of.Fields() {
			tags[field.Tag.Get("pulumi")] = field.Type.String()
		}
		return tags
	}
	want := fields(reflect.TypeFor[flux.FluxSpec]())
	want["kubeconfig"] = "pulumi.StringInput"
	want["clusterIdentity,optional"] = "pulumi.StringInput"
	want["sync,optional"] = "*flux.SyncSpec"
	want["receiver,optional"] = "*flux.ReceiverSpec"
	want["alerts,optional"] = "map[string]flux.AlertSpec"
	want["teardown,optional"] = "*flux.TeardownSpec"
	want["clusterVariables,optional"] = "pulumi.StringMapInput"
	want["secretClusterVariables,optional"] = "pulumi.StringMapInput"
	if diff := cmp.Diff(want, fields(reflect.TypeFor[flux.FluxArgs]())); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}
