package localcloud

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	awsapi "github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/api"
)

// Operation is an operation on a resource that the simulated AWS was asked for.
type Operation = awsapi.Operation

// Fault is something that goes wrong in the simulated AWS.
type Fault = awsapi.Fault

// Operations are the operations on resources since the daemon was started.
func (c *LocalCloud) Operations(ctx context.Context) ([]Operation, error) {
	var operations []Operation
	err := c.request(ctx, http.MethodGet, api.AWS+awsapi.OperationsPath, &operations)
	return operations, err
}

// OrderFaults lets the simulated AWS meet faults, in the place of those that were ordered before.
func (c *LocalCloud) OrderFaults(ctx context.Context, faults ...Fault) error {
	body, err := json.Marshal(append([]Fault{}, faults...))
	if err != nil {
		return fmt.Errorf("encoding faults: %w", err)
	}
	url := c.Endpoint + api.AWS + awsapi.FaultsPath
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ordering faults: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ordering faults: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("ordering faults: %s: %w", response.Status, err)
	}
	return fmt.Errorf("ordering faults: %s: %s", response.Status, bytes.TrimSpace(answer))
}
