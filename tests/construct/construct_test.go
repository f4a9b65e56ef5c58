// Package construct runs the provider's components against mocks: it proves which children they register, under which
// names and parents, and what they refuse before they register any. What the children then do is for the engine tests.
package construct

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/blang/semver"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/fluxartifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

const fluxVersion = "v2.9.5"

// object makes a property value of an object.
func object(entries map[string]property.Value) property.Value {
	return property.New(property.NewMap(entries))
}

// artifact serves Flux's artifact and returns the inputs that name it.
func artifact(t *testing.T) property.Value {
	t.Helper()
	tree, err := stack.FindTree()
	if err != nil {
		t.Fatal(err)
	}
	components, err := os.ReadFile(filepath.Join(tree.Tools, "flux-manifests", fluxVersion, "gotk-components.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	image, err := fluxartifact.New(fluxVersion, components)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	repository := strings.TrimPrefix(server.URL, "http://") + "/flux-manifests"
	tag, err := name.NewTag(repository+":"+fluxVersion, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, image, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	return object(map[string]property.Value{
		"url": property.New("oci://" + repository), "insecure": property.New(true),
	})
}

// recording is what a component registered.
type recording struct {
	mutex     sync.Mutex
	resources []integration.MockResourceArgs
	// missing is the name of resources that are not there yet, so that their ids are unknown.
	missing string
}

func (r *recording) newResource(args integration.MockResourceArgs) (string, property.Map, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.resources = append(r.resources, args)
	outputs := args.Inputs
	for key, value := range args.Inputs.All {
		// The fake monitor cannot marshal a secret that is unknown, and knows no state to answer a reference from; an output
		// that is not there is unknown too.
		if value.Secret() && value.HasComputed() || value.IsResourceReference() {
			outputs = outputs.Delete(key)
		}
	}
	if r.missing == args.Name {
		return "", outputs, nil
	}
	return args.Name + "-id", outputs, nil
}

// tree lists the resources in the form "type name parent"; a parent that is not a component of ours has no name.
func (r *recording) tree() string {
	var lines []string
	for _, registered := range r.resources {
		parent := resource.URN(registered.RegisterRPC.GetParent())
		line := fmt.Sprintf("%s %s", registered.TypeToken, registered.Name)
		if parent.IsValid() {
			line += " < " + parent.Name()
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// serve runs the provider.
func serve(t *testing.T, options ...integration.ServerOption) integration.Server {
	t.Helper()
	built, err := provider.New()
	if err != nil {
		t.Fatal(err)
	}
	server, err := integration.NewServer(t.Context(), provider.Name, semver.MustParse("1.0.0"),
		append(options, integration.WithProvider(built))...)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// refusal gives wrong inputs: they end in property errors, and nothing is registered.
func refusal(t *testing.T, kind string, given map[string]property.Value) []string {
	t.Helper()
	recorded, _, err := construct(t, kind, "prod", given)
	found := propertyErrors(t, err)
	if tree := recorded.tree(); tree != "\n" {
		t.Errorf("something was registered:\n%s", tree)
	}
	return found
}

// propertyErrors reads the property errors in the form "path: reason".
func propertyErrors(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		t.Fatal("the inputs were accepted")
	}
	detailed, ok := rpcerror.FromError(err)
	if !ok {
		t.Fatalf("the error has no details: %v", err)
	}
	var found []string
	for _, property := range detailed.InputPropertiesErrors() {
		found = append(found, property.PropertyPath+": "+property.Reason)
	}
	if found == nil {
		t.Fatalf("the error has no property errors: %v", err)
	}
	return found
}

// TestResourceNames refuses names of the resource itself of which AWS's names cannot be made.
func TestResourceNames(t *testing.T) {
	t.Parallel()
	for name, fits := range map[string]bool{
		"prod": true, "9_lives-EU": true, strings.Repeat("a", 22): true,
		strings.Repeat("a", 23): false, "sg-prod": false, "prod.eu": false, "prod eu": false, "-prod": false, "größe": false,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorded, _, err := construct(t, "GitOpsCluster", name, inputs(t, nil, nil))
			if fits {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			want := []string{"clusterName: does not help: AWS names begin with the name of the resource, which must begin " +
				"with a letter or digit, and not with sg-, and hold at most 22 letters, digits, hyphens and underscores; got " +
				strconv.Quote(name) + ", rename the resource"}
			found := slices.DeleteFunc(propertyErrors(t, err), func(text string) bool {
				return strings.HasPrefix(text, "clusterName: must begin") // what is made of the name is refused as well
			})
			if diff := cmp.Diff(want, found); diff != "" || len(recorded.resources) > 0 {
				t.Errorf("errors (-want +got):\n%s\nand %d resources", diff, len(recorded.resources))
			}
		})
	}
}

// goldenTree compares what was registered with the golden tree of that name. Whatever tree is worth a golden file is
// destroyed some day too: nothing of it may go before the teardown has drained the cluster, but for what is allowed.
func goldenTree(t *testing.T, name string, recorded *recording, allowed ...string) {
	t.Helper()
	golden(t, filepath.Join("testdata", "tree", strings.ReplaceAll(name, " ", "_")+".golden"), recorded.tree())
	if t.Failed() {
		t.Log("A child's name and parent are its identity. Where a release has made a child, another name or parent " +
			"deletes it and makes it anew, and a cluster or its network with all that is in it: give the child an alias.")
	}
	recorded.outlivesTeardown(t, allowed...)
}

// construct runs a component as a preview does; it may have been another one before.
func construct(
	t *testing.T, kind, name string, inputs map[string]property.Value, before ...resource.URN,
) (*recording, p.ConstructResponse, error) {
	t.Helper()
	recorded := &recording{}
	response, err := constructOn(t, recorded, answer, kind, name, inputs, before...)
	return recorded, response, err
}

// constructOn runs a component as a preview does, on an AWS that answers as given.
func constructOn(
	t *testing.T, recorded *recording, answer func(integration.MockCallArgs) (property.Map, error),
	kind, name string, inputs map[string]property.Value, before ...resource.URN,
) (p.ConstructResponse, error) {
	t.Helper()
	server := serve(t, integration.WithMocks(&integration.MockResourceMonitor{
		NewResourceF: recorded.newResource,
		CallF:        answer,
	}))
	response, err := server.Construct(p.ConstructRequest{
		Urn:    resource.NewURN("dev", "project", "", tokens.Type(provider.Name+":index:"+kind), name),
		Inputs: property.NewMap(inputs),
		DryRun: true, Aliases: before,
	})
	return response, err
}

// vpcWithoutNames is a VPC whose DNS hostnames are off.
const vpcWithoutNames = "vpc-00000000"

// answer is what AWS says when it is asked.
func answer(args integration.MockCallArgs) (property.Map, error) {
	switch args.Token {
	case "aws:index/getAvailabilityZones:getAvailabilityZones":
		var zones []property.Value
		for _, zone := range []string{"c", "a", "d", "b", "f", "e"} {
			zones = append(zones, property.New("us-west-2"+zone))
		}
		return property.NewMap(map[string]property.Value{"names": property.New(property.NewArray(zones))}), nil
	case "aws:index/getRegion:getRegion":
		return property.NewMap(map[string]property.Value{"name": property.New("us-west-2")}), nil
	case "aws:index/getPartition:getPartition":
		return property.NewMap(map[string]property.Value{"partition": property.New("aws")}), nil
	case "aws:index/getCallerIdentity:getCallerIdentity":
		return property.NewMap(map[string]property.Value{
			"accountId": property.New("123456789012"), "arn": property.New("arn:aws:iam::123456789012:user/admin"),
		}), nil
	case "aws:eks/getAddonVersion:getAddonVersion":
		return property.NewMap(map[string]property.Value{"version": property.New("v1.0.0-eksbuild.1")}), nil
	case "aws:ec2/getVpc:getVpc":
		return property.NewMap(map[string]property.Value{
			"arn": property.New("arn:aws:ec2:us-west-2:123456789012:vpc/vpc-0"), "cidrBlock": property.New("10.9.0.0/16"),
			"id": args.Args.Get("id"), "enableDnsSupport": property.New(true),
			"enableDnsHostnames": property.New(args.Args.Get("id").AsString() != vpcWithoutNames),
		}), nil
	case "aws:ec2/getSubnet:getSubnet":
		// The last letter of the id stands for the zone.
		id := args.Args.Get("id").AsString()
		return property.NewMap(map[string]property.Value{
			"availabilityZone": property.New("us-west-2" + id[len(id)-1:]),
		}), nil
	case "aws:iam/getSessionContext:getSessionContext":
		return property.NewMap(map[string]property.Value{"issuerArn": args.Args.Get("arn")}), nil
	}
	return property.Map{}, fmt.Errorf("nobody asked for %s before", args.Token)
}

func TestTree(t *testing.T) {
	t.Parallel()
	flux := object(map[string]property.Value{"artifact": artifact(t)})
	tests := map[string]struct {
		kind   string
		inputs map[string]property.Value
	}{
		"default": {kind: "GitOpsCluster", inputs: map[string]property.Value{
			"flux": flux,
			"sync": object(map[string]property.Value{"url": property.New("https://github.com/acme/fleet")}),
		}},
		"two zones, two NAT gateways, two groups, no sync": {kind: "GitOpsCluster", inputs: map[string]property.Value{
			"flux": flux,
			"network": object(map[string]property.Value{
				"numberOfAvailabilityZones": property.New(2.0),
				"natGateways":               object(map[string]property.Value{"strategy": property.New("OnePerAz")}),
			}),
			"nodeGroups": object(map[string]property.Value{"small": object(nil), "large": object(nil)}),
		}},
		"network alone": {kind: "Network"},
		"flux alone": {kind: "Flux", inputs: map[string]property.Value{
			"kubeconfig": property.New(property.Computed).WithSecret(true),
			"artifact":   flux.AsMap().Get("artifact"),
			"sync":       object(map[string]property.Value{"url": property.New("https://github.com/acme/fleet")}),
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorded, _, err := construct(t, test.kind, "prod", test.inputs)
			if err != nil {
				t.Fatal(err)
			}
			goldenTree(t, name, recorded)
		})
	}
}

// TestOutputs proves that every output of the schema is given, and that what must not be seen is a secret.
func TestOutputs(t *testing.T) {
	t.Parallel()
	_, response, err := construct(t, "GitOpsCluster", "prod", map[string]property.Value{
		"flux": object(map[string]property.Value{"artifact": artifact(t)}),
	})
	if err != nil {
		t.Fatal(err)
	}
	built, err := provider.New()
	if err != nil {
		t.Fatal(err)
	}
	spec, err := p.GetSchema(t.Context(), provider.Name, "1.0.0", built)
	if err != nil {
		t.Fatal(err)
	}
	for name, property := range spec.Resources[string(provider.Token)].Properties {
		value, given := response.State.GetOk(name)
		if !given {
			t.Errorf("output %s is not given", name)
		}
		if property.Secret != value.Secret() {
			t.Errorf("output %s is a secret: schema %t, value %t", name, property.Secret, value.Secret())
		}
	}
	// What is known before anything exists is known in a preview too.
	for name, want := range map[string]string{
		"fluxVersion": fluxVersion, "fluxNamespace": "flux-system", "clusterEntityRef": "resource:default/prod-dev",
		"syncName": "",
	} {
		if got := response.State.Get(name); !got.IsString() || got.AsString() != want {
			t.Errorf("output %s in a preview: got %v, want %q", name, got, want)
		}
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestRefused gives wrong inputs: each ends in property errors, all of them at once, and nothing is registered.
func TestRefused(t *testing.T) {
	t.Parallel()
	sync := func(url property.Value) property.Value { return object(map[string]property.Value{"url": url}) }
	network := func(key string, value property.Value) map[string]property.Value {
		return map[string]property.Value{"network": object(map[string]property.Value{key: value})}
	}
	tests := map[string]struct {
		inputs map[string]property.Value
		want   []string
	}{
		"a VPC that is too small": {
			inputs: network("cidrBlock", property.New("10.0.0.0/26")),
			want: []string{`network.cidrBlock: must be from /16 to /20, so that every zone has room for nodes and ` +
				`pods; got "10.0.0.0/26", use for example "10.0.0.0/16"`},
		},
		"one zone": {
			inputs: network("numberOfAvailabilityZones", property.New(1.0)),
			want: []string{"network.numberOfAvailabilityZones: must be from 2 to 6, because EKS needs two zones and no " +
				"region has more than six; got 1"},
		},
		"an unknown NAT strategy": {
			inputs: network("natGateways", object(map[string]property.Value{"strategy": property.New("PerAz")})),
			want:   []string{`network.natGateways.strategy: must be one of None, Single, OnePerAz; got "PerAz"`},
		},
		"a minimum above the maximum": {
			inputs: map[string]property.Value{"nodeGroups": object(map[string]property.Value{
				"a": object(map[string]property.Value{"minSize": property.New(5.0), "maxSize": property.New(3.0)}),
			})},
			want: []string{`nodeGroups["a"].minSize: must not be greater than maxSize; got 5 > 3`},
		},
		"an empty address": {
			inputs: map[string]property.Value{"sync": sync(property.New(""))},
			want: []string{"sync.url: must be the URL of a git repository with the scheme https, http or ssh, such as " +
				"https://github.com/owner/repository or ssh://git@github.com/owner/repository; got an empty string"},
		},
		"a bad name": {
			inputs: map[string]property.Value{"clusterName": property.New("-prod")},
			want: []string{`clusterName: must begin with a letter or digit and hold at most 100 letters, digits, ` +
				`hyphens and underscores; got "-prod"`},
		},
		"an output where none can be": {
			inputs: map[string]property.Value{"clusterName": property.New(property.Computed)},
			want: []string{"clusterName: must be known while the program runs, because it decides which resources exist; " +
				"it was given an output of another resource. Give a literal or a configuration value instead"},
		},
		"several at once": {
			inputs: map[string]property.Value{
				"version":   property.New("latest"),
				"nodeGroup": object(nil),
				"flux":      object(map[string]property.Value{"version": property.New("latest")}),
				"backstage": object(map[string]property.Value{"name": property.New("A")}),
			},
			want: []string{
				`backstage.name: must be at most 58 lower-case letters, digits and hyphens, with a letter or digit at ` +
					`both ends, or the Kubernetes plugin does not find the cluster; got "A"`,
				`flux.version: must be a released version such as v2.9.5, with the v and all three numbers; got ` +
					`"latest" (a moving tag such as latest would upgrade Flux unasked)`,
				"nodeGroup: is not an input; there are clusterName, version, tags, network, endpoint, logging, " +
					"encryption, upgradePolicy, serviceIpv4Cidr, iam, access, nodeGroups, addons, workloadIdentities, " +
					"kubeconfigSettings, flux, sync, receiver, alerts, teardown, backstage, clusterVariables, " +
					"secretClusterVariables",
				`version: must be a Kubernetes minor version such as 1.35; got "latest"`,
			},
		},
		"a version of Flux that does not exist": {
			inputs: map[string]property.Value{"flux": object(map[string]property.Value{
				"version": property.New("v2.9.99"), "artifact": artifact(t),
			})},
			want: []string{"flux.version: is not in the registry"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := refusal(t, "GitOpsCluster", test.inputs)
			for i := range got {
				// What the registry answered, with its address, differs from run to run.
				got[i], _, _ = strings.Cut(got[i], "; look up")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("property errors (-want +got):\n%s", diff)
			}
		})
	}
}
