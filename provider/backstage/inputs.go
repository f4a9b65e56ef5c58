package backstage

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// UnknownOwner is the owner of entities for which none is given; Backstage's own AWS providers use it too.
	UnknownOwner = "unknown"
	// DefaultNamespace is Backstage's own default.
	DefaultNamespace = "default"

	defaultLifecycle     = "production"
	defaultComponentType = "gitops"
	// defaultClusterType is what Backstage's catalog cluster locator looks for.
	defaultClusterType  = "kubernetes-cluster"
	defaultAuthProvider = "aws"

	// hashLength keeps names apart that were cut at the same place.
	hashLength = 6
)

// BackstageSpec describes how the cluster appears in the developer portal.
type BackstageSpec struct {
	Owner         *string                   `pulumi:"owner,optional"`
	System        *string                   `pulumi:"system,optional"`
	Name          *string                   `pulumi:"name,optional"`
	Namespace     *string                   `pulumi:"namespace,optional"`
	Lifecycle     *string                   `pulumi:"lifecycle,optional"`
	ComponentType *string                   `pulumi:"componentType,optional"`
	ClusterType   *string                   `pulumi:"clusterType,optional"`
	AuthProvider  *string                   `pulumi:"authProvider,optional"`
	AccessRoleArn pulumi.StringInput        `pulumi:"accessRoleArn,optional"`
	AssumeRoleArn pulumi.StringInput        `pulumi:"assumeRoleArn,optional"`
	ExternalID    pulumi.StringInput        `pulumi:"externalId,optional"`
	Annotations   *BackstageAnnotationsSpec `pulumi:"annotations,optional"`
	Tags          []string                  `pulumi:"tags,optional"`
	Links         []BackstageLinkSpec       `pulumi:"links,optional"`
	VpcEntityRef  pulumi.StringInput        `pulumi:"vpcEntityRef,optional"`
	EmitSystem    *bool                     `pulumi:"emitSystem,optional"`
	Publish       *BackstagePublishSpec     `pulumi:"publish,optional"`

	ServiceAccountToken *bool `pulumi:"serviceAccountToken,optional"`
}

// BackstagePublishSpec says where the document is written to.
type BackstagePublishSpec struct {
	Bucket pulumi.StringInput `pulumi:"bucket"`
	Key    *string            `pulumi:"key,optional"`
}

// BackstageAnnotationsSpec adds annotations to the entities.
type BackstageAnnotationsSpec struct {
	Component map[string]pulumi.StringInput `pulumi:"component,optional"`
	Cluster   map[string]pulumi.StringInput `pulumi:"cluster,optional"`
	Vpc       map[string]pulumi.StringInput `pulumi:"vpc,optional"`
}

// BackstageLinkSpec is a link on the pages of the portal.
type BackstageLinkSpec struct {
	URL   string  `pulumi:"url"`
	Title *string `pulumi:"title,optional"`
	Icon  *string `pulumi:"icon,optional"`
	Type  *string `pulumi:"type,optional"`
}

// Settings are the plain inputs with their defaults filled in.
type Settings struct {
	Owner, System, Name, Namespace                      string
	Lifecycle, ComponentType, ClusterType, AuthProvider string

	Tags  []string
	Links []Link
	// EmitSystem has the system described too.
	EmitSystem bool
	// ForeignVPC is true for a VPC that somebody else describes: a second entity of the name would be refused.
	ForeignVPC bool
}

// WantsToken tells whether Backstage is to look into the cluster with a token.
func (s *BackstageSpec) WantsToken() bool {
	return s != nil && s.ServiceAccountToken != nil && *s.ServiceAccountToken
}

// Settings fills in the defaults for the cluster called clusterName.
func (s *BackstageSpec) Settings(clusterName string) Settings {
	settings := Settings{
		Owner: UnknownOwner, Name: entityName(clusterName), Namespace: DefaultNamespace, Lifecycle: defaultLifecycle,
		ComponentType: defaultComponentType, ClusterType: defaultClusterType, AuthProvider: defaultAuthProvider,
	}
	if s == nil {
		return settings
	}
	for _, given := range []struct {
		from *string
		to   *string
	}{
		{s.Owner, &settings.Owner}, {s.System, &settings.System},
		{s.Name, &settings.Name}, {s.Namespace, &settings.Namespace},
		{s.Lifecycle, &settings.Lifecycle}, {s.ComponentType, &settings.ComponentType},
		{s.ClusterType, &settings.ClusterType}, {s.AuthProvider, &settings.AuthProvider},
	} {
		if given.from != nil {
			*given.to = *given.from
		}
	}
	settings.Tags = s.Tags
	for _, link := range s.Links {
		settings.Links = append(settings.Links, Link{
			URL: link.URL, Title: textOf(link.Title), Icon: textOf(link.Icon), Type: textOf(link.Type),
		})
	}
	settings.EmitSystem = s.EmitSystem != nil && *s.EmitSystem
	settings.ForeignVPC = s.VpcEntityRef != nil
	return settings
}

// Warnings says what may be meant but mostly is not.
func (s Settings) Warnings() []string {
	var warnings []string
	if s.Owner == UnknownOwner {
		warnings = append(warnings, "backstage.owner is not set: the entities in the catalog belong to nobody; set it to a "+
			"group such as group:default/platform")
	}
	if s.ClusterType != defaultClusterType {
		warnings = append(warnings, "backstage.clusterType is not "+defaultClusterType+": Backstage's Kubernetes plugin "+
			"does not find the cluster in the catalog")
	}
	return warnings
}

func textOf(given *string) string {
	if given == nil {
		return ""
	}
	return *given
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// entityName makes a name that Backstage accepts and its cluster locator finds. EKS allows more: upper case,
// underscores, 100 characters.
func entityName(clusterName string) string {
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(clusterName), "-"), "-")
	if len(name) <= maxName-maxSuffix {
		return name
	}
	sum := sha256.Sum256([]byte(clusterName))
	kept := strings.TrimRight(name[:maxName-maxSuffix-hashLength-1], "-")
	return kept + "-" + hex.EncodeToString(sum[:])[:hashLength]
}
