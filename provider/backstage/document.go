package backstage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// CatalogInfo renders entities as a catalog-info document.
func CatalogInfo(entities []Entity) (string, error) {
	var document bytes.Buffer
	encoder := yaml.NewEncoder(&document)
	encoder.SetIndent(2)
	for _, entity := range entities {
		encoded, err := json.Marshal(entity)
		if err != nil {
			return "", fmt.Errorf("encoding entity %s: %w", entity.Metadata.Name, err)
		}
		node, err := nodeOf(json.NewDecoder(bytes.NewReader(encoded)))
		if err != nil {
			return "", fmt.Errorf("reading entity %s: %w", entity.Metadata.Name, err)
		}
		if err := encoder.Encode(node); err != nil {
			return "", fmt.Errorf("writing entity %s: %w", entity.Metadata.Name, err)
		}
	}
	if err := encoder.Close(); err != nil {
		return "", fmt.Errorf("encoding the catalog-info: %w", err)
	}
	return document.String(), nil
}

// nodeOf reads the next value of JSON, which holds objects, lists and strings, in the order in which it stands there.
// The YAML library makes such a tree of a Go value too, but on the way writes text that it cannot read again.
func nodeOf(decoder *json.Decoder) (*yaml.Node, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	node := &yaml.Node{Kind: yaml.MappingNode}
	switch token {
	case json.Delim('{'):
	case json.Delim('['):
		node.Kind = yaml.SequenceNode
	default:
		text, ok := token.(string)
		if !ok {
			return nil, fmt.Errorf("there is a %T, which is no text", token)
		}
		return textNode(text), nil
	}
	for decoder.More() {
		inside, err := nodeOf(decoder)
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, inside)
	}
	_, err = decoder.Token() // what closes it
	return node, err
}

// taken matches what some reader of YAML takes for a truth value or a number, although this library does not.
var taken = regexp.MustCompile(`(?i)^(y|yes|n|no|on|off|[-+.:_0-9]+)$`)

// textNode puts quotes and escapes around every text that is not one line of ASCII. The library would write some of it
// in blocks, in which indentation and line breaks are up to whoever reads them.
func textNode(text string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if taken.MatchString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

// Untyped returns entities as maps and lists, in the form that Pulumi outputs take.
func Untyped(entities []Entity) ([]any, error) {
	encoded, err := json.Marshal(entities)
	if err != nil {
		return nil, fmt.Errorf("encoding the entities: %w", err)
	}
	var untyped []any
	if err := json.Unmarshal(encoded, &untyped); err != nil {
		return nil, fmt.Errorf("decoding the entities: %w", err)
	}
	return untyped, nil
}
