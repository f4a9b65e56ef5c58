package cluster

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// The add-ons that a cluster has unless it is told otherwise, as EKS calls them.
const (
	addonVPCCNI      = "vpc-cni"
	addonKubeProxy   = "kube-proxy"
	addonPodIdentity = "eks-pod-identity-agent"
	addonCoreDNS     = "coredns"
	addonEBSCSI      = "aws-ebs-csi-driver"
)

// ConflictResolution says what EKS does when an update of an add-on meets something that somebody changed in the
// cluster.
type ConflictResolution string

// The ways to resolve conflicts, as EKS spells them.
const (
	ConflictNone      ConflictResolution = "NONE"
	ConflictOverwrite ConflictResolution = "OVERWRITE"
	ConflictPreserve  ConflictResolution = "PRESERVE"
)

// Values lists the ways for the schema and the guard.
func (ConflictResolution) Values() []infer.EnumValue[ConflictResolution] {
	return []infer.EnumValue[ConflictResolution]{
		{Name: "None", Value: ConflictNone, Description: "The update fails, and so does a creation over something that is " +
			"there."},
		{Name: "Overwrite", Value: ConflictOverwrite, Description: "EKS's value wins."},
		{Name: "Preserve", Value: ConflictPreserve, Description: "The value in the cluster stays."},
	}
}

// AddonSpec describes an EKS add-on.
type AddonSpec struct {
	Enabled          *bool               `pulumi:"enabled,optional"`
	Version          pulumi.StringInput  `pulumi:"version,optional"`
	Configuration    pulumi.MapInput     `pulumi:"configuration,optional"`
	ResolveConflicts *ConflictResolution `pulumi:"resolveConflicts,optional"`
}

// Annotate describes the type in the schema.
func (s *AddonSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "An EKS add-on: software in the cluster that AWS packs and updates.")
	a.Describe(&s.Enabled, "Whether the cluster has the add-on. Default: true. `vpc-cni`, `kube-proxy` and `coredns` "+
		"cannot be switched off, for no node would work without them; `eks-pod-identity-agent` only together with all "+
		"that gets its rights from it.")
	a.Describe(&s.Version, "The version, such as `v1.14.3-eksbuild.11`. Default: the one that EKS recommends for the "+
		"cluster's Kubernetes version, so that add-ons follow an upgrade; when AWS recommends another, the next update "+
		"takes it. EKS lets `vpc-cni` go only one minor version at a time.")
	a.Describe(&s.Configuration, "The settings of the add-on, by the names of its schema (`aws eks "+
		"describe-addon-configuration` shows it), such as `replicaCount: 3`. Default: none, but for `vpc-cni`, where "+
		"yours are merged into `env: {ENABLE_PREFIX_DELEGATION: \"true\", WARM_PREFIX_TARGET: \"1\"}`, with which a "+
		"t3.medium holds 110 pods instead of 17. Who may read the cluster can read them: no place for secrets.")
	a.Describe(&s.ResolveConflicts, "What an update does with what somebody else changed in the cluster: `PRESERVE` (the "+
		"default), `OVERWRITE` or `NONE`. What is there when the add-on is created is overwritten, except with `NONE`.")
}

// Addon is an add-on with its defaults filled in.
type Addon struct {
	Name             string
	Version          pulumi.StringInput
	Configuration    pulumi.MapInput
	Defaults         map[string]any
	ResolveConflicts ConflictResolution
}

// vpcCNISettings turn on prefix delegation: a node takes blocks of 16 pod addresses instead of one at a time, and a
// t3.medium holds 110 pods instead of 17.
var vpcCNISettings = map[string]any{
	"env": map[string]any{"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
}

// Addons are the add-ons of a cluster, in the order of their names.
type Addons []Addon

// NewAddons fills in the defaults, and leaves out what is switched off.
func NewAddons(specs map[string]AddonSpec) Addons {
	all := map[string]AddonSpec{
		addonVPCCNI: {}, addonKubeProxy: {}, addonPodIdentity: {}, addonCoreDNS: {}, addonEBSCSI: {},
	}
	maps.Copy(all, specs)
	var addons Addons
	for _, name := range slices.Sorted(maps.Keys(all)) {
		spec := all[name]
		if !orElse(spec.Enabled, true) {
			continue
		}
		addon := Addon{
			Name: name, Version: spec.Version, Configuration: spec.Configuration,
			ResolveConflicts: orElse(spec.ResolveConflicts, ConflictPreserve),
		}
		if name == addonVPCCNI {
			addon.Defaults = vpcCNISettings
		}
		addons = append(addons, addon)
	}
	return addons
}

// named returns the add-on of that name, and whether there is one.
func (a Addons) named(name string) (Addon, bool) {
	i := slices.IndexFunc(a, func(addon Addon) bool { return addon.Name == name })
	if i < 0 {
		return Addon{}, false
	}
	return a[i], true
}

var (
	addonName    = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$`)
	addonVersion = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+-eksbuild\.[0-9]+$`)
)

// ValidateAddons applies the rules of add-ons; path is where the map stands among the inputs, raw what was given there,
// and users are the paths of what gets its rights from the Pod Identity agent.
func ValidateAddons(path string, specs map[string]AddonSpec, raw property.Value, users []string) inputs.Violations {
	var found inputs.Violations
	enabled := NewAddons(specs)
	if _, ok := enabled.named(addonEBSCSI); ok {
		users = append(users, inputs.Key(path, addonEBSCSI))
	}
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		at := inputs.Key(path, name)
		if !addonName.MatchString(name) {
			found.Addf(at, "must be the name of an EKS add-on, such as metrics-server: letters, digits, hyphens and "+
				"underscores; got %q", name)
		}
		if !orElse(specs[name].Enabled, true) {
			validateDisabled(inputs.Join(at, "enabled"), name, users, &found)
		}
		checkText(&found, inputs.Join(at, "version"), inputs.At(raw, name, "version"), func(version string) error {
			if addonVersion.MatchString(version) {
				return nil
			}
			return fmt.Errorf("must be a version of EKS's, such as v1.14.3-eksbuild.11, with the v and the build; got %q",
				version)
		})
	}
	return found
}

func validateDisabled(path, name string, users []string, found *inputs.Violations) {
	switch name {
	case addonVPCCNI, addonKubeProxy:
		found.Addf(path, "must be true, for no node gets ready without %s, and Flux runs on nodes", name)
	case addonCoreDNS:
		found.Addf(path, "must be true, for Flux finds its sources by DNS")
	case addonPodIdentity:
		if len(users) > 0 {
			found.Addf(path, "must be true, for %s gets its rights from it; use the mode Irsa there, or switch that off too",
				users[0])
		}
	}
}
