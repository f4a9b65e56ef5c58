package inputs

import (
	perrors "github.com/pulumi/pulumi/sdk/v3/go/pulumi/errors"
)

// Err returns one error that names every violation, or nil when there is none.
//
// It is a single InputPropertiesError on purpose: of two joined ones the engine prints only the first, because
// errors.As stops there.
func (v Violations) Err(message string) error {
	if len(v) == 0 {
		return nil
	}
	details := make([]perrors.InputPropertyErrorDetails, 0, len(v))
	for _, violation := range v.Sorted() {
		details = append(details, perrors.InputPropertyErrorDetails{
			PropertyPath: violation.Path,
			Reason:       violation.Reason,
		})
	}
	return perrors.NewInputPropertiesError(message, details...)
}
