package aws_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// describe describes values of a preview: known ones are themselves.
func describe(value property.Value) any {
	switch {
	case value.IsComputed():
		return "unknown"
	case value.IsMap():
		described := map[string]any{}
		for name, element := range value.AsMap().All {
			described[name] = describe(element)
		}
		return described
	}
	return catalog.Plain(value)
}

func TestPreview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server = w.plugin(0, map[string]any{"defaultTags": map[string]any{"tags": map[string]any{"owner": "me"}}})
	preview := func(token string, inputs map[string]any) map[string]any {
		r := &thing{token: token, name: "x"}
		checked, err := w.check(r, catalog.FromPlainMap(inputs))
		if err != nil {
			t.Fatal(err)
		}
		response, err := w.server.Create(t.Context(), &rpc.CreateRequest{
			Urn: r.urn(), Properties: w.marshal(checked), Preview: true,
		})
		if err != nil || response.GetId() != "" {
			t.Fatal(err, response.GetId())
		}
		return describe(property.New(w.unmarshal(response.GetProperties()))).(map[string]any)
	}
	got := preview(vpcType, map[string]any{"cidrBlock": "10.0.0.0/16", "tags": map[string]any{"a": "b"}})
	want := map[string]any{
		"arn": "unknown", "cidrBlock": "10.0.0.0/16", "defaultNetworkAclId": "unknown", "defaultRouteTableId": "unknown",
		"defaultSecurityGroupId": "unknown", "dhcpOptionsId": "unknown", "enableDnsHostnames": "unknown",
		"enableDnsSupport": true, "enableNetworkAddressUsageMetrics": "unknown", "instanceTenancy": "default",
		"ipv6AssociationId": "unknown", "ipv6CidrBlock": "unknown", "ipv6CidrBlockNetworkBorderGroup": "unknown",
		"mainRouteTableId": "unknown", "ownerId": "unknown", "tags": map[string]any{"a": "b"},
		"tagsAll": map[string]any{"a": "b", "owner": "me"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	cluster := preview(clusterType, map[string]any{
		"name": "demo", "roleArn": "arn:aws:iam::" + account + ":role/x",
		"vpcConfig":    map[string]any{"subnetIds": []any{"subnet-0"}},
		"accessConfig": map[string]any{"authenticationMode": "API"},
	})
	want = map[string]any{
		"vpcConfig": map[string]any{
			"clusterSecurityGroupId": "unknown", "endpointPrivateAccess": false, "endpointPublicAccess": true,
			"publicAccessCidrs": "unknown", "subnetIds": []any{"subnet-0"}, "vpcId": "unknown",
		},
		"accessConfig": map[string]any{
			"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": "unknown",
		},
		"endpoint": "unknown", "identities": "unknown", "name": "demo",
	}
	for name := range cluster {
		if want[name] == nil {
			delete(cluster, name)
		}
	}
	if diff := cmp.Diff(want, cluster); diff != "" {
		t.Error(diff)
	}
}

// An update's preview keeps what stays and knows what AWS will compute anew.
func TestPreviewUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	template := w.create(templateType, "template", map[string]any{"instanceType": "t3.medium", "description": "x"})
	checked, err := w.check(template, template.given.Set("instanceType", property.New("t3.large")).Delete("description"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := w.server.Update(t.Context(), &rpc.UpdateRequest{
		Id: template.id, Urn: template.urn(), Olds: w.marshal(template.state), OldInputs: w.marshal(template.inputs),
		News: w.marshal(checked), Preview: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"arn": template.text("arn"), "defaultVersion": "unknown", "instanceType": "t3.large", "latestVersion": "unknown",
		"metadataOptions": describe(template.state.Get("metadataOptions")), "name": template.text("name"), "namePrefix": "",
		"tagsAll": map[string]any{},
	}
	got := describe(property.New(w.unmarshal(response.GetProperties()))).(map[string]any)
	got["metadataOptions"] = want["metadataOptions"]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, state, _ := w.read(template); state.Get("instanceType").AsString() != "t3.medium" {
		t.Error("the preview changed the template")
	}
}
