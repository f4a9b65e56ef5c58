package backstage

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Facts are what is known of a cluster once it is there.
type Facts struct {
	ClusterName              string
	ClusterArn               string
	Version                  string
	Region                   string
	AccountID                string
	Endpoint                 string
	CertificateAuthorityData string

	VpcID        string
	VpcArn       string
	VpcCIDRBlock string

	// SyncURL is the repository that Flux syncs; empty without one. The rest of the sync is its branch or other
	// reference, and the path in it.
	SyncURL  string
	SyncRef  string
	SyncPath string

	// StackSlug is organization/project/stack on Pulumi Cloud, empty on other backends.
	StackSlug string

	// AssumeRoleArn is the role that Backstage takes to ask the cluster, ExternalID what it says when it takes it; empty
	// without one.
	AssumeRoleArn string
	ExternalID    string
	// VpcEntityRef is the entity of a VPC that somebody else describes; empty without one.
	VpcEntityRef string
	Annotations  Annotations
}

// Annotations are what a user adds to the annotations of the entities.
type Annotations struct {
	Component, Cluster, VPC map[string]string
}

// Entity is one document of a catalog-info. Its fields stand in the order in which people write them.
type Entity struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   Metadata `json:"metadata"`
	Spec       Spec     `json:"spec"`
}

// Metadata is what the portal shows and other plugins read.
type Metadata struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	Links       []Link            `json:"links,omitempty"`
}

// Link is a link on the entity's page.
type Link struct {
	URL   string `json:"url"`
	Title string `json:"title,omitempty"`
	Icon  string `json:"icon,omitempty"`
	Type  string `json:"type,omitempty"`
}

// Spec is what the catalog makes relations from. An absent key must stay absent: Backstage refuses empty strings.
type Spec struct {
	Type      string   `json:"type,omitempty"`
	Lifecycle string   `json:"lifecycle,omitempty"`
	Owner     string   `json:"owner"`
	System    string   `json:"system,omitempty"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

const (
	apiVersion = "backstage.io/v1alpha1"

	authProviderAnnotation = "kubernetes.io/auth-provider"
)

// Entities describes a cluster: first the GitOps component, which a portal opens when it registers the document, then
// the cluster, then its VPC and the system, where they are ours to describe.
func Entities(settings Settings, facts Facts) []Entity {
	entities := []Entity{gitOps(settings, facts), cluster(settings, facts)}
	if !settings.ForeignVPC {
		entities = append(entities, vpc(settings, facts))
	}
	if settings.EmitSystem {
		entities = append(entities, system(settings, facts))
	}
	return entities
}

// ClusterRef returns the reference of the cluster's entity.
func (s Settings) ClusterRef() string { return s.resourceRef(s.Name) }

// resourceRef always names the kind: dependsOn has no default for it, and the catalog drops what lacks one.
func (s Settings) resourceRef(name string) string {
	return "resource:" + s.Namespace + "/" + name
}

// ComponentName is the name of the entity that stands for Flux.
func (s Settings) ComponentName() string { return s.Name + "-flux" }

func (s Settings) vpcName() string { return s.Name + "-vpc" }

func gitOps(s Settings, f Facts) Entity {
	annotations := map[string]string{
		"backstage.io/kubernetes-cluster":   s.Name,
		"backstage.io/kubernetes-namespace": "flux-system",
		// Every object of Flux's carries the label, from the first moment on.
		"backstage.io/kubernetes-label-selector": "app.kubernetes.io/part-of=flux",
	}
	description := fmt.Sprintf("Flux on %s.", f.ClusterName)
	var links []Link
	if f.SyncURL != "" {
		repository := newRepository(f.SyncURL)
		description = fmt.Sprintf("Flux syncs %s (%s) to %s.", repository.display, f.SyncPath, f.ClusterName)
		if browse := repository.browse(f.SyncRef, f.SyncPath); browse != "" {
			annotations["backstage.io/source-location"] = "url:" + browse
			annotations["github.com/project-slug"] = repository.slug
			links = append(links, Link{URL: browse, Title: "Flux source", Icon: "github"})
		}
	}
	return Entity{
		APIVersion: apiVersion,
		Kind:       "Component",
		Metadata: Metadata{
			Name:        s.ComponentName(),
			Namespace:   s.Namespace,
			Title:       "Flux on " + f.ClusterName,
			Description: description,
			Annotations: merged(withStack(annotations, f.StackSlug), f.Annotations.Component),
			Tags:        s.tags("flux", "gitops"),
			Links:       slices.Concat(links, stackLinks(f.StackSlug), s.Links),
		},
		Spec: Spec{
			Type:      s.ComponentType,
			Lifecycle: s.Lifecycle,
			Owner:     s.Owner,
			System:    s.systemRef(),
			DependsOn: []string{s.ClusterRef()},
		},
	}
}

func cluster(s Settings, f Facts) Entity {
	annotations := map[string]string{
		// The catalog cluster locator asks for these three, and for nothing less.
		"kubernetes.io/api-server":                       f.Endpoint,
		"kubernetes.io/api-server-certificate-authority": f.CertificateAuthorityData,
		authProviderAnnotation:                           s.AuthProvider,
		// The exact name in EKS: the entity's own name is normalised, and a token for it is refused.
		"kubernetes.io/x-k8s-aws-id":   f.ClusterName,
		"amazonaws.com/arn":            f.ClusterArn,
		"amazonaws.com/account-id":     f.AccountID,
		"aws.amazon.com/arn":           f.ClusterArn,
		"aws.amazon.com/name":          f.ClusterName,
		"aws.amazon.com/region":        f.Region,
		"aws.amazon.com/resource-type": "AWS::EKS::Cluster",
	}
	if f.AssumeRoleArn != "" {
		annotations["kubernetes.io/aws-assume-role"] = f.AssumeRoleArn
	}
	if f.ExternalID != "" {
		annotations["kubernetes.io/aws-external-id"] = f.ExternalID
	}
	return Entity{
		APIVersion: apiVersion,
		Kind:       "Resource",
		Metadata: Metadata{
			Name:      s.Name,
			Namespace: s.Namespace,
			Title:     f.ClusterName,
			Description: fmt.Sprintf("EKS cluster %s (Kubernetes %s, %s, account %s).",
				f.ClusterName, f.Version, f.Region, f.AccountID),
			Annotations: merged(withStack(annotations, f.StackSlug), f.Annotations.Cluster),
			Tags:        s.tags("aws", "eks", "kubernetes", f.Region),
			Links: slices.Concat([]Link{{
				URL: fmt.Sprintf("https://%[1]s.console.aws.amazon.com/eks/clusters/%[2]s?region=%[1]s",
					f.Region, f.ClusterName),
				Title: "EKS console",
				Icon:  "cloud",
			}}, stackLinks(f.StackSlug), s.Links),
		},
		Spec: Spec{
			Type:      s.ClusterType,
			Owner:     s.Owner,
			System:    s.systemRef(),
			DependsOn: s.network(f),
		},
	}
}

func vpc(s Settings, f Facts) Entity {
	return Entity{
		APIVersion: apiVersion,
		Kind:       "Resource",
		Metadata: Metadata{
			Name:        s.vpcName(),
			Namespace:   s.Namespace,
			Title:       fmt.Sprintf("%s (%s)", f.VpcID, f.ClusterName),
			Description: fmt.Sprintf("VPC %s in %s.", f.VpcCIDRBlock, f.Region),
			Annotations: merged(withStack(map[string]string{
				"amazonaws.com/arn":            f.VpcArn,
				"amazonaws.com/account-id":     f.AccountID,
				"aws.amazon.com/arn":           f.VpcArn,
				"aws.amazon.com/region":        f.Region,
				"aws.amazon.com/resource-id":   f.VpcID,
				"aws.amazon.com/resource-type": "AWS::EC2::VPC",
			}, f.StackSlug), f.Annotations.VPC),
			Tags: s.tags("aws", "vpc", f.Region),
		},
		Spec: Spec{Type: "vpc", Owner: s.Owner, System: s.systemRef()},
	}
}

// network returns what the cluster's entity says of its VPC: nothing, if it is somebody else's and has no entity.
func (s Settings) network(f Facts) []string {
	switch {
	case !s.ForeignVPC:
		return []string{s.resourceRef(s.vpcName())}
	case f.VpcEntityRef == "":
		return nil
	}
	// dependsOn has no default kind, unlike owner and system.
	return []string{parseReference(f.VpcEntityRef).full("resource", s.Namespace)}
}

func system(s Settings, f Facts) Entity {
	given := s.system()
	return Entity{
		APIVersion: apiVersion,
		Kind:       "System",
		Metadata: Metadata{
			Name:        given.name,
			Namespace:   strings.ToLower(given.namespace),
			Title:       given.name,
			Description: fmt.Sprintf("What belongs to the cluster %s.", f.ClusterName),
			Tags:        s.tags(),
		},
		Spec: Spec{Owner: s.Owner},
	}
}

// system returns the system that is described: the one that is named, or one of the cluster's name.
func (s Settings) system() reference {
	if s.System == "" {
		return reference{kind: "system", namespace: s.Namespace, name: s.Name}
	}
	given := parseReference(s.System)
	if given.namespace == "" {
		given.namespace = s.Namespace
	}
	return given
}

// systemRef returns the system of the entities as it was given, empty without one.
func (s Settings) systemRef() string {
	if s.System == "" && s.EmitSystem {
		return s.system().full("system", s.Namespace)
	}
	return s.System
}

// tags appends the user's tags to ours, each once.
func (s Settings) tags(ours ...string) []string {
	for _, tag := range s.Tags {
		if !slices.Contains(ours, tag) {
			ours = append(ours, tag)
		}
	}
	return ours
}

// merged adds the user's annotations last, so that an adopter can put right what nobody here has foreseen.
func merged(annotations, given map[string]string) map[string]string {
	maps.Copy(annotations, given)
	return annotations
}

// withStack adds the annotation of Pulumi's plugin, which shows errors for a stack that is not on Pulumi Cloud.
func withStack(annotations map[string]string, slug string) map[string]string {
	if slug != "" {
		annotations["pulumi.com/project-slug"] = slug
	}
	return annotations
}

func stackLinks(slug string) []Link {
	if slug == "" {
		return nil
	}
	return []Link{{URL: "https://app.pulumi.com/" + slug, Title: "Pulumi stack", Icon: "cloud"}}
}
