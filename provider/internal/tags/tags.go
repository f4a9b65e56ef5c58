// Package tags puts the tags of a resource beside those that the user gives to all of them.
package tags

import (
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Named returns the user's tags above the tag Name, which AWS's console shows, and below the resource's own.
func Named(given pulumi.StringMapInput, name string, own map[string]string) pulumi.StringMapOutput {
	if given == nil {
		given = pulumi.StringMap{}
	}
	return given.ToStringMapOutput().ApplyT(func(tags map[string]string) map[string]string {
		all := map[string]string{"Name": name}
		maps.Copy(all, tags)
		maps.Copy(all, own)
		return all
	}).(pulumi.StringMapOutput)
}
