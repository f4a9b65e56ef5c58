// Package inventory asks an AWS for what is in an account, with AWS's own APIs: an emulator's, or AWS itself.
package inventory

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
)

// Client asks an AWS.
type Client struct {
	// Send sends a request, signed as the AWS wants it, and returns the body of a good answer.
	Send func(ctx context.Context, method, path, service string, header map[string]string, body []byte) ([]byte, error)
}

// The versions of the Query APIs.
var queryVersions = map[string]string{"ec2": "2016-11-15", "iam": "2010-05-08", "sts": "2011-06-15"}

// Query calls an action of a Query API and decodes its XML.
func (c Client) Query(ctx context.Context, service, action string, parameters url.Values, result any) error {
	form := url.Values{"Action": {action}, "Version": {queryVersions[service]}}
	maps.Copy(form, parameters)
	content, err := c.Send(ctx, http.MethodPost, "/", service,
		map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, []byte(form.Encode()))
	if err != nil {
		return fmt.Errorf("calling %s: %w", action, err)
	}
	if result == nil {
		return nil
	}
	if err := xml.Unmarshal(content, result); err != nil {
		return fmt.Errorf("decoding the answer to %s: %w", action, err)
	}
	return nil
}

// target calls an action of a JSON API.
func (c Client) target(ctx context.Context, service, target string, request, result any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", target, err)
	}
	content, err := c.Send(ctx, http.MethodPost, "/", service,
		map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target},
		body)
	if err != nil {
		return fmt.Errorf("calling %s: %w", target, err)
	}
	if err := json.Unmarshal(content, result); err != nil {
		return fmt.Errorf("decoding the answer to %s: %w", target, err)
	}
	return nil
}
