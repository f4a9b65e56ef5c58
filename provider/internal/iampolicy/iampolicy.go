// Package iampolicy writes the policies of AWS IAM.
package iampolicy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Version is that of IAM's language.
const Version = "2012-10-17"

// Statement is a statement of a policy, with IAM's own names.
type Statement struct {
	Sid       string `json:",omitempty"`
	Effect    string
	Principal map[string]string `json:",omitempty"`
	Action    []string
	Resource  []string  `json:",omitempty"`
	Condition Condition `json:",omitempty"`
}

// Condition holds values by operator and key. All operators and keys must hold, of the values one.
type Condition map[string]map[string][]string

// Only is the condition that key has one of the values.
func Only(key string, values ...string) Condition { return Condition{"StringEquals": {key: values}} }

// Encode writes a policy.
func Encode(statements ...Statement) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		Version   string
		Statement []Statement
	}{Version, statements})
	if err != nil {
		return "", fmt.Errorf("encoding a policy: %w", err)
	}
	return strings.TrimSpace(text.String()), nil
}

// ServiceTrust lets a service of AWS's take a role, if the condition holds.
func ServiceTrust(service string, when Condition) (string, error) {
	return Encode(Statement{
		Effect: "Allow", Principal: map[string]string{"Service": service}, Action: []string{"sts:AssumeRole"},
		Condition: when,
	})
}
