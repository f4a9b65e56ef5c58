package flux

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// FluxMultitenancySpec keeps tenants of Flux apart.
type FluxMultitenancySpec struct {
	Enabled               *bool   `pulumi:"enabled,optional"`
	DefaultServiceAccount *string `pulumi:"defaultServiceAccount,optional"`
}

const defaultTenantAccount = "default"

// Annotate describes the specification in the schema.
func (s *FluxMultitenancySpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "Keeps tenants apart who share the cluster, as Flux documents it (\"multi-tenancy lockdown\"): no "+
		"references to other namespaces, no remote bases, and a service account for whatever names none.")
	a.Describe(&s.Enabled, "Whether tenants are kept apart. Default: true.")
	a.Describe(&s.DefaultServiceAccount, "The service account, in the namespace of each Kustomization and HelmRelease, "+
		"with which those apply that name none. Nobody gives it rights but you. Default: `"+defaultTenantAccount+"`.")
}

// tenantAccount returns the service account of tenants, or "" where they are not kept apart.
func (s FluxSpec) tenantAccount() string {
	if s.Multitenancy == nil || s.Multitenancy.Enabled != nil && !*s.Multitenancy.Enabled {
		return ""
	}
	return stringOr(s.Multitenancy.DefaultServiceAccount, defaultTenantAccount)
}

// rootAccount returns the service account with which our own Kustomizations apply. They stand above the tenants, and
// would apply with the tenants' account otherwise.
func (s FluxSpec) rootAccount() string {
	if s.tenantAccount() == "" {
		return ""
	}
	return manifests.KustomizeController
}

func (s FluxSpec) validateMultitenancy(found *inputs.Violations, path string) {
	if s.Multitenancy == nil || s.Multitenancy.DefaultServiceAccount == nil {
		return
	}
	path = inputs.Join(inputs.Join(path, "multitenancy"), "defaultServiceAccount")
	for _, reason := range validation.IsDNS1123Subdomain(*s.Multitenancy.DefaultServiceAccount) {
		found.Addf(path, "cannot name a service account: %s", reason)
	}
	if s.tenantAccount() == "" {
		found.Addf(path, "does nothing where multitenancy.enabled is false; leave out one of the two")
	}
}
