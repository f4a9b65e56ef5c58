package construct

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"
)

// properties reads inputs from YAML.
func properties(t *testing.T, text string) map[string]property.Value {
	t.Helper()
	var given map[string]any
	if err := yaml.UnmarshalStrict([]byte(text), &given); err != nil {
		t.Fatal(err)
	}
	return resource.FromResourcePropertyValue(resource.NewPropertyValue(given)).AsMap().AsMap()
}

// everything is a sync with all that makes a child of its own, with a secret that nobody has marked in each place that
// takes one.
const everything = `
flux:
  secrets: {pulumi-access-token: {token: planted-1}}
  imagePullSecret: {username: me, password: planted-6}
  labels: {team: platform}
sync:
  kind: OCIRepository
  url: oci://ghcr.io/acme/fleet
  auth:
    basic: {username: me, password: planted-2}
    tls:
      cert: "-----BEGIN CERTIFICATE-----"
      key: "-----BEGIN PRIVATE KEY-----planted-3"
  decryption: {ageKey: AGE-SECRET-KEY-planted-4}
  kustomizations:
  - {name: infrastructure, path: ./infrastructure}
  - {name: apps, path: ./apps, dependsOn: [infrastructure]}
receiver: {type: github, token: planted-7}
alerts:
  on-call: {type: slack, address: "https://hooks.example/planted-8", channel: on-call}
  board: {type: generic-hmac, address: "https://board.example/planted-9", token: planted-10, severity: info}
clusterVariables: {TIER: gold}
secretClusterVariables: {TOKEN: planted-5}
`

// withSync returns inputs of GitOpsCluster with a sync.
func withSync(t *testing.T, text string) map[string]property.Value {
	t.Helper()
	inputs := properties(t, text)
	flux, given := inputs["flux"]
	if !given {
		flux = object(nil)
	}
	inputs["flux"] = property.New(flux.AsMap().Set("artifact", artifact(t)))
	return inputs
}

// TestTreeOfSync lists the children of a sync with everything.
func TestTreeOfSync(t *testing.T) {
	t.Parallel()
	recorded, _, err := construct(t, "GitOpsCluster", "prod", withSync(t, everything))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(recorded.tree()) {
		if strings.Contains(line, " < prod-flux") {
			lines = append(lines, line)
		}
	}
	golden(t, filepath.Join("testdata", "tree", "sync_with_everything.golden"), strings.Join(lines, ""))
	recorded.outlivesTeardown(t)
}

// TestNothingSecretInTheState looks at what is sent to the engine, which keeps it in the state: what is secret is
// marked so, and then encrypted there. Nobody has marked it before, because SDKs do not mark what is nested.
func TestNothingSecretInTheState(t *testing.T) {
	t.Parallel()
	ways := map[string]string{
		"everything": everything,
		"password":   "sync: {url: https://git.example/r, auth: {basic: {username: me, password: planted-1}}}",
		"token":      "sync: {url: https://git.example/r, auth: {bearerToken: planted-1}}",
		"key": `sync: {url: ssh://git@git.example/r, auth: {ssh: {knownHosts: git.example ssh-rsa AAAA,
			identity: "-----BEGIN PRIVATE KEY-----planted-1", password: planted-2}}}`,
		"App": `sync: {url: https://git.example/r, auth: {githubApp: {appId: "1", installationId: "2",
			privateKey: "-----BEGIN PRIVATE KEY-----planted-1"}}}`,
		"bucket": `sync: {kind: Bucket, bucket: {name: b, endpoint: s3.example},
			auth: {bucket: {accessKey: planted-1, secretKey: planted-2}}}`,
	}
	for name, text := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorded, _, err := construct(t, "GitOpsCluster", "prod", withSync(t, text))
			if err != nil {
				t.Fatal(err)
			}
			hidden := 0
			for _, registered := range recorded.resources {
				for _, planted := range plantedIn(registered.RegisterRPC.GetObject(), false) {
					if !planted.secret {
						t.Errorf("%s %s holds a secret in clear: %s", registered.TypeToken, registered.Name, planted.text)
					}
					hidden++
				}
			}
			if want := strings.Count(text, "planted-"); hidden < want {
				t.Errorf("found %d of %d secrets: the test does not see what it looks for", hidden, want)
			}
		})
	}
}

// plantedText is a text in what was sent that holds a planted secret, and whether it is marked as one.
type plantedText struct {
	text   string
	secret bool
}

func plantedIn(object *structpb.Struct, secret bool) []plantedText {
	secret = secret || object.GetFields()[resource.SigKey].GetStringValue() == resource.SecretSig
	var found []plantedText
	for key, value := range object.GetFields() {
		found = append(found, plantedInValue(structpb.NewStringValue(key), secret)...)
		found = append(found, plantedInValue(value, secret)...)
	}
	return found
}

func plantedInValue(value *structpb.Value, secret bool) []plantedText {
	switch kind := value.GetKind().(type) {
	case *structpb.Value_StructValue:
		return plantedIn(kind.StructValue, secret)
	case *structpb.Value_ListValue:
		var found []plantedText
		for _, entry := range kind.ListValue.GetValues() {
			found = append(found, plantedInValue(entry, secret)...)
		}
		return found
	case *structpb.Value_StringValue:
		text := kind.StringValue
		if decoded, err := base64.StdEncoding.DecodeString(text); err == nil {
			text = string(decoded)
		}
		if strings.Contains(text, "planted-") {
			return []plantedText{{text: text, secret: secret}}
		}
	}
	return nil
}

// label is what Kubernetes says of a name that is no label.
const label = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start " +
	"and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " +
	"'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

// TestRefusedSync gives wrong syncs: each ends in property errors, nothing is registered, and nothing secret is told. A
// path that ends in "(not shown)" is none for the engine, which would print the value of a property that it finds.
func TestRefusedSync(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		inputs string
		want   []string
	}{
		"a token for SSH": {
			inputs: "sync: {url: ssh://git@git.example/r, auth: {bearerToken: planted-1}}",
			want: []string{"sync.auth.bearerToken (not shown): is not for a url with the scheme ssh; give ssh or " +
				"existingSecretName, or a url with https"},
		},
		"a misspelt password": {
			inputs: "sync: {url: https://git.example/r, auth: {basic: {username: me, pasword: planted-1}}}",
			want: []string{
				"sync.auth.basic.password (not shown): is required",
				"sync.auth.basic.pasword (not shown): is not an input; there are username, password",
			},
		},
		"a secret among the variables": {
			inputs: "clusterVariables: {AWS_REGION: eu-central-1, my-name: planted-1}",
			want: []string{
				`clusterVariables["AWS_REGION"] (not shown): is there already; choose another name`,
				`clusterVariables["my-name"] (not shown): cannot name a variable: a name holds letters, digits and ` +
					"underscores, and does not begin with a digit",
			},
		},
		"a bucket without its name, and a Secret of a bad name": {
			inputs: "{sync: {kind: Bucket}, flux: {secrets: {Planted: {a: planted-1}}}}",
			want: []string{
				`flux.secrets["Planted"] (not shown): cannot name a Secret: a lowercase RFC 1123 subdomain must consist of ` +
					`lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character ` +
					`(e.g. 'example.com', regex used for validation is ` +
					`'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
				"sync.bucket: is required for a Bucket",
			},
		},
		"parts, a webhook and alerts": {
			inputs: `
flux: {components: [source-controller, kustomize-controller], labels: {app.kubernetes.io/name: a}, size: Huge,
  imagePullSecret: {username: "", password: planted-1}}
sync: {url: https://git.example/r, path: ./a,
  kustomizations: [{name: a, path: ../a, dependsOn: [c]}, {name: a, path: ./a}]}
receiver: {type: svn, token: ""}
alerts: {On-call: {type: fax, address: planted-2, severity: bad}}`,
			want: []string{
				"alerts (not shown): needs notification-controller; add it to the components of Flux, or leave this out",
				`alerts["On-call"] (not shown): cannot name Kubernetes objects: ` + label,
				`alerts["On-call"].severity (not shown): must be one of info, error; got "bad"`,
				`alerts["On-call"].type (not shown): must be one of slack, discord, msteams, rocket, generic, generic-hmac, ` +
					"github, gitlab, gitea, bitbucketserver, bitbucket, azuredevops, googlechat, googlepubsub, webex, sentry, " +
					"azureeventhub, telegram, lark, matrix, opsgenie, alertmanager, grafana, githubdispatch, pagerduty, datadog, " +
					`nats; got "fax"`,
				"flux.imagePullSecret.username (not shown): must not be empty; leave it out instead",
				`flux.labels["app.kubernetes.io/name"]: must not begin with app.kubernetes.io/, which Flux's own labels do; ` +
					"choose another",
				`flux.size: must be one of Small, Medium, Large; got "Huge"`,
				"receiver (not shown): needs notification-controller; add it to the components of Flux, or leave this out",
				"receiver.token (not shown): must not be empty; leave it out instead",
				"receiver.type (not shown): must be one of generic, generic-hmac, github, gitlab, bitbucket, harbor, dockerhub, " +
					`quay, gcr, nexus, acr, cdevents; got "svn"`,
				`sync.kustomizations[0].dependsOn[0]: must be the name of one of the kustomizations (a, a); got "c"`,
				`sync.kustomizations[0].path: must be a path inside the repository, such as ./clusters/production; got "../a"`,
				`sync.kustomizations[1].name: is given twice: "a"; choose another`,
				"sync.path: is not for a sync with kustomizations, each of which has its own; leave it out",
			},
		},
		"parts that wait for each other, and a webhook for nothing": {
			inputs: `
flux: {secrets: {receiver-token: {a: b}}}
sync: {url: https://git.example/r, kustomizations: [{name: flux, path: ./a, dependsOn: [b]},
  {name: b, path: ./b, targetNamespace: B, dependsOn: [c]}, {name: c, path: ./c, dependsOn: [b]}]}
receiver: {type: github, token: planted-1}`,
			want: []string{
				"receiver (not shown): makes the Secret receiver-token, which is among the secrets of Flux too; rename that",
				"sync.kustomizations: must not depend on each other in a circle: b needs c needs b; take one dependsOn out",
				`sync.kustomizations[0].name: must not be "flux", which is the name of Flux's own; choose another`,
				"sync.kustomizations[1].targetNamespace: cannot name a namespace: " + label + `; got "B"`,
			},
		},
		"a webhook without a sync": {
			inputs: "{sync: null, receiver: {type: github, token: planted-1}}",
			want: []string{
				"receiver (not shown): needs a sync, whose source it has fetched; give sync, or leave it out",
			},
		},
		"CodeCommit before Flux knows it": {
			inputs: "{flux: {version: v2.8.8}, sync: {url: https://git.example/r, provider: aws}}",
			want: []string{"sync.provider: aws for a GitRepository needs Flux v2.9.0 or later; got v2.8.8, set the version " +
				"of Flux"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorded, _, err := construct(t, "GitOpsCluster", "prod", withSync(t, test.inputs))
			got := propertyErrors(t, err)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("property errors (-want +got):\n%s", diff)
			}
			if told := fmt.Sprint(err, got); strings.Contains(told, "planted-") {
				t.Errorf("a secret is told: %s", told)
			}
			if tree := recorded.tree(); tree != "\n" {
				t.Errorf("something was registered:\n%s", tree)
			}
		})
	}
}

// TestSecretVariable proves that a secret is known as one before its value is.
func TestSecretVariable(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]property.Value{
		"known":   object(map[string]property.Value{"TOKEN": property.New("planted-1").WithSecret(true)}),
		"unknown": object(map[string]property.Value{"TOKEN": property.New(property.Computed).WithSecret(true)}),
		"whole":   object(map[string]property.Value{"TOKEN": property.New("planted-1")}).WithSecret(true),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := construct(t, "GitOpsCluster", "prod", map[string]property.Value{
				"flux": object(map[string]property.Value{"artifact": artifact(t)}), "clusterVariables": secret,
			})
			got := propertyErrors(t, err)
			if len(got) != 1 || !strings.Contains(got[0], "secretClusterVariables") {
				t.Errorf("got %q, want one that says where a secret goes", got)
			}
		})
	}
}
