package plugin

import (
	"path/filepath"
	"regexp"
)

// main is the folder with our main package and its PulumiPlugin.yaml, which says to Pulumi how to run it.
const main = "provider/cmd/pulumi-resource-" + Name

// checkoutName is how Pulumi names the folder into which it has cloned a plugin: after the URL, with the slashes
// replaced, and the version, which is a tag or stands for a commit.
var checkoutName = regexp.MustCompile(
	`^resource-([^_]+)_([^_]+)_(.+\.git)_provider_cmd_pulumi-resource-` + Name + `-v(.+)$`)

// RunsIn is told the folder in which this plugin runs. Where Pulumi has cloned it from Git and built it itself, nobody
// has told it its version, and nothing but that clone has the plugin for the children of our own package.
func RunsIn(folder string) {
	if version, url, ok := checkout(folder); ok {
		Version, from = version, url
	}
}

// checkout tells which version of which repository Pulumi has cloned into a folder.
func checkout(folder string) (version, url string, ok bool) {
	root := folder
	for range 3 { // The elements of main.
		root = filepath.Dir(root)
	}
	name := checkoutName.FindStringSubmatch(filepath.Base(root))
	if name == nil || folder != filepath.Join(root, filepath.FromSlash(main)) {
		return "", "", false
	}
	host, owner, repository, version := name[1], name[2], name[3], name[4]
	return version, "git://" + host + "/" + owner + "/" + repository + "/" + main, true
}
