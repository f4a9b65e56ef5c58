package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// Client calls a control plane with one principal's access key.
type Client struct {
	// Endpoint is the local cloud's base URL, without the /aws below which the control plane is mounted.
	Endpoint        string
	AccessKeyID     string
	SecretAccessKey string
}

// ErrNoEndpoint says that no local cloud is known.
var ErrNoEndpoint = errors.New("no local cloud: this simulated aws plugin needs " + EndpointVariable +
	" (such as http://127.0.0.1:41234), which `localcloud start` prints")

// ErrNoCredentials says that the caller is unknown, as the real provider does.
var ErrNoCredentials = errors.New("no valid credential sources found: set AWS_ACCESS_KEY_ID and " +
	"AWS_SECRET_ACCESS_KEY, or accessKey and secretKey of the provider, to a key of the local cloud's account")

// FromEnvironment makes a client from the process's environment. Missing values show when the client is used, because a
// preview of resources that exist nowhere yet needs neither.
func FromEnvironment() Client {
	return Client{
		Endpoint:        os.Getenv(EndpointVariable),
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
	}
}

// Do calls one operation. An error that the control plane answers is in the response, not in the error: the response
// can hold the state of a resource that exists in spite of it.
func (c Client) Do(ctx context.Context, path string, request Request) (Response, error) {
	if c.Endpoint == "" {
		return Response{}, ErrNoEndpoint
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return Response{}, ErrNoCredentials
	}
	body, err := json.Marshal(request)
	if err != nil {
		return Response{}, fmt.Errorf("encoding request: %w", err)
	}
	url := strings.TrimSuffix(c.Endpoint, "/") + "/aws" + path
	httpRequest, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Response{}, fmt.Errorf("calling local cloud at %s: %w", c.Endpoint, err)
	}
	httpRequest.Header.Set("Content-Type", "application/json")
	httpRequest.SetBasicAuth(c.AccessKeyID, c.SecretAccessKey)
	// No proxy: the local cloud is on this machine, whatever HTTP_PROXY says.
	client := http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	httpResponse, err := client.Do(httpRequest)
	if err != nil {
		return Response{}, fmt.Errorf("calling local cloud at %s: %w", c.Endpoint, err)
	}
	defer func() { _ = httpResponse.Body.Close() }()
	content, err := io.ReadAll(httpResponse.Body)
	if err != nil {
		return Response{}, fmt.Errorf("reading answer of local cloud at %s: %w", c.Endpoint, err)
	}
	var response Response
	if err := json.Unmarshal(content, &response); err != nil {
		return Response{}, fmt.Errorf("decoding answer of local cloud at %s (%s): %w", c.Endpoint, httpResponse.Status, err)
	}
	return response, nil
}
