// Package api is what the daemon's web server offers to the client library.
package api

import "github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"

// What the web server offers, as paths.
const (
	AWS     = "/aws"
	EKS     = "/eks"
	Git     = "/git"
	Webhook = "/webhook/"
	// Status answers a Report.
	Status = "/status"
	// Resources answers what is left in the account.
	Resources = "/resources"
	// Shutdown ends the daemon on POST.
	Shutdown = "/shutdown"
)

// The AWS that a local cloud has.
const (
	// Simulator is the simulated AWS of package aws.
	Simulator = "simulator"
	// Moto is the emulator of package moto, which the real provider talks to.
	Moto = "moto"
	// External is an AWS that the environment names.
	External = "external"
)

// Report describes a daemon that is ready.
type Report struct {
	Endpoint     string `json:"endpoint"`
	RegistryHost string `json:"registryHost"`
	// AWS is Simulator, Moto or External.
	AWS string `json:"aws"`
	// Repositories are the names of the git repositories.
	Repositories []string `json:"repositories"`
	// Images are the artifacts that the registry held from the start.
	Images []string `json:"images"`
	// Controllers are the controllers of Flux that can run here.
	Controllers []string         `json:"controllers"`
	Clusters    []Cluster        `json:"clusters"`
	Processes   []process.Status `json:"processes"`
	// Resources counts what is in the account.
	Resources int `json:"resources"`
}

// Cluster describes a cluster that runs.
type Cluster struct {
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`
	// Kubeconfig is the file of the administrator's kubeconfig.
	Kubeconfig string `json:"kubeconfig"`
	// Receiver is the URL at which Flux's notification controller takes webhooks.
	Receiver string `json:"receiver"`
}
