package aws

import (
	"errors"
	"fmt"
)

// apiError is an error as the AWS SDK for Go words it.
type apiError struct {
	service, call string
	status        int
	code, message string
	requestID     string
}

// Error words the errors of EC2 and S3 with the prefix "api error" and the others' without: the SDK has types for the
// latter.
func (e *apiError) Error() string {
	prefix := ""
	if e.service == ec2 || e.service == s3 {
		prefix = "api error "
	}
	return fmt.Sprintf("operation error %s: %s, https response error StatusCode: %d, RequestID: %s, %s%s: %s",
		e.service, e.call, e.status, e.requestID, prefix, e.code, e.message)
}

// statuses are the HTTP statuses of the codes that are not answered with 400.
var statuses = map[string]int{
	"AccessDenied":                   403,
	"AccessDeniedException":          403,
	"UnauthorizedOperation":          403,
	"InvalidClientTokenId":           403,
	"ResourceNotFoundException":      404,
	"NoSuchBucket":                   404,
	"NoSuchEntity":                   404,
	"ResourceInUseException":         409,
	"EntityAlreadyExists":            409,
	"DeleteConflict":                 409,
	"LimitExceeded":                  409,
	"ServerException":                500,
	"ServiceUnavailableException":    503,
	"NoSuchEntityException":          404,
	"ResourceAlreadyExistsException": 400,
}

// fail makes an error of the AWS call that is under way.
func (t *tx) fail(code, format string, arguments ...any) error {
	status, ok := statuses[code]
	if !ok {
		status = 400
	}
	return &apiError{
		service: t.service, call: t.call, status: status, code: code,
		message: fmt.Sprintf(format, arguments...), requestID: newUUID(),
	}
}

// failIn is fail for a call other than the resource's main one, such as AttachInternetGateway.
func (t *tx) failIn(call, code, format string, arguments ...any) error {
	before := t.call
	defer func() { t.call = before }()
	t.call = call
	return t.fail(code, format, arguments...)
}

// partialError says that something was made although the operation failed, so that it stays in the account and in the
// program's state.
type partialError struct{ error }

func (e partialError) Unwrap() error { return e.error }

// asPartial takes a partial error apart.
func asPartial(err error) (partial bool, cause error) {
	var found partialError
	if errors.As(err, &found) {
		return true, found.error
	}
	return false, err
}
