package flux

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// Validate returns what is wrong with the specification, whose property is at path in the schema; raw is its value as
// it arrived.
func (s SyncSpec) Validate(path string, raw property.Value) inputs.Violations {
	var found inputs.Violations
	if s.Kind != nil {
		found.OneOf(inputs.Join(path, "kind"), string(*s.Kind), string(SyncKindGitRepository))
	}
	if s.Name != nil {
		validateSyncName(&found, inputs.Join(path, "name"), *s.Name)
	}
	if !raw.IsMap() {
		return found
	}
	known := raw.AsMap()
	validateKnown(&found, path, known, "url", checkGitURL)
	validateKnown(&found, path, known, "path", checkPath)
	validateKnown(&found, path, known, "interval", checkDuration(minimumInterval))
	validateKnown(&found, path, known, "timeout", checkDuration(time.Second))
	if ref := known.Get("ref"); ref.IsMap() {
		validateRef(&found, inputs.Join(path, "ref"), ref.AsMap())
	}
	return found
}

func validateSyncName(found *inputs.Violations, path, name string) {
	// The name becomes a label on everything that is synced, hence a label's length.
	for _, reason := range validation.IsDNS1123Label(name) {
		found.Addf(path, "cannot name Kubernetes objects: %s; got %q", reason, name)
	}
	if name == selfName || name == selfSourceName {
		found.Addf(path, "must not be %q, which is the name of Flux's own; choose another, such as %s",
			name, defaultSyncName)
	}
}

func validateRef(found *inputs.Violations, path string, ref property.Map) {
	var given []string
	for _, field := range []string{"branch", "tag", "semver", "commit"} {
		if value, ok := ref.GetOk(field); ok && !value.IsNull() {
			given = append(given, field)
			validateKnown(found, path, ref, field, checkNotEmpty)
		}
	}
	if len(given) > 1 {
		found.Addf(path, "must say one of branch, tag, semver and commit; got %s", strings.Join(given, " and "))
	}
}

var errCredentials = errors.New("must not hold a user name or password, because it is stored and shown in clear; " +
	"remove what stands before the @")

func checkGitURL(given string) error {
	const expected = "must be the URL of a git repository with the scheme https, http or ssh, such as " +
		"https://github.com/owner/repository or ssh://git@github.com/owner/repository"
	parsed, err := url.Parse(given)
	switch {
	case given == "":
		return fmt.Errorf("%s; got an empty string", expected)
	case err != nil:
		// The error of url.Parse quotes the URL, which may hold a password.
		return fmt.Errorf("%s; what was given is not a URL (git@host:path is written ssh://git@host/path)", expected)
	case parsed.User != nil && parsed.Scheme != "ssh":
		return errCredentials
	case !slices.Contains([]string{"https", "http", "ssh"}, parsed.Scheme) || parsed.Host == "":
		return fmt.Errorf("%s; got %q", expected, parsed.Redacted())
	}
	return nil
}

func checkPath(given string) error {
	if path.IsAbs(given) || path.Clean(given) == ".." || strings.HasPrefix(path.Clean(given), "../") {
		return fmt.Errorf("must be a path inside the repository, such as ./clusters/production; got %q", given)
	}
	return nil
}

func checkNotEmpty(given string) error {
	if given == "" {
		return errors.New("must not be empty; leave it out instead")
	}
	return nil
}
