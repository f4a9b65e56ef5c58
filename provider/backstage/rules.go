package backstage

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// The rules of Backstage's catalog model, and those of its Kubernetes plugin where that is stricter. What breaks them
// the portal leaves out, and says so only in its log. testdata/values.json holds what they accept and refuse.

const (
	// maxName is Backstage's limit for names, namespaces, tags and the parts of annotation keys.
	maxName = 63
	// maxSubdomain is the limit for what stands before the slash in an annotation key.
	maxSubdomain = 253
	// maxSuffix is what the entities beside the cluster add to its name.
	maxSuffix = len("-flux")
)

var (
	entityNameRule = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	dnsLabelRule   = regexp.MustCompile(`^[a-z0-9]+(-+[a-z0-9]+)*$`)
	objectNameRule = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9_.-]*)?[A-Za-z0-9]$`)
	kindRule       = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)
	tagRule        = regexp.MustCompile(`^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$`)
	hostRule       = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)
	roleArnRule    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+$`)
	bucketRule     = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	objectKeyRule  = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$`)
	externalIDRule = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)
)

func fits(rule *regexp.Regexp, limit int, text string) bool {
	return len(text) <= limit && rule.MatchString(text)
}

func checkName(text string) error {
	if !fits(entityNameRule, maxName-maxSuffix, text) {
		return fmt.Errorf("must be at most %d lower-case letters, digits and hyphens, with a letter or digit at both "+
			"ends, or the Kubernetes plugin does not find the cluster; got %q", maxName-maxSuffix, text)
	}
	return nil
}

func checkNamespace(text string) error {
	if !fits(dnsLabelRule, maxName, text) {
		return fmt.Errorf("must be at most %d lower-case letters, digits and hyphens, with a letter or digit at both "+
			"ends; got %q", maxName, text)
	}
	return nil
}

func checkTag(text string) error {
	if !fits(tagRule, maxName, text) {
		return fmt.Errorf("must be at most %d lower-case letters, digits, + # : and single hyphens between them, such as "+
			"env:prod; got %q", maxName, text)
	}
	return nil
}

func checkAnnotationKey(text string) error {
	name := text
	prefix, rest, prefixed := strings.Cut(text, "/")
	if prefixed {
		name = rest
	}
	ok := fits(objectNameRule, maxName, name)
	if prefixed {
		ok = ok && len(prefix) <= maxSubdomain
		for label := range strings.SplitSeq(prefix, ".") {
			ok = ok && fits(dnsLabelRule, maxName, label)
		}
	}
	if !ok {
		return fmt.Errorf("must be a name of at most %d letters, digits and - _ . between them, with a lower-case domain "+
			"and a slash before it or not, such as example.com/team; got %q", maxName, text)
	}
	return nil
}

// checkText applies the rule for free text: not empty, white space aside, by JavaScript's idea of white space.
func checkText(text string) error {
	if strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '\uFEFF' }) == "" {
		return errors.New("must not be empty; leave it out instead")
	}
	return nil
}

// authProviders are the strategies of Backstage's Kubernetes plugin that it lets an entity of the catalog choose.
func authProviders() []string {
	return []string{"aws", "aks", "azure", "google", "googleServiceAccount", "localKubectlProxy", "oidc"}
}

func checkAuthProvider(text string) error {
	if !slices.Contains(authProviders(), text) {
		return fmt.Errorf("must be one of %s, which Backstage's Kubernetes plugin has for clusters of the catalog; got "+
			"%q, one of your own goes into annotations.cluster[%q]", strings.Join(authProviders(), ", "), text,
			authProviderAnnotation)
	}
	return nil
}

// reference is an entity reference: [kind:][namespace/]name. What was left out is empty.
type reference struct{ kind, namespace, name string }

// parseReference takes a reference apart as Backstage does.
func parseReference(text string) reference {
	var r reference
	r.name = text
	if kind, rest, found := strings.Cut(text, ":"); found && !strings.Contains(kind, "/") {
		r.kind, r.name = kind, rest
	}
	if namespace, rest, found := strings.Cut(r.name, "/"); found {
		r.namespace, r.name = namespace, rest
	}
	return r
}

// full writes the reference with nothing left out.
func (r reference) full(defaultKind, defaultNamespace string) string {
	if r.kind == "" {
		r.kind = defaultKind
	}
	if r.namespace == "" {
		r.namespace = defaultNamespace
	}
	return r.kind + ":" + r.namespace + "/" + r.name
}

// checkReference refuses what can be no entity's reference. Backstage itself takes some of it, and shows a relation
// that leads nowhere.
func checkReference(example string) func(string) error {
	return func(text string) error {
		r := parseReference(text)
		ok := fits(objectNameRule, maxName, r.name)
		// Backstage compares references without regard to case.
		if strings.Contains(strings.TrimSuffix(text, r.name), "/") {
			ok = ok && fits(dnsLabelRule, maxName, strings.ToLower(r.namespace))
		}
		if strings.Contains(text, ":") {
			ok = ok && fits(kindRule, maxName, r.kind)
		}
		if !ok {
			_, short, _ := strings.Cut(example, "/")
			return fmt.Errorf("must be an entity reference, such as %s or %s; got %q", example, short, text)
		}
		return nil
	}
}

// checkLink refuses what a browser cannot parse, what it would run, and what would show a password. Hosts outside of
// ASCII are refused too: browsers apply rules to them that nobody here knows.
func checkLink(text string) error {
	const expected = "must be a URL such as https://grafana.example.com/d/1, in which everything but plain letters, " +
		"digits and punctuation is escaped"
	parsed, err := url.Parse(text)
	switch {
	case err != nil || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }):
		return fmt.Errorf("%s; got %q", expected, text)
	case parsed.User != nil:
		return errors.New("must not hold a user name or password, because it is shown in clear; remove what stands " +
			"before the @")
	case slices.Contains([]string{"javascript", "data", "vbscript", "file"}, parsed.Scheme):
		return fmt.Errorf("must not have the scheme %s, which browsers do not open from a page; give the https address",
			parsed.Scheme)
	case parsed.Scheme == "" || parsed.Host == "" && (parsed.Opaque == "" || parsed.Scheme == "http" ||
		parsed.Scheme == "https"), parsed.Host != "" && !isHost(parsed):
		return fmt.Errorf("%s; got %q", expected, text)
	}
	return nil
}

func isHost(parsed *url.URL) bool {
	if port := parsed.Port(); port != "" {
		if number, err := strconv.Atoi(port); err != nil || number > 65535 {
			return false
		}
	}
	host := parsed.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	// What ends in a number is an address to a browser, and this is none.
	last := host[strings.LastIndex(host, ".")+1:]
	return hostRule.MatchString(host) && strings.ContainsFunc(last, unicode.IsLetter) &&
		!strings.HasPrefix(strings.ToLower(last), "0x")
}

func checkRoleArn(text string) error {
	if !roleArnRule.MatchString(text) {
		return fmt.Errorf("must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/backstage (a role, not a "+
			"user or a session of one); got %q", text)
	}
	return nil
}

func checkExternalID(text string) error {
	const limit = 1224 // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
	if !fits(externalIDRule, limit, text) {
		return fmt.Errorf("must be 2 to %d letters, digits and _ + = , . @ : / -; got %q", limit, text)
	}
	return nil
}

// checkBucket applies https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html.
func checkBucket(text string) error {
	_, err := netip.ParseAddr(text)
	if !bucketRule.MatchString(text) || strings.Contains(text, "..") || err == nil {
		return fmt.Errorf("must be the name of an S3 bucket: 3 to 63 lower-case letters, digits, hyphens and dots, and no "+
			"ARN or URL; got %q", text)
	}
	return nil
}

// checkObjectKey is stricter than S3, which takes any text: Backstage makes a URL of the key, in which all that it
// escapes, and the names that mean a folder, lead elsewhere.
func checkObjectKey(text string) error {
	const limit = 1024
	segments := strings.Split(text, "/")
	if !fits(objectKeyRule, limit, text) || slices.Contains(segments, ".") || slices.Contains(segments, "..") {
		return fmt.Errorf("must be at most %d letters, digits, dots, underscores and hyphens, with slashes between them and "+
			"none at the ends, such as backstage/payments/prod.yaml; got %q", limit, text)
	}
	return nil
}
