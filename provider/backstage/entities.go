package backstage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"gopkg.in/yaml.v3"
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
}

// Entity is one document of a catalog-info. Its fields stand in the order in which people write them.
type Entity struct {
	APIVersion string   `json:"apiVersion" yaml:"apiVersion"`
	Kind       string   `json:"kind"       yaml:"kind"`
	Metadata   Metadata `json:"metadata"   yaml:"metadata"`
	Spec       Spec     `json:"spec"       yaml:"spec"`
}

// Metadata is what the portal shows and other plugins read.
type Metadata struct {
	Name        string            `json:"name"                  yaml:"name"`
	Namespace   string            `json:"namespace"             yaml:"namespace"`
	Title       string            `json:"title"                 yaml:"title"`
	Description string            `json:"description"           yaml:"description"`
	Annotations map[string]string `json:"annotations,omitempty" yaml:"annotations,omitempty"`
	Tags        []string          `json:"tags,omitempty"        yaml:"tags,omitempty"`
	Links       []Link            `json:"links,omitempty"       yaml:"links,omitempty"`
}

// Link is a link on the entity's page.
type Link struct {
	URL   string `json:"url"   yaml:"url"`
	Title string `json:"title" yaml:"title"`
	Icon  string `json:"icon"  yaml:"icon"`
}

// Spec is what the catalog makes relations from. An absent key must stay absent: Backstage refuses empty strings.
type Spec struct {
	Type      string   `json:"type"                yaml:"type"`
	Lifecycle string   `json:"lifecycle,omitempty" yaml:"lifecycle,omitempty"`
	Owner     string   `json:"owner"               yaml:"owner"`
	System    string   `json:"system,omitempty"    yaml:"system,omitempty"`
	DependsOn []string `json:"dependsOn,omitempty" yaml:"dependsOn,omitempty"`
}

const apiVersion = "backstage.io/v1alpha1"

// Entities describes a cluster: first the GitOps component, which a portal opens when it registers the document, then
// the cluster, then its VPC.
func Entities(settings Settings, facts Facts) []Entity {
	return []Entity{gitOps(settings, facts), cluster(settings, facts), vpc(settings, facts)}
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
			Annotations: withStack(annotations, f.StackSlug),
			Tags:        []string{"flux", "gitops"},
			Links:       append(links, stackLinks(f.StackSlug)...),
		},
		Spec: Spec{
			Type:      "gitops",
			Lifecycle: "production",
			Owner:     s.Owner,
			System:    s.System,
			DependsOn: []string{s.ClusterRef()},
		},
	}
}

func cluster(s Settings, f Facts) Entity {
	return Entity{
		APIVersion: apiVersion,
		Kind:       "Resource",
		Metadata: Metadata{
			Name:      s.Name,
			Namespace: s.Namespace,
			Title:     f.ClusterName,
			Description: fmt.Sprintf("EKS cluster %s (Kubernetes %s, %s, account %s).",
				f.ClusterName, f.Version, f.Region, f.AccountID),
			Annotations: withStack(map[string]string{
				// The catalog cluster locator asks for these three, and for nothing less.
				"kubernetes.io/api-server":                       f.Endpoint,
				"kubernetes.io/api-server-certificate-authority": f.CertificateAuthorityData,
				"kubernetes.io/auth-provider":                    "aws",
				// The exact name in EKS: the entity's own name is normalised, and a token for it is refused.
				"kubernetes.io/x-k8s-aws-id":   f.ClusterName,
				"amazonaws.com/arn":            f.ClusterArn,
				"amazonaws.com/account-id":     f.AccountID,
				"aws.amazon.com/arn":           f.ClusterArn,
				"aws.amazon.com/name":          f.ClusterName,
				"aws.amazon.com/region":        f.Region,
				"aws.amazon.com/resource-type": "AWS::EKS::Cluster",
			}, f.StackSlug),
			Tags: []string{"aws", "eks", "kubernetes", f.Region},
			Links: append([]Link{{
				URL: fmt.Sprintf("https://%[1]s.console.aws.amazon.com/eks/clusters/%[2]s?region=%[1]s",
					f.Region, f.ClusterName),
				Title: "EKS console",
				Icon:  "cloud",
			}}, stackLinks(f.StackSlug)...),
		},
		Spec: Spec{
			Type:      "kubernetes-cluster",
			Owner:     s.Owner,
			System:    s.System,
			DependsOn: []string{s.resourceRef(s.vpcName())},
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
			Annotations: withStack(map[string]string{
				"amazonaws.com/arn":            f.VpcArn,
				"amazonaws.com/account-id":     f.AccountID,
				"aws.amazon.com/arn":           f.VpcArn,
				"aws.amazon.com/region":        f.Region,
				"aws.amazon.com/resource-id":   f.VpcID,
				"aws.amazon.com/resource-type": "AWS::EC2::VPC",
			}, f.StackSlug),
			Tags: []string{"aws", "vpc", f.Region},
		},
		Spec: Spec{Type: "vpc", Owner: s.Owner, System: s.System},
	}
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

// repository is a Git repository as people see it.
type repository struct {
	// display is the address without credentials.
	display string
	// slug is owner/name on GitHub, otherwise empty.
	slug string
}

func newRepository(address string) repository {
	parsed, err := url.Parse(address)
	if err != nil {
		return repository{display: "its repository"}
	}
	parsed.User = nil
	r := repository{display: parsed.String()}
	slug := strings.TrimSuffix(strings.Trim(parsed.Path, "/"), ".git")
	if parsed.Hostname() == "github.com" && strings.Count(slug, "/") == 1 {
		r.slug = slug
	}
	return r
}

// browse returns where people read the synced folder; only GitHub's scheme is known.
func (r repository) browse(ref, path string) string {
	if r.slug == "" || ref == "" {
		return ""
	}
	address := "https://github.com/" + r.slug + "/tree/" + ref + "/"
	if folder := strings.Trim(strings.TrimPrefix(path, "."), "/"); folder != "" {
		address += folder + "/"
	}
	return address
}

// CatalogInfo renders entities as a catalog-info document.
func CatalogInfo(entities []Entity) (string, error) {
	var document bytes.Buffer
	encoder := yaml.NewEncoder(&document)
	encoder.SetIndent(2)
	for _, entity := range entities {
		if err := encoder.Encode(entity); err != nil {
			return "", fmt.Errorf("encoding entity %s: %w", entity.Metadata.Name, err)
		}
	}
	if err := encoder.Close(); err != nil {
		return "", fmt.Errorf("encoding the catalog-info: %w", err)
	}
	return document.String(), nil
}

// Untyped returns entities as maps and lists, in the form that Pulumi outputs take.
func Untyped(entities []Entity) ([]any, error) {
	encoded, err := json.Marshal(entities)
	if err != nil {
		return nil, fmt.Errorf("encoding the entities: %w", err)
	}
	var untyped []any
	if err := json.Unmarshal(encoded, &untyped); err != nil {
		return nil, fmt.Errorf("decoding the entities: %w", err)
	}
	return untyped, nil
}
