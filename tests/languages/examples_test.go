package languages

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
)

// TestExamples makes mistakes in the example in every language, brings it up, and finds what the one in YAML makes:
// the same resources with the same inputs, and the same outputs, of which the same are secret.
func TestExamples(t *testing.T) {
	t.Parallel()
	cloud := fixture.Start(t)
	var want made
	for i, l := range languages() { //nolint:paralleltest // one after the other, on one cloud.
		t.Run(l.name, func(t *testing.T) {
			p := newProject(t, cloud, l)
			p.makeMistakes(l)
			got := p.bringUp()
			if i == 0 {
				want = got
				if len(want) < 70 {
					t.Errorf("the example in YAML makes no more than %d things", len(want))
				}
				return
			}
			compare(t, want, got)
		})
	}
}

// bringUp brings the program up, and takes it away again once it has been looked at.
func (p project) bringUp() made {
	p.Helper()
	opened := p.open()
	defer p.destroy(opened)
	result, err := opened.Up(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	deployment := fixture.Deployment(p.T, opened)
	return whatIsMade(p.T, deployment.Resources, result.Outputs)
}

// made is what a program has made: the inputs of each resource by type and name, and the outputs of the stack.
type made map[string]string

func whatIsMade(t *testing.T, resources []apitype.ResourceV3, outputs auto.OutputMap) made {
	t.Helper()
	names := fixture.NamesOf(resources)
	all := made{}
	for _, r := range resources {
		// Which providers there are by default says how a language names versions, and nothing about the program. Of the
		// stack itself only its outputs are of interest.
		if strings.HasPrefix(r.URN.Name(), "default") || r.URN.Type() == "pulumi:pulumi:Stack" {
			continue
		}
		all[fmt.Sprintf("%s %s", r.Type, r.URN.Name())] = text(t, names, r.Inputs)
	}
	for name, output := range outputs {
		value := output.Value
		if output.Secret {
			value = "a secret: " + fmt.Sprint(value)
		}
		all["output "+name] = text(t, names, value)
	}
	return all
}

var (
	uid = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	// suffix is what Pulumi puts behind the name of a resource in AWS.
	suffix = regexp.MustCompile(`-[0-9a-f]{7}\b`)
	// digest is made from ids.
	digest = regexp.MustCompile(`"syncDigest":"[0-9a-f]+"`)
)

// text is a value without what differs from cluster to cluster.
func text(t *testing.T, names fixture.Names, value any) string {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	known := uid.ReplaceAllString(names.Hide(string(encoded)), "(uid)")
	return suffix.ReplaceAllString(digest.ReplaceAllString(known, `"syncDigest":"(digest)"`), "-(suffix)")
}

func compare(t *testing.T, want, got made) {
	t.Helper()
	for name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("missing: %s", name)
		}
	}
	for name, value := range got {
		expected, ok := want[name]
		if !ok {
			t.Errorf("nothing in YAML: %s", name)
		} else if value != expected {
			t.Errorf("%s has\n%s\nand not, as in YAML,\n%s", name, value, expected)
		}
	}
}
