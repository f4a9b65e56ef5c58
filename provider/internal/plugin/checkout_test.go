package plugin

import "testing"

func TestCheckout(t *testing.T) {
	t.Parallel()
	const (
		plugins  = "/home/somebody/.pulumi/plugins/"
		cloned   = "resource-github.com_acme_pulumi-gitops-cluster.git_provider_cmd_pulumi-resource-gitops-cluster"
		inTheURL = "git://github.com/acme/pulumi-gitops-cluster.git/provider/cmd/pulumi-resource-gitops-cluster"
	)
	for name, test := range map[string]struct{ folder, version, url string }{
		"a tag":    {plugins + cloned + "-v0.1.0/" + main, "0.1.0", inTheURL},
		"a commit": {plugins + cloned + "-v0.0.0-x0123abcd/" + main, "0.0.0-x0123abcd", inTheURL},
		"a host with a port": {
			plugins + "resource-git.acme.org:8443_a_my_fork.git_provider_cmd_pulumi-resource-gitops-cluster-v1.2.3/" + main,
			"1.2.3", "git://git.acme.org:8443/a/my_fork.git/" + main,
		},
		"a release":               {plugins + "resource-gitops-cluster-v0.1.0", "", ""},
		"a folder of the user's":  {"/home/somebody/pulumi-gitops-cluster/" + main, "", ""},
		"another folder of a tag": {plugins + cloned + "-v0.1.0/provider/cmd/other", "", ""},
		"nothing":                 {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			version, url, ok := checkout(test.folder)
			if version != test.version || url != test.url || ok != (test.url != "") {
				t.Errorf("got %q %q %v, want %q %q", version, url, ok, test.version, test.url)
			}
		})
	}
}
