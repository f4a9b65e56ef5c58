package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/ports"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
)

// A cluster that is not ready after this time never will be; a cold and busy machine with two cores needs 15 seconds.
const startTimeout = 2 * time.Minute

func (c *Cluster) command(tool string, args ...string) process.Command {
	return process.Command{
		Name: filepath.Join(c.Name(), tool), Path: filepath.Join(c.options.ToolsDir, tool), Args: args,
		Env: []string{"HOME=" + c.dir}, // kwok reads a configuration of the user's beside the one it is given
	}
}

func (c *Cluster) etcd() process.Command {
	client, peer := "http://"+ports.Address(c.state.EtcdPort), "http://"+ports.Address(c.state.EtcdPeerPort)
	return c.command("etcd",
		"--data-dir="+c.path(etcdDir),
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=default="+peer,
		// What the daemon and its processes can do to each other, kill -9 included, never loses what the kernel has been
		// given; only a crash of the machine does, and a test bed need not survive that.
		"--unsafe-no-fsync",
		// A cluster of one elects itself, and the sooner the better.
		"--heartbeat-interval=20", "--election-timeout=100",
		"--log-level=warn",
	)
}

func (c *Cluster) apiServer() process.Command {
	spec := c.state.Spec
	return c.command("kube-apiserver",
		"--etcd-servers=http://"+ports.Address(c.state.EtcdPort),
		"--bind-address=127.0.0.1", "--secure-port="+strconv.Itoa(c.state.ServerPort),
		// The address of the endpoints of Service kubernetes may not be a loopback one. Nothing ever connects to it.
		"--advertise-address=192.0.2.1",
		"--tls-cert-file="+c.path(servingCert), "--tls-private-key-file="+c.path(servingKey),
		"--service-cluster-ip-range="+spec.ServiceIPv4CIDR,
		"--allow-privileged=true",
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--profiling=false",

		"--token-auth-file="+c.path(tokensFile),
		"--authentication-token-webhook-config-file="+c.path(webhookFile),
		"--authentication-token-webhook-version=v1",
		// The API server keeps a granted token for ten seconds more by itself (no flag changes that), so a revoked one is
		// refused after eleven at the latest. A refusal is not kept: a new access entry counts at once.
		"--authentication-token-webhook-cache-ttl=1s",

		"--service-account-issuer="+spec.Issuer,
		"--service-account-jwks-uri="+spec.Issuer+"/keys",
		"--api-audiences=https://kubernetes.default.svc",
		"--service-account-key-file="+c.path(serviceKey),
		"--service-account-signing-key-file="+c.path(serviceKey),
	)
}

func (c *Cluster) controllerManager() process.Command {
	return c.command("kube-controller-manager",
		"--kubeconfig="+c.path(managerFile),
		"--secure-port=0",
		"--leader-elect=false",
		// Each controller as a service account of its own, as everywhere else: what one of them may not do shows here too.
		"--use-service-account-credentials=true",
		"--service-account-private-key-file="+c.path(serviceKey),
		"--root-ca-file="+c.path(authorityFile),
		"--kube-api-qps=500", "--kube-api-burst=1000",
	)
}

func (c *Cluster) scheduler() process.Command {
	return c.command("kube-scheduler",
		"--kubeconfig="+c.path(schedulerFile),
		"--secure-port=0",
		"--leader-elect=false",
		"--kube-api-qps=500", "--kube-api-burst=1000",
	)
}

func (c *Cluster) kwok() process.Command {
	return c.command("kwok",
		"--kubeconfig="+c.path(kwokFile),
		"--config="+c.path(kwokStagesFile),
		"--manage-all-nodes=true",
		"--node-lease-duration-seconds=40",
		"--cidr=10.0.0.1/16",
	)
}

func (c *Cluster) awaitEtcd(ctx context.Context) error {
	dialer := net.Dialer{Timeout: time.Second}
	return c.await(ctx, "etcd", func(ctx context.Context) error {
		connection, err := dialer.DialContext(ctx, "tcp", ports.Address(c.state.EtcdPort))
		if err != nil {
			return err
		}
		return connection.Close()
	})
}

// awaitAPIServer waits until the API server says that it is ready, which includes the built-in roles and namespaces.
func (c *Cluster) awaitAPIServer(ctx context.Context) error {
	return c.await(ctx, "kube-apiserver", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		var status int
		result := c.Clientset.RESTClient().Get().AbsPath("/readyz").Do(ctx).StatusCode(&status)
		if err := result.Error(); err != nil {
			return err
		}
		if status != http.StatusOK {
			return fmt.Errorf("readyz answers %d", status)
		}
		return nil
	})
}

// awaitControllers waits for what a cluster has from its controllers and not from its API server: the rights in the
// roles that are put together from others, and the service account of pods that name none. Without the one the first
// calls of a viewer are forbidden, without the other the first pods.
func (c *Cluster) awaitControllers(ctx context.Context) error {
	return c.await(ctx, "kube-controller-manager", func(ctx context.Context) error {
		for _, name := range []string{"admin", "edit", "view"} {
			role, err := c.Clientset.RbacV1().ClusterRoles().Get(ctx, name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			if len(role.Rules) == 0 {
				return fmt.Errorf("cluster role %s has no rules yet", name)
			}
		}
		for _, namespace := range []string{metav1.NamespaceDefault, metav1.NamespaceSystem} {
			_, err := c.Clientset.CoreV1().ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *Cluster) await(ctx context.Context, tool string, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	running := c.processes[len(c.processes)-1]
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		status := running.Status()
		if status.Restarts > 2 {
			return fmt.Errorf("starting %s: it ended with %s again and again; see %s", tool, status.LastExit, running.LogFile())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w; see %s", tool, errors.Join(ctx.Err(), err), running.LogFile())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
