package flux

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// variablesName is what the ConfigMap and the Secret with the cluster variables are called in the cluster.
const variablesName = "cluster-variables"

// variableRules say what of the variables is special.
type variableRules struct {
	// secret is true for those that may be secrets.
	secret bool
	// taken are the names that cannot be given, because they are there already.
	taken []string
}

// variablePattern is what Flux demands of the name of a variable.
var variablePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// ValidateClusterVariables returns what is wrong with the variables among the raw inputs of a component. Taken are
// names that it gives variables of its own.
func ValidateClusterVariables(raw property.Map, taken []string) inputs.Violations {
	plain := raw.Get("clusterVariables")
	found := validateVariables("clusterVariables", plain, variableRules{taken: taken})
	if plain.IsMap() {
		for name := range plain.AsMap().AllStable {
			taken = append(taken, name)
		}
	}
	return append(found, validateVariables("secretClusterVariables", raw.Get("secretClusterVariables"),
		variableRules{secret: true, taken: taken})...)
}

// validateVariables returns what is wrong with variables for manifests, whose property is at path in the schema; raw is
// its value as it arrived.
func validateVariables(path string, raw property.Value, rules variableRules) inputs.Violations {
	var found inputs.Violations
	if raw.Secret() && !rules.secret {
		found.Addf(path, refuseSecret)
		return found.Hide()
	}
	if !raw.IsMap() {
		return nil
	}
	for name, value := range raw.AsMap().AllStable {
		at := inputs.Key(path, name)
		switch {
		case !variablePattern.MatchString(name):
			found.Addf(at, "cannot name a variable: a name holds letters, digits and underscores, and does not begin with "+
				"a digit")
		case slices.Contains(rules.taken, name):
			found.Addf(at, "is there already; choose another name")
		case value.Secret() && !rules.secret:
			found.Addf(at, refuseSecret)
		case value.IsString() && strings.ContainsAny(strings.TrimRight(value.AsString(), "\n"), "\r\n"):
			found.Addf(at, "must be one line, because Flux takes line breaks out; place a Secret or a ConfigMap instead, such "+
				"as one of flux.secrets, and refer to it by its name")
		}
	}
	// The name may be what is wrong, and the value a secret that nobody has marked.
	return found.Hide()
}

const refuseSecret = "must not be a secret, because everybody who may look into the cluster can read it there; give " +
	"it in secretClusterVariables"

// validateSecrets returns what is wrong with the Secrets that are placed before the first sync.
func validateSecrets(path string, raw property.Value) inputs.Violations {
	var found inputs.Violations
	if !raw.IsMap() {
		return nil
	}
	for name, data := range raw.AsMap().AllStable {
		at := inputs.Key(path, name)
		for _, reason := range validation.IsDNS1123Subdomain(name) {
			found.Addf(at, "cannot name a Secret: %s", reason)
		}
		if slices.Contains(takenSecrets, name) {
			found.Addf(at, "is the name of what is made anyway; choose another")
		}
		if !data.IsMap() {
			continue
		}
		for key := range data.AsMap().AllStable {
			for _, reason := range validation.IsConfigMapKey(key) {
				found.Addf(inputs.Key(at, key), "cannot be a key in a Secret: %s", reason)
			}
		}
	}
	return found.Hide()
}

// takenSecrets end the names of resources that are registered anyway: a Secret is called after the component and its
// own name.
var takenSecrets = []string{
	variablesName, viewerName, "sync-auth", "sync-tls", "sync-decryption", selfAuthChild, selfCaChild, selfAuthName,
	selfCaName,
}
