package cluster

import (
	"regexp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// DefaultVersion is the Kubernetes version of a cluster for which none is given. It changes only in a major release of
// this package: a default that moved would upgrade clusters whose owners did not ask.
const DefaultVersion = "1.35"

var (
	// shortName is the name of an entry in a map of inputs: children are called after it.
	shortName         = regexp.MustCompile(`^[0-9a-z]([0-9a-z-]{0,30}[0-9a-z])?$`)
	clusterName       = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$`)
	kubernetesVersion = regexp.MustCompile(`^1\.[0-9]{2}$`)
)

// IsName says whether a name has the form that EKS asks of clusters.
func IsName(name string) bool { return clusterName.MatchString(name) }

// ValidateName applies EKS's rule for the name of a cluster.
func ValidateName(path, name string) inputs.Violations {
	var found inputs.Violations
	if !IsName(name) {
		found.Addf(path, "must begin with a letter or digit and hold at most 100 letters, digits, hyphens and "+
			"underscores; got %q", name)
	}
	return found
}

// validateShortName applies the rule of the names by which children are called, and tells whether it holds.
func validateShortName(path, name string, found *inputs.Violations) bool {
	if shortName.MatchString(name) {
		return true
	}
	found.Addf(path, "must be a name of at most 32 lower-case letters, digits and hyphens; got %q", name)
	return false
}

// ValidateVersion applies the form of a Kubernetes version.
func ValidateVersion(path, version string) inputs.Violations {
	var found inputs.Violations
	if !kubernetesVersion.MatchString(version) {
		found.Addf(path, "must be a Kubernetes minor version such as %s; got %q", DefaultVersion, version)
	}
	return found
}
