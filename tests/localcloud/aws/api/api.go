// Package api is the wire between the simulated pulumi-resource-aws and the control plane it talks to: one JSON request
// per operation. It is deliberately not AWS's own API: the plugin stands where the real provider stands, above AWS's
// calls, retries and waiters, so one operation here is everything that the real provider does for one resource.
package api

// EndpointVariable names the environment variable that holds the local cloud's base URL.
const EndpointVariable = "LOCALCLOUD_ENDPOINT"

// Paths of the operations below the control plane's root. All but Resources are POST.
const (
	CreatePath    = "/create"
	ReadPath      = "/read"
	UpdatePath    = "/update"
	DeletePath    = "/delete"
	InvokePath    = "/invoke"
	ResourcesPath = "/resources"
)

// Request is what every operation is asked with. Each operation uses the fields it needs.
type Request struct {
	// Type is a resource's type token, or a function's token when invoking.
	Type string `json:"type"`
	// ID is set for all operations on a resource that exists.
	ID string `json:"id,omitempty"`
	// Inputs are the checked inputs of a resource, or a function's arguments. They hold no secrets' wrappers and no
	// unknowns.
	Inputs map[string]any `json:"inputs,omitempty"`
	// DefaultTags are the provider configuration's tags, which every taggable resource gets.
	DefaultTags map[string]string `json:"defaultTags,omitempty"`
	// Region is the provider configuration's, if it has one.
	Region string `json:"region,omitempty"`
}

// Response is what every operation answers.
type Response struct {
	// ID is empty when reading something that is gone.
	ID     string         `json:"id,omitempty"`
	Inputs map[string]any `json:"inputs,omitempty"`
	// State holds a resource's outputs, or a function's result.
	State map[string]any `json:"state,omitempty"`
	// Error is set when the operation failed. ID and State are set beside it when the resource exists nevertheless, as a
	// node group does whose nodes could not join.
	Error string `json:"error,omitempty"`
}

// Resource is one entry of the account's inventory.
type Resource struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
	// Region is empty for what is in the home region or in none.
	Region string `json:"region,omitempty"`
}
