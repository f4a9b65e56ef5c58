package localcloud

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	awsapi "github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/api"
)

// Env is the environment of a program that works with the local cloud as the account's administrator, for example
// `pulumi`, `kubectl` or `aws eks get-token`: what to add to the environment it has anyway. A program that must not see
// the caller's own AWS configuration gets the result of Environ.
func (c *LocalCloud) Env() []string {
	if c.AWS == External {
		// The rest is in the environment anyway.
		return []string{
			"AWS_REGION=" + c.Region, "AWS_DEFAULT_REGION=" + c.Region, "NO_PROXY=" + noProxy(os.Getenv("NO_PROXY")),
		}
	}
	if len(c.AccessKeys) == 0 {
		return c.EnvAs(AccessKey{})
	}
	return c.EnvAs(c.AccessKeys[0])
}

// EnvAs is the environment of Env for another principal.
func (c *LocalCloud) EnvAs(key AccessKey) []string {
	// A file that is never there: os.DevNull would do for the SDKs, but the AWS CLI wants to write next to it.
	nothing := filepath.Join(c.Dir, "no-aws-configuration")
	variables := []string{
		awsapi.EndpointVariable + "=" + c.Endpoint,
		// For `aws eks describe-cluster`. Not for STS: `aws eks get-token` would sign for another host, and asks nobody.
		"AWS_ENDPOINT_URL_EKS=" + c.eksEndpoint(),
		"AWS_ACCESS_KEY_ID=" + key.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + key.SecretAccessKey,
		"AWS_REGION=" + c.Region,
		"AWS_DEFAULT_REGION=" + c.Region,
		"AWS_CONFIG_FILE=" + nothing,
		"AWS_SHARED_CREDENTIALS_FILE=" + nothing,
		"AWS_EC2_METADATA_DISABLED=true",
		// Signing needs no network, and this keeps it so: a regional host name, whatever the CLI's version prefers.
		"AWS_STS_REGIONAL_ENDPOINTS=regional",
		"AWS_PAGER=",
		"NO_PROXY=" + noProxy(os.Getenv("NO_PROXY")),
	}
	if c.AWS == Moto {
		variables = append(variables,
			"WITNESS_ENDPOINT="+c.AWSEndpoint, "WITNESS_TERRAFORM_PROVIDER="+c.terraformProvider)
	}
	return variables
}

// eksEndpoint is where EKS answers: below a path on the simulated AWS, and beside all other services on moto.
func (c *LocalCloud) eksEndpoint() string {
	if c.AWS == Moto {
		return c.AWSEndpoint
	}
	return c.Endpoint + api.EKS
}

// Environ is a whole environment: that of this process without anything about AWS or a cluster, and Env.
func (c *LocalCloud) Environ() []string {
	// Taken out rather than set to nothing: the AWS CLI takes an empty AWS_PROFILE for the name of a profile.
	own := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return c.AWS != External && strings.HasPrefix(variable, "AWS_") || strings.HasPrefix(variable, "KUBECONFIG=")
	})
	return append(own, c.Env()...)
}

// noProxy keeps requests to this machine away from a proxy, which Go does by itself and other languages do not.
func noProxy(given string) string {
	if given == "" {
		return "127.0.0.1,localhost"
	}
	return given + ",127.0.0.1,localhost"
}
