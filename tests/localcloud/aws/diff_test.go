package aws_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(withNodes())
	for _, test := range []struct {
		name, thing string
		changes     map[string]any
		want        map[string]string
	}{
		{"nothing", "vpc", nil, map[string]string{}},
		{"update", "vpc", map[string]any{"enableDnsHostnames": false}, map[string]string{"enableDnsHostnames": "UPDATE"}},
		{"replace", "vpc", map[string]any{"cidrBlock": "10.1.0.0/16"}, map[string]string{"cidrBlock": "UPDATE_REPLACE"}},
		{
			"tags", "vpc", map[string]any{"tags": map[string]any{"Name": nil, "a.b": "c"}},
			map[string]string{"tags.Name": "DELETE", `tags["a.b"]`: "ADD", "tagsAll": "UPDATE"},
		},
		{"what AWS has filled in", "vpc", map[string]any{"enableNetworkAddressUsageMetrics": false}, map[string]string{}},
		{"the domain that an address has", "eip", map[string]any{"domain": nil}, map[string]string{}},
		{
			"order of a set", "cluster", map[string]any{"enabledClusterLogTypes": []any{"authenticator", "api", "audit"}},
			map[string]string{},
		},
		{
			"member of a set", "cluster", map[string]any{"enabledClusterLogTypes": []any{"authenticator", "api"}},
			map[string]string{"enabledClusterLogTypes[1]": "UPDATE", "enabledClusterLogTypes[2]": "DELETE"},
		},
		{"set taken away", "cluster", map[string]any{"enabledClusterLogTypes": nil},
			map[string]string{"enabledClusterLogTypes": "DELETE"}},
		{"version", "cluster", map[string]any{"version": "1.36"}, map[string]string{"version": "UPDATE"}},
		{"version taken away", "cluster", map[string]any{"version": nil}, map[string]string{}},
		{
			"another key", "cluster", encryptedWith("arn:aws:kms:us-east-1:123456789012:key/other"),
			map[string]string{"encryptionConfig.provider.keyArn": "UPDATE"},
		},
		{
			"encryption taken away", "cluster", map[string]any{"encryptionConfig": nil},
			map[string]string{"encryptionConfig": "DELETE_REPLACE"},
		},
		{
			"creator's access", "cluster",
			map[string]any{"accessConfig": map[string]any{"bootstrapClusterCreatorAdminPermissions": true}},
			map[string]string{"accessConfig.bootstrapClusterCreatorAdminPermissions": "UPDATE_REPLACE"},
		},
		{"access taken away", "cluster", map[string]any{"accessConfig": nil}, map[string]string{}},
		{
			"support", "cluster", map[string]any{"upgradePolicy": map[string]any{"supportType": "EXTENDED"}},
			map[string]string{"upgradePolicy.supportType": "UPDATE"},
		},
		{
			"policy written otherwise", "cluster-role", map[string]any{
				"assumeRolePolicy": strings.ReplaceAll(trust("eks.amazonaws.com"), ",", ",\n  "),
			}, map[string]string{},
		},
		{
			"policy", "cluster-role", map[string]any{"assumeRolePolicy": trust("ec2.amazonaws.com")},
			map[string]string{"assumeRolePolicy": "UPDATE"},
		},
		{
			"template's version", "nodes", map[string]any{"launchTemplate": map[string]any{"version": "2"}},
			map[string]string{"launchTemplate.version": "UPDATE"},
		},
		{
			"another template", "nodes", map[string]any{"launchTemplate": map[string]any{"id": "lt-0"}},
			map[string]string{"launchTemplate.id": "UPDATE_REPLACE"},
		},
		{
			"no template", "nodes", map[string]any{"launchTemplate": nil},
			map[string]string{"launchTemplate": "DELETE_REPLACE"},
		},
		{
			"instance types", "nodes", map[string]any{"instanceTypes": []any{"t3.medium", "t3.large"}},
			map[string]string{"instanceTypes[1]": "ADD_REPLACE"},
		},
		{"labels taken away", "nodes", map[string]any{"labels": nil}, map[string]string{"labels": "DELETE"}},
		{
			"scope", "node-sg-in", map[string]any{"cidrIpv4": "10.1.0.0/16"}, map[string]string{"cidrIpv4": "UPDATE"},
		},
		{
			"legacy rule", "node-sg-cluster", map[string]any{"fromPort": 1, "description": "x"},
			map[string]string{"fromPort": "UPDATE_REPLACE", "description": "ADD"},
		},
	} {
		r := s.things[test.thing]
		inputs := catalog.PlainMap(r.given)
		change(inputs, test.changes)
		checked, err := w.check(r, catalog.FromPlainMap(inputs))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		response := w.diff(r, checked)
		got := map[string]string{}
		for path, change := range response.GetDetailedDiff() {
			got[path] = change.GetKind().String()
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", test.name, diff)
		}
		if changes := response.GetChanges() == rpc.DiffResponse_DIFF_SOME; changes != (len(test.want) > 0) {
			t.Errorf("%s: changes is %v", test.name, changes)
		}
	}
}

// A replacement with the same given name has to wait for the deletion; one with a name that is made need not.
func TestDeleteBeforeReplace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(append(networkSteps()[:1:1], step{"given", sgType, with(map[string]any{
		"vpcId": from{"vpc", "id"}, "name": "web",
	})}, step{"made", sgType, with(map[string]any{"vpcId": from{"vpc", "id"}})}))
	for name, want := range map[string]bool{"given": true, "made": false} {
		r := s.things[name]
		checked, err := w.check(r, r.given.Set("description", property.New("another")))
		if err != nil {
			t.Fatal(err)
		}
		if got := w.diff(r, checked).GetDeleteBeforeReplace(); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
