package aws_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// newSlowWorld is a world in which AWS's time passes, a hundred times as fast.
func newSlowWorld(t *testing.T) *world {
	t.Helper()
	return openWorld(t, aws.Options{
		StatePath: filepath.Join(t.TempDir(), "account.json"), Region: region, AccountID: account, Backend: newBackend(),
		Latency: 0.01,
	})
}

// TestOperations proves that what is asked of the account takes AWS's time, and is remembered with it: what succeeds
// and what is refused, which takes no time.
func TestOperations(t *testing.T) {
	t.Parallel()
	w := newSlowWorld(t)
	vpc := w.create(vpcType, "a", map[string]any{"cidrBlock": "10.0.0.0/16"})
	if _, err := w.try(subnetType, "b", map[string]any{"vpcId": vpc.id, "cidrBlock": "10.9.0.0/24"}); err == nil {
		t.Error("a subnet outside its VPC was created")
	}
	if err := w.update(vpc, map[string]any{"enableDnsHostnames": true}); err != nil {
		t.Error(err)
	}
	if err := w.remove(vpc); err != nil {
		t.Error(err)
	}
	operations := w.cloud.Operations()
	want := []api.Operation{
		{Operation: "create", Type: vpcType, ID: vpc.id, AWSSeconds: 6},
		{Operation: "create", Type: subnetType, AWSSeconds: 1},
		{Operation: "update", Type: vpcType, ID: vpc.id, AWSSeconds: 2},
		{Operation: "delete", Type: vpcType, ID: vpc.id, AWSSeconds: 1},
	}
	if diff := cmp.Diff(want, operations, cmpopts.IgnoreFields(api.Operation{}, "Start", "End", "Error")); diff != "" {
		t.Fatalf("operations (-want +got):\n%s", diff)
	}
	for i, o := range operations {
		if refused := i == 1; (o.Error != "") != refused {
			t.Errorf("%s of %s has the error %q", o.Operation, o.Type, o.Error)
		} else if took, least := o.End.Sub(o.Start).Seconds(), o.AWSSeconds*0.01; !refused && took < least {
			t.Errorf("%s of %s took %v s, less than %v s", o.Operation, o.Type, took, least)
		}
	}
}

// TestFaults proves of each kind of fault what becomes of the operation that meets it, and that the same operation
// succeeds when it is tried again.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault api.Fault
		// fails is a part of the error; empty where the provider's retries hide the fault.
		fails string
		// exists says that there is a VPC after the first try.
		exists bool
	}{
		"throttled for a while": {api.Fault{Kind: api.Throttled, Seconds: 10}, "", true},
		"throttled for long": {
			api.Fault{Kind: api.Throttled, Seconds: 500}, "RequestLimitExceeded: Request limit exceeded.", false,
		},
		"an outage of five minutes": {api.Fault{Kind: api.Outage, Seconds: 300}, "", true},
		"an outage for long":        {api.Fault{Kind: api.Outage, Seconds: 500}, "ServiceUnavailableException", false},
		"the quota":                 {api.Fault{Kind: api.QuotaExceeded}, "VpcLimitExceeded", false},
		"a failure after the effect": {
			api.Fault{Kind: api.FailedAfterwards}, "connection reset by peer", true,
		},
		"slow": {api.Fault{Kind: api.Slow, Seconds: 10}, "", true},
		"another type": {
			api.Fault{Kind: api.QuotaExceeded, Type: subnetType}, "", true,
		},
		"a later one": {api.Fault{Kind: api.QuotaExceeded, Nth: 3}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSlowWorld(t)
			if err := w.cloud.OrderFaults([]api.Fault{c.fault}); err != nil {
				t.Fatal(err)
			}
			inputs := map[string]any{"cidrBlock": "10.0.0.0/16"}
			first, err := w.try(vpcType, "a", inputs)
			if (err != nil) != (c.fails != "") || !strings.Contains(message(err), c.fails) {
				t.Errorf("the error is %q, want one with %q", message(err), c.fails)
			}
			if exists := len(w.cloud.Resources()) > 0; exists != c.exists || exists != (first != nil) {
				t.Errorf("there is a VPC: %t, and the caller knows of it: %t; want %t", exists, first != nil, c.exists)
			}
			w.create(vpcType, "b", inputs)
		})
	}
}

// TestNotYetVisible proves that what was just made is hidden from the first that names it: for as long as the provider
// tries again nobody notices, and then that one fails once.
func TestNotYetVisible(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seconds float64
		fails   string
	}{
		"for a while": {10, ""},
		"for long":    {200, "cannot be found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSlowWorld(t)
			fault := api.Fault{Kind: api.NotYetVisible, Type: vpcType, Seconds: c.seconds}
			if err := w.cloud.OrderFaults([]api.Fault{fault}); err != nil {
				t.Fatal(err)
			}
			vpc := w.create(vpcType, "a", map[string]any{"cidrBlock": "10.0.0.0/16"})
			inputs := map[string]any{"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24"}
			began := time.Now()
			_, err := w.try(subnetType, "b", inputs)
			if (err != nil) != (c.fails != "") || !strings.Contains(message(err), c.fails) {
				t.Errorf("the error is %q, want one with %q", message(err), c.fails)
			}
			if took := time.Since(began).Seconds(); err == nil && took < c.seconds*0.01 {
				t.Errorf("it took %v s, less than %v s", took, c.seconds*0.01)
			}
			w.create(subnetType, "c", map[string]any{"vpcId": vpc.id, "cidrBlock": "10.0.1.0/24"})
		})
	}
}

// TestHeld proves that an operation which is held stays until its caller has gone, with its effect or without.
func TestHeld(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   api.FaultKind
		exists bool
	}{
		"before its effect": {api.HeldBefore, false},
		"after its effect":  {api.HeldAfter, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.cloud.OrderFaults([]api.Fault{{Kind: c.kind}}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			vpc := &thing{token: vpcType, name: "a"}
			_, err := w.server.Create(ctx, &rpc.CreateRequest{
				Urn: vpc.urn(), Properties: w.marshal(catalog.FromPlainMap(map[string]any{"cidrBlock": "10.0.0.0/16"})),
			})
			if err == nil {
				t.Error("the operation has come to an end")
			}
			if exists := len(w.cloud.Resources()) > 0; exists != c.exists {
				t.Errorf("there is a VPC: %t, want %t", exists, c.exists)
			}
		})
	}
}

func TestOrderFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for want, fault := range map[string]api.Fault{
		`faults[0].kind must be one of`: {Kind: "flood"},
		`faults[0].type must be a type that is simulated, such as aws:ec2/vpc:Vpc; got "aws:x/y:Z"`: {
			Kind: api.Slow, Type: "aws:x/y:Z",
		},
	} {
		if err := w.cloud.OrderFaults([]api.Fault{fault}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
