package construct

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi-eks/sdk/v2/go/eks"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// effect is what a program makes: all that is registered and returned, or why it is refused.
func effect(t *testing.T, kind string, given property.Value) (made string, recorded *recording, refused error) {
	t.Helper()
	if strings.ToLower(kind[:1]) == kind[:1] {
		response, err := serve(t).Invoke(p.InvokeRequest{
			Token: tokens.Type(provider.Name + ":index:" + kind), Args: given.AsMap(),
		})
		if err == nil && len(response.Failures) > 0 {
			return "", &recording{}, refusedCall(response.Failures[0].Property + ": " + response.Failures[0].Reason)
		}
		return text(property.New(response.Return)), &recording{}, err
	}
	recorded, response, err := construct(t, kind, "prod", given.AsMap().AsMap())
	if err != nil {
		return "", recorded, err
	}
	var lines []string
	for _, registered := range recorded.resources {
		if string(registered.TypeToken) == provider.Name+":index:"+kind {
			continue // its own inputs are what the program says anyway
		}
		lines = append(lines, string(registered.TypeToken)+" "+registered.Name+" "+text(property.New(registered.Inputs)))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n" + text(property.New(response.State)), recorded, nil
}

// replacedBy lists what is replaced when other resources are wanted, by the rules of the real provider.
func (r *recording) replacedBy(other *recording) []string {
	var replaced []string
	for _, before := range r.resources {
		for _, after := range other.resources {
			if before.TypeToken != after.TypeToken || before.Name != after.Name {
				continue
			}
			kind, known := typesOfAWS()[string(before.TypeToken)]
			if string(before.TypeToken) == "eks:index:Cluster" {
				kind, known = controlPlaneOfEKS, true
			}
			if !known {
				continue
			}
			old, wanted := open(property.New(before.Inputs)).AsMap(), open(property.New(after.Inputs)).AsMap()
			for path, change := range kind.Diff(old, property.Map{}, wanted) {
				if change.Replace {
					replaced = append(replaced, string(before.TypeToken)+" "+before.Name+" ("+path+")")
				}
			}
		}
	}
	return replaced
}

var typesOfAWS = sync.OnceValue(catalog.Resources)

// controlPlaneOfEKS is what of the component of pulumi-eks becomes of the cluster below it that EKS cannot change.
var controlPlaneOfEKS = catalog.Resource{
	Outputs: reflect.TypeFor[eks.Cluster](),
	Replace: []string{"name", "encryptionConfigKeyArn", "kubernetesServiceIpAddressRange", "serviceRole"},
}

type refusedCall string

func (r refusedCall) Error() string { return string(r) }

// withoutTrace are inputs whose effect nobody sees in what is registered in a preview, and the tests that see it.
var withoutTrace = map[string]string{
	"BackstageSpec.":                 "TestDocuments of provider/backstage: no document is known before the cluster is",
	"BackstageAnnotationsSpec.":      "as above",
	"BackstageLinkSpec.":             "as above",
	"FluxIdentitySpec.":              "TestVerify of flux/artifact: a preview only warns where it has no roots of trust",
	"FluxVerificationSpec.":          "as above",
	"GitOpsCluster.backstage":        "as BackstageSpec",
	"GitOpsCluster.clusterVariables": "TestLifecycle of tests/engine: some of the map is not known before the cluster is",
	"GitOpsCluster.upgradePolicy":    "TestControlPlane of the engine tests: a transform sets it on a child of pulumi-eks",
	"KubeconfigSpec.profileName":     "TestKubeconfig of provider/cluster: no kubeconfig is known before the cluster is",
	"KubeconfigSpec.proxyUrl":        "as above",
	"SyncDecryptionSpec.provider":    "there is one only",
	"getFluxArtifact.digest":         "TestGetFluxArtifact of provider/flux: it is what the tag stands for",
	"getFluxArtifact.insecure":       "a registry on this machine is spoken to in plain HTTP whatever it says",
	"planNetwork.maxNodes":           "TestPlanNetwork: it only refuses",
}

func traceless(name string) bool {
	kind, _, _ := strings.Cut(name, ".")
	_, all := withoutTrace[kind+"."]
	_, one := withoutTrace[name]
	return all || one
}

// TestEveryInput gives every input that the schema has: none is refused, and each that is optional does something, for
// without it something else is made, or the rest is refused. If what is made then replaces what was made with it, its
// description says so.
func TestEveryInput(t *testing.T) {
	t.Parallel()
	spec, programs := schemaOfInputs(t), inputPrograms(t)
	missing, idle := spec.all(), map[string]bool{}
	var mutex sync.Mutex
	exercised := func(name string, acts bool) {
		mutex.Lock()
		defer mutex.Unlock()
		if missing[name] {
			delete(missing, name)
			idle[name] = true
		}
		if acts {
			delete(idle, name)
		}
	}
	// One program that shows it is enough.
	acts := func(name string) bool {
		mutex.Lock()
		defer mutex.Unlock()
		return !missing[name] && !idle[name]
	}
	// A group, so that what follows it waits for all of them.
	t.Run("programs", func(t *testing.T) {
		for name, program := range programs {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				whole, recorded, err := effect(t, program.Type, program.given())
				if err != nil {
					t.Fatal(propertyErrors(t, err))
				}
				for _, registered := range recorded.resources {
					kind := string(registered.TypeToken)
					if strings.HasPrefix(kind, provider.Name+":index:") && registered.Custom {
						for name := range registered.Inputs.All {
							exercised(lastPart(kind)+"."+name, true)
						}
					}
				}
				for _, input := range spec.walk(program.Type, program.given()) {
					if !input.optional || traceless(input.name) || acts(input.name) {
						exercised(input.name, true)
						continue
					}
					without, other, err := effect(t, program.Type, with(program.given(), input.path, nil))
					exercised(input.name, err != nil || without != whole)
					if replaced := recorded.replacedBy(other); err == nil && len(replaced) > 0 && !input.holdsInputs {
						said := spec.description(input.name)
						if !strings.Contains(said, "replace") && !strings.Contains(said, "Changing it ") {
							t.Errorf("a change of %v replaces %v, and its description does not say so: %s", input.path, replaced, said)
						}
					}
				}
			})
		}
	})
	if diff := cmp.Diff([]string(nil), slices.Sorted(maps.Keys(missing))); diff != "" {
		t.Errorf("inputs that no program in testdata/inputs gives (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string(nil), slices.Sorted(maps.Keys(idle))); diff != "" {
		t.Errorf("inputs without which the same is made in every program (-want +got):\n%s", diff)
	}
}

// TestEveryInputUnknown previews the same programs as on the first day, when nothing of what others make is known yet:
// once each value is an output, such as an id in a list, and once the whole is, such as the list.
func TestEveryInputUnknown(t *testing.T) {
	t.Parallel()
	spec := schemaOfInputs(t)
	for name, program := range inputPrograms(t) {
		if strings.ToLower(program.Type[:1]) == program.Type[:1] {
			continue // Pulumi calls no function with something unknown
		}
		for how, hide := range map[string]func(property.Value) property.Value{
			"values": hideLeaves, "whole": func(property.Value) property.Value { return unknown },
		} {
			if name == "existing-vpc" && how == "whole" {
				continue // how many subnets are to be tagged must be known: see TestNetworkRefused
			}
			t.Run(name+" "+how, func(t *testing.T) {
				t.Parallel()
				given, hidden := program.given(), 0
				for _, input := range spec.walk(program.Type, given) {
					if !input.plain {
						unknown := hide(at(given, input.path))
						given = with(given, input.path, &unknown)
						hidden++
					}
				}
				if hidden == 0 {
					t.Skip("nothing here may be an output")
				}
				if _, _, err := effect(t, program.Type, given); err != nil {
					t.Error(propertyErrors(t, err))
				}
			})
		}
	}
}
