package cloudcontrollers

import (
	"errors"
	"log/slog"
	"sync"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
)

// Account is what the controllers do in the AWS account. What they ask for twice is there once.
type Account interface {
	EnsureLoadBalancer(cluster string, spec aws.LoadBalancerSpec) (hostname string, err error)
	DeleteLoadBalancer(cluster, name string) error
	EnsureVolume(cluster string, spec aws.VolumeSpec) (id string, err error)
	DeleteVolume(cluster, id string) error
}

var _ Account = (*aws.Cloud)(nil)

// Manager runs the controllers of all clusters.
type Manager struct {
	log *slog.Logger
	// opened is closed when account is set.
	opened  chan struct{}
	account Account

	mu       sync.Mutex
	watchers map[string]*watcher
}

var _ kube.Companion = (*Manager)(nil)

// NewManager makes a Manager whose controllers wait for Open.
func NewManager(log *slog.Logger) *Manager {
	return &Manager{log: log, opened: make(chan struct{}), watchers: map[string]*watcher{}}
}

// Open lets the controllers begin, once: an account brings its clusters up while it is being opened itself.
func (m *Manager) Open(account Account) {
	m.account = account
	close(m.opened)
}

// Attach begins to run the controllers of a cluster.
func (m *Manager) Attach(cluster *kube.Cluster) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.watchers[cluster.Name()] != nil {
		return errors.New("attaching AWS's controllers: they are attached to the cluster already")
	}
	w, err := newWatcher(m, cluster)
	if err != nil {
		return err
	}
	m.watchers[cluster.Name()] = w
	return nil
}

// Detach ends the controllers of a cluster.
func (m *Manager) Detach(cluster string) {
	m.mu.Lock()
	w := m.watchers[cluster]
	delete(m.watchers, cluster)
	m.mu.Unlock()
	if w != nil {
		w.close()
	}
}

// Close ends the controllers of all clusters.
func (m *Manager) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, w := range m.watchers {
		w.close()
		delete(m.watchers, name)
	}
}
