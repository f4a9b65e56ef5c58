package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/iampolicy"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// IdentityMode says how pods get the rights of their identity.
type IdentityMode string

// The modes.
const (
	ModePodIdentity IdentityMode = "PodIdentity"
	ModeIRSA        IdentityMode = "Irsa"
)

// Values lists the modes for the schema and the guard.
func (IdentityMode) Values() []infer.EnumValue[IdentityMode] {
	return []infer.EnumValue[IdentityMode]{
		{Name: "PodIdentity", Value: ModePodIdentity, Description: "By the add-on eks-pod-identity-agent: nothing has to " +
			"be written into the cluster."},
		{Name: "Irsa", Value: ModeIRSA, Description: "By the cluster's OIDC issuer: the service account carries the " +
			"annotation `eks.amazonaws.com/role-arn` with the role's ARN."},
	}
}

// WorkloadPreset names a workload whose rights are known.
type WorkloadPreset string

// Values lists the presets for the schema and the guard.
func (WorkloadPreset) Values() []infer.EnumValue[WorkloadPreset] {
	values := make([]infer.EnumValue[WorkloadPreset], 0, len(presets))
	for _, known := range presets {
		values = append(values, infer.EnumValue[WorkloadPreset]{
			Name: known.name, Value: WorkloadPreset(known.name), Description: fmt.Sprintf("%s Default: `%s` in `%s`.",
				known.description, known.serviceAccount, known.namespace),
		})
	}
	return values
}

// WorkloadIdentitySpec describes what the pods of a service account may do in AWS.
type WorkloadIdentitySpec struct {
	Namespace      *string                 `pulumi:"namespace,optional"`
	ServiceAccount *string                 `pulumi:"serviceAccount,optional"`
	Preset         *WorkloadPreset         `pulumi:"preset,optional"`
	PolicyArns     pulumi.StringArrayInput `pulumi:"policyArns,optional"`
	Policy         pulumi.StringInput      `pulumi:"policy,optional"`
	Mode           *IdentityMode           `pulumi:"mode,optional"`
}

// Annotate describes the type in the schema.
func (s *WorkloadIdentitySpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "An IAM role for the pods of one service account, and for nobody else. Neither namespace nor service "+
		"account need exist yet: pods get the rights when they start. At least one of preset, policyArns and policy says "+
		"which; what several say adds up.")
	a.Describe(&s.Namespace, "The namespace of the service account. Default: the one that the preset's project uses; "+
		"required without a preset. Changing it replaces the association, and pods get the rights anew when they start "+
		"again.")
	a.Describe(&s.ServiceAccount, "The name of the service account. Default: the one that the preset's project uses; "+
		"required without a preset. Changing it is like changing namespace.")
	a.Describe(&s.Preset, "A workload whose rights are known, and no wider than it needs: they reach what belongs to "+
		"this cluster wherever AWS can tell, and by name where a team decides (secrets, parameters and keys named after the "+
		"cluster). Default: none.")
	a.Describe(&s.PolicyArns, "The ARNs of IAM policies that the role has. These and no others are attached: what "+
		"somebody attaches by hand goes with the next update that refreshes. Default: none.")
	a.Describe(&s.Policy, "An IAM policy as JSON that becomes part of the role, at most 10,240 characters together with "+
		"that of the preset. Default: none.")
	a.Describe(&s.Mode, "How the pods get the rights: `PodIdentity` (the default) or `Irsa`, for software that is too "+
		"old for Pod Identity. Changing it keeps the role and its ARN.")
}

// WorkloadIdentity is a workload identity with its defaults filled in.
type WorkloadIdentity struct {
	Name           string
	Namespace      string
	ServiceAccount string
	Preset         *preset
	PolicyARNs     pulumi.StringArrayInput
	Policy         pulumi.StringInput
	Mode           IdentityMode
}

// ebsCSI is the identity of the add-on that makes volumes. Its node pods get none: they only mount.
func ebsCSI() WorkloadIdentity {
	return WorkloadIdentity{
		Name: ebsCSIIdentity, Namespace: "kube-system", ServiceAccount: "ebs-csi-controller-sa", Mode: ModePodIdentity,
	}
}

const ebsCSIIdentity = "ebs-csi"

// WorkloadIdentities returns the identities in the order of their names.
func WorkloadIdentities(specs map[string]WorkloadIdentitySpec) []WorkloadIdentity {
	identities := make([]WorkloadIdentity, 0, len(specs))
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		spec := specs[name]
		identity := WorkloadIdentity{
			Name: name, PolicyARNs: spec.PolicyArns, Policy: spec.Policy, Mode: orElse(spec.Mode, ModePodIdentity),
		}
		if spec.Preset != nil {
			identity.Preset = presetNamed(string(*spec.Preset))
		}
		if identity.Preset != nil {
			identity.Namespace, identity.ServiceAccount = identity.Preset.namespace, identity.Preset.serviceAccount
		}
		identity.Namespace = orElse(spec.Namespace, identity.Namespace)
		identity.ServiceAccount = orElse(spec.ServiceAccount, identity.ServiceAccount)
		identities = append(identities, identity)
	}
	return identities
}

// LoadBalancerController returns the identity of the AWS Load Balancer Controller, the first by name, and whether there
// is one.
func LoadBalancerController(identities []WorkloadIdentity) (WorkloadIdentity, bool) {
	for _, identity := range identities {
		if identity.Preset != nil && identity.Preset.name == loadBalancerPreset {
			return identity, true
		}
	}
	return WorkloadIdentity{}, false
}

// PodIdentityUsers returns the paths of the identities that need the Pod Identity agent; path is where the map stands.
func PodIdentityUsers(path string, specs map[string]WorkloadIdentitySpec) []string {
	var users []string
	for _, identity := range WorkloadIdentities(specs) {
		if identity.Mode == ModePodIdentity {
			users = append(users, inputs.Key(path, identity.Name))
		}
	}
	return users
}

var (
	namespaceName      = regexp.MustCompile(`^[0-9a-z]([0-9a-z-]{0,61}[0-9a-z])?$`)
	serviceAccountName = regexp.MustCompile(`^[0-9a-z]([0-9a-z.-]{0,251}[0-9a-z])?$`)
)

// ValidateWorkloadIdentities applies the rules of workload identities; path is where the map stands among the inputs,
// raw what was given there, and addons says which add-ons there are beside.
func ValidateWorkloadIdentities(
	path string, specs map[string]WorkloadIdentitySpec, raw property.Value, addons map[string]AddonSpec,
) inputs.Violations {
	var found inputs.Violations
	accounts := map[string]string{}
	if _, ok := NewAddons(addons).named(addonEBSCSI); ok {
		accounts[ebsCSI().subject()] = "the add-on " + addonEBSCSI
	}
	for _, identity := range WorkloadIdentities(specs) {
		at := inputs.Key(path, identity.Name)
		validateIdentityName(at, identity.Name, &found)
		identity.validateAccount(at, specs[identity.Name], &found)
		if holder, taken := accounts[identity.subject()]; taken {
			found.Addf(inputs.Join(at, "serviceAccount"), "must not have an identity already, for a service account has one; "+
				"%s in %s is that of %s, give the rights there", identity.ServiceAccount, identity.Namespace, holder)
		}
		accounts[identity.subject()] = at
		given := inputs.At(raw, identity.Name)
		policies, policy := inputs.At(given, "policyArns"), inputs.At(given, "policy")
		if specs[identity.Name].Preset == nil && policies.IsNull() && policy.IsNull() {
			found.Addf(at, "must say what the pods may do; give at least one of preset, policyArns and policy")
		}
		validatePolicyARNs(inputs.Join(at, "policyArns"), policies, &found)
		checkText(&found, inputs.Join(at, "policy"), policy, checkPolicy)
	}
	return found
}

// validateIdentityName keeps away from the names of other roles and policies: an identity's own are called after it.
func validateIdentityName(at, name string, found *inputs.Violations) {
	if !validateShortName(at, name, found) {
		return
	}
	if slices.Contains([]string{"cluster", "node", ebsCSIIdentity}, name) || strings.HasPrefix(name, nodeRolePrefix) ||
		strings.HasSuffix(name, presetSuffix) {
		found.Addf(at, "must be another name, for roles and policies of the cluster itself are called cluster, node, %s, "+
			"%s… and …%s; got %q", ebsCSIIdentity, nodeRolePrefix, presetSuffix, name)
	}
}

func (i WorkloadIdentity) validateAccount(at string, spec WorkloadIdentitySpec, found *inputs.Violations) {
	for _, part := range []struct {
		name, value string
		given       bool
		form        *regexp.Regexp
	}{
		{"namespace", i.Namespace, spec.Namespace != nil, namespaceName},
		{"serviceAccount", i.ServiceAccount, spec.ServiceAccount != nil, serviceAccountName},
	} {
		switch {
		case part.value == "" && !part.given:
			if spec.Preset == nil {
				found.Addf(inputs.Join(at, part.name), "is required without a preset")
			}
		case !part.form.MatchString(part.value):
			found.Addf(inputs.Join(at, part.name), "must be the name of a Kubernetes object in lower case; got %q", part.value)
		}
	}
}

// subject names the service account as Kubernetes does in tokens.
func (i WorkloadIdentity) subject() string {
	return "system:serviceaccount:" + i.Namespace + ":" + i.ServiceAccount
}

// checkPolicy checks the form of a policy. What was given is not repeated: it may be long.
func checkPolicy(text string) error {
	var document struct {
		Version   string
		Statement json.RawMessage
	}
	switch err := json.Unmarshal([]byte(text), &document); {
	case err != nil:
		return fmt.Errorf("must be an IAM policy as JSON, such as {\"Version\": \"2012-10-17\", \"Statement\": […]}: %w", err)
	case document.Version != iampolicy.Version:
		return fmt.Errorf("must have the Version %q; got %q", iampolicy.Version, document.Version)
	case len(document.Statement) == 0:
		return errors.New("must have a Statement")
	}
	return nil
}
