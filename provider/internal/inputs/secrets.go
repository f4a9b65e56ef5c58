package inputs

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// evidentSecret is how long a secret must be to be recognised in a reason wherever it stands. Of a shorter one, such as
// "a", only a quotation is.
const evidentSecret = 6

// hideSecrets makes sure of what every rule should see to itself: that no violation tells a value which somebody has
// marked as a secret, in its reason or by naming the property.
func (v Violations) hideSecrets(raw property.Map) Violations {
	whole := property.New(raw)
	if !whole.HasSecrets() {
		return v
	}
	var told Violations
	texts := secretTexts(whole, false)
	properties := resource.NewProperty(resource.ToResourcePropertyMap(raw))
	for _, violation := range v {
		name := strings.TrimSuffix(violation.Path, NotShown)
		path, err := resource.ParsePropertyPath(name)
		value, ok := path.Get(properties)
		own := err == nil && ok && value.ContainsSecrets()
		for _, text := range texts {
			if strings.Contains(violation.Reason, strconv.Quote(text)) ||
				len(text) >= evidentSecret && strings.Contains(violation.Reason, text) ||
				own && quotesPart(violation.Reason, text) {
				violation.Reason = "is not what it must be; its value is a secret"
				own = true
			}
		}
		if own {
			violation.Path = name + NotShown
		}
		told = append(told, violation)
	}
	return told
}

// quotesPart says whether a piece of a text stands in a reason, as parsers quote where they stopped.
func quotesPart(reason, text string) bool {
	for at := 0; at+evidentSecret <= len(reason); at++ {
		if strings.Contains(text, reason[at:at+evidentSecret]) {
			return true
		}
	}
	return false
}

// secretTexts are the texts anywhere in a value that are secret, or in something secret.
func secretTexts(value property.Value, inSecret bool) []string {
	inSecret = inSecret || value.Secret()
	var texts []string
	switch {
	case value.IsString():
		if inSecret && value.AsString() != "" {
			texts = append(texts, value.AsString())
		}
	case value.IsArray():
		for _, element := range value.AsArray().All {
			texts = append(texts, secretTexts(element, inSecret)...)
		}
	case value.IsMap():
		for _, element := range value.AsMap().All {
			texts = append(texts, secretTexts(element, inSecret)...)
		}
	}
	return texts
}
