package kube

import (
	"crypto/rand"
	_ "embed"
	"fmt"
	"net"
	"os"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/pki"
)

// The files of a cluster, in its folder.
const (
	authorityFile  = "ca.crt"
	servingCert    = "apiserver.crt"
	servingKey     = "apiserver.key"
	serviceKey     = "service-account.key"
	tokensFile     = "tokens.csv"
	webhookFile    = "webhook.kubeconfig"
	managerFile    = "controller-manager.kubeconfig"
	schedulerFile  = "scheduler.kubeconfig"
	kwokFile       = "kwok.kubeconfig"
	kwokStagesFile = "kwok-stages.yaml"
	etcdDir        = "etcd"
)

// AdministratorFile is the name of the administrator's kubeconfig in a cluster's folder.
const AdministratorFile = "admin.kubeconfig"

//go:embed kwok-stages.yaml
var kwokStages []byte

// tokens are the bearer tokens of those who need no AWS identity to get in: the cluster's own parts, and the
// administrator, whom AWS knows nothing of. Tests and `kubectl` by hand come in by that door.
type tokens struct {
	Administrator     string `json:"administrator"`
	ControllerManager string `json:"controllerManager"`
	Scheduler         string `json:"scheduler"`
	Kwok              string `json:"kwok"`
}

func newTokens() tokens {
	return tokens{
		Administrator: rand.Text(), ControllerManager: rand.Text(), Scheduler: rand.Text(), Kwok: rand.Text(),
	}
}

// csv is the content of a --token-auth-file: token, user, uid, groups.
func (t tokens) csv() string {
	return strings.Join([]string{
		t.Administrator + `,localcloud:administrator,localcloud:administrator,"system:masters"`,
		t.ControllerManager + ",system:kube-controller-manager,system:kube-controller-manager",
		t.Scheduler + ",system:kube-scheduler,system:kube-scheduler",
		// kwok speaks for every node, so none of the rights of a single node's kubelet is enough.
		t.Kwok + `,localcloud:kwok,localcloud:kwok,"system:masters"`,
		"",
	}, "\n")
}

// writeFiles makes the keys and configurations of a new cluster.
func (c *Cluster) writeFiles() error {
	authority, err := pki.NewAuthority("kubernetes")
	if err != nil {
		return err
	}
	serviceAddress, err := hostAddress(c.state.Spec.ServiceIPv4CIDR, 1)
	if err != nil {
		return err
	}
	serving, err := authority.Serving("kube-apiserver",
		[]string{
			"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
			"kubernetes.default.svc.cluster.local",
		},
		[]net.IP{net.IPv4(127, 0, 0, 1), serviceAddress.AsSlice()})
	if err != nil {
		return err
	}
	signing, err := pki.SigningKey()
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		authorityFile: authority.Certificate, servingCert: serving.Certificate, servingKey: serving.Key,
		serviceKey: signing, tokensFile: []byte(c.state.Tokens.csv()), kwokStagesFile: kwokStages,
	} {
		if err := os.WriteFile(c.path(name), content, 0o600); err != nil {
			return fmt.Errorf("writing the files of the cluster: %w", err)
		}
	}
	for name, config := range map[string]*api.Config{
		AdministratorFile: c.kubeconfig(authority.Certificate, c.state.Tokens.Administrator),
		managerFile:       c.kubeconfig(authority.Certificate, c.state.Tokens.ControllerManager),
		schedulerFile:     c.kubeconfig(authority.Certificate, c.state.Tokens.Scheduler),
		kwokFile:          c.kubeconfig(authority.Certificate, c.state.Tokens.Kwok),
		webhookFile:       kubeconfig(c.Name(), &api.Cluster{Server: c.options.WebhookURL(c.Name())}, &api.AuthInfo{}),
	} {
		if err := clientcmd.WriteToFile(*config, c.path(name)); err != nil {
			return fmt.Errorf("writing the files of the cluster: %w", err)
		}
	}
	return nil
}

func (c *Cluster) kubeconfig(authority []byte, token string) *api.Config {
	return kubeconfig(c.Name(), &api.Cluster{Server: c.Endpoint(), CertificateAuthorityData: authority},
		&api.AuthInfo{Token: token})
}

func kubeconfig(name string, cluster *api.Cluster, user *api.AuthInfo) *api.Config {
	config := api.NewConfig()
	config.Clusters[name], config.AuthInfos[name] = cluster, user
	config.Contexts[name] = &api.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	return config
}
