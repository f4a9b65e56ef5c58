package flux

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// methodsOf are the ways to sign in, by kind of source.
var methodsOf = map[SyncKind][]string{
	SyncKindGitRepository: {"basic", "bearerToken", "ssh", "githubApp", "existingSecretName"},
	SyncKindOCIRepository: {"basic", "existingSecretName"},
	SyncKindBucket:        {"bucket", "existingSecretName"},
}

// installationOwnerVersion is the first version of Flux that looks up the installation of a GitHub App.
const installationOwnerVersion = "v2.8.0"

// validateAuth returns what is wrong with how Flux is to sign in. Raw is that part of the inputs as it arrived, and
// source all of those about the source.
func (s SyncSpec) validateAuth(path string, raw, source property.Map, flux FluxSpec) inputs.Violations {
	var found inputs.Violations
	allowed := methodsOf[s.kind()]
	var methods []string
	for _, method := range []string{"basic", "bearerToken", "ssh", "githubApp", "bucket", "existingSecretName"} {
		switch {
		case !given(raw, method):
		case !slices.Contains(allowed, method):
			found.Addf(inputs.Join(path, method), "is not for the kind %s, which signs in with %s", s.kind(), oneOf(allowed))
		default:
			methods = append(methods, method)
		}
	}
	hasTLS := given(raw, "tls")
	switch {
	case len(found) > 0:
	case len(methods) > 1:
		found.Addf(path, "must say one way to sign in; got %s", strings.Join(methods, " and "))
	case len(methods) == 0 && !hasTLS:
		found.Addf(path, "must say how to sign in; give %s, or leave auth out", oneOf(allowed))
	case len(methods) == 1:
		s.validateMethod(&found, path, methods[0], source)
	}
	if hasTLS {
		s.validateTLS(&found, inputs.Join(path, "tls"), raw, methods)
	}
	validateKnown(&found, path, raw, "existingSecretName", checkSecretName)
	validateLeaves(&found, path, raw)
	if app := raw.Get("githubApp"); app.IsMap() {
		validateGithubApp(&found, inputs.Join(path, "githubApp"), app.AsMap(), flux)
	}
	return found
}

// validateMethod looks at whether the way to sign in is one for the provider and for the scheme of the URL.
func (s SyncSpec) validateMethod(found *inputs.Violations, path, method string, source property.Map) {
	provider, kind := s.provider(), s.kind()
	isCloud := provider == SyncProviderAWS || provider == SyncProviderAzure || provider == SyncProviderGCP
	at := inputs.Join(path, method)
	switch {
	case isCloud && kind != SyncKindBucket:
		found.Addf(at, "is not for the provider %s, which signs in with the identity of source-controller; leave it out, or "+
			"leave provider out", provider)
	case method == "bucket" && provider != SyncProviderGeneric && provider != SyncProviderAWS:
		found.Addf(at, "is for the providers generic and aws; for %s give existingSecretName", provider)
	case method == "githubApp" && provider != SyncProviderGitHub,
		provider == SyncProviderGitHub && method != "githubApp" && method != "existingSecretName":
		found.Addf(at, "does not go with the provider %s; github takes githubApp or existingSecretName, and nothing "+
			"else does", provider)
	}
	if address := source.Get("url"); kind == SyncKindGitRepository && address.IsString() {
		parsed, err := url.Parse(address.AsString())
		switch {
		case err != nil:
		case parsed.Scheme == "ssh" && method != "ssh" && method != "existingSecretName":
			found.Addf(at, "is not for a url with the scheme ssh; give ssh or existingSecretName, or a url with https")
		case parsed.Scheme != "ssh" && method == "ssh":
			found.Addf(at, "is for a url with the scheme ssh; give one, or another way to sign in")
		}
	}
}

// validateTLS looks at whether certificates go with the rest.
func (s SyncSpec) validateTLS(found *inputs.Violations, path string, raw property.Map, methods []string) {
	one := func(method string) bool { return len(methods) == 1 && methods[0] == method }
	switch git := s.kind() == SyncKindGitRepository; {
	case one("ssh"):
		found.Addf(path, "is not for SSH, where ssh.knownHosts says which server is trusted; leave it out")
	case git && one("existingSecretName"):
		found.Addf(path, "does not go with existingSecretName for a GitRepository, which reads both from one Secret; put "+
			"ca.crt, tls.crt and tls.key into that Secret")
	case s.kind() == SyncKindBucket && s.provider() != SyncProviderGeneric:
		found.Addf(path, "is for buckets of the provider generic only; got %s, leave it out", s.provider())
	}
	tls := raw.Get("tls")
	if !tls.IsMap() {
		return
	}
	ca, cert, key := given(tls.AsMap(), "ca"), given(tls.AsMap(), "cert"), given(tls.AsMap(), "key")
	if cert != key || !ca && !cert {
		found.Addf(path, "must hold ca, or cert and key, or all three")
	}
}

// leafChecks are what can be said of the values once they are known, none of which is quoted.
var leafChecks = []struct {
	parent, field string
	check         func(string) error
}{
	{"basic", "username", checkNotEmpty},
	{"basic", "password", checkNotEmpty},
	{"", "bearerToken", checkNotEmpty},
	{"ssh", "identity", checkPEM("PRIVATE KEY")},
	{"ssh", "knownHosts", checkKnownHosts},
	{"ssh", "password", checkNotEmpty},
	{"githubApp", "appId", checkDigits},
	{"githubApp", "installationId", checkDigits},
	{"githubApp", "installationOwner", checkNotEmpty},
	{"githubApp", "privateKey", checkPEM("PRIVATE KEY")},
	{"githubApp", "baseUrl", checkHTTPS},
	{"bucket", "accessKey", checkNotEmpty},
	{"bucket", "secretKey", checkNotEmpty},
	{"tls", "ca", checkPEM("CERTIFICATE")},
	{"tls", "cert", checkPEM("CERTIFICATE")},
	{"tls", "key", checkPEM("PRIVATE KEY")},
}

func validateLeaves(found *inputs.Violations, path string, raw property.Map) {
	for _, leaf := range leafChecks {
		at, object := path, raw
		if leaf.parent != "" {
			if !raw.Get(leaf.parent).IsMap() {
				continue
			}
			at, object = inputs.Join(path, leaf.parent), raw.Get(leaf.parent).AsMap()
		}
		if value := object.Get(leaf.field); value.IsString() {
			if err := leaf.check(value.AsString()); err != nil {
				found.Addf(inputs.Join(at, leaf.field), "%s", err)
			}
		}
	}
}

func validateGithubApp(found *inputs.Violations, path string, app property.Map, flux FluxSpec) {
	if given(app, "installationId") == given(app, "installationOwner") {
		found.Addf(path, "must say one of installationId and installationOwner")
	}
	if given(app, "installationOwner") && flux.before(installationOwnerVersion) {
		found.Addf(inputs.Join(path, "installationOwner"), "needs Flux %s or later; got %s, give installationId instead",
			installationOwnerVersion, flux.version())
	}
}

func checkPEM(kind string) func(string) error {
	return func(given string) error {
		if !strings.Contains(given, "-----BEGIN ") || !strings.Contains(given, kind+"-----") {
			return fmt.Errorf("must be a %s as PEM: text that begins with -----BEGIN", strings.ToLower(kind))
		}
		return nil
	}
}

func checkKnownHosts(given string) error {
	for line := range strings.Lines(given) {
		if fields := strings.Fields(line); len(fields) >= 3 && !strings.HasPrefix(fields[0], "#") {
			return nil
		}
	}
	return errors.New("must hold the server's keys as ssh-keyscan prints them: lines of host, type and key")
}

var digitsPattern = regexp.MustCompile(`^[0-9]+$`)

func checkDigits(given string) error {
	if !digitsPattern.MatchString(given) {
		return errors.New("must be digits, the id that GitHub shows; not the name or the client id")
	}
	return nil
}

func checkHTTPS(given string) error {
	if parsed, err := url.Parse(given); err != nil || parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil {
		return errors.New("must be the URL of the API with the scheme https, such as https://github.example.com/api/v3")
	}
	return nil
}
