package aws_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Secrets go to AWS and come back as secrets, and no error shows them.
func TestSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := func(text string) property.Value { return property.New(text).WithSecret(true) }
	vpc, err := w.tryMap(vpcType, "vpc", property.NewMap(map[string]property.Value{
		"cidrBlock": secret("10.0.0.0/16"),
		"tags":      property.New(map[string]property.Value{"a": secret("hush"), "b": property.New("open")}),
	}))
	if err != nil {
		t.Fatal(err)
	}
	_, read, _ := w.read(vpc)
	for _, state := range []property.Map{vpc.state, read} {
		if !state.Get("cidrBlock").Secret() || !state.Get("tags").AsMap().Get("a").Secret() ||
			!state.Get("tagsAll").Secret() || state.Get("tags").AsMap().Get("b").Secret() || state.Get("arn").Secret() {
			t.Errorf("state is %#v", state)
		}
	}
	_, err = w.tryMap(subnetType, "subnet", property.NewMap(map[string]property.Value{
		"vpcId": property.New(vpc.id), "cidrBlock": secret("10.77.0.0/16"),
	}))
	want := ec2Error("creating EC2 Subnet", "CreateSubnet", "InvalidSubnet.Range: The CIDR '[secret]' is invalid.")
	if got := message(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	_, err = w.check(&thing{token: vpcType, name: "x"},
		property.NewMap(map[string]property.Value{"cidrBlock": secret("hush")}))
	want = "cidrBlock: the value is not allowed (it is a secret, so it is not shown)"
	if got := message(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
