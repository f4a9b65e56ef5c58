package flux_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"sigs.k8s.io/yaml"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// syncs are syncs of every kind and with every way to sign in, as a user writes them; each has a golden file with all
// that is registered for it.
func syncs() map[string]string {
	const git, ssh = "url: https://git.example/repo", "url: ssh://git@git.example/repo"
	const oci = "kind: OCIRepository, url: oci://ghcr.io/o/r"
	const bucket = "kind: Bucket, bucket: {name: b, endpoint: s3.example}"
	const all = "tls: {ca: " + certificate + ", cert: " + certificate + ", key: " + privateKey + "}"
	return map[string]string{
		"git": "sync: {" + git + "}",
		"git with everything": "sync: {" + git + ", ref: {tag: v1}, path: ./a, name: apps, interval: 2m, " +
			"retryInterval: 3m, timeout: 4m, prune: false, wait: false, verify: {mode: TagAndHEAD, secretName: keys}, " +
			"decryption: {ageKey: AGE-SECRET-KEY-1}, substitute: {TIER: gold}}\n" +
			"clusterVariables: {CLUSTER_NAME: prod}\n" +
			"secretClusterVariables: {TOKEN: hunter2}\n" +
			"secrets: {keys: {a.asc: hunter2}}",
		"git with a password":       "sync: {" + git + ", auth: {basic: {username: me, password: hunter2}}}",
		"git with a token":          "sync: {" + git + ", auth: {bearerToken: hunter2}}",
		"git with certificates":     "sync: {" + git + ", auth: {basic: {username: me, password: hunter2}, " + all + "}}",
		"git trusting an authority": "sync: {" + git + ", auth: {tls: {ca: " + certificate + "}}}",
		"git over ssh": "sync: {" + ssh + ", auth: {ssh: {identity: " + privateKey + ", knownHosts: " + knownHosts +
			", password: hunter2}}}",
		"git as a GitHub App": "sync: {" + git + ", auth: {githubApp: {appId: '1', installationId: '2', privateKey: " +
			privateKey + "}}}",
		"git as a GitHub App of an owner": "sync: {" + git + ", auth: {githubApp: {appId: '1', installationOwner: acme, " +
			"baseUrl: https://github.example/api/v3, privateKey: " + privateKey + "}}}",
		"git with an existing Secret": "secrets: {mine: {a: x}}\nsync: {" + git + ", auth: {existingSecretName: mine}}",
		"git in CodeCommit":           "sync: {" + git + ", provider: aws}",
		"git decrypted with KMS":      "sync: {" + git + ", decryption: {}}",
		"git decrypted with a Secret": "sync: {" + git + ", decryption: {existingSecretName: sops-age}}",

		"artifact":                   "sync: {" + oci + "}",
		"artifact by digest":         "sync: {" + oci + ", ref: {digest: '" + digest + "'}, insecure: true}",
		"artifact with a password":   "sync: {" + oci + ", auth: {basic: {username: me, password: hunter2}, " + all + "}}",
		"artifact in ECR":            "sync: {" + oci + ", provider: aws}",
		"artifact signed with a key": "sync: {" + oci + ", verify: {secretName: keys}}",
		"artifact signed by somebody": "sync: {" + oci + ", verify: {matchOIDCIdentity: [{issuer: ^a$, subject: ^b$}, " +
			"{issuer: ^c$, subject: ^d$}]}}",
		"artifact signed with notation": "sync: {" + oci + ", verify: {provider: notation, secretName: keys}}",

		"bucket": "sync: {" + bucket + ", insecure: true, auth: {bucket: {accessKey: AKIA, secretKey: hunter2}, " +
			all + "}}",
		"bucket in S3": "sync: {kind: Bucket, provider: aws, bucket: {name: b, endpoint: s3.amazonaws.com, " +
			"region: eu-central-1, prefix: clusters/}}",
	}
}

// TestSyncObjects compares all that is registered for a sync, and asks Flux's own resource definitions whether they
// know every field of it.
func TestSyncObjects(t *testing.T) {
	t.Parallel()
	definitions := definitionsOf(t)
	for name, text := range syncs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs, _ := given(t)
			delete(inputs, "sync")
			maps.Copy(inputs, properties(t, text))
			_, recorder, err := construct(t, inputs)
			if err != nil {
				t.Fatalf("constructing Flux: %v", err)
			}
			file := strings.ReplaceAll(name, " ", "-") + ".golden"
			compareGolden(t, filepath.Join("testdata", "sync", file), recorder.objects(t))
			for release, kinds := range definitions {
				for _, registered := range recorder.registered {
					object, _ := goValue(property.New(registered.Inputs)).(map[string]any)
					if schema, ok := kinds[fmt.Sprint(object["kind"])]; ok {
						for _, reason := range violations(schema, "spec", object["spec"]) {
							t.Errorf("Flux %s refuses %s: %s", release, registered.Name, reason)
						}
					}
				}
			}
		})
	}
}

// objects lists what is registered for a sync and before it: each object with what it waits for.
func (r *recorder) objects(t *testing.T) string {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var listed []string
	for _, args := range r.registered {
		if !strings.HasPrefix(string(args.TypeToken), "kubernetes:") || strings.HasSuffix(args.Name, "-self") {
			continue
		}
		var after []string
		for _, dependency := range args.RegisterRPC.GetDependencies() {
			urn := resource.URN(dependency)
			after = append(after, string(urn.Type().Name())+" "+urn.Name())
		}
		slices.Sort(after)
		text, err := yaml.Marshal(readable(goValue(property.New(args.Inputs))))
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, fmt.Sprintf("# %s %s, after [%s]\n%s",
			args.TypeToken, args.Name, strings.Join(after, ", "), text))
	}
	slices.Sort(listed)
	return strings.Join(listed, "---\n")
}

// readable shows what is secret under a key that says so, and decoded.
func readable(value any) any {
	switch value := value.(type) {
	case map[string]any:
		shown := map[string]any{}
		for key, entry := range value {
			shown[key] = readable(entry)
		}
		return shown
	case []any:
		var shown []any
		for _, entry := range value {
			shown = append(shown, readable(entry))
		}
		return shown
	case secret:
		inside, ok := value.Value.(map[string]any)
		if !ok {
			return map[string]any{"(secret)": value.Value}
		}
		shown := map[string]any{}
		for key, entry := range inside {
			decoded, err := base64.StdEncoding.DecodeString(fmt.Sprint(entry))
			if err != nil {
				return map[string]any{"(secret, not base64)": inside}
			}
			shown[key] = string(decoded)
		}
		return map[string]any{"(secret)": shown}
	}
	return value
}

func compareGolden(t *testing.T, path, got string) {
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

// definitionsOf returns the schemas of the specifications of Flux's kinds at v1, by release and kind.
func definitionsOf(t *testing.T) map[string]map[string]map[string]any {
	t.Helper()
	definitions := map[string]map[string]map[string]any{}
	for _, release := range []string{"v2.9.4", "v2.9.5"} {
		objects, err := manifests.Render(map[string][]byte{"a.yaml": artifacttest.Manifests(t, release)},
			manifests.Patches(manifests.DefaultComponents()))
		if err != nil {
			t.Fatalf("rendering Flux %s: %v", release, err)
		}
		kinds := map[string]map[string]any{}
		for _, object := range objects {
			spec, _ := object.Object["spec"].(map[string]any)
			versions, _ := spec["versions"].([]any)
			for _, entry := range versions {
				version, _ := entry.(map[string]any)
				if version["name"] != "v1" {
					continue
				}
				kind := fmt.Sprint(at(spec, "names")["kind"])
				kinds[kind] = at(version, "schema", "openAPIV3Schema", "properties", "spec")
			}
		}
		for _, kind := range []string{"GitRepository", "OCIRepository", "Bucket", "Kustomization"} {
			if len(kinds[kind]) == 0 {
				t.Fatalf("Flux %s has no %s at v1", release, kind)
			}
		}
		definitions[release] = kinds
	}
	return definitions
}

func at(object map[string]any, path ...string) map[string]any {
	for _, key := range path {
		object, _ = object[key].(map[string]any)
	}
	return object
}

// violations says what a schema of Kubernetes refuses of a value: fields that it does not know, those that it wants and
// does not find, types, enumerations and patterns. What is secret must not be in an object at all.
func violations(schema map[string]any, path string, value any) []string {
	var found []string
	switch value := value.(type) {
	case map[string]any:
		properties, more := at(schema, "properties"), at(schema, "additionalProperties")
		for key, entry := range value {
			inside := at(properties, key)
			if inside == nil {
				inside = more
			}
			if inside == nil {
				found = append(found, path+"."+key+" is not known")
				continue
			}
			found = append(found, violations(inside, path+"."+key, entry)...)
		}
		required, _ := schema["required"].([]any)
		for _, key := range required {
			if _, ok := value[fmt.Sprint(key)]; !ok {
				found = append(found, fmt.Sprintf("%s.%s is required", path, key))
			}
		}
	case []any:
		for i, entry := range value {
			found = append(found, violations(at(schema, "items"), fmt.Sprintf("%s[%d]", path, i), entry)...)
		}
	case secret:
		return []string{path + " is a secret"}
	case string:
		allowed, _ := schema["enum"].([]any)
		if len(allowed) > 0 && !slices.Contains(allowed, any(value)) {
			found = append(found, fmt.Sprintf("%s is %q, not one of %v", path, value, allowed))
		}
		if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(value) {
			found = append(found, fmt.Sprintf("%s is %q, which does not match %s", path, value, pattern))
		}
	}
	if wanted, is := schema["type"], typeOf(value); wanted != nil && wanted != is {
		found = append(found, fmt.Sprintf("%s is %s, not %s", path, is, wanted))
	}
	return found
}

func typeOf(value any) string {
	switch value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case bool:
		return "boolean"
	case string:
		return "string"
	}
	return fmt.Sprintf("%T", value)
}

// TestViolations proves that the comparison with Flux's definitions can fail.
func TestViolations(t *testing.T) {
	t.Parallel()
	schema := definitionsOf(t)["v2.9.5"]["Kustomization"]
	spec := map[string]any{
		"interval": "soon", "prune": "yes", "pruned": true, "deletionPolicy": "Never",
		"sourceRef": map[string]any{"kind": "Bucket"},
	}
	got := violations(schema, "spec", spec)
	slices.Sort(got)
	want := []string{
		`spec.deletionPolicy is "Never", not one of [MirrorPrune Delete WaitForTermination Orphan]`,
		`spec.interval is "soon", which does not match ^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`,
		`spec.prune is string, not boolean`,
		`spec.pruned is not known`,
		`spec.sourceRef.name is required`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}
