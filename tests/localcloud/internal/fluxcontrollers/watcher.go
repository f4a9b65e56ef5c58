package fluxcontrollers

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
)

const (
	// finalizer holds a pod until its process has ended.
	finalizer = "localcloud/process"
	// maxGrace bounds the time that a controller is given to end. The pods ask for up to ten minutes, for a Helm release
	// that is being installed; an API server that is gone would make us wait as long.
	maxGrace = 5 * time.Second
	// retryInterval is the pause after something that did not work, and no event is to be expected.
	retryInterval = time.Second
)

// watcher runs the controllers of one cluster, each in a loop of its own: stopping one takes time that the others
// must not wait for.
type watcher struct {
	options Options
	cluster *kube.Cluster
	dir     string
	ports   map[string]map[string]int
	pods    listers.PodNamespaceLister

	cancel context.CancelFunc
	loops  sync.WaitGroup
	grace  time.Duration // of the processes that run when the watcher is closed
}

func newWatcher(o Options, available []controller, cluster *kube.Cluster) (*watcher, error) {
	dir := filepath.Join(cluster.Dir(), "flux")
	assigned, err := assignPorts(dir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	factory := informers.NewSharedInformerFactoryWithOptions(cluster.Clientset, 0, informers.WithNamespace(namespace))
	informer := factory.Core().V1().Pods()
	w := &watcher{
		options: o, cluster: cluster, dir: dir, ports: assigned, cancel: cancel,
		pods: informer.Lister().Pods(namespace),
	}
	for _, c := range available {
		wake := make(chan struct{}, 1)
		notify := func(object any) {
			if pod := podOf(object); pod != nil && pod.Labels["app"] != c.name {
				return
			}
			select {
			case wake <- struct{}{}:
			default: // it is awake already, and looks at the newest state when it comes round
			}
		}
		_, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: notify, UpdateFunc: func(_, object any) { notify(object) }, DeleteFunc: notify,
		})
		if err != nil {
			cancel()
			return nil, fmt.Errorf("watching the pods of %s: %w", c.name, err)
		}
		w.loops.Go(func() { w.loop(ctx, c, wake) })
	}
	factory.Start(ctx.Done())
	return w, nil
}

func podOf(object any) *corev1.Pod {
	if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	pod, _ := object.(*corev1.Pod)
	return pod
}

// close ends everything and waits for it.
func (w *watcher) close(grace time.Duration) {
	w.grace = grace
	w.cancel()
	w.loops.Wait()
}

func (w *watcher) loop(ctx context.Context, c controller, wake <-chan struct{}) {
	var current *run
	defer func() {
		if current != nil {
			current.stop(w.grace)
		}
	}()
	for {
		var again <-chan time.Time
		select {
		case <-ctx.Done():
			return
		case <-wake:
		}
		for {
			var err error
			current, err = w.reconcile(ctx, c, current)
			if err == nil || ctx.Err() != nil {
				break
			}
			w.options.Log.Warn("Flux controller not as it should be", "cluster", w.cluster.Name(), "controller", c.name,
				"error", err)
			again = time.After(retryInterval)
			select {
			case <-ctx.Done():
				return
			case <-again:
			case <-wake:
			}
		}
	}
}

// reconcile makes the process of a controller what the pods say: none, or one for the newest running pod.
func (w *watcher) reconcile(ctx context.Context, c controller, current *run) (*run, error) {
	pods, err := w.pods.List(labels.SelectorFromSet(labels.Set{"app": c.name}))
	if err != nil {
		return current, fmt.Errorf("listing pods: %w", err)
	}
	wanted := newestRunning(pods)
	if current != nil && (wanted == nil || wanted.UID != current.pod.UID) {
		current.stop(graceOf(pods, current.pod.UID))
		current = nil
	}
	for _, pod := range pods {
		if slices.Contains(pod.Finalizers, finalizer) && (wanted == nil || pod.UID != wanted.UID) {
			if err := w.release(ctx, pod); err != nil {
				return current, err
			}
		}
	}
	if wanted == nil || current != nil {
		return current, nil
	}
	if err := w.hold(ctx, wanted); err != nil {
		return nil, err
	}
	return w.start(ctx, c, wanted)
}

// newestRunning is the pod that a process should stand for, or nil.
func newestRunning(pods []*corev1.Pod) *corev1.Pod {
	var newest *corev1.Pod
	for _, pod := range pods {
		if pod.DeletionTimestamp != nil || pod.Status.Phase != corev1.PodRunning {
			continue
		}
		if newest == nil || newest.CreationTimestamp.Before(&pod.CreationTimestamp) {
			newest = pod
		}
	}
	return newest
}

// graceOf is how long the process of a pod may take to end. A pod that is gone, by force, gives no time.
func graceOf(pods []*corev1.Pod, uid types.UID) time.Duration {
	for _, pod := range pods {
		if pod.UID == uid && pod.DeletionGracePeriodSeconds != nil {
			return min(time.Duration(*pod.DeletionGracePeriodSeconds)*time.Second, maxGrace)
		}
	}
	return 0
}

func (w *watcher) hold(ctx context.Context, pod *corev1.Pod) error {
	patch := fmt.Sprintf(`{"metadata":{"uid":%q,"finalizers":[%q]}}`, pod.UID, finalizer)
	return w.patch(ctx, pod, patch)
}

func (w *watcher) release(ctx context.Context, pod *corev1.Pod) error {
	patch := fmt.Sprintf(`{"metadata":{"uid":%q,"$deleteFromPrimitiveList/finalizers":[%q]}}`, pod.UID, finalizer)
	if err := w.patch(ctx, pod, patch); !apierrors.IsNotFound(err) {
		return err
	}
	return nil
}

// patch changes a pod. The uid in the patch makes it fail if the pod is another one of the same name by now.
func (w *watcher) patch(ctx context.Context, pod *corev1.Pod, patch string) error {
	_, err := w.cluster.Clientset.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.StrategicMergePatchType,
		[]byte(patch), metav1.PatchOptions{})
	if err != nil {
		return fmt.Errorf("patching the finalizers of pod %s: %w", pod.Name, err)
	}
	return nil
}
