// Package external is an AWS that is none of the local cloud's: an emulator that somebody else runs, or a real account.
// The environment says where it is and who asks, with the variables that AWS's own SDKs read.
package external

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/inventory"
)

// GoAheadVariable must name the account when it is a real one: what is made there costs money.
const GoAheadVariable = "LOCALCLOUD_EXTERNAL_ACCOUNT"

// Account is an account as it was when it was opened, and what has come since.
type Account struct {
	region, endpoint string
	credentials      awssdk.Credentials
	before           map[aws.Resource]bool
}

// Open finds out whose account the environment leads to, and what is in it already. getenv is os.Getenv.
func Open(ctx context.Context, region string, getenv func(string) string) (*Account, error) {
	a := &Account{
		region:   cmp.Or(getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION"), region),
		endpoint: strings.TrimSuffix(getenv("AWS_ENDPOINT_URL"), "/"),
		credentials: awssdk.Credentials{
			AccessKeyID: getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"),
			SessionToken: getenv("AWS_SESSION_TOKEN"),
		},
		before: map[aws.Resource]bool{},
	}
	if a.credentials.AccessKeyID == "" || a.credentials.SecretAccessKey == "" {
		return nil, errors.New("an external AWS needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment; got " +
			"none: set them, or take another AWS")
	}
	goAhead := getenv(GoAheadVariable)
	if a.endpoint == "" && goAhead == "" {
		return nil, fmt.Errorf("without AWS_ENDPOINT_URL this is a real account, where everything costs money: set %s "+
			"to its number to go ahead", GoAheadVariable)
	}
	if err := a.mustBe(ctx, goAhead); err != nil {
		return nil, err
	}
	found, err := a.list(ctx)
	if err != nil {
		return nil, err
	}
	for _, resource := range found {
		a.before[resource] = true
	}
	return a, nil
}

// mustBe compares the account with the one that was named, if one was.
func (a *Account) mustBe(ctx context.Context, named string) error {
	var caller struct {
		Account string `xml:"GetCallerIdentityResult>Account"`
	}
	if err := a.client().Query(ctx, "sts", "GetCallerIdentity", nil, &caller); err != nil {
		return fmt.Errorf("asking whose account this is: %w", err)
	}
	if named != "" && named != caller.Account {
		return fmt.Errorf("%s must be the account of the credentials, %s; got %s", GoAheadVariable, caller.Account, named)
	}
	return nil
}

// Region is where the account is looked at.
func (a *Account) Region() string { return a.region }

// Resources lists what has come into the account since it was opened.
func (a *Account) Resources(ctx context.Context) ([]aws.Resource, error) {
	found, err := a.list(ctx)
	if err != nil {
		return nil, err
	}
	added := []aws.Resource{}
	for _, resource := range found {
		if !a.before[resource] {
			added = append(added, resource)
		}
	}
	inventory.Sort(added)
	return added, nil
}

func (a *Account) list(ctx context.Context) ([]aws.Resource, error) {
	found, err := a.client().Resources(ctx)
	if err != nil {
		return nil, err
	}
	clusters, err := a.client().Clusters(ctx)
	return append(found, clusters...), err
}

// Authenticate lets nobody in: the clusters are elsewhere.
func (a *Account) Authenticate(cluster, _ string) (aws.Identity, error) {
	return aws.Identity{}, fmt.Errorf("cluster %q is not of this local cloud", cluster)
}

// Credentials are none: those of the environment stay there.
func (a *Account) Credentials() []aws.Credential { return nil }

// Wait has nothing to wait for.
func (a *Account) Wait() {}

func (a *Account) client() inventory.Client { return inventory.Client{Send: a.send} }

// place is where a service answers, and the region that it wants a signature for.
func (a *Account) place(service string) (endpoint, region string) {
	switch {
	case a.endpoint != "":
		return a.endpoint, a.region
	case service == "iam": // one for all regions
		return "https://iam.amazonaws.com", "us-east-1"
	}
	return "https://" + service + "." + a.region + ".amazonaws.com", a.region
}

func (a *Account) send(
	ctx context.Context, method, path, service string, header map[string]string, body []byte,
) ([]byte, error) {
	endpoint, region := a.place(service)
	request, err := http.NewRequestWithContext(ctx, method, endpoint+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making a request to %s: %w", service, err)
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	request.Header.Set("X-Amz-Content-Sha256", hash) // S3 insists on it
	if err := v4.NewSigner().SignHTTP(ctx, a.credentials, request, hash, service, region, time.Now()); err != nil {
		return nil, fmt.Errorf("signing a request to %s: %w", service, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", service, err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the answer of %s: %w", service, err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s answers %d: %s", service, response.StatusCode, content)
	}
	return content, nil
}
