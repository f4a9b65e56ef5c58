package fluxcontrollers

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/ports"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
)

// Options configures a Manager.
type Options struct {
	// ToolsDir holds the controllers' programs.
	ToolsDir   string
	Supervisor *process.Supervisor
	Log        *slog.Logger
}

// Manager runs the controllers of all clusters.
type Manager struct {
	options Options
	// available are the controllers that there is a program for.
	available []controller

	mu       sync.Mutex
	watchers map[string]*watcher
}

var _ kube.Companion = (*Manager)(nil)

// Required are the controllers without which nothing can be synced. Deployments of others become available like any
// Deployment, but nobody does their work if there is no program for them.
var Required = []string{"source-controller", "kustomize-controller"}

// NewManager checks which programs there are.
func NewManager(o Options) (*Manager, error) {
	m := &Manager{options: o, watchers: map[string]*watcher{}}
	for _, c := range controllers {
		if _, err := os.Stat(filepath.Join(o.ToolsDir, c.name)); err == nil {
			m.available = append(m.available, c)
		}
	}
	var missing []string
	for _, name := range Required {
		if !slices.Contains(m.Available(), name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("looking for Flux's controllers in %s: %s not found; build them with `make tools`",
			o.ToolsDir, strings.Join(missing, ", "))
	}
	return m, nil
}

// Available names the controllers that can run.
func (m *Manager) Available() []string {
	names := make([]string, 0, len(m.available))
	for _, c := range m.available {
		names = append(names, c.name)
	}
	return names
}

// Attach begins to run the controllers of a cluster.
func (m *Manager) Attach(cluster *kube.Cluster) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.watchers[cluster.Name()] != nil {
		return errors.New("attaching Flux's controllers: they are attached to the cluster already")
	}
	w, err := newWatcher(m.options, m.available, cluster)
	if err != nil {
		return err
	}
	m.watchers[cluster.Name()] = w
	return nil
}

// Receiver is the URL at which the notification controller of a cluster takes webhooks, in the place of the Service
// webhook-receiver. It is empty for a cluster that is not attached.
func (m *Manager) Receiver(cluster string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.watchers[cluster]
	if w == nil {
		return ""
	}
	return "http://" + ports.Address(w.ports[notificationController]["receiver"])
}

// Detach kills the controllers of a cluster.
func (m *Manager) Detach(cluster string) {
	m.mu.Lock()
	w := m.watchers[cluster]
	delete(m.watchers, cluster)
	m.mu.Unlock()
	if w != nil {
		w.close(0)
	}
}

// Close stops the controllers of all clusters, giving each the time to finish what it is doing.
func (m *Manager) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all sync.WaitGroup
	for name, w := range m.watchers {
		all.Go(func() { w.close(maxGrace) })
		delete(m.watchers, name)
	}
	all.Wait()
}
