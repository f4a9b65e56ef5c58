package cluster

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestValidateWorkloadIdentities(t *testing.T) {
	t.Parallel()
	preset := func(name WorkloadPreset) *WorkloadPreset { return &name }
	dns := WorkloadIdentitySpec{Preset: preset("ExternalDns")}
	app := WorkloadIdentitySpec{Namespace: new("apps"), ServiceAccount: new("app")}
	with := func(name string, pairs ...any) property.Value { return object(name, object(pairs...)) }
	arn := "arn:aws:iam::123456789012:policy/app"
	long := strings.Repeat("a", 33)
	tests := map[string]struct {
		specs  map[string]WorkloadIdentitySpec
		raw    property.Value
		addons map[string]AddonSpec
		want   []string
	}{
		"none given":   {},
		"preset alone": {specs: map[string]WorkloadIdentitySpec{"dns": dns}},
		"policies that are not known yet": {
			specs: map[string]WorkloadIdentitySpec{"app": app},
			raw:   with("app", "policyArns", property.New(property.Computed), "policy", property.New(property.Computed)),
		},
		"no rights": {
			specs: map[string]WorkloadIdentitySpec{"app": app},
			want: []string{`workloadIdentities["app"]: must say what the pods may do; give at least one of preset, ` +
				"policyArns and policy"},
		},
		"nobody": {
			specs: map[string]WorkloadIdentitySpec{"app": {}}, raw: with("app", "policyArns", list(arn)),
			want: []string{
				`workloadIdentities["app"].namespace: is required without a preset`,
				`workloadIdentities["app"].serviceAccount: is required without a preset`,
			},
		},
		"bad account": {
			specs: map[string]WorkloadIdentitySpec{"dns": {
				Preset: preset("ExternalDns"), Namespace: new("External"), ServiceAccount: new(""),
			}},
			want: []string{
				`workloadIdentities["dns"].namespace: must be the name of a Kubernetes object in lower case; got "External"`,
				`workloadIdentities["dns"].serviceAccount: must be the name of a Kubernetes object in lower case; got ""`,
			},
		},
		"two for one account": {
			specs: map[string]WorkloadIdentitySpec{
				"a": dns, "b": {Preset: preset("CertManager"), Namespace: new("external-dns"), ServiceAccount: new("external-dns")},
			},
			want: []string{`workloadIdentities["b"].serviceAccount: must not have an identity already, for a service account ` +
				`has one; external-dns in external-dns is that of workloadIdentities["a"], give the rights there`},
		},
		"an add-on's account": {
			specs: map[string]WorkloadIdentitySpec{"csi": {
				Preset: preset("ExternalDns"), Namespace: new("kube-system"), ServiceAccount: new("ebs-csi-controller-sa"),
			}},
			want: []string{`workloadIdentities["csi"].serviceAccount: must not have an identity already, for a service ` +
				"account has one; ebs-csi-controller-sa in kube-system is that of the add-on aws-ebs-csi-driver, give the " +
				"rights there"},
		},
		"an add-on's account without it": {
			specs: map[string]WorkloadIdentitySpec{"csi": {
				Preset: preset("ExternalDns"), Namespace: new("kube-system"), ServiceAccount: new("ebs-csi-controller-sa"),
			}},
			addons: map[string]AddonSpec{"aws-ebs-csi-driver": {Enabled: new(false)}},
		},
		"names of others": {
			specs: map[string]WorkloadIdentitySpec{
				"ebs-csi": dns, long: {Preset: preset("CertManager")}, "node-default": {Preset: preset("ExternalSecrets")},
				"a-preset": {Preset: preset("FluxRegistry")},
			},
			want: []string{
				`workloadIdentities["a-preset"]: must be another name, for roles and policies of the cluster itself are called ` +
					`cluster, node, ebs-csi, node-… and …-preset; got "a-preset"`,
				`workloadIdentities["` + long + `"]: must be a name of at most 32 lower-case letters, digits and hyphens; ` +
					`got "` + long + `"`,
				`workloadIdentities["ebs-csi"]: must be another name, for roles and policies of the cluster itself are called ` +
					`cluster, node, ebs-csi, node-… and …-preset; got "ebs-csi"`,
				`workloadIdentities["node-default"]: must be another name, for roles and policies of the cluster itself are ` +
					`called cluster, node, ebs-csi, node-… and …-preset; got "node-default"`,
			},
		},
		"bad policies": {
			specs: map[string]WorkloadIdentitySpec{"a": app, "b": {Preset: preset("ExternalDns")}, "c": {
				Preset: preset("CertManager"),
			}},
			raw: object(
				"a", object("policy", `{"Version":"2012-10-17"}`, "policyArns", list("app")),
				"b", object("policy", `{"Version":"2012-10-17",`), "c", object("policy", `{"Statement":[]}`)),
			want: []string{
				`workloadIdentities["a"].policyArns[0]: must be the ARN of an IAM policy, such as ` +
					`arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore; got "app"`,
				`workloadIdentities["a"].policy: must have a Statement`,
				`workloadIdentities["b"].policy: must be an IAM policy as JSON, such as {"Version": "2012-10-17", ` +
					`"Statement": […]}: unexpected end of JSON input`,
				`workloadIdentities["c"].policy: must have the Version "2012-10-17"; got ""`,
			},
		},
		"a secret policy": {
			specs: map[string]WorkloadIdentitySpec{"a": app},
			raw:   with("a", "policy", property.New("nonsense").WithSecret(true)),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compareViolations(t, test.want,
				ValidateWorkloadIdentities("workloadIdentities", test.specs, test.raw, test.addons))
		})
	}
}

func TestPodIdentityUsers(t *testing.T) {
	t.Parallel()
	got := PodIdentityUsers("workloadIdentities", map[string]WorkloadIdentitySpec{
		"c": {}, "b": {Mode: new(ModeIRSA)}, "a": {Mode: new(ModePodIdentity)},
	})
	want := []string{`workloadIdentities["a"]`, `workloadIdentities["c"]`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
}
