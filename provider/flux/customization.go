package flux

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"sigs.k8s.io/yaml"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// FluxTolerationSpec is a taint that Flux's pods bear.
type FluxTolerationSpec struct {
	Key      *string `pulumi:"key,optional"`
	Operator *string `pulumi:"operator,optional"`
	Value    *string `pulumi:"value,optional"`
	Effect   *string `pulumi:"effect,optional"`
}

// FluxPatchSpec is a change of Flux's own manifests.
type FluxPatchSpec struct {
	Patch  string               `pulumi:"patch"`
	Target *FluxPatchTargetSpec `pulumi:"target,optional"`
}

// FluxPatchTargetSpec selects the objects that a patch changes.
type FluxPatchTargetSpec struct {
	Group              *string `pulumi:"group,optional"`
	Version            *string `pulumi:"version,optional"`
	Kind               *string `pulumi:"kind,optional"`
	Name               *string `pulumi:"name,optional"`
	Namespace          *string `pulumi:"namespace,optional"`
	LabelSelector      *string `pulumi:"labelSelector,optional"`
	AnnotationSelector *string `pulumi:"annotationSelector,optional"`
}

// The same words for the inputs of the component and for those that GitOpsCluster nests.
const (
	describeRegistry = "Where the controllers' images are, as `HOST/PATH`, such as `mirror.example/fluxcd`; the name " +
		"and tag of each image are kept. Default: `ghcr.io/fluxcd`, or what the artifact says. The output fluxImages of an " +
		"installation without it, or the function getFluxArtifact, lists what to copy."
	describeNetworkPolicy = "Whether Flux's network policies are installed: all traffic out, and in only from within " +
		"`flux-system`, to metrics and to webhooks. They do nothing unless the cluster's network plugin enforces them. " +
		"Default: true."
	describeTolerations = "The taints that Flux's pods bear, beside those that Kubernetes adds itself. Default: none; " +
		"on a cluster whose nodes are all tainted Flux does not start."
	describePatches = "Changes of Flux's own manifests, applied one after the other in the installation and by Flux " +
		"itself. One that changes nothing is refused before anything is made. They must fit each version of Flux that is " +
		"installed later. Default: none."
)

// Annotate describes the specification in the schema.
func (s *FluxTolerationSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A taint that pods bear, as Kubernetes spells it.")
	a.Describe(&s.Key, "The key of the taint. Default: every key; then operator must be `Exists`.")
	a.Describe(&s.Operator, "`Equal` or `Exists`. Default: `Equal`.")
	a.Describe(&s.Value, "The value of the taint, if operator is `Equal`. Default: the empty one.")
	a.Describe(&s.Effect, "`NoSchedule`, `PreferNoSchedule` or `NoExecute`. Default: all of them.")
}

// Annotate describes the specification in the schema.
func (s *FluxPatchSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A change of Flux's own manifests, as in `spec.patches` of a Flux Kustomization.")
	a.Describe(&s.Patch, "A strategic merge patch, or a list of JSON 6902 operations, as YAML or JSON text. To add an "+
		"argument to a controller use the path `/spec/template/spec/containers/0/args/-`: versions of Flux differ in how "+
		"many there are. It is no place for secrets.")
	a.Describe(&s.Target, "Which objects are changed. Default: the one that a strategic merge patch names; a list of "+
		"operations needs it.")
}

// Annotate describes the specification in the schema.
func (s *FluxPatchTargetSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "Selects objects; all fields that are given must match. Names and kinds are regular expressions that "+
		"match the whole. By default a field selects everything.")
	a.Describe(&s.Group, "The API group, such as `apps`. Default: every group.")
	a.Describe(&s.Version, "The version in the API group, such as `v1`. Default: every version.")
	a.Describe(&s.Kind, "The kind, such as `Deployment`. Default: every kind.")
	a.Describe(&s.Name, "The name, such as `(kustomize|helm)-controller`. Default: every name.")
	a.Describe(&s.Namespace, "The namespace, such as `flux-system`. Default: every namespace, and none.")
	a.Describe(&s.LabelSelector, "Labels, such as `app.kubernetes.io/component=source-controller`. Default: whatever "+
		"labels.")
	a.Describe(&s.AnnotationSelector, "Annotations, in the same form. Default: whatever annotations.")
}

// customization returns what makes of the artifact's manifests those of one installation.
func (s FluxSpec) customization() manifests.Customization {
	made := manifests.Customization{
		Components: s.components(), Registry: stringOr(s.Registry, ""),
		NoNetworkPolicies: s.NetworkPolicy != nil && !*s.NetworkPolicy, TenantAccount: s.tenantAccount(),
		Size: s.size(),
	}
	if s.ImagePullSecret != nil {
		made.ImagePullSecret = imagePullSecret
	}
	for _, toleration := range s.Tolerations {
		fields := map[string]any{}
		for field, value := range givenFields(map[string]*string{
			"key": toleration.Key, "operator": toleration.Operator, "value": toleration.Value, "effect": toleration.Effect,
		}) {
			fields[field] = value
		}
		made.Tolerations = append(made.Tolerations, fields)
	}
	for _, patch := range s.Patches {
		own := manifests.Patch{Patch: patch.Patch}
		if patch.Target != nil {
			own.Target = patch.Target.fields()
		}
		made.Own = append(made.Own, own)
	}
	return made
}

// customization returns the same for the installation.
func (a FluxInstallArgs) customization() manifests.Customization {
	spec := FluxSpec{
		Components: a.Components, Registry: a.Registry, NetworkPolicy: a.NetworkPolicy,
		Tolerations: a.Tolerations, Patches: a.Patches, Size: a.Size,
	}
	if a.pullsImages() {
		spec.ImagePullSecret = &FluxImagePullSecretSpec{}
	}
	if a.TenantServiceAccount != nil {
		spec.Multitenancy = &FluxMultitenancySpec{DefaultServiceAccount: a.TenantServiceAccount}
	}
	made := spec.customization()
	made.Labels = a.Labels
	return made
}

func (s FluxPatchTargetSpec) fields() map[string]string {
	return givenFields(map[string]*string{
		"group": s.Group, "version": s.Version, "kind": s.Kind, "name": s.Name, "namespace": s.Namespace,
		"labelSelector": s.LabelSelector, "annotationSelector": s.AnnotationSelector,
	})
}

// givenFields returns the fields that have a value.
func givenFields(fields map[string]*string) map[string]string {
	values := map[string]string{}
	for field, value := range fields {
		if value != nil {
			values[field] = *value
		}
	}
	return values
}

// addTo adds what is not by default to the inputs of the installation.
func (s FluxSpec) addTo(install pulumi.Map) {
	if s.Registry != nil {
		install["registry"] = pulumi.String(*s.Registry)
	}
	if s.NetworkPolicy != nil {
		install["networkPolicy"] = pulumi.Bool(*s.NetworkPolicy)
	}
	if account := s.tenantAccount(); account != "" {
		install["tenantServiceAccount"] = pulumi.String(account)
	}
	if s.managedByPulumi() {
		install["managed"] = pulumi.Bool(true)
	}
	if s.Size != nil {
		install["size"] = pulumi.String(*s.Size)
	}
	if s.Labels != nil {
		install["labels"] = s.Labels
	}
	if s.ImagePullSecret != nil {
		install["imagePullUsername"] = s.ImagePullSecret.Username
		install["imagePullPassword"] = secretString(s.ImagePullSecret.Password)
	}
	if s.Adopt != nil {
		install["adopt"] = pulumi.Bool(*s.Adopt)
	}
	if len(s.Tolerations) > 0 {
		list := make(pulumi.Array, 0, len(s.Tolerations))
		for _, toleration := range s.customization().Tolerations {
			list = append(list, pulumi.ToMap(toleration))
		}
		install["tolerations"] = list
	}
	if len(s.Patches) > 0 {
		list := make(pulumi.Array, 0, len(s.Patches))
		for _, patch := range s.customization().Own {
			entry := pulumi.Map{"patch": pulumi.String(patch.Patch)}
			if len(patch.Target) > 0 {
				entry["target"] = pulumi.ToStringMap(patch.Target)
			}
			list = append(list, entry)
		}
		install["patches"] = list
	}
}

func (s FluxSpec) validateCustomization(found *inputs.Violations, path string) {
	if s.Registry != nil {
		_, err := name.NewRepository(*s.Registry+"/controller", name.StrictValidation)
		if err == nil && strings.Contains(*s.Registry, "://") {
			err = errors.New("it begins with a scheme")
		}
		if err != nil {
			found.Addf(inputs.Join(path, "registry"), "must be a registry and a path, without a scheme, such as "+
				"mirror.example/fluxcd; got %q: %s", *s.Registry, err)
		}
	}
	for i, toleration := range s.Tolerations {
		toleration.validate(found, inputs.Index(inputs.Join(path, "tolerations"), i))
	}
	for i, patch := range s.Patches {
		patch.validate(found, inputs.Index(inputs.Join(path, "patches"), i))
	}
}

func (s FluxTolerationSpec) validate(found *inputs.Violations, path string) {
	exists := stringOr(s.Operator, "") == "Exists"
	if s.Operator != nil {
		found.OneOf(inputs.Join(path, "operator"), *s.Operator, "Equal", "Exists")
	}
	if s.Effect != nil {
		found.OneOf(inputs.Join(path, "effect"), *s.Effect, "NoSchedule", "PreferNoSchedule", "NoExecute")
	}
	if stringOr(s.Key, "") == "" && !exists {
		found.Addf(inputs.Join(path, "key"), "must be given unless operator is Exists")
	}
	if s.Value != nil && exists {
		found.Addf(inputs.Join(path, "value"), "must not be given when operator is Exists; leave it out")
	}
}

func (s FluxPatchSpec) validate(found *inputs.Violations, path string) {
	if s.Target != nil && len(s.Target.fields()) == 0 {
		found.Addf(inputs.Join(path, "target"), "must select something, such as kind Deployment")
	}
	var content any
	err := yaml.Unmarshal([]byte(s.Patch), &content)
	switch content := content.(type) {
	case []any:
		if s.Target == nil {
			found.Addf(inputs.Join(path, "target"), "must be given for a list of JSON 6902 operations, such as kind Deployment")
		}
	case map[string]any:
		if s.Target == nil && (content["kind"] == nil || content["metadata"] == nil) {
			found.Addf(inputs.Join(path, "target"), "must be given unless the patch names its object by apiVersion, kind and "+
				"metadata")
		}
	default:
		reason := "it is neither"
		if err != nil {
			reason = err.Error()
		}
		found.Addf(inputs.Join(path, "patch"), "must be an object (a strategic merge patch) or a list of JSON 6902 "+
			"operations, in YAML or JSON: %s", reason)
	}
}

// customize checks the user's patches against the files of the artifact.
func (r *resolution) customize(files artifact.Files) {
	if len(r.spec.Patches) == 0 {
		return
	}
	err := r.spec.customization().CheckOwn(files)
	var own *manifests.OwnPatchError
	switch {
	case errors.As(err, &own):
		r.found.Addf(inputs.Index(r.patchesPath, own.Index), "%s", own.Err)
	case err != nil:
		r.found.Addf(inputs.Join(r.path, "url"), "cannot be used: %s", fmt.Errorf("rendering the manifests: %w", err))
	}
}
