// Command kubernetes-provider is the real pulumi-resource-kubernetes.
//
// Its own main cannot be built from the published module, which lacks the two files that it embeds. This one embeds the
// same two, made from the module's sources by ../build, and does the same with them.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// The version that the plugin reports: that of the SDK in use, since the commit it is built from bears no name of a
// release. Set by ../build, as in the schema.
var version string

//go:embed embedded/schema.json
var schema []byte

//go:embed embedded/terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version, schema, terraformMapping)
}
