package backstage

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

const (
	// UnknownOwner is the owner of entities for which none is given; Backstage's own AWS providers use it too.
	UnknownOwner = "unknown"
	// DefaultNamespace is Backstage's own default.
	DefaultNamespace = "default"

	// maxName is Backstage's limit for a name; the entities beside the cluster add a suffix of up to five letters.
	maxName   = 63
	maxSuffix = len("-flux")
	// hashLength keeps names apart that were cut at the same place.
	hashLength = 6
)

// BackstageSpec describes how the cluster appears in the developer portal.
type BackstageSpec struct {
	Owner     *string `pulumi:"owner,optional"`
	System    *string `pulumi:"system,optional"`
	Name      *string `pulumi:"name,optional"`
	Namespace *string `pulumi:"namespace,optional"`
}

// Annotate describes the type in the schema.
func (s *BackstageSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "How the cluster appears in the Backstage developer portal.")
	a.Describe(&s.Owner, "The owner of the entities, as an entity reference such as `group:default/platform` or "+
		"`platform` (a group). Default: `unknown`, with a warning.")
	a.Describe(&s.System, "The system that the cluster belongs to, as an entity reference such as "+
		"`system:default/payments` or `payments`. Default: none.")
	a.Describe(&s.Name, "The name of the cluster's entity: at most 58 lower-case letters, digits and hyphens. "+
		"Default: made from the name of the cluster; a long one is cut and ends in a hash.")
	a.Describe(&s.Namespace, "The namespace of the entities in Backstage. Default: `default`. Backstage finds the "+
		"cluster of a component only in the component's own namespace.")
}

// Settings are the inputs with their defaults filled in.
type Settings struct {
	Owner, System, Name, Namespace string
}

// Settings fills in the defaults for the cluster called clusterName.
func (s *BackstageSpec) Settings(clusterName string) Settings {
	settings := Settings{Owner: UnknownOwner, Name: entityName(clusterName), Namespace: DefaultNamespace}
	if s == nil {
		return settings
	}
	for _, given := range []struct {
		from *string
		to   *string
	}{
		{s.Owner, &settings.Owner}, {s.System, &settings.System},
		{s.Name, &settings.Name}, {s.Namespace, &settings.Namespace},
	} {
		if given.from != nil {
			*given.to = *given.from
		}
	}
	return settings
}

var (
	nameRule      = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	namespaceRule = regexp.MustCompile(`^[a-z0-9]+(-+[a-z0-9]+)*$`)
	referenceRule = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9]*:)?([a-z0-9]+(-+[a-z0-9]+)*/)?` +
		`[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$`)
	notInName = regexp.MustCompile(`[^a-z0-9]+`)
)

// Validate applies Backstage's rules, which the portal itself tells only to those who read its log; path is where the
// description stands among the inputs.
func (s *BackstageSpec) Validate(path string) inputs.Violations {
	var found inputs.Violations
	if s == nil {
		return nil
	}
	if s.Name != nil && (len(*s.Name) > maxName-maxSuffix || !nameRule.MatchString(*s.Name)) {
		found.Addf(inputs.Join(path, "name"), "must be at most %d lower-case letters, digits and hyphens, with a "+
			"letter or digit at both ends, or the Kubernetes plugin does not find the cluster; got %q",
			maxName-maxSuffix, *s.Name)
	}
	if s.Namespace != nil && (len(*s.Namespace) > maxName || !namespaceRule.MatchString(*s.Namespace)) {
		found.Addf(inputs.Join(path, "namespace"), "must be at most %d lower-case letters, digits and hyphens, with a "+
			"letter or digit at both ends; got %q", maxName, *s.Namespace)
	}
	for name, reference := range map[string]*string{"owner": s.Owner, "system": s.System} {
		if reference != nil && !referenceRule.MatchString(*reference) {
			found.Addf(inputs.Join(path, name), "must be an entity reference, such as group:default/platform or "+
				"platform; got %q", *reference)
		}
	}
	return found
}

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
