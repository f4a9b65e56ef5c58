package cluster

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// KubeconfigSpec says how the kubeconfig signs in and reaches the cluster.
type KubeconfigSpec struct {
	RoleArn     pulumi.StringInput `pulumi:"roleArn,optional"`
	ProfileName pulumi.StringInput `pulumi:"profileName,optional"`
	ProxyUrl    pulumi.StringInput `pulumi:"proxyUrl,optional"`
}

// Annotate describes the type in the schema.
func (s *KubeconfigSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "How the kubeconfig signs in and reaches the cluster: the output, and the one with which Flux is "+
		"installed. It always names the region, and never holds credentials.")
	a.Describe(&s.RoleArn, "The ARN of an IAM role that the kubeconfig takes, such as "+
		"`arn:aws:iam::123456789012:role/ops`. Whoever uses it, and the machine that runs Pulumi, must be allowed to take "+
		"the role; that works across accounts. The role gets an access entry called `kubeconfig` with ClusterAdmin, in the "+
		"place of the entry `creator`. Default: none, the kubeconfig signs in as whoever uses it. Needed where an explicit "+
		"aws provider assumes a role that the environment does not.")
	a.Describe(&s.ProfileName, "The profile of the AWS configuration with which the kubeconfig signs in; it must exist "+
		"wherever the kubeconfig is used, this machine included. Default: none, the environment decides.")
	a.Describe(&s.ProxyUrl, "The proxy through which the Kubernetes API is reached, such as "+
		"`http://proxy.example.com:3128` or `socks5://127.0.0.1:1080`. Default: none, but for the variables HTTPS_PROXY "+
		"and NO_PROXY of the environment.")
}

// Validate applies the rules of the settings; path is where they stand among the inputs, raw what was given there.
func (s *KubeconfigSpec) Validate(path string, raw property.Value) inputs.Violations {
	var found inputs.Violations
	checkText(&found, inputs.Join(path, "roleArn"), inputs.At(raw, "roleArn"), func(given string) error {
		if err := checkPrincipal(given); err != nil {
			return err
		}
		if !roleARN.MatchString(given) {
			return fmt.Errorf("must be the ARN of an IAM role, for users cannot be taken; got %q", given)
		}
		return nil
	})
	checkText(&found, inputs.Join(path, "profileName"), inputs.At(raw, "profileName"), func(given string) error {
		if given == "" {
			return errors.New("must be the name of a profile; leave it out for none")
		}
		return nil
	})
	checkText(&found, inputs.Join(path, "proxyUrl"), inputs.At(raw, "proxyUrl"), checkProxy)
	return found
}

// checkProxy does not quote what was given: there may be a password in it.
func checkProxy(given string) error {
	proxy, err := url.Parse(given)
	if err != nil || proxy.Host == "" || !slices.Contains([]string{"http", "https", "socks5"}, proxy.Scheme) {
		return errors.New("must be a URL with the scheme http, https or socks5 and a host, such as " +
			"http://proxy.example.com:3128")
	}
	return nil
}

// UnknownIdentity warns of an aws provider that is not the default one: it may have an identity which the aws program
// does not know that signs in for the kubeconfig.
func (s *KubeconfigSpec) UnknownIdentity(explicitProvider bool) []string {
	if !explicitProvider || s != nil && (s.RoleArn != nil || s.ProfileName != nil) {
		return nil
	}
	return []string{"an explicit aws provider is given, but neither kubeconfigSettings.roleArn nor .profileName: where " +
		"that provider has another identity than the environment, the kubeconfig signs in as the wrong one and the " +
		"cluster refuses it; set one of the two unless both are the same"}
}
