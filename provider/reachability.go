package provider

import (
	"net/url"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/network"
)

// neededInside are the services that nodes without a way to the internet cannot do without.
// https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
var neededInside = []network.VpcEndpointService{
	network.EndpointEC2,     // nodes ask for their own names, and the VPC CNI for addresses
	network.EndpointECRAPI,  // the right to pull the images of EKS's add-ons
	network.EndpointECRDKR,  // these images
	network.EndpointEKSAuth, // credentials for pods, by EKS Pod Identity
	network.EndpointS3,      // the layers of images
	network.EndpointSTS,     // credentials for pods, by their service accounts
}

// validateReach refuses a network without a way to the internet unless all that nodes and Flux need is inside. It names
// everything that is missing; what is not known yet is left to the user.
func validateReach(args GitOpsClusterArgs, raw property.Map) inputs.Violations {
	var found inputs.Violations
	if network.IsExisting(nested(raw, "network")) || !args.network().IsIsolated() {
		return nil
	}
	const why = "because with natGateways.strategy None nodes have no way to the internet"
	var missing []string
	for _, service := range neededInside {
		if !slices.Contains(args.network().VpcEndpoints, service) {
			missing = append(missing, string(service))
		}
	}
	if len(missing) > 0 {
		found.Addf("network.vpcEndpoints", "must hold %s too, %s; add them, or use strategy Single",
			strings.Join(missing, ", "), why)
	}
	if !args.Endpoint.HasPrivateAccess() {
		found.Addf("endpoint.privateAccess", "must be true, %s, on which the public address of the API is; leave it out",
			why)
	}
	for _, address := range []struct{ path, given, way string }{
		{
			"flux.artifact.url", artifactURL(args.flux()),
			"copy the artifact to a registry inside, such as one of ECR, and give its address",
		},
		{
			"flux.registry", imagesURL(args.flux()),
			"copy the images of Flux's controllers to a registry inside and give its address",
		},
		{
			"sync.url", textAt(raw, "sync", "url"),
			"give the address of a server inside",
		},
	} {
		if host := publicHost(address.given); host != "" {
			found.Addf(address.path, "must be reachable inside the VPC, %s; got an address at %s, %s", why, host, address.way)
		}
	}
	return found
}

// artifactURL is where Flux will look for its own manifests.
func artifactURL(spec flux.FluxSpec) string {
	if spec.Artifact == nil || spec.Artifact.URL == nil {
		return flux.OfficialArtifact
	}
	return *spec.Artifact.URL
}

// imagesURL is where nodes will look for the images of Flux's controllers: where its project has them, unless said.
func imagesURL(spec flux.FluxSpec) string {
	if spec.Registry == nil {
		return "oci://ghcr.io/fluxcd"
	}
	return "oci://" + *spec.Registry
}

// publicHosts are servers of git repositories and of images that exist on the internet only.
var publicHosts = []string{
	"bitbucket.org", "codeberg.org", "dev.azure.com", "docker.io", "gcr.io", "ghcr.io", "github.com", "gitlab.com",
	"mcr.microsoft.com", "public.ecr.aws", "quay.io", "registry.k8s.io", "visualstudio.com",
}

// publicHost returns the host of an address if it is known to be public, or "".
func publicHost(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return "" // said elsewhere
	}
	host := strings.ToLower(parsed.Hostname())
	for _, public := range publicHosts {
		if host == public || strings.HasSuffix(host, "."+public) {
			return host
		}
	}
	return ""
}
