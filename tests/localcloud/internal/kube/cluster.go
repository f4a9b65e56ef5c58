package kube

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/ports"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
)

// Cluster is one cluster with its servers.
type Cluster struct {
	options   Options
	version   serverVersion
	dir       string
	state     clusterState
	authority []byte

	// Config is the administrator's connection.
	Config *rest.Config
	// Clientset and Client speak to the API server as the administrator.
	Clientset *kubernetes.Clientset
	Client    client.Client

	// nodes orders the changes of node groups, which choose free addresses.
	nodes     sync.Mutex
	processes []*process.Process
}

// clusterState is what makes a cluster the same one after a restart, beside the keys and etcd's data.
type clusterState struct {
	Spec         aws.ClusterSpec `json:"spec"`
	EtcdPort     int             `json:"etcdPort"`
	EtcdPeerPort int             `json:"etcdPeerPort"`
	ServerPort   int             `json:"serverPort"`
	Tokens       tokens          `json:"tokens"`
}

// Name is the cluster's name.
func (c *Cluster) Name() string { return c.state.Spec.Name }

// Issuer is the issuer of the cluster's service account tokens. No two clusters ever made have the same.
func (c *Cluster) Issuer() string { return c.state.Spec.Issuer }

// Dir is the folder of the cluster's files.
func (c *Cluster) Dir() string { return c.dir }

// Endpoint is the URL of the API server.
func (c *Cluster) Endpoint() string { return "https://" + ports.Address(c.state.ServerPort) }

// Authority is the certificate authority of the API server, in PEM.
func (c *Cluster) Authority() []byte { return c.authority }

func (c *Cluster) endpoint() aws.ClusterEndpoint {
	return aws.ClusterEndpoint{
		Endpoint:                 c.Endpoint(),
		CertificateAuthorityData: base64.StdEncoding.EncodeToString(c.authority),
	}
}

// stateFile is written last when a cluster is made, so that a folder without it is one whose making was cut short.
const stateFile = "cluster.json"

// openCluster reads the cluster that spec describes, or makes its files. What lies in its folder but belongs to an
// earlier cluster of that name is thrown away.
func openCluster(o Options, version serverVersion, spec aws.ClusterSpec) (*Cluster, error) {
	c := &Cluster{options: o, version: version, dir: filepath.Join(o.Dir, spec.Name)}
	found, err := c.readState()
	if err != nil {
		return nil, err
	}
	if !found || c.state.Spec.Issuer != spec.Issuer {
		if err := c.create(spec); err != nil {
			return nil, err
		}
	}
	if c.authority, err = os.ReadFile(c.path(authorityFile)); err != nil {
		return nil, fmt.Errorf("reading the certificate authority: %w", err)
	}
	return c, c.connect()
}

func (c *Cluster) path(name string) string { return filepath.Join(c.dir, name) }

func (c *Cluster) readState() (found bool, err error) {
	data, err := os.ReadFile(c.path(stateFile))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the state of the cluster: %w", err)
	}
	if err := json.Unmarshal(data, &c.state); err != nil {
		return false, fmt.Errorf("reading %s: %w", c.path(stateFile), err)
	}
	return true, nil
}

func (c *Cluster) create(spec aws.ClusterSpec) error {
	if err := os.RemoveAll(c.dir); err != nil {
		return fmt.Errorf("removing the data of an earlier cluster: %w", err)
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return fmt.Errorf("creating the folder of the cluster: %w", err)
	}
	c.state = clusterState{Spec: spec, Tokens: newTokens()}
	for _, port := range []*int{&c.state.EtcdPort, &c.state.EtcdPeerPort, &c.state.ServerPort} {
		free, err := ports.Free()
		if err != nil {
			return err
		}
		*port = free
	}
	if err := c.writeFiles(); err != nil {
		return err
	}
	data, err := json.MarshalIndent(c.state, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the state of the cluster: %w", err)
	}
	if err := os.WriteFile(c.path(stateFile), data, 0o600); err != nil {
		return fmt.Errorf("writing the state of the cluster: %w", err)
	}
	return nil
}

func (c *Cluster) connect() error {
	c.Config = &rest.Config{
		Host:            c.Endpoint(),
		BearerToken:     c.state.Tokens.Administrator,
		TLSClientConfig: rest.TLSClientConfig{CAData: c.authority},
		QPS:             -1, // no limit: the API server has its own
	}
	var err error
	if c.Clientset, err = kubernetes.NewForConfig(c.Config); err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	// Made without a round trip: the mapper asks the server when it is first needed.
	if c.Client, err = client.New(c.Config, client.Options{}); err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	return nil
}

// start runs the servers and waits until the cluster is one that a user can be let into.
func (c *Cluster) start(ctx context.Context) error {
	if err := c.run(c.etcd()); err != nil {
		return err
	}
	if err := c.awaitEtcd(ctx); err != nil {
		return err
	}
	if err := c.run(c.apiServer()); err != nil {
		return err
	}
	if err := c.awaitAPIServer(ctx); err != nil {
		return err
	}
	if err := c.freeNodes(ctx); err != nil {
		return err
	}
	if err := c.run(c.kwok(), c.scheduler(), c.controllerManager()); err != nil {
		return err
	}
	return c.awaitControllers(ctx)
}

// freeNodes takes the nodes from the kwok that ran when the servers were last up. Each kwok has a name of its own, and
// leaves alone the pods on a node that another one holds, until the lease of the dead one ends after 40 s. It does so
// in about one start of eight: only if it happens to start its part for nodes before its part for pods (kwok 0.7.0).
func (c *Cluster) freeNodes(ctx context.Context) error {
	err := c.Clientset.CoordinationV1().Leases(corev1.NamespaceNodeLease).
		DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("deleting the leases of nodes: %w", err)
	}
	return nil
}

func (c *Cluster) run(commands ...process.Command) error {
	for _, command := range commands {
		running, err := c.options.Supervisor.Start(command)
		if err != nil {
			return err
		}
		c.processes = append(c.processes, running)
	}
	return nil
}

// stop kills the servers, the last one started first. They need no time to say good-bye: the data is thrown away
// next, or what started them goes down as a whole.
func (c *Cluster) stop() {
	for _, running := range slices.Backward(c.processes) {
		running.Stop(0)
	}
	c.processes = nil
}

// AdministratorKubeconfig is the file of the administrator's kubeconfig.
func (c *Cluster) AdministratorKubeconfig() string { return c.path(AdministratorFile) }
