package provider

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/blang/semver"
	"github.com/google/go-cmp/cmp"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func newSchema(t *testing.T) schema.PackageSpec {
	t.Helper()
	built, err := New()
	if err != nil {
		t.Fatal(err)
	}
	spec, err := p.GetSchema(t.Context(), Name, "0.0.0", built)
	if err != nil {
		t.Fatal(err)
	}
	// Otherwise every release would change the file.
	spec.Version = ""
	return spec
}

// TestSchemaGolden holds the published schema to the one that is checked in, which `make schema` writes.
func TestSchemaGolden(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(newSchema(t)); err != nil {
		t.Fatal(err)
	}
	const path = "../schema.json"
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("schema.json is out of date, run `make schema` (-want +got):\n%s", diff)
	}
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	spec := newSchema(t)
	check := func(path string, properties map[string]schema.PropertySpec) {
		for name, property := range properties {
			if property.Description == "" {
				t.Errorf("%s.%s has no description", path, name)
			}
		}
	}
	for token, resource := range spec.Resources {
		if resource.Description == "" {
			t.Errorf("%s has no description", token)
		}
		check(token, resource.Properties)
		check(token, resource.InputProperties)
	}
	for token, function := range spec.Functions {
		if function.Description == "" {
			t.Errorf("%s has no description", token)
		}
		check(token, function.Inputs.Properties)
		check(token, function.ReturnType.ObjectTypeSpec.Properties)
	}
	for token, object := range spec.Types {
		// The framework has no description for an enumeration as a whole, only for its values.
		if object.Description == "" && len(object.Enum) == 0 {
			t.Errorf("%s has no description", token)
		}
		check(token, object.Properties)
		for _, value := range object.Enum {
			if value.Description == "" {
				t.Errorf("%s has no description of %v", token, value.Value)
			}
		}
	}
}

// TestDescriptionsSayEnough holds each description to sentences, and that of an input that may be left out to what
// holds then. What a change of an input replaces is for TestEveryInput in tests/construct, which sees it happen.
func TestDescriptionsSayEnough(t *testing.T) {
	t.Parallel()
	spec := newSchema(t)
	check := func(token string, properties map[string]schema.PropertySpec, required []string, inputs bool) {
		for name, property := range properties {
			path, text := token+"."+name, property.Description
			switch {
			case len(strings.Fields(text)) < 3 || !strings.HasSuffix(text, "."):
				t.Errorf("%s has no description in sentences: %q", path, text)
			case !inputs || slices.Contains(required, name):
			case !saysDefault.MatchString(text):
				t.Errorf("%s can be left out, and its description does not say what holds then: %q", path, text)
			}
		}
	}
	for token, resource := range spec.Resources {
		check(token, resource.Properties, nil, false)
		check(token, resource.InputProperties, resource.RequiredInputs, true)
	}
	for token, function := range spec.Functions {
		check(token, function.Inputs.Properties, function.Inputs.Required, true)
		check(token, function.ReturnType.ObjectTypeSpec.Properties, nil, false)
	}
	for token, object := range spec.Types {
		check(token, object.Properties, object.Required, true)
	}
}

// saysDefault finds "Default: …" and "`Prune` (the default)".
var saysDefault = regexp.MustCompile(`Default: \S|\(the default\)`)

// TestNamesOfTypes keeps names away that clash in a generated SDK: those append Args to types, and a component and a
// type of one name would be one class.
func TestNamesOfTypes(t *testing.T) {
	t.Parallel()
	spec := newSchema(t)
	for token, object := range spec.Types {
		name := token[strings.LastIndex(token, ":")+1:]
		if !strings.HasPrefix(token, Name+":index:") {
			t.Errorf("%s is not in the module index", token)
		}
		if len(object.Enum) == 0 && !strings.HasSuffix(name, "Spec") {
			t.Errorf("%s does not end in Spec", token)
		}
		if _, ok := spec.Resources[Name+":index:"+name]; ok {
			t.Errorf("%s is the name of a resource too", token)
		}
		for property := range object.Properties {
			if strings.EqualFold(property, name) {
				t.Errorf("%s has a property of its own name", token)
			}
		}
	}
	for token, resource := range spec.Resources {
		if !resource.IsComponent {
			for _, properties := range []map[string]schema.PropertySpec{resource.Properties, resource.InputProperties} {
				// The framework drops a property of this name before it compares.
				if _, ok := properties["version"]; ok {
					t.Errorf("%s has a property called version", token)
				}
			}
		}
	}
}

func TestSecretsAreMarked(t *testing.T) {
	t.Parallel()
	spec := newSchema(t)
	for _, property := range []struct{ token, name string }{
		{Name + ":index:GitOpsCluster", "kubeconfig"},
		{Name + ":index:FluxInstall", "kubeconfig"},
		{Name + ":index:GitOpsTeardown", "kubeconfig"},
	} {
		if !spec.Resources[property.token].Properties[property.name].Secret {
			t.Errorf("output %s of %s is not a secret", property.name, property.token)
		}
	}
}

// TestPlainInputs spells out which inputs of GitOpsCluster may not be outputs. It is part of the public surface: an
// input that becomes plain breaks programs.
func TestPlainInputs(t *testing.T) {
	t.Parallel()
	spec := newSchema(t)
	var got []string
	var visit func(path string, property schema.TypeSpec)
	visit = func(path string, property schema.TypeSpec) {
		if !property.Plain {
			got = append(got, path)
		}
		switch {
		case property.Items != nil && property.Plain:
			visit(path+"[]", *property.Items)
		case property.AdditionalProperties != nil && property.Plain:
			visit(path+"{}", *property.AdditionalProperties)
		case property.Ref != "":
			for name, nested := range spec.Types[strings.TrimPrefix(property.Ref, "#/types/")].Properties {
				visit(path+"."+name, nested.TypeSpec)
			}
		}
	}
	for name, property := range spec.Resources[string(Token)].InputProperties {
		visit(name, property.TypeSpec)
	}
	slices.Sort(got)
	want := []string{
		"access.entries{}.kubernetesGroups", "access.entries{}.principalArn", "addons{}.configuration",
		"addons{}.version", "alerts{}.address", "alerts{}.channel", "alerts{}.token", "alerts{}.username",
		"backstage.accessRoleArn", "backstage.annotations.cluster{}",
		"backstage.annotations.component{}", "backstage.annotations.vpc{}", "backstage.assumeRoleArn",
		"backstage.externalId", "backstage.publish.bucket", "backstage.vpcEntityRef", "clusterVariables",
		"encryption.kmsKeyArn", "endpoint.publicAccessCidrs", "flux.artifact.auth.password",
		"flux.artifact.auth.username", "flux.imagePullSecret.password", "flux.imagePullSecret.username", "flux.interval",
		"flux.labels", "flux.secrets{}", "iam.path", "iam.permissionsBoundary",
		"kubeconfigSettings.profileName",
		"kubeconfigSettings.proxyUrl", "kubeconfigSettings.roleArn", "logging.retentionInDays",
		"network.controlPlaneSubnetIds", "network.natGateways.elasticIpAllocationIds", "network.privateSubnetIds",
		"network.publicSubnetIds", "network.vpcId",
		"nodeGroups{}.labels", "nodeGroups{}.policyArns", "nodeGroups{}.taints[].key", "nodeGroups{}.taints[].value",
		"receiver.token",
		"secretClusterVariables", "sync.auth.basic.password", "sync.auth.basic.username", "sync.auth.bearerToken",
		"sync.auth.bucket.accessKey", "sync.auth.bucket.secretKey", "sync.auth.existingSecretName",
		"sync.auth.githubApp.appId", "sync.auth.githubApp.baseUrl", "sync.auth.githubApp.installationId",
		"sync.auth.githubApp.installationOwner", "sync.auth.githubApp.privateKey", "sync.auth.ssh.identity",
		"sync.auth.ssh.knownHosts", "sync.auth.ssh.password", "sync.auth.tls.ca", "sync.auth.tls.cert",
		"sync.auth.tls.key", "sync.bucket.endpoint", "sync.bucket.name", "sync.bucket.prefix", "sync.bucket.region",
		"sync.decryption.ageKey", "sync.decryption.existingSecretName", "sync.insecure", "sync.interval",
		"sync.kustomizations[].path", "sync.kustomizations[].prune", "sync.kustomizations[].targetNamespace",
		"sync.kustomizations[].wait",
		"sync.path", "sync.prune", "sync.ref.branch", "sync.ref.commit", "sync.ref.digest", "sync.ref.semver",
		"sync.ref.tag", "sync.retryInterval", "sync.substitute", "sync.timeout", "sync.url",
		"sync.verify.matchOIDCIdentity[].issuer", "sync.verify.matchOIDCIdentity[].subject",
		"sync.verify.secretName", "sync.wait", "tags", "version", "workloadIdentities{}.policy",
		"workloadIdentities{}.policyArns",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inputs that may be outputs (-want +got):\n%s", diff)
	}
}

func TestVersionIsParseable(t *testing.T) {
	t.Parallel()
	if _, err := semver.Parse(Version); err != nil {
		t.Errorf("version %q: %v", Version, err)
	}
}
