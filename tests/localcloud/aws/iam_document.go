package aws

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"unicode"
)

// policyDocument is an IAM policy, as far as the rules here look into one.
type policyDocument struct {
	Version   string               `json:"Version"`
	Statement oneOrMore[statement] `json:"Statement"`
}

type statement struct {
	Sid       string
	Effect    string
	Action    oneOrMore[string]
	NotAction oneOrMore[string]
	Resource  oneOrMore[string]
	// NotResource is only there so that a statement with nothing but it is not taken for one without a resource.
	NotResource oneOrMore[string]
	Principal   principals
}

// oneOrMore is a list that may be written as its only element.
type oneOrMore[T any] []T

// UnmarshalJSON reads both spellings.
func (l *oneOrMore[T]) UnmarshalJSON(content []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(content)), "[") {
		return json.Unmarshal(content, (*[]T)(l))
	}
	*l = make([]T, 1)
	return json.Unmarshal(content, &(*l)[0])
}

// principals are the principals of a statement by their type, such as AWS or Service.
type principals map[string]oneOrMore[string]

// UnmarshalJSON reads the short form "*" too.
func (p *principals) UnmarshalJSON(content []byte) error {
	if string(content) == `"*"` {
		*p = principals{"AWS": {"*"}}
		return nil
	}
	return json.Unmarshal(content, (*map[string]oneOrMore[string])(p))
}

// parsePolicy reads a document and checks its form as IAM does. Trust policies have principals and no resources, the
// others the opposite.
func parsePolicy(text string, trust bool) (policyDocument, error) {
	var document policyDocument
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return document, fmt.Errorf("syntax errors in policy: %w", err)
	}
	if document.Version != "" && document.Version != "2012-10-17" && document.Version != "2008-10-17" {
		return document, fmt.Errorf("the policy version %q must be 2012-10-17", document.Version)
	}
	if len(document.Statement) == 0 {
		return document, fmt.Errorf("syntax errors in policy: no statement")
	}
	seen := map[string]bool{}
	for _, s := range document.Statement {
		switch {
		case s.Effect != "Allow" && s.Effect != "Deny":
			return document, fmt.Errorf("invalid effect %q: Allow or Deny", s.Effect)
		case len(s.Action)+len(s.NotAction) == 0:
			return document, fmt.Errorf("policy statement must contain actions")
		case s.Sid != "" && seen[s.Sid]:
			return document, fmt.Errorf("statement IDs (SID) in a single policy must be unique: %q", s.Sid)
		case trust && len(s.Principal) == 0:
			return document, fmt.Errorf("missing required field Principal")
		case trust && len(s.Resource) > 0:
			return document, fmt.Errorf("has prohibited field Resource")
		case !trust && len(s.Principal) > 0:
			return document, fmt.Errorf("policy document should not specify a principal")
		case !trust && len(s.Resource)+len(s.NotResource) == 0:
			return document, fmt.Errorf("policy statement must contain resources")
		}
		seen[s.Sid] = true
		for _, resource := range s.Resource {
			if resource != "*" && !strings.HasPrefix(resource, "arn:") && !strings.HasPrefix(resource, "*") {
				return document, fmt.Errorf("resource %s must be in ARN format or \"*\"", resource)
			}
		}
	}
	return document, nil
}

// names says that a list of actions has one. Patterns with * count, as in IAM; case does not.
func names(actions []string, action string) bool {
	for _, pattern := range actions {
		// An action holds no slash, so path's patterns mean what IAM's mean.
		if ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(action)); err == nil && ok {
			return true
		}
	}
	return false
}

// lengthWithoutSpace is how IAM counts a policy's size.
func lengthWithoutSpace(text string) int {
	count := 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			count++
		}
	}
	return count
}
