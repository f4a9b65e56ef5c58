package kube

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
)

// Companion is told about the clusters that run, to run something beside them.
type Companion interface {
	// Attach begins to look after a cluster that answers. It does not block.
	Attach(cluster *Cluster) error
	// Detach ends that, and returns when nothing of it is left. A cluster that was never attached is no error.
	Detach(cluster string)
}

// Options configures a Backend.
type Options struct {
	// Dir is the folder that keeps the clusters, one folder each.
	Dir string
	// ToolsDir holds the programs, see Tools.
	ToolsDir   string
	Supervisor *process.Supervisor
	// WebhookURL is where a cluster's API server asks who a token belongs to.
	WebhookURL func(cluster string) string
	// Companion may be nil.
	Companion Companion
	Log       *slog.Logger
}

// Tools are the programs that a cluster is made of.
func Tools() []string {
	return []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"}
}

// Backend makes and keeps clusters.
type Backend struct {
	options Options
	version serverVersion

	mu       sync.Mutex
	clusters map[string]*Cluster
	// busy orders what is done to one cluster; different clusters do not wait for each other.
	busy map[string]*sync.Mutex
}

var _ aws.ClusterBackend = (*Backend)(nil)

// NewBackend checks the tools and reads the version of the API server. It starts no cluster: the account that owns the
// clusters asks for each of them again.
func NewBackend(ctx context.Context, o Options) (*Backend, error) {
	var missing []string
	for _, tool := range Tools() {
		if _, err := os.Stat(filepath.Join(o.ToolsDir, tool)); err != nil {
			missing = append(missing, tool)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("looking for tools in %s: %s not found; build them with `make tools`",
			o.ToolsDir, strings.Join(missing, ", "))
	}
	version, err := readServerVersion(ctx, filepath.Join(o.ToolsDir, "kube-apiserver"))
	if err != nil {
		return nil, err
	}
	return &Backend{
		options: o, version: version, clusters: map[string]*Cluster{}, busy: map[string]*sync.Mutex{},
	}, nil
}

// Versions lists the Kubernetes minors there is a server for.
func (b *Backend) Versions() []string { return []string{b.version.minor} }

// CreateCluster starts a cluster, or brings back the one of that name and issuer, and waits until its API server is
// ready.
func (b *Backend) CreateCluster(ctx context.Context, spec aws.ClusterSpec) (aws.ClusterEndpoint, error) {
	defer b.lock(spec.Name)()
	if cluster := b.find(spec.Name); cluster != nil {
		if cluster.Issuer() != spec.Issuer {
			return aws.ClusterEndpoint{}, fmt.Errorf("creating cluster %s: one with issuer %s runs; delete it first",
				spec.Name, cluster.Issuer())
		}
		return cluster.endpoint(), nil
	}
	if !slices.Contains(b.Versions(), spec.Version) {
		return aws.ClusterEndpoint{}, fmt.Errorf("creating cluster %s: there is no server for Kubernetes %s; use one of %s",
			spec.Name, spec.Version, strings.Join(b.Versions(), ", "))
	}
	cluster, err := openCluster(b.options, b.version, spec)
	if err != nil {
		return aws.ClusterEndpoint{}, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	if err := b.start(ctx, cluster); err != nil {
		cluster.stop()
		return aws.ClusterEndpoint{}, fmt.Errorf("creating cluster %s: %w", spec.Name, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clusters[spec.Name] = cluster
	return cluster.endpoint(), nil
}

func (b *Backend) start(ctx context.Context, cluster *Cluster) error {
	if err := cluster.start(ctx); err != nil {
		return err
	}
	if err := applyAccessPolicies(ctx, cluster); err != nil {
		return err
	}
	if err := applyStorageClass(ctx, cluster); err != nil {
		return err
	}
	if b.options.Companion == nil {
		return nil
	}
	return b.options.Companion.Attach(cluster)
}

// DeleteCluster stops the servers of a cluster and removes its data.
func (b *Backend) DeleteCluster(_ context.Context, name string) error {
	defer b.lock(name)()
	if b.options.Companion != nil {
		b.options.Companion.Detach(name)
	}
	if cluster := b.find(name); cluster != nil {
		cluster.stop()
		b.mu.Lock()
		delete(b.clusters, name)
		b.mu.Unlock()
	}
	if err := os.RemoveAll(filepath.Join(b.options.Dir, name)); err != nil {
		return fmt.Errorf("deleting the data of cluster %s: %w", name, err)
	}
	return nil
}

// Clusters are the clusters that run, by name.
func (b *Backend) Clusters() []*Cluster {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]*Cluster, 0, len(b.clusters))
	for _, cluster := range b.clusters {
		list = append(list, cluster)
	}
	slices.SortFunc(list, func(x, y *Cluster) int { return strings.Compare(x.Name(), y.Name()) })
	return list
}

// errNoCluster is wrapped by what is asked of a cluster that does not run.
var errNoCluster = errors.New("no such cluster runs")

func (b *Backend) cluster(name string) (*Cluster, error) {
	if cluster := b.find(name); cluster != nil {
		return cluster, nil
	}
	return nil, fmt.Errorf("looking for cluster %s: %w", name, errNoCluster)
}

func (b *Backend) find(name string) *Cluster {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clusters[name]
}

// lock makes the caller the only one who changes the existence of that cluster, until it calls the result.
func (b *Backend) lock(name string) (unlock func()) {
	b.mu.Lock()
	if b.busy[name] == nil {
		b.busy[name] = &sync.Mutex{}
	}
	busy := b.busy[name]
	b.mu.Unlock()
	busy.Lock()
	return busy.Unlock
}
