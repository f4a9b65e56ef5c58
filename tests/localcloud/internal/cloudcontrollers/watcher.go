package cloudcontrollers

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
)

// retryInterval is the pause after something that did not work. The real controllers double theirs from five seconds to
// minutes; what they wait for, such as the tag of a subnet, happens sooner here.
const retryInterval = 2 * time.Second

// watcher runs the controllers of one cluster, each in a loop of its own.
type watcher struct {
	log     *slog.Logger
	events  record.EventBroadcaster
	synced  []cache.InformerSynced
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// reconciler makes everything that its controller is responsible for as it should be.
type reconciler func(ctx context.Context, account Account) error

func newWatcher(m *Manager, cluster *kube.Cluster) (*watcher, error) {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watcher{
		log: m.log.With("cluster", cluster.Name()), events: record.NewBroadcaster(record.WithContext(ctx)), cancel: cancel,
	}
	w.events.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: cluster.Clientset.CoreV1().Events("")})
	recorder := func(component string) record.EventRecorder {
		return w.events.NewRecorder(scheme.Scheme, corev1.EventSource{Component: component})
	}
	all := informers.NewSharedInformerFactory(cluster.Clientset, 0)
	system := informers.NewSharedInformerFactoryWithOptions(cluster.Clientset, 0,
		informers.WithNamespace(metav1.NamespaceSystem))
	services := &serviceController{
		cluster: cluster, services: all.Core().V1().Services().Lister(), events: recorder("service-controller"),
		held: held{},
	}
	volumes := &volumeController{
		cluster: cluster, claims: all.Core().V1().PersistentVolumeClaims().Lister(),
		volumes:     all.Core().V1().PersistentVolumes().Lister(),
		deployments: system.Apps().V1().Deployments().Lister().Deployments(metav1.NamespaceSystem),
		events:      recorder(driver),
	}
	aboutServices, err := w.watch(all.Core().V1().Services().Informer())
	if err != nil {
		w.close()
		return nil, err
	}
	aboutVolumes, err := w.watch(all.Core().V1().PersistentVolumeClaims().Informer(),
		all.Core().V1().PersistentVolumes().Informer(), system.Apps().V1().Deployments().Informer())
	if err != nil {
		w.close()
		return nil, err
	}
	all.Start(ctx.Done())
	system.Start(ctx.Done())
	w.running.Go(func() { w.loop(ctx, m, services.reconcile, aboutServices) })
	w.running.Go(func() { w.loop(ctx, m, volumes.reconcile, aboutVolumes) })
	return w, nil
}

// watch wakes the receiver of the channel after every change.
func (w *watcher) watch(informers ...cache.SharedIndexInformer) (<-chan struct{}, error) {
	wake := make(chan struct{}, 1)
	notify := func() {
		select {
		case wake <- struct{}{}:
		default: // it is awake already, and looks at the newest state when it comes round
		}
	}
	for _, informer := range informers {
		_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: func(any) { notify() }, UpdateFunc: func(_, _ any) { notify() }, DeleteFunc: func(any) { notify() },
		})
		if err != nil {
			return nil, fmt.Errorf("watching for AWS's controllers: %w", err)
		}
		w.synced = append(w.synced, informer.HasSynced)
	}
	return wake, nil
}

// close ends everything and waits for it.
func (w *watcher) close() {
	w.cancel()
	w.running.Wait()
	w.events.Shutdown()
}

func (w *watcher) loop(ctx context.Context, m *Manager, reconcile reconciler, wake <-chan struct{}) {
	select {
	case <-ctx.Done():
		return
	case <-m.opened:
	}
	// What has not been listed yet must not be taken for gone.
	if !cache.WaitForCacheSync(ctx.Done(), w.synced...) {
		return
	}
	said := ""
	for {
		var again <-chan time.Time
		if err := reconcile(ctx, m.account); err != nil && ctx.Err() == nil {
			if err.Error() != said {
				said = err.Error()
				w.log.Warn("not as a cluster asks for", "error", err)
			}
			again = time.After(retryInterval)
		}
		select {
		case <-ctx.Done():
			return
		case <-again:
		case <-wake:
		}
	}
}
