package catalog

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Rule says what is wrong with a single value, or nothing. For a list it is asked about each element. It gets a value
// of the right type, and no unknown.
type Rule func(value property.Value) string

// Failure is a violation of a rule for several properties.
type Failure struct{ Path, Reason string }

// Group says what is wrong with properties together. It gets objects that may hold unknowns, which count as given.
type Group func(object property.Map) []Failure

func text(f func(string) string) Rule {
	return func(value property.Value) string {
		if !value.IsString() {
			return ""
		}
		return f(value.AsString())
	}
}

func number(f func(float64) string) Rule {
	return func(value property.Value) string {
		if !value.IsNumber() {
			return ""
		}
		return f(value.AsNumber())
	}
}

func all(rules ...Rule) Rule {
	return func(value property.Value) string {
		for _, rule := range rules {
			if reason := rule(value); reason != "" {
				return reason
			}
		}
		return ""
	}
}

func oneOf(values ...string) Rule {
	return text(func(given string) string {
		if slices.Contains(values, given) {
			return ""
		}
		return fmt.Sprintf("expected one of %q, got %s", values, given)
	})
}

func matching(pattern string) Rule {
	compiled := regexp.MustCompile(pattern)
	return text(func(given string) string {
		if compiled.MatchString(given) {
			return ""
		}
		return fmt.Sprintf("invalid value %q (must match %s)", given, pattern)
	})
}

func notPrefixed(prefix string) Rule {
	return text(func(given string) string {
		if !strings.HasPrefix(given, prefix) {
			return ""
		}
		return fmt.Sprintf("invalid value %q (cannot begin with %s)", given, prefix)
	})
}

func length(shortest, longest int) Rule {
	return text(func(given string) string {
		if n := len(given); n >= shortest && n <= longest {
			return ""
		}
		return fmt.Sprintf("expected length to be in the range (%d - %d), got %q of length %d", shortest, longest, given,
			len(given))
	})
}

func between(smallest, largest float64) Rule {
	return number(func(given float64) string {
		if given >= smallest && given <= largest {
			return ""
		}
		return fmt.Sprintf("expected a value in the range (%v - %v), got %v", smallest, largest, given)
	})
}

func numberOf(values ...float64) Rule {
	return number(func(given float64) string {
		if slices.Contains(values, given) {
			return ""
		}
		return fmt.Sprintf("expected one of %v, got %v", values, given)
	})
}

// block is a CIDR block that is a network address, of any size.
func block() Rule { return networkBlock(0, 32) }

// networkBlock is an IPv4 CIDR block within limits of its size.
func networkBlock(largest, smallest int) Rule {
	return text(func(given string) string {
		prefix, err := netip.ParsePrefix(given)
		switch {
		case err != nil || !prefix.Addr().Is4():
			return fmt.Sprintf("%q is not a valid IPv4 CIDR block", given)
		case prefix.Masked() != prefix:
			return fmt.Sprintf("%q is not a network address; did you mean %s?", given, prefix.Masked())
		case prefix.Bits() < largest || prefix.Bits() > smallest:
			return fmt.Sprintf("expected %q to contain a network value between /%d and /%d", given, largest, smallest)
		}
		return ""
	})
}

// arn is an ARN, of a service if one is given.
func arn(service string) Rule {
	return text(func(given string) string {
		parts := strings.SplitN(given, ":", 6)
		if len(parts) < 6 || parts[0] != "arn" || parts[5] == "" {
			return fmt.Sprintf("(%s) is an invalid ARN: arn: invalid prefix", given)
		}
		if service != "" && parts[2] != service {
			return fmt.Sprintf("(%s) is an invalid ARN: it is of %s instead of %s", given, parts[2], service)
		}
		return ""
	})
}

var (
	// groupText is what names and descriptions in security groups may hold.
	groupText = all(length(0, 255), matching(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*$`))
	// boolText is a boolean of launch templates, whose third value is that it is not given.
	boolText = oneOf("", "true", "false")
	readOnly = Rule(func(property.Value) string { return "this value is computed by AWS and cannot be set" })
)

var base64Text = text(func(given string) string {
	if _, err := base64.StdEncoding.DecodeString(given); err != nil {
		return "expected base64"
	}
	return ""
})

var jsonText = text(func(given string) string {
	if given != "" && !json.Valid([]byte(given)) {
		return "contains an invalid JSON"
	}
	return ""
})

// policyText is an IAM policy as text. What is in it is IAM's to judge.
var policyText = text(func(given string) string {
	var object map[string]any
	if err := json.Unmarshal([]byte(given), &object); err != nil {
		return "a policy must be a JSON object; got something else"
	}
	return ""
})

var issuerURL = text(func(given string) string {
	parsed, err := url.Parse(given)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" || parsed.Port() != "" || parsed.RawQuery != "" {
		return fmt.Sprintf("%q must be an https URL without port and query", given)
	}
	return ""
})

func given(object property.Map, path string) bool {
	for name := range strings.SplitSeq(path, ".") {
		value, ok := object.GetOk(name)
		if !ok || value.IsNull() {
			return false
		}
		if !value.IsMap() {
			object = property.Map{}
			continue
		}
		object = value.AsMap()
	}
	return true
}

func atMostOne(paths ...string) Group {
	return func(object property.Map) []Failure {
		var found []string
		for _, path := range paths {
			if given(object, path) {
				found = append(found, path)
			}
		}
		if len(found) < 2 {
			return nil
		}
		return []Failure{{found[0], fmt.Sprintf("%q: conflicts with %s", found[0], strings.Join(found[1:], ", "))}}
	}
}

func exactlyOne(paths ...string) Group {
	return func(object property.Map) []Failure {
		for _, path := range paths {
			if given(object, path) {
				return atMostOne(paths...)(object)
			}
		}
		return []Failure{{paths[0], fmt.Sprintf("one of `%s` must be specified", strings.Join(paths, ","))}}
	}
}

// within asks a group about a nested object, if that is given and known.
func within(path string, group Group) Group {
	return func(object property.Map) []Failure {
		nested, ok := object.GetOk(path)
		if !ok || !nested.IsMap() {
			return nil
		}
		failures := group(nested.AsMap())
		for i := range failures {
			failures[i].Path = path + "." + failures[i].Path
		}
		return failures
	}
}

func atMost(path string, limit int) Group {
	return func(object property.Map) []Failure {
		value, ok := object.GetOk(path)
		if !ok || !value.IsArray() || value.AsArray().Len() <= limit {
			return nil
		}
		return []Failure{{path, fmt.Sprintf("too many list items: at most %d are allowed, %d were given", limit,
			value.AsArray().Len())}}
	}
}

// natAllocation: a public NAT gateway has an address, a private one has none.
func natAllocation(object property.Map) []Failure {
	kind, ok := object.GetOk("connectivityType")
	if !ok || !kind.IsString() {
		return nil
	}
	switch hasAddress := given(object, "allocationId"); {
	case kind.AsString() == "private" && hasAddress:
		return []Failure{{"allocationId", "`allocationId` is not supported with `connectivityType = \"private\"`"}}
	case kind.AsString() == "public" && !hasAddress:
		return []Failure{{"allocationId", "`allocationId` is required with `connectivityType = \"public\"`"}}
	}
	return nil
}

// ruleSource: a rule of a security group names what it lets through, and the group itself excludes the others.
func ruleSource(object property.Map) []Failure {
	var found []string
	for _, name := range []string{"cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "sourceSecurityGroupId"} {
		if given(object, name) {
			found = append(found, name)
		}
	}
	if self, ok := object.GetOk("self"); ok && (self.IsComputed() || self.IsBool() && self.AsBool()) {
		found = append(found, "self")
	}
	switch {
	case len(found) == 0:
		return []Failure{{"cidrBlocks",
			"one of `cidrBlocks,ipv6CidrBlocks,prefixListIds,self,sourceSecurityGroupId` must be specified"}}
	case slices.Contains(found, "sourceSecurityGroupId") && (slices.Contains(found, "cidrBlocks") ||
		slices.Contains(found, "ipv6CidrBlocks") || slices.Contains(found, "self")):
		return []Failure{{"sourceSecurityGroupId", "\"sourceSecurityGroupId\": conflicts with " +
			strings.Join(slices.DeleteFunc(found, func(n string) bool { return n == "sourceSecurityGroupId" }), ", ")}}
	}
	return nil
}
