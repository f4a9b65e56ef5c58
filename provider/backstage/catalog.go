package backstage

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// FactOutputs are the facts while they are still outputs of resources.
type FactOutputs struct {
	ClusterName, ClusterArn, Version, Region, AccountID, Endpoint, CertificateAuthorityData pulumi.StringInput

	VpcID, VpcArn, VpcCIDRBlock pulumi.StringInput

	SyncURL, SyncRef, SyncPath pulumi.StringInput

	StackSlug string

	Given Given
}

// Given are the inputs that flow through, each nil where it is not given.
type Given struct {
	AssumeRoleArn, ExternalID, VpcEntityRef pulumi.StringInput

	// Annotations stand by entity: component, cluster, vpc.
	Annotations pulumi.StringMapMap
}

// Given returns the inputs that flow through.
func (s *BackstageSpec) Given() Given {
	if s == nil {
		return Given{}
	}
	given := Given{AssumeRoleArn: s.AssumeRoleArn, ExternalID: s.ExternalID, VpcEntityRef: s.VpcEntityRef}
	if given.AssumeRoleArn == nil {
		given.AssumeRoleArn = s.AccessRoleArn
	}
	if s.Annotations != nil {
		given.Annotations = pulumi.StringMapMap{
			"component": pulumi.StringMap(s.Annotations.Component),
			"cluster":   pulumi.StringMap(s.Annotations.Cluster),
			"vpc":       pulumi.StringMap(s.Annotations.Vpc),
		}
	}
	return given
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
	known := pulumi.All(facts.outputs(), facts.Given.Annotations)
	entities := func(values []any) []Entity {
		texts, _ := values[0].(map[string]string)
		annotations, _ := values[1].(map[string]map[string]string)
		return Entities(settings, newFacts(texts, annotations, facts.StackSlug))
	}
	return Catalog{
		Info: known.ApplyT(func(values []any) (string, error) {
			return CatalogInfo(entities(values))
		}).(pulumi.StringOutput),
		Entities: known.ApplyT(func(values []any) ([]any, error) {
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
		"assumeRoleArn":            orNothing(f.Given.AssumeRoleArn),
		"externalId":               orNothing(f.Given.ExternalID),
		"vpcEntityRef":             orNothing(f.Given.VpcEntityRef),
	}.ToStringMapOutput()
}

func orNothing(given pulumi.StringInput) pulumi.StringInput {
	if given == nil {
		return pulumi.String("")
	}
	return given
}

func newFacts(known map[string]string, annotations map[string]map[string]string, stackSlug string) Facts {
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
		AssumeRoleArn:            known["assumeRoleArn"],
		ExternalID:               known["externalId"],
		VpcEntityRef:             known["vpcEntityRef"],
		Annotations: Annotations{
			Component: annotations["component"], Cluster: annotations["cluster"], VPC: annotations["vpc"],
		},
	}
}
