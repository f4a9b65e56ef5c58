package backstage

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// FactOutputs are the facts while they are still outputs of resources.
type FactOutputs struct {
	ClusterName, ClusterArn, Version, Region, AccountID, Endpoint, CertificateAuthorityData pulumi.StringInput

	VpcID, VpcArn, VpcCIDRBlock pulumi.StringInput

	SyncURL, SyncRef, SyncPath pulumi.StringInput

	StackSlug string
}

// Catalog is the description of a cluster as outputs.
type Catalog struct {
	// Info is the catalog-info document.
	Info pulumi.StringOutput
	// Entities are the same documents as objects.
	Entities pulumi.ArrayOutput
}

// NewCatalog renders the description as soon as all facts are known.
func NewCatalog(settings Settings, facts FactOutputs) Catalog {
	known := facts.outputs()
	entities := func(values map[string]string) []Entity {
		return Entities(settings, newFacts(values, facts.StackSlug))
	}
	return Catalog{
		Info: known.ApplyT(func(values map[string]string) (string, error) {
			return CatalogInfo(entities(values))
		}).(pulumi.StringOutput),
		Entities: known.ApplyT(func(values map[string]string) ([]any, error) {
			return Untyped(entities(values))
		}).(pulumi.ArrayOutput),
	}
}

// outputs gathers the facts in one output: with one for each, pulumi.All gives a list in which only the order says
// what is what.
func (f FactOutputs) outputs() pulumi.StringMapOutput {
	return pulumi.StringMap{
		"clusterName":              f.ClusterName,
		"clusterArn":               f.ClusterArn,
		"version":                  f.Version,
		"region":                   f.Region,
		"accountId":                f.AccountID,
		"endpoint":                 f.Endpoint,
		"certificateAuthorityData": f.CertificateAuthorityData,
		"vpcId":                    f.VpcID,
		"vpcArn":                   f.VpcArn,
		"vpcCidrBlock":             f.VpcCIDRBlock,
		"syncUrl":                  f.SyncURL,
		"syncRef":                  f.SyncRef,
		"syncPath":                 f.SyncPath,
	}.ToStringMapOutput()
}

func newFacts(known map[string]string, stackSlug string) Facts {
	return Facts{
		ClusterName:              known["clusterName"],
		ClusterArn:               known["clusterArn"],
		Version:                  known["version"],
		Region:                   known["region"],
		AccountID:                known["accountId"],
		Endpoint:                 known["endpoint"],
		CertificateAuthorityData: known["certificateAuthorityData"],
		VpcID:                    known["vpcId"],
		VpcArn:                   known["vpcArn"],
		VpcCIDRBlock:             known["vpcCidrBlock"],
		SyncURL:                  known["syncUrl"],
		SyncRef:                  known["syncRef"],
		SyncPath:                 known["syncPath"],
		StackSlug:                stackSlug,
	}
}
