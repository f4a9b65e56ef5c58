package aliases

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ForChildren returns the options of the component called name with one more, which gives everything below it the names
// that it had under the component's aliases.
//
// Children of a component here are called after the outermost one: the VPC below the network NAME-network is NAME.
// Pulumi, left alone, would look for it under its new name, not find it, and make another.
func ForChildren(name string, opts []pulumi.ResourceOption) ([]pulumi.ResourceOption, error) {
	options, err := pulumi.NewResourceOptions(opts...)
	if err != nil {
		return nil, fmt.Errorf("reading the options of %s: %w", name, err)
	}
	var before []string
	for _, alias := range options.Aliases {
		if whole, ok := alias.URN.(pulumi.URN); ok && nameIn(whole) != name {
			before = append(before, nameIn(whole))
		}
	}
	if len(before) == 0 {
		return opts, nil
	}
	rename := func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		suffix, ok := strings.CutPrefix(args.Name, name)
		if !ok || suffix != "" && !strings.HasPrefix(suffix, "-") {
			return nil
		}
		var aliases []pulumi.Alias
		for _, earlier := range before {
			aliases = append(aliases, pulumi.Alias{Name: pulumi.String(earlier + suffix)})
		}
		return &pulumi.ResourceTransformationResult{
			Props: args.Props, Opts: append(args.Opts, pulumi.Aliases(aliases)),
		}
	}
	return append(opts, pulumi.Transformations([]pulumi.ResourceTransformation{rename})), nil
}

// nameIn returns the last part of a URN.
func nameIn(whole pulumi.URN) string {
	text := string(whole)
	return text[strings.LastIndex(text, "::")+len("::"):]
}
