// Package plugin names the plugin that the provider is part of: the one place for the organization, so that a fork
// changes one line, and for the version that children of our own package are registered with.
package plugin

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// Name is the Pulumi package's name.
	Name = "gitops-cluster"
	// Organization owns the repository on GitHub.
	Organization = "my-backstage-demo"
	// Repository is the name of the repository on GitHub.
	Repository = "pulumi-" + Name
	// Homepage is where people find the project.
	Homepage = "https://github.com/" + Organization + "/" + Repository
	// DownloadURL is where Pulumi finds the plugin of each release.
	DownloadURL = "github://api.github.com/" + Organization + "/" + Repository
)

// Version is the plugin's version; the provider sets it before it serves.
var Version string

// from is where Pulumi has this plugin from.
var from = DownloadURL

// Options are those of children of our own package, so that they run on the same plugin as the component that makes
// them.
func Options() pulumi.ResourceOption {
	return pulumi.Composite(pulumi.Version(Version), pulumi.PluginDownloadURL(from))
}

// Token returns the type token of the resource called name.
func Token(name string) tokens.Type {
	return tokens.Type(Name + ":index:" + name)
}
