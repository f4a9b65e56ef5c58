package construct

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"sigs.k8s.io/yaml"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
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
