package cluster

import (
	"encoding/json"
	"fmt"
)

// Connection is what a kubeconfig says about a cluster.
type Connection struct {
	ClusterName string
	Region      string
	Endpoint    string
	// CertificateAuthorityData is the cluster's CA, PEM in base64, as EKS gives it.
	CertificateAuthorityData string
	// RoleArn is the role to sign in as; empty for the identity of whoever uses the kubeconfig.
	RoleArn string
	// ProfileName is the profile of the AWS configuration to sign in with; empty for what the environment says.
	ProfileName string
	// ProxyURL is the proxy through which the API is reached; empty for what the environment says.
	ProxyURL string
}

type (
	kubeconfig struct {
		APIVersion     string         `json:"apiVersion"`
		Kind           string         `json:"kind"`
		Clusters       []namedCluster `json:"clusters"`
		Contexts       []namedContext `json:"contexts"`
		CurrentContext string         `json:"current-context"` //nolint:tagliatelle // kubectl's spelling.
		Users          []namedUser    `json:"users"`
	}
	namedCluster struct {
		Name    string          `json:"name"`
		Cluster clusterEndpoint `json:"cluster"`
	}
	clusterEndpoint struct {
		Server                   string `json:"server"`
		CertificateAuthorityData string `json:"certificate-authority-data"` //nolint:tagliatelle // kubectl's spelling.
		ProxyURL                 string `json:"proxy-url,omitempty"`        //nolint:tagliatelle // kubectl's spelling.
	}
	namedContext struct {
		Name    string         `json:"name"`
		Context contextDetails `json:"context"`
	}
	contextDetails struct {
		Cluster string `json:"cluster"`
		User    string `json:"user"`
	}
	namedUser struct {
		Name string      `json:"name"`
		User execDetails `json:"user"`
	}
	execDetails struct {
		Exec execPlugin `json:"exec"`
	}
	execPlugin struct {
		APIVersion      string   `json:"apiVersion"`
		Command         string   `json:"command"`
		Args            []string `json:"args"`
		InteractiveMode string   `json:"interactiveMode"`
	}
)

// Kubeconfig renders the kubeconfig of a cluster, as JSON. It holds no credential: the aws program signs a token with
// whatever identity runs it. The region is always named, because that program would otherwise take one from the
// environment of whoever uses the file.
func Kubeconfig(c Connection) (string, error) {
	encoded, err := json.Marshal(kubeconfig{
		APIVersion: "v1",
		Kind:       "Config",
		Clusters: []namedCluster{{Name: c.ClusterName, Cluster: clusterEndpoint{
			Server: c.Endpoint, CertificateAuthorityData: c.CertificateAuthorityData, ProxyURL: c.ProxyURL,
		}}},
		Contexts: []namedContext{{Name: c.ClusterName, Context: contextDetails{
			Cluster: c.ClusterName, User: c.ClusterName,
		}}},
		CurrentContext: c.ClusterName,
		Users: []namedUser{{Name: c.ClusterName, User: execDetails{Exec: execPlugin{
			APIVersion: "client.authentication.k8s.io/v1beta1",
			Command:    "aws", Args: c.tokenArguments(), InteractiveMode: "IfAvailable",
		}}}},
	})
	if err != nil {
		return "", fmt.Errorf("encoding the kubeconfig of %s: %w", c.ClusterName, err)
	}
	return string(encoded), nil
}

// tokenArguments are those of the aws program. The profile is an argument and not a variable: credentials in the
// environment would win over AWS_PROFILE.
func (c Connection) tokenArguments() []string {
	args := []string{"--region", c.Region}
	if c.ProfileName != "" {
		args = append(args, "--profile", c.ProfileName)
	}
	args = append(args, "eks", "get-token", "--cluster-name", c.ClusterName, "--output", "json")
	if c.RoleArn != "" {
		args = append(args, "--role-arn", c.RoleArn)
	}
	return args
}
