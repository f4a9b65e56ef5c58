package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
)

// TestSettle proves that what `make demo-destroy` prints is read from the simulated AWS: something that is planted
// there is counted, named, and an error.
func TestSettle(t *testing.T) {
	t.Parallel()
	for name, planted := range map[string]int{"nothing left": 0, "a leftover": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud, err := localcloud.Start(t.Context(), localcloud.Options{Dir: t.TempDir(), DieWithCaller: true})
			if err != nil {
				t.Fatal(err)
			}
			var want, printed strings.Builder
			fmt.Fprintf(&want, "%d AWS resources remain\n", planted)
			for range planted {
				id := plant(t, cloud)
				fmt.Fprintf(&want, "  aws:ec2/eip:Eip %s (%s)\n", id, id)
			}
			err = settle(t.Context(), &printed, cloud)
			if printed.String() != want.String() {
				t.Errorf("printed %q, want %q", printed.String(), want.String())
			}
			if (err != nil) != (planted > 0) {
				t.Errorf("with %d leftovers the error is %v", planted, err)
			}
			left, err := localcloud.Processes(cloud.Dir)
			if err != nil || len(left) > 0 {
				t.Errorf("processes that are left: %v %v", left, err)
			}
		})
	}
}

// plant makes an elastic IP that no stack knows of.
func plant(t *testing.T, cloud *localcloud.LocalCloud) string {
	t.Helper()
	administrator := cloud.AccessKeys[0]
	client := api.Client{
		Endpoint:        cloud.Endpoint,
		AccessKeyID:     administrator.AccessKeyID,
		SecretAccessKey: administrator.SecretAccessKey,
	}
	response, err := client.Do(t.Context(), api.CreatePath, api.Request{
		Type: "aws:ec2/eip:Eip", Inputs: map[string]any{"domain": "vpc"}, Region: cloud.Region,
	})
	if err != nil || response.Error != "" {
		t.Fatal(err, response.Error)
	}
	return response.ID
}
