package cluster

import (
	"regexp"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// DefaultVersion is the Kubernetes version of a cluster for which none is given. It changes only in a major release of
// this package: a default that moved would upgrade clusters whose owners did not ask.
const DefaultVersion = "1.35"

// EndpointSpec says from where the Kubernetes API can be reached.
type EndpointSpec struct {
	PublicAccess      *bool                   `pulumi:"publicAccess,optional"`
	PrivateAccess     *bool                   `pulumi:"privateAccess,optional"`
	PublicAccessCidrs pulumi.StringArrayInput `pulumi:"publicAccessCidrs,optional"`
}

// Annotate describes the type in the schema.
func (s *EndpointSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "From where the Kubernetes API can be reached.")
	a.Describe(&s.PublicAccess, "Whether the API has an address on the internet. Default: true. The machine that runs "+
		"Pulumi must reach the API, because Flux is installed through it.")
	a.Describe(&s.PrivateAccess, "Whether nodes and others in the VPC reach the API without leaving it. Default: true.")
	a.Describe(&s.PublicAccessCidrs, "The IPv4 ranges from which the public address may be used, such as "+
		"`203.0.113.0/24`; at most 40. Default: the whole internet, which is safe only as far as IAM is.")
}

// HasPublicAccess returns whether the API has an address on the internet.
func (s *EndpointSpec) HasPublicAccess() bool {
	return s == nil || s.PublicAccess == nil || *s.PublicAccess
}

// HasPrivateAccess returns whether the API has an address in the VPC.
func (s *EndpointSpec) HasPrivateAccess() bool {
	return s == nil || s.PrivateAccess == nil || *s.PrivateAccess
}

// Validate applies the rules of the endpoint; path is where it stands among the inputs.
func (s *EndpointSpec) Validate(path string) inputs.Violations {
	var found inputs.Violations
	if !s.HasPublicAccess() && !s.HasPrivateAccess() {
		found.Addf(path, "publicAccess and privateAccess cannot both be false, for nobody would reach the API; "+
			"leave one of them true")
	}
	return found
}

var (
	clusterName       = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$`)
	kubernetesVersion = regexp.MustCompile(`^1\.[0-9]{2}$`)
)

// ValidateName applies EKS's rule for the name of a cluster.
func ValidateName(path, name string) inputs.Violations {
	var found inputs.Violations
	if !clusterName.MatchString(name) {
		found.Addf(path, "must begin with a letter or digit and hold at most 100 letters, digits, hyphens and "+
			"underscores; got %q", name)
	}
	return found
}

// ValidateVersion applies the form of a Kubernetes version.
func ValidateVersion(path, version string) inputs.Violations {
	var found inputs.Violations
	if !kubernetesVersion.MatchString(version) {
		found.Addf(path, "must be a Kubernetes minor version such as %s; got %q", DefaultVersion, version)
	}
	return found
}
