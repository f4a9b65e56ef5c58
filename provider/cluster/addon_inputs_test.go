package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestAddons(t *testing.T) {
	t.Parallel()
	names := func(specs map[string]AddonSpec) []string {
		var list []string
		for _, addon := range NewAddons(specs) {
			list = append(list, addon.Name+" "+string(addon.ResolveConflicts))
		}
		return list
	}
	tests := map[string]struct {
		specs map[string]AddonSpec
		want  []string
	}{
		"nothing given": {want: []string{
			"aws-ebs-csi-driver PRESERVE", "coredns PRESERVE", "eks-pod-identity-agent PRESERVE", "kube-proxy PRESERVE",
			"vpc-cni PRESERVE",
		}},
		"one more, one less, one changed": {
			specs: map[string]AddonSpec{
				"metrics-server": {}, "aws-ebs-csi-driver": {Enabled: new(false)},
				"coredns": {Enabled: new(true), ResolveConflicts: new(ConflictOverwrite)},
			},
			want: []string{
				"coredns OVERWRITE", "eks-pod-identity-agent PRESERVE", "kube-proxy PRESERVE", "metrics-server PRESERVE",
				"vpc-cni PRESERVE",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, names(test.specs)); diff != "" {
				t.Errorf("add-ons (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValidateAddons(t *testing.T) {
	t.Parallel()
	off := AddonSpec{Enabled: new(false)}
	tests := map[string]struct {
		specs map[string]AddonSpec
		raw   property.Value
		users []string
		want  []string
	}{
		"none given": {},
		"all that can be off": {specs: map[string]AddonSpec{
			"aws-ebs-csi-driver": off, "eks-pod-identity-agent": off, "metrics-server": off,
		}},
		"what nodes need": {
			specs: map[string]AddonSpec{"coredns": off, "kube-proxy": off, "vpc-cni": off},
			want: []string{
				`addons["coredns"].enabled: must be true, for Flux finds its sources by DNS`,
				`addons["kube-proxy"].enabled: must be true, for no node gets ready without kube-proxy, and Flux runs on nodes`,
				`addons["vpc-cni"].enabled: must be true, for no node gets ready without vpc-cni, and Flux runs on nodes`,
			},
		},
		"what the volumes' driver needs": {
			specs: map[string]AddonSpec{"eks-pod-identity-agent": off},
			want: []string{`addons["eks-pod-identity-agent"].enabled: must be true, for addons["aws-ebs-csi-driver"] gets ` +
				"its rights from it; use the mode Irsa there, or switch that off too"},
		},
		"what an identity needs": {
			specs: map[string]AddonSpec{"eks-pod-identity-agent": off, "aws-ebs-csi-driver": off},
			users: []string{`workloadIdentities["dns"]`},
			want: []string{`addons["eks-pod-identity-agent"].enabled: must be true, for workloadIdentities["dns"] gets its ` +
				"rights from it; use the mode Irsa there, or switch that off too"},
		},
		"bad names and versions": {
			specs: map[string]AddonSpec{"core dns": {}, "coredns": {}, "kube-proxy": {}, "vpc-cni": {}},
			raw: object("coredns", object("version", "1.14"), "kube-proxy", object("version", property.New(property.Computed)),
				"vpc-cni", object("version", property.New("v1").WithSecret(true))),
			want: []string{
				`addons["core dns"]: must be the name of an EKS add-on, such as metrics-server: letters, digits, hyphens and ` +
					`underscores; got "core dns"`,
				`addons["coredns"].version: must be a version of EKS's, such as v1.14.3-eksbuild.11, with the v and the ` +
					`build; got "1.14"`,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compareViolations(t, test.want, ValidateAddons("addons", test.specs, test.raw, test.users))
		})
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		defaults, given map[string]any
		want            string
	}{
		"sorted, numbers and characters as they are": {
			given: map[string]any{"b": 3.0, "a": []any{"x<y", true, nil}, "c": map[string]any{"z": 0.5, "y": 1e6}},
			want:  `{"a":["x<y",true,null],"b":3,"c":{"y":1000000,"z":0.5}}`,
		},
		"defaults alone": {
			defaults: vpcCNISettings,
			want:     `{"env":{"ENABLE_PREFIX_DELEGATION":"true","WARM_PREFIX_TARGET":"1"}}`,
		},
		"given wins, the rest stays": {
			defaults: vpcCNISettings,
			given:    map[string]any{"enableNetworkPolicy": "true", "env": map[string]any{"WARM_PREFIX_TARGET": "2"}},
			want: `{"enableNetworkPolicy":"true","env":{"ENABLE_PREFIX_DELEGATION":"true",` +
				`"WARM_PREFIX_TARGET":"2"}}`,
		},
		"another kind wins whole": {
			defaults: vpcCNISettings, given: map[string]any{"env": nil}, want: `{"env":null}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := configuration(test.defaults, test.given)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff("true", vpcCNISettings["env"].(map[string]any)["ENABLE_PREFIX_DELEGATION"]); diff != "" {
		t.Errorf("merging changed the defaults:\n%s", diff)
	}
}
