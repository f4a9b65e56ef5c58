package inputs

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// At returns the value at a path among raw inputs, null where there is none.
func At(raw property.Value, path ...string) property.Value {
	for _, name := range path {
		if !raw.IsMap() {
			return property.Value{}
		}
		raw = raw.AsMap().Get(name)
	}
	return raw
}

// Shown is the path for a violation of a value that may be or hold a secret, which is then not printed.
func Shown(path string, value property.Value) string {
	if value.HasSecrets() {
		return path + NotShown
	}
	return path
}

// HiddenError is a reason beside which the value must not be printed, although nobody has marked it as a secret.
type HiddenError string

func (e HiddenError) Error() string { return string(e) }

// Text applies a check to a text that may be an output, once it is known. The reason why a secret is refused is not
// told: it quotes what was given.
func (v *Violations) Text(path string, given property.Value, check func(string) error) {
	if !given.IsString() {
		return
	}
	err := check(given.AsString())
	var hidden HiddenError
	switch {
	case err == nil:
	case given.Secret():
		v.Addf(path+NotShown, "is not what it must be; its value is a secret")
	case errors.As(err, &hidden):
		v.Addf(path+NotShown, "%s", err)
	default:
		v.Addf(path, "%s", err)
	}
}

// Optional passes on an input that may not have been given: nil in another interface would no longer be nil.
func Optional(given pulumi.StringInput) pulumi.StringPtrInput {
	if given == nil {
		return nil
	}
	return given.ToStringOutput().ToStringPtrOutput()
}
