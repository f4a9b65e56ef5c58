package cluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// checkText applies check to the text of an input that may be an output, as soon as it is known. A secret is left to
// AWS: a reason quotes what was given.
func checkText(found *inputs.Violations, path string, given property.Value, check func(string) error) {
	if !given.IsString() || given.Secret() {
		return
	}
	if err := check(given.AsString()); err != nil {
		found.Addf(path, "%s", err)
	}
}

// checkTexts applies check to the elements of a list that are known.
func checkTexts(found *inputs.Violations, path string, given property.Value, check func(string) error) {
	if !given.IsArray() || given.Secret() {
		return
	}
	for i, entry := range given.AsArray().All {
		checkText(found, inputs.Index(path, i), entry, check)
	}
}
