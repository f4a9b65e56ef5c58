// Package localcloud starts, finds and stops local clouds: an AWS account and its EKS clusters on one machine, for
// tests and demonstrations. README.md says what of it is real.
//
// A local cloud is a folder and a daemon. The folder keeps everything that has to survive; the daemon, a process of
// its own, runs whatever runs, so that several programs (a test, the plugins of a Pulumi program, a user's kubectl)
// share it.
package localcloud

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	awsapi "github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/layout"
)

// LocalCloud is a local cloud whose daemon runs, or ran when it was attached to.
type LocalCloud struct {
	// Dir is the folder of the local cloud.
	Dir string
	// Endpoint is the URL of the daemon's web server. The simulated pulumi-resource-aws finds it in the environment
	// variable LOCALCLOUD_ENDPOINT.
	Endpoint string
	// RegistryHost is the host and port of the OCI registry, which speaks plain HTTP.
	RegistryHost string
	// SignerKey is the public half, as PEM, of the key that Flux's artifacts in the registry are signed with.
	SignerKey string
	// Region is the region of the simulated AWS.
	Region string
	// AccessKeys are the access keys of the account's principals. The first one is the administrator's, who is who the
	// environment of Env acts as; the user "outsider" and the role "portal" may do nothing.
	AccessKeys []AccessKey
	// AWS is Simulator, Moto or External.
	AWS string
	// AWSEndpoint is where all services of Moto answer; empty with others.
	AWSEndpoint string

	terraformProvider string
}

// The AWS that a local cloud can have.
const (
	// Simulator is the simulated AWS: fast and strict, and ours.
	Simulator = api.Simulator
	// Moto is an emulator that others made, with the real terraform-provider-aws in front of it.
	Moto = api.Moto
	// External is an AWS that the environment names: an emulator that somebody else runs, or a real account.
	External = api.External
)

// ChosenAWS is the AWS that the environment chooses for local clouds: by LOCALCLOUD_AWS, and Simulator without it.
func ChosenAWS() string { return cmp.Or(os.Getenv(layout.AWSVariable), Simulator) }

// AccessKey is an access key of a principal of the simulated account.
type AccessKey = layout.AccessKey

// Report describes a local cloud.
type Report = api.Report

// Resource is something in the simulated account: its Pulumi type token, id and name.
type Resource = awsapi.Resource

// ErrNotRunning is wrapped by Attach when there is no daemon.
var ErrNotRunning = errors.New("no daemon runs there")

// Attach finds the daemon that runs in a folder.
func Attach(ctx context.Context, dir string) (*LocalCloud, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("attaching to the local cloud in %s: %w", dir, err)
	}
	var connection layout.Connection
	err = layout.ReadJSON(layout.Dir(dir).Connection(), &connection)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("attaching to the local cloud in %s: %w", dir, ErrNotRunning)
	}
	if err != nil {
		return nil, fmt.Errorf("attaching to the local cloud in %s: %w", dir, err)
	}
	c := &LocalCloud{
		Dir: dir, Endpoint: connection.Endpoint, RegistryHost: connection.RegistryHost, Region: connection.Region,
		AccessKeys: connection.AccessKeys, SignerKey: connection.SignerKey, AWS: connection.AWS,
		AWSEndpoint: connection.AWSEndpoint, terraformProvider: connection.TerraformProvider,
	}
	if _, err := c.Report(ctx); err != nil {
		return nil, fmt.Errorf("attaching to the local cloud in %s: %w (%w)", dir, ErrNotRunning, err)
	}
	return c, nil
}

// Report asks the daemon how it is.
func (c *LocalCloud) Report(ctx context.Context) (Report, error) {
	var report Report
	err := c.request(ctx, http.MethodGet, api.Status, &report)
	return report, err
}

// Resources lists what is in the account, without what AWS makes by itself and removes with its owner.
func (c *LocalCloud) Resources(ctx context.Context) ([]Resource, error) {
	var resources []Resource
	err := c.request(ctx, http.MethodGet, api.Resources, &resources)
	return resources, err
}

// AdminKubeconfig is the file of a kubeconfig for the administrator of a cluster, who needs no AWS identity.
func (c *LocalCloud) AdminKubeconfig(ctx context.Context, cluster string) (file string, err error) {
	report, err := c.Report(ctx)
	if err != nil {
		return "", err
	}
	var names []string
	for _, candidate := range report.Clusters {
		if candidate.Name == cluster {
			return candidate.Kubeconfig, nil
		}
		names = append(names, candidate.Name)
	}
	return "", fmt.Errorf("looking for the kubeconfig of cluster %q: there is no such cluster; use one of %q",
		cluster, names)
}

func (c *LocalCloud) request(ctx context.Context, method, path string, result any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, c.Endpoint+path, nil)
	if err != nil {
		return fmt.Errorf("making a request to the local cloud: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("asking the local cloud: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("reading the answer of the local cloud: %w", err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("asking the local cloud for %s: %s: %s", path, response.Status, body)
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(body, result); err != nil {
		return fmt.Errorf("decoding the answer of the local cloud: %w", err)
	}
	return nil
}
