package backstage

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// Validate applies Backstage's rules, which the portal itself tells only to those who read its log; path is where the
// description stands among the inputs, raw its value as it arrived.
func (s *BackstageSpec) Validate(path string, raw property.Value) inputs.Violations {
	if s == nil {
		return nil
	}
	var found inputs.Violations
	for _, input := range []struct {
		name  string
		given *string
		check func(string) error
	}{
		{"name", s.Name, checkName},
		{"namespace", s.Namespace, checkNamespace},
		{"owner", s.Owner, checkReference("group:default/platform")},
		{"system", s.System, checkReference("system:default/payments")},
		{"lifecycle", s.Lifecycle, checkText},
		{"componentType", s.ComponentType, checkText},
		{"clusterType", s.ClusterType, checkText},
		{"authProvider", s.AuthProvider, checkAuthProvider},
	} {
		validateText(&found, inputs.Join(path, input.name), input.given, input.check)
	}
	for i := range s.Tags {
		validateText(&found, inputs.Index(inputs.Join(path, "tags"), i), &s.Tags[i], checkTag)
	}
	for i, link := range s.Links {
		link.validate(&found, inputs.Index(inputs.Join(path, "links"), i))
	}
	s.validateSystem(&found, path)
	if s.Publish != nil {
		validateText(&found, inputs.Join(path, "publish.key"), s.Publish.Key, checkObjectKey)
	}
	if raw.IsMap() {
		s.validateKnown(&found, path, raw)
	}
	return found
}

func validateText(found *inputs.Violations, path string, given *string, check func(string) error) {
	if given == nil {
		return
	}
	if err := check(*given); err != nil {
		found.Addf(path, "%s", err)
	}
}

func (l BackstageLinkSpec) validate(found *inputs.Violations, path string) {
	validateText(found, inputs.Join(path, "url"), &l.URL, checkLink)
	validateText(found, inputs.Join(path, "title"), l.Title, checkText)
	validateText(found, inputs.Join(path, "icon"), l.Icon, checkText)
	validateText(found, inputs.Join(path, "type"), l.Type, checkText)
}

func (s *BackstageSpec) validateSystem(found *inputs.Violations, path string) {
	if s.EmitSystem == nil || !*s.EmitSystem || s.System == nil {
		return
	}
	if kind := parseReference(*s.System).kind; kind != "" && !strings.EqualFold(kind, "system") {
		found.Addf(inputs.Join(path, "system"), "must be of the kind system where emitSystem has it described; got %q",
			*s.System)
	}
}

// validateKnown applies the rules of the inputs that may be outputs, as far as their values are known. Whether one is
// given is known always.
func (s *BackstageSpec) validateKnown(found *inputs.Violations, path string, raw property.Value) {
	for _, input := range []struct {
		name  string
		check func(string) error
	}{
		{"accessRoleArn", checkRoleArn},
		{"assumeRoleArn", checkRoleArn},
		{"externalId", checkExternalID},
		{"vpcEntityRef", checkReference("resource:default/shared-vpc")},
	} {
		found.Text(inputs.Join(path, input.name), inputs.At(raw, input.name), input.check)
	}
	given := func(path ...string) bool { return !inputs.At(raw, path...).IsNull() }
	takesRole := given("accessRoleArn") || given("assumeRoleArn")
	if given("externalId") && !takesRole {
		found.Addf(inputs.Join(path, "externalId"), "is for a role that Backstage takes, and there is none; give "+
			"assumeRoleArn or accessRoleArn too")
	}
	at := inputs.Join(path, "annotations")
	for _, entity := range []string{"component", "cluster", "vpc"} {
		validateAnnotations(found, inputs.Join(at, entity), inputs.At(raw, "annotations", entity))
	}
	if given("vpcEntityRef") && given("annotations", "vpc") {
		found.Addf(inputs.Join(at, "vpc"), "have no entity to stand at, because vpcEntityRef names one that somebody else "+
			"describes; leave one of the two out")
	}
	s.validateAuthProvider(found, path, inputs.At(raw, "annotations", "cluster"))
	found.Text(inputs.Join(path, "publish.bucket"), inputs.At(raw, "publish", "bucket"), checkBucket)
}

func (s *BackstageSpec) validateAuthProvider(found *inputs.Violations, path string, cluster property.Value) {
	const tokenProvider = "kubernetes.io/oidc-token-provider"
	if s.AuthProvider == nil || *s.AuthProvider != "oidc" {
		return
	}
	if inputs.At(cluster, tokenProvider).IsNull() {
		found.Addf(inputs.Join(path, "authProvider"), "oidc needs to know whose tokens the cluster takes; name Backstage's "+
			"sign-in provider in annotations.cluster[%q]", tokenProvider)
	}
}

func validateAnnotations(found *inputs.Violations, path string, raw property.Value) {
	if !raw.IsMap() {
		return
	}
	for key, value := range raw.AsMap().AllStable {
		if err := checkAnnotationKey(key); err != nil {
			found.Addf(inputs.Shown(inputs.Key(path, key), value), "%s", err)
		}
	}
}
