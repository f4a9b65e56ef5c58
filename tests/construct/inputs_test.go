package construct

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi-eks/sdk/v2/go/eks"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"sigs.k8s.io/yaml"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
)

// inputProgram is a file of testdata/inputs. Together they give every input that there is, each with another value than
// its default, so that it is seen what it does.
type inputProgram struct {
	// Type is the last part of the token of a component or a function.
	Type       string         `json:"type"`
	Properties map[string]any `json:"properties"`
}

// given are the program's properties. The test that leaves one out changes them, so each gets its own.
func (i inputProgram) given() property.Value { return open(fromJSON(i.Properties)) }

func fromJSON(from any) property.Value {
	switch from := from.(type) {
	case float64:
		return property.New(from)
	case []any:
		elements := make([]any, len(from))
		for i := range from {
			elements[i] = fromJSON(from[i])
		}
		return plain(elements)
	case map[string]any:
		entries := map[string]any{}
		for name, value := range from {
			entries[name] = fromJSON(value)
		}
		return plain(entries)
	}
	return plain(from)
}

// inputPrograms reads them, with registries that are really there for what they say of artifacts.
func inputPrograms(t *testing.T) map[string]inputProgram {
	t.Helper()
	sigstore, key := artifacttest.NewSigstore(t), artifacttest.Key(t)
	const issuer = "https://token.actions.githubusercontent.com"
	const subject = "https://github.com/fluxcd/flux2/.github/workflows/release.yaml@refs/tags/" + fluxVersion
	values := map[string]string{
		"trustedRoot": sigstore.TrustedRoot(t), "issuer": issuer, "subject": subject,
		"publicKey":   artifacttest.PublicKey(t, key),
		"key":         "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n",
		"certificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
	}
	image := artifacttest.Flux(t, fluxVersion)
	for name, registry := range map[string]*artifacttest.Registry{
		"signed": artifacttest.New(t), "keyed": artifacttest.New(t), "unsigned": artifacttest.New(t),
		"private": artifacttest.NewPrivate(t, "reader", "hunter2"),
	} {
		digest := registry.Push(t, fluxVersion, image)
		switch name {
		case "signed":
			registry.Sign(t, digest, artifacttest.Signing{Sigstore: sigstore, Issuer: issuer, Subject: subject})
		case "keyed":
			registry.Sign(t, digest, artifacttest.Signing{Key: key})
		}
		values[name+".old"] = registry.Push(t, "v2.9.4", artifacttest.Flux(t, "v2.9.4"))
		values[name+".url"], values[name+".digest"] = registry.URL, digest
		values[name+".certificate"] = registry.Certificate
	}
	var pairs []string
	for name, value := range values {
		quoted, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, "$("+name+")", string(quoted))
	}
	files, err := filepath.Glob(filepath.Join("testdata", "inputs", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("looking for programs: %v, found %d", err, len(files))
	}
	found := map[string]inputProgram{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var program inputProgram
		if err := yaml.UnmarshalStrict([]byte(strings.NewReplacer(pairs...).Replace(string(text))), &program); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		found[strings.TrimSuffix(filepath.Base(file), ".yaml")] = program
	}
	return found
}

// inputSchema finds the way from a program's inputs to what the schema says of them.
type inputSchema struct{ schema.PackageSpec }

func schemaOfInputs(t *testing.T) inputSchema {
	t.Helper()
	built, err := provider.New()
	if err != nil {
		t.Fatal(err)
	}
	spec, err := p.GetSchema(t.Context(), provider.Name, "1.0.0", built)
	if err != nil {
		t.Fatal(err)
	}
	return inputSchema{spec}
}

// all lists every input, as the type that has it and its name.
func (s inputSchema) all() map[string]bool {
	all := map[string]bool{}
	add := func(token string, properties map[string]schema.PropertySpec) {
		for name := range properties {
			all[lastPart(token)+"."+name] = true
		}
	}
	for token, resource := range s.Resources {
		add(token, resource.InputProperties)
	}
	for token, function := range s.Functions {
		add(token, function.Inputs.Properties)
	}
	for token, object := range s.Types {
		// FluxObjectSpec is what getFluxArtifact returns.
		if lastPart(token) != "FluxObjectSpec" {
			add(token, object.Properties)
		}
	}
	return all
}

func lastPart(token string) string { return token[strings.LastIndex(token, ":")+1:] }

// holdsInputs says that a type is an object of the schema, or a list or a map of such.
func (s inputSchema) holdsInputs(t schema.TypeSpec) bool {
	if token, ok := strings.CutPrefix(t.Ref, "#/types/"); ok {
		return len(s.Types[token].Properties) > 0
	}
	return t.Items != nil && s.holdsInputs(*t.Items) ||
		t.AdditionalProperties != nil && s.holdsInputs(*t.AdditionalProperties)
}

// description is what the schema says of an input.
func (s inputSchema) description(name string) string {
	kind, property, _ := strings.Cut(name, ".")
	token := provider.Name + ":index:" + kind
	if object, ok := s.Types[token]; ok {
		return object.Properties[property].Description
	}
	return s.inputsOf(kind)[property].Description
}

// inputsOf are the inputs of a component, a resource or a function.
func (s inputSchema) inputsOf(kind string) map[string]schema.PropertySpec {
	token := provider.Name + ":index:" + kind
	if function, ok := s.Functions[token]; ok {
		return function.Inputs.Properties
	}
	return s.Resources[token].InputProperties
}

// givenInput is an input in a program: where it stands, whether it may be left out and be an output.
type givenInput struct {
	name            string
	path            []any
	optional, plain bool
	// holdsInputs says that it is made of inputs, which have descriptions of their own.
	holdsInputs bool
}

// walk lists the inputs that are given, outer ones first.
func (s inputSchema) walk(kind string, value property.Value) []givenInput {
	var found []givenInput
	var object func(kind string, required []string, properties map[string]schema.PropertySpec, path []any, m property.Map)
	var below func(t schema.TypeSpec, path []any, value property.Value)
	object = func(
		kind string, required []string, properties map[string]schema.PropertySpec, path []any, given property.Map,
	) {
		for name, value := range given.AllStable {
			here := append(slices.Clone(path), name)
			found = append(found, givenInput{
				name: kind + "." + name, path: here,
				optional: !slices.Contains(required, name), plain: properties[name].Plain,
				holdsInputs: s.holdsInputs(properties[name].TypeSpec),
			})
			below(properties[name].TypeSpec, here, value)
		}
	}
	below = func(t schema.TypeSpec, path []any, value property.Value) {
		switch {
		case t.Ref != "" && value.IsMap():
			token := strings.TrimPrefix(t.Ref, "#/types/")
			object(lastPart(token), s.Types[token].Required, s.Types[token].Properties, path, value.AsMap())
		case t.Items != nil && value.IsArray():
			for i, element := range value.AsArray().All {
				below(*t.Items, append(slices.Clone(path), i), element)
			}
		case t.AdditionalProperties != nil && value.IsMap():
			for key, element := range value.AsMap().AllStable {
				below(*t.AdditionalProperties, append(slices.Clone(path), key), element)
			}
		}
	}
	token := provider.Name + ":index:" + kind
	required := s.Resources[token].RequiredInputs
	if function, ok := s.Functions[token]; ok {
		required = function.Inputs.Required
	}
	object(kind, required, s.inputsOf(kind), nil, value.AsMap())
	return found
}

// with returns a value in which another stands at a path; nothing stands where it is nil.
func with(value property.Value, path []any, other *property.Value) property.Value {
	if len(path) == 0 {
		return *other
	}
	switch step := path[0].(type) {
	case string:
		if len(path) == 1 && other == nil {
			return property.New(value.AsMap().Delete(step))
		}
		return property.New(value.AsMap().Set(step, with(value.AsMap().Get(step), path[1:], other)))
	case int:
		elements := slices.Clone(value.AsArray().AsSlice())
		elements[step] = with(elements[step], path[1:], other)
		return property.New(property.NewArray(elements))
	}
	return value
}

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
	"FluxIdentitySpec.":              "TestVerify of provider/flux/artifact: a preview only warns where it has no roots of trust",
	"FluxVerificationSpec.":          "as above",
	"GitOpsCluster.backstage":        "as BackstageSpec",
	"GitOpsCluster.clusterVariables": "TestLifecycle of the engine tests: some of the map is not known before the cluster is",
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
						for _, input := range spec.walk(lastPart(kind), property.New(registered.Inputs)) {
							exercised(input.name, true)
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

func at(value property.Value, path []any) property.Value {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			value = value.AsMap().Get(step)
		case int:
			value = value.AsArray().Get(step)
		}
	}
	return value
}

// hideLeaves makes everything in a value unknown, but for how long lists are and which entries maps have.
func hideLeaves(value property.Value) property.Value {
	switch {
	case value.IsArray():
		elements := make([]any, 0, value.AsArray().Len())
		for _, element := range value.AsArray().All {
			elements = append(elements, hideLeaves(element))
		}
		return plain(elements)
	case value.IsMap():
		entries := map[string]any{}
		for name, entry := range value.AsMap().All {
			entries[name] = hideLeaves(entry)
		}
		return plain(entries)
	}
	return unknown
}
