package flux

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/inputs"
)

// given tells whether an optional input is there, whether its value is known or not.
func given(raw property.Map, name string) bool {
	value, ok := raw.GetOk(name)
	return ok && !value.IsNull()
}

// all spells a list as in "a, b and c", oneOf as in "a, b or c".
func all(names []string) string   { return spell(names, "and") }
func oneOf(names []string) string { return spell(names, "or") }

func spell(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + last + " " + names[len(names)-1]
}

const errCredentials = inputs.HiddenError("must not hold a user name or password, because it is stored and shown in " +
	"clear; remove it, and give it in auth")

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
	case parsed.User != nil && (parsed.Scheme != "ssh" || hasPassword(parsed)):
		return errCredentials
	case !slices.Contains([]string{"https", "http", "ssh"}, parsed.Scheme) || parsed.Host == "":
		return fmt.Errorf("%s; got %q", expected, parsed.Redacted())
	}
	return nil
}

func hasPassword(parsed *url.URL) bool {
	_, has := parsed.User.Password()
	return has
}

func checkOCIURL(given string) error {
	const expected = "must be an OCI repository without tag and digest, which go into ref, such as " +
		"oci://ghcr.io/owner/manifests"
	parsed, err := url.Parse(given)
	switch {
	case given == "":
		return fmt.Errorf("%s; got an empty string", expected)
	case err != nil:
		return fmt.Errorf("%s; what was given is not a URL", expected)
	case parsed.User != nil:
		return errCredentials
	case parsed.Scheme != "oci" || parsed.Host == "" || len(parsed.Path) < 2 || strings.ContainsAny(parsed.Path, ":@"):
		return fmt.Errorf("%s; got %q", expected, given)
	}
	return nil
}

func checkEndpoint(azure bool) func(string) error {
	return func(given string) error {
		parsed, err := url.Parse(given)
		switch hasScheme := strings.Contains(given, "://"); {
		case err == nil && parsed.User != nil:
			return errCredentials
		case azure && (err != nil || !hasScheme || parsed.Host == ""):
			return fmt.Errorf("must be the URL of the storage account, such as https://account.blob.core.windows.net; got %q",
				given)
		case !azure && (given == "" || hasScheme || strings.ContainsAny(given, "/@")):
			return fmt.Errorf("must be a host without scheme and path, such as s3.amazonaws.com or storage.example:9000; got %q",
				given)
		}
		return nil
	}
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

func checkDigest(given string) error {
	if !artifact.IsDigest(given) {
		return fmt.Errorf("must be sha256: and 64 hexadecimal digits; got %q", given)
	}
	return nil
}

func checkSecretName(given string) error {
	for _, reason := range validation.IsDNS1123Subdomain(given) {
		return fmt.Errorf("cannot name a Secret: %s; got %q", reason, given)
	}
	return nil
}

func checkLabelValue(given string) error {
	for _, reason := range validation.IsValidLabelValue(given) {
		return fmt.Errorf("cannot be the value of a label: %s; got %q", reason, given)
	}
	return nil
}

func checkNamespace(given string) error {
	for _, reason := range validation.IsDNS1123Label(given) {
		return fmt.Errorf("cannot name a namespace: %s; got %q", reason, given)
	}
	return nil
}

func checkPattern(given string) error {
	if _, err := regexp.Compile(given); err != nil || given == "" {
		return fmt.Errorf("must be a regular expression such as ^https://github\\.com/owner/.*$; got %q", given)
	}
	return nil
}

func checkAgeKeys(given string) error {
	keys := 0
	for line := range strings.Lines(given) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "AGE-SECRET-KEY-"):
			keys++
		case line != "" && !strings.HasPrefix(line, "#"):
			return errors.New("must be age keys, one a line that begins with AGE-SECRET-KEY-, as age-keygen prints them")
		}
	}
	if keys == 0 {
		return errors.New("must hold an age key, a line that begins with AGE-SECRET-KEY-, as age-keygen prints it")
	}
	return nil
}
