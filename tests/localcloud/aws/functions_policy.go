package aws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
)

// writtenStatement is a statement as the provider writes it: in this order of fields.
type writtenStatement struct {
	Sid          string                    `json:"Sid,omitempty"`
	Effect       string                    `json:"Effect,omitempty"`
	Action       any                       `json:"Action,omitempty"`
	NotAction    any                       `json:"NotAction,omitempty"`
	Resource     any                       `json:"Resource,omitempty"`
	NotResource  any                       `json:"NotResource,omitempty"`
	Principal    any                       `json:"Principal,omitempty"`
	NotPrincipal any                       `json:"NotPrincipal,omitempty"`
	Condition    map[string]map[string]any `json:"Condition,omitempty"`
}

type writtenDocument struct {
	Version   string             `json:"Version,omitempty"`
	ID        string             `json:"Id,omitempty"`
	Statement []writtenStatement `json:"Statement,omitempty"`
}

// getPolicyDocument puts a policy together. Documents to start from come first, then the statements, then documents to
// override them; a statement replaces an earlier one of the same Sid.
func (t *tx) getPolicyDocument(inputs props) (props, error) {
	document := writtenDocument{Version: orElse(inputs.str("version"), "2012-10-17"), ID: inputs.str("policyId")}
	sources := append([]string{inputs.str("sourceJson")}, inputs.strings("sourcePolicyDocuments")...)
	overrides := append(inputs.strings("overridePolicyDocuments"), inputs.str("overrideJson"))
	for _, text := range sources {
		if err := document.lay(text); err != nil {
			return nil, err
		}
	}
	for _, given := range inputs.objects("statements") {
		document.add(writeStatement(given))
	}
	for _, text := range overrides {
		if err := document.lay(text); err != nil {
			return nil, err
		}
	}
	// HTML escaping would turn the < of a condition into something else.
	var minified, indented bytes.Buffer
	encoder := json.NewEncoder(&minified)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return nil, fmt.Errorf("encoding policy document: %w", err)
	}
	compact := bytes.TrimSpace(minified.Bytes())
	if err := json.Indent(&indented, compact, "", "  "); err != nil {
		return nil, fmt.Errorf("formatting policy document: %w", err)
	}
	return props{
		"id": strconv.FormatUint(uint64(crc32.ChecksumIEEE(indented.Bytes())), 10), "json": indented.String(),
		"minifiedJson": string(compact),
	}, nil
}

func (d *writtenDocument) lay(text string) error {
	if text == "" {
		return nil
	}
	var other writtenDocument
	if err := json.Unmarshal([]byte(text), &other); err != nil {
		return fmt.Errorf("reading policy document to merge: %w", err)
	}
	for _, s := range other.Statement {
		d.add(s)
	}
	return nil
}

func (d *writtenDocument) add(s writtenStatement) {
	i := slices.IndexFunc(d.Statement, func(o writtenStatement) bool { return s.Sid != "" && o.Sid == s.Sid })
	if i < 0 {
		d.Statement = append(d.Statement, s)
		return
	}
	d.Statement[i] = s
}

func writeStatement(given props) writtenStatement {
	return writtenStatement{
		Sid: given.str("sid"), Effect: orElse(given.str("effect"), "Allow"),
		Action: oneOrList(given.strings("actions")), NotAction: oneOrList(given.strings("notActions")),
		Resource: oneOrList(given.strings("resources")), NotResource: oneOrList(given.strings("notResources")),
		Principal:    writePrincipals(given.objects("principals")),
		NotPrincipal: writePrincipals(given.objects("notPrincipals")),
		Condition:    writeConditions(given.objects("conditions")),
	}
}

// oneOrList is nil for no element, so that the field is left out.
func oneOrList(texts []string) any {
	switch len(texts) {
	case 0:
		return nil
	case 1:
		return texts[0]
	}
	sorted := slices.Sorted(slices.Values(texts))
	slices.Reverse(sorted) // the provider's order
	return sorted
}

func writePrincipals(given []props) any {
	all := map[string][]string{}
	for _, principal := range given {
		kind := principal.str("type")
		all[kind] = append(all[kind], principal.strings("identifiers")...)
	}
	if everybody := all["*"]; len(all) == 1 && slices.Equal(everybody, []string{"*"}) {
		return "*"
	}
	if len(all) == 0 {
		return nil
	}
	written := map[string]any{}
	for kind, identifiers := range all {
		written[kind] = oneOrList(identifiers)
	}
	return written
}

func writeConditions(given []props) map[string]map[string]any {
	written := map[string]map[string]any{}
	for _, condition := range given {
		test := condition.str("test")
		if written[test] == nil {
			written[test] = map[string]any{}
		}
		written[test][condition.str("variable")] = oneOrList(condition.strings("values"))
	}
	return written
}
