package cluster

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// maxPublicAccessCIDRs is EKS's limit.
const maxPublicAccessCIDRs = 40

// EndpointSpec says from where the Kubernetes API can be reached.
type EndpointSpec struct {
	PublicAccess      *bool                   `pulumi:"publicAccess,optional"`
	PrivateAccess     *bool                   `pulumi:"privateAccess,optional"`
	PublicAccessCidrs pulumi.StringArrayInput `pulumi:"publicAccessCidrs,optional"`
}

// Annotate describes the type in the schema.
func (s *EndpointSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "From where the Kubernetes API can be reached. All of it can be changed later without replacing "+
		"anything.")
	a.Describe(&s.PublicAccess, "Whether the API has an address on the internet. Default: true. With false, the "+
		"machine that runs Pulumi must reach the VPC (a VPN, or a runner inside it), for Flux is installed and drained "+
		"through the API; a warning says so.")
	a.Describe(&s.PrivateAccess, "Whether nodes and others in the VPC reach the API without leaving it. Default: true. "+
		"With false, nodes come through the NAT gateways, whose addresses `publicAccessCidrs` must then contain.")
	a.Describe(&s.PublicAccessCidrs, "The IPv4 ranges from which the public address may be used, such as "+
		"`203.0.113.0/24`: at least 1, at most 40, none of them private. Only with publicAccess. Default: the whole "+
		"internet, with a warning, which is safe only as far as IAM is; say `0.0.0.0/0` if that is meant.")
}

// HasPublicAccess returns whether the API has an address on the internet.
func (s *EndpointSpec) HasPublicAccess() bool {
	return s == nil || s.PublicAccess == nil || *s.PublicAccess
}

// HasPrivateAccess returns whether the API has an address in the VPC.
func (s *EndpointSpec) HasPrivateAccess() bool {
	return s == nil || s.PrivateAccess == nil || *s.PrivateAccess
}

// Validate applies the rules of the endpoint; path is where it stands among the inputs, raw what was given there.
func (s *EndpointSpec) Validate(path string, raw property.Value) inputs.Violations {
	var found inputs.Violations
	if !s.HasPublicAccess() && !s.HasPrivateAccess() {
		found.Addf(path, "publicAccess and privateAccess cannot both be false, for nobody would reach the API; "+
			"leave one of them true")
	}
	at, ranges := inputs.Join(path, "publicAccessCidrs"), inputs.At(raw, "publicAccessCidrs")
	if !ranges.IsNull() && !s.HasPublicAccess() {
		found.Addf(at, "has no effect while publicAccess is false; leave one of the two out")
		return found
	}
	if ranges.IsArray() {
		switch count := ranges.AsArray().Len(); {
		case count == 0:
			found.Addf(at, "must hold at least one range, because EKS takes an empty list for the whole internet; "+
				"leave it out if that is meant")
		case count > maxPublicAccessCIDRs:
			found.Addf(at, "must hold at most %d ranges, which is EKS's limit; got %d", maxPublicAccessCIDRs, count)
		}
	}
	checkTexts(&found, at, ranges, checkPublicRange)
	return found
}

func checkPublicRange(given string) error {
	block, err := netip.ParsePrefix(given)
	switch {
	case err != nil || !block.Addr().Is4():
		return fmt.Errorf("must be an IPv4 range such as 203.0.113.0/24; got %q", given)
	case block != block.Masked():
		return fmt.Errorf("must begin at a network address; for %q that is %q", given, block.Masked())
	case block.Addr().IsPrivate() || block.Addr().IsLoopback() || block.Addr().IsLinkLocalUnicast():
		return fmt.Errorf("must be a public range, because EKS refuses private ones here; got %q, set privateAccess "+
			"to true for callers inside the VPC", given)
	}
	return nil
}

// Warnings returns what is allowed but worth a thought.
func (s *EndpointSpec) Warnings() []string {
	restricted := s != nil && s.PublicAccessCidrs != nil
	switch {
	case !s.HasPublicAccess():
		return []string{"endpoint.publicAccess is false: Flux is installed and drained through the Kubernetes API, so " +
			"the machine that runs Pulumi must reach the VPC, through a VPN or from inside it"}
	case !restricted:
		return []string{"endpoint.publicAccessCidrs is not set: the Kubernetes API answers to the whole internet, and " +
			"only IAM guards it; give the ranges of those who use it, or 0.0.0.0/0 if this is meant"}
	case !s.HasPrivateAccess():
		return []string{"endpoint.privateAccess is false: nodes reach the Kubernetes API through the NAT gateways, and " +
			"join only if endpoint.publicAccessCidrs contains their addresses, which are the output natPublicIps"}
	}
	return nil
}
