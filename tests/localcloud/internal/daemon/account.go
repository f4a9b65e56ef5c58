package daemon

import (
	"context"
	"fmt"
	"os"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/external"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/moto"
)

// simulatedAccount is the simulated AWS as an account.
type simulatedAccount struct{ *aws.Cloud }

func (a simulatedAccount) Resources(context.Context) ([]aws.Resource, error) {
	return a.Cloud.Resources(), nil
}

// openAccount opens the AWS that was asked for.
func (d *daemon) openAccount(ctx context.Context) error {
	o := d.options
	var backend aws.ClusterBackend = d.backend
	if o.Hollow {
		backend = hollow{d.backend.Versions()}
	}
	switch o.AWS {
	case api.Simulator:
		cloud, err := aws.New(ctx, aws.Options{
			StatePath: o.Dir.Account(), Region: Region, AccountID: AccountID, Backend: backend,
			Latency: o.Latency, Quotas: o.Quotas,
		})
		if err != nil {
			return err
		}
		d.cloud, d.simulated = simulatedAccount{cloud}, cloud
		return nil
	case api.Moto:
		emulated, err := moto.New(ctx, moto.Options{
			ToolsDir: o.ToolsDir, Region: Region, AccountID: AccountID, Backend: backend, Supervisor: d.supervisor, Log: o.Log,
		})
		if err != nil {
			return err
		}
		d.cloud = emulated
		return d.serve(ctx, d.ports.AWS, emulated.Handler())
	case api.External:
		outside, err := external.Open(ctx, Region, os.Getenv)
		if err != nil {
			return err
		}
		d.cloud, d.region = outside, outside.Region()
		return nil
	}
	return fmt.Errorf("opening an AWS account: the AWS must be %s, %s or %s; got %q", api.Simulator, api.Moto,
		api.External, o.AWS)
}
