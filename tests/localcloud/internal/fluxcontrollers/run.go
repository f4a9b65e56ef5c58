package fluxcontrollers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/layout"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/ports"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
)

// tokenLifetime is that of the tokens which kubelets ask for.
const tokenLifetime = time.Hour

// run is a process that stands for a pod.
type run struct {
	pod     *corev1.Pod
	dir     string
	process *process.Process
	cancel  context.CancelFunc
}

// start runs the controller for a pod.
func (w *watcher) start(ctx context.Context, c controller, pod *corev1.Pod) (*run, error) {
	parent := filepath.Join(w.dir, c.name)
	dir := filepath.Join(parent, string(pod.UID))
	if err := removeOthers(parent, dir); err != nil {
		return nil, err
	}
	container, err := readContainer(pod, func(volume string) string { return filepath.Join(dir, "volumes", volume) })
	if err != nil {
		return nil, fmt.Errorf("reading pod %s: %w", pod.Name, err)
	}
	for _, mount := range pod.Spec.Containers[0].VolumeMounts {
		if err := os.MkdirAll(filepath.Join(dir, "volumes", mount.Name), 0o700); err != nil {
			return nil, fmt.Errorf("making volume %s of pod %s: %w", mount.Name, pod.Name, err)
		}
	}
	r := &run{pod: pod, dir: dir}
	kubeconfig, err := w.writeKubeconfig(dir)
	if err != nil {
		return nil, err
	}
	expires, err := w.writeToken(ctx, r)
	if err != nil {
		return nil, err
	}
	events := 0
	if slices.ContainsFunc(container.args, func(argument string) bool { return flagName(argument) == "events-addr" }) {
		events = w.events()
	}
	env := []string{"KUBECONFIG=" + kubeconfig}
	for _, name := range slices.Sorted(maps.Keys(container.env)) {
		env = append(env, name+"="+container.env[name])
	}
	r.process, err = w.options.Supervisor.Start(process.Command{
		Name: filepath.Join(w.cluster.Name(), c.name),
		Path: filepath.Join(w.options.ToolsDir, c.name),
		Args: mergeFlags(container.args, c.overrides(w.ports[c.name], events), c.defaults, unused),
		Env:  env, Dir: dir,
	})
	if err != nil {
		return nil, err
	}
	// Not ctx: the tokens are renewed until this process ends, however that comes about.
	renewing, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go w.renew(renewing, r, expires)
	return r, nil
}

// stop ends the process. Its folder stays until the next pod's process starts, for whoever wants to look into it.
func (r *run) stop(grace time.Duration) {
	r.cancel()
	r.process.Stop(grace)
}

// events is the port of the notification controller, or zero if it cannot run.
func (w *watcher) events() int {
	if _, err := os.Stat(filepath.Join(w.options.ToolsDir, notificationController)); err != nil {
		return 0
	}
	return w.ports[notificationController]["events"]
}

func (w *watcher) writeKubeconfig(dir string) (file string, err error) {
	name := w.cluster.Name()
	config := api.NewConfig()
	config.Clusters[name] = &api.Cluster{
		Server: w.cluster.Endpoint(), CertificateAuthorityData: w.cluster.Authority(),
	}
	// client-go reads the file of a token again every minute, so that a renewed one is found.
	config.AuthInfos[name] = &api.AuthInfo{TokenFile: filepath.Join(dir, "token")}
	config.Contexts[name] = &api.Context{Cluster: name, AuthInfo: name, Namespace: namespace}
	config.CurrentContext = name
	file = filepath.Join(dir, "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		return "", fmt.Errorf("writing the kubeconfig of a Flux controller: %w", err)
	}
	return file, nil
}

// writeToken asks for a token of the pod's service account, bound to the pod.
func (w *watcher) writeToken(ctx context.Context, r *run) (expires time.Time, err error) {
	account := r.pod.Spec.ServiceAccountName
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: new(int64(tokenLifetime.Seconds())),
		BoundObjectRef: &authenticationv1.BoundObjectReference{
			APIVersion: "v1", Kind: "Pod", Name: r.pod.Name, UID: r.pod.UID,
		},
	}}
	request, err = w.cluster.Clientset.CoreV1().ServiceAccounts(namespace).
		CreateToken(ctx, account, request, metav1.CreateOptions{})
	if err != nil {
		return time.Time{}, fmt.Errorf("asking for a token of service account %s: %w", account, err)
	}
	file := filepath.Join(r.dir, "token")
	if err := os.WriteFile(file+".new", []byte(request.Status.Token), 0o600); err != nil {
		return time.Time{}, fmt.Errorf("writing the token of service account %s: %w", account, err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return time.Time{}, fmt.Errorf("replacing the token of service account %s: %w", account, err)
	}
	return request.Status.ExpirationTimestamp.Time, nil
}

// renew replaces the token when a fifth of its life is left, as kubelets do.
func (w *watcher) renew(ctx context.Context, r *run, expires time.Time) {
	for {
		wait := time.Until(expires) * 4 / 5
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(wait, retryInterval)):
		}
		renewed, err := w.writeToken(ctx, r)
		if err != nil {
			w.options.Log.Warn("token of a Flux controller not renewed", "cluster", w.cluster.Name(),
				"pod", r.pod.Name, "error", err)
			continue
		}
		expires = renewed
	}
}

// removeOthers removes the folders of earlier pods of a controller.
func removeOthers(parent, keep string) error {
	dirs, err := filepath.Glob(filepath.Join(parent, "*"))
	if err != nil {
		return fmt.Errorf("listing the folders of earlier pods: %w", err)
	}
	for _, dir := range dirs {
		if dir == keep {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("removing the folder of an earlier pod: %w", err)
		}
	}
	return nil
}

// assignPorts gives every controller its ports. They are kept, because the address of the source controller stands in
// the status of the sources and has to be right after a restart too.
func assignPorts(dir string) (map[string]map[string]int, error) {
	file := filepath.Join(dir, "ports.json")
	assigned := map[string]map[string]int{}
	if err := layout.ReadJSON(file, &assigned); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, c := range controllers {
		if assigned[c.name] == nil {
			assigned[c.name] = map[string]int{}
		}
		for _, name := range c.ports {
			if assigned[c.name][name] != 0 {
				continue
			}
			port, err := ports.Free()
			if err != nil {
				return nil, err
			}
			assigned[c.name][name] = port
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of Flux's controllers: %w", err)
	}
	return assigned, layout.WriteJSON(file, assigned)
}
