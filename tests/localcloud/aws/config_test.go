package aws_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
	awsplugin "github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/plugin"
)

// The provider's default tags are on what it makes, below the resource's own.
func TestDefaultTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := w.create(eipType, "plain", map[string]any{})
	w.server = w.plugin(0, map[string]any{"defaultTags": `{"tags":{"owner":"me","stage":"dev"}}`}) // as SDKs send it
	eip := w.create(eipType, "eip", map[string]any{"tags": map[string]any{"stage": "test"}})
	want := map[string]any{"owner": "me", "stage": "test"}
	if diff := cmp.Diff(want, catalog.Plain(eip.state.Get("tagsAll"))); diff != "" {
		t.Error(diff)
	}
	changed := w.diff(plain, plain.inputs).GetDetailedDiff()
	if kind := changed["tagsAll"].GetKind(); len(changed) != 1 || kind != rpc.PropertyDiff_UPDATE {
		t.Errorf("new default tags change %v", changed)
	}
}

func TestConfiguration(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	server, err := awsplugin.NewServer(nil, api.Client{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	for _, test := range []struct {
		name   string
		config map[string]any
		want   []string
	}{
		{"region", map[string]any{"region": region}, nil},
		{"engine's own keys", map[string]any{"region": region, "version": "6.83.2"}, nil},
		{"values as text", map[string]any{"region": region, "skipRegionValidation": "true", "maxRetries": "3"}, nil},
		{
			"no region", nil,
			[]string{"region: missing region configuration: `pulumi config set aws:region us-west-2`, or set AWS_REGION"},
		},
		{"wrong type", map[string]any{"region": region, "maxRetries": "many"},
			[]string{"maxRetries: expected an integer, got a string"}},
		{
			"another identity", map[string]any{"region": region, "assumeRole": map[string]any{"roleArn": "x"}},
			[]string{"assumeRole: \"assumeRole\" of the provider's configuration is not simulated by the local cloud"},
		},
	} {
		response, err := server.CheckConfig(t.Context(),
			&rpc.CheckRequest{News: w.marshal(catalog.FromPlainMap(test.config))})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, failure := range response.GetFailures() {
			got = append(got, failure.GetProperty()+": "+failure.GetReason())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", test.name, diff)
		}
	}
}

// regions are those that are simulated.
const regions = "ca-central-1, eu-central-1, eu-west-1, us-east-1, us-west-1, us-west-2"

func TestConfigurationOfAnotherRegion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server = w.plugin(0, map[string]any{"region": "sa-east-1"})
	_, err := w.try(eipType, "eip", map[string]any{})
	if want := "region sa-east-1 is not simulated; simulated are " + regions; message(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for _, test := range []struct {
		before, after string
		want          rpc.PropertyDiff_Kind
	}{{"us-west-2", "eu-west-1", rpc.PropertyDiff_UPDATE_REPLACE}, {"us-west-2", "us-west-2", 0}} {
		response, err := w.server.DiffConfig(t.Context(), &rpc.DiffRequest{
			OldInputs: w.marshal(catalog.FromPlainMap(map[string]any{"region": test.before})),
			Olds:      w.marshal(catalog.FromPlainMap(map[string]any{"region": test.before})),
			News:      w.marshal(catalog.FromPlainMap(map[string]any{"region": test.after})),
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := response.GetDetailedDiff()["region"].GetKind(); got != test.want {
			t.Errorf("from %s to %s: %v, want %v", test.before, test.after, got, test.want)
		}
	}
}
