package kube_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kubetest"
)

// TestCluster shares one cluster among its parts, because a cluster takes seconds to start.
//
//nolint:paralleltest // the parts are methods, which call t.Parallel where the linter does not look
func TestCluster(t *testing.T) {
	t.Parallel()
	host := kubetest.NewHost(t, t.TempDir(), map[string]aws.Identity{
		"viewer":  {Username: "viewer", Groups: []string{"eks-access-policy:AmazonEKSViewPolicy"}},
		"auditor": {Username: "auditor", Groups: []string{"eks-access-policy:AmazonEKSAdminViewPolicy"}},
		"admin":   {Username: "admin", Groups: []string{"eks-access-policy:AmazonEKSClusterAdminPolicy"}},
	})
	backend := host.Backend(t, nil)
	s := shared{backend: backend, cluster: kubetest.Create(t, backend, "demo")}
	t.Run("Access", s.access)
	t.Run("HealthIsPublic", s.healthIsPublic)
	t.Run("Issuer", s.issuer)
	t.Run("AdministratorFile", s.administratorFile)
	t.Run("CreateIsIdempotent", s.createIsIdempotent)
	t.Run("NodeGroup", s.nodeGroup)
	t.Run("NodesAreReplaced", s.nodesAreReplaced)
	t.Run("ShrinkMovesPods", s.shrinkMovesPods)
	t.Run("PodsEndAtOnce", s.podsEndAtOnce)
	t.Run("JobsComplete", s.jobsComplete)
	t.Run("Addons", s.addons)
	t.Run("UnknownAddon", s.unknownAddon)
	t.Run("UnknownInstanceType", s.unknownInstanceType)
}

// shared is the cluster that the parts of TestCluster share.
type shared struct {
	backend *kube.Backend
	cluster *kube.Cluster
}

// as is a client with another token, or with none.
func as(t *testing.T, cluster *kube.Cluster, token string) *kubernetes.Clientset {
	t.Helper()
	config := rest.AnonymousClientConfig(cluster.Config)
	config.BearerToken = token
	set, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func (s shared) access(t *testing.T) {
	t.Parallel()
	type verdict struct{ Pods, Secrets, Write metav1.StatusReason }
	reason := apierrors.ReasonForError
	got := map[string]verdict{}
	for _, token := range []string{"viewer", "auditor", "admin", "nobody"} {
		client := as(t, s.cluster, token)
		_, pods := client.CoreV1().Pods("").List(t.Context(), metav1.ListOptions{})
		_, secrets := client.CoreV1().Secrets("").List(t.Context(), metav1.ListOptions{})
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "written-by-" + token}}
		_, write := client.CoreV1().ConfigMaps("default").Create(t.Context(), object, metav1.CreateOptions{})
		got[token] = verdict{reason(pods), reason(secrets), reason(write)}
	}
	const forbidden, unauthorized = metav1.StatusReasonForbidden, metav1.StatusReasonUnauthorized
	want := map[string]verdict{
		"viewer":  {"", forbidden, forbidden},
		"auditor": {"", "", forbidden},
		"admin":   {"", "", ""},
		"nobody":  {unauthorized, unauthorized, unauthorized},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// healthIsPublic holds pulumi-eks to be able to poll the new cluster without credentials, and nothing more.
func (s shared) healthIsPublic(t *testing.T) {
	t.Parallel()
	got := map[string]int{}
	for _, path := range []string{"/healthz", "/api/v1/namespaces"} {
		var status int
		_ = as(t, s.cluster, "").RESTClient().Get().AbsPath(path).Do(t.Context()).StatusCode(&status)
		got[path] = status
	}
	want := map[string]int{"/healthz": http.StatusOK, "/api/v1/namespaces": http.StatusForbidden}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func (s shared) issuer(t *testing.T) {
	t.Parallel()
	type claims struct {
		Issuer   string   `json:"iss"`
		Audience []string `json:"aud"`
	}
	request, err := s.cluster.Clientset.CoreV1().ServiceAccounts("kube-system").CreateToken(t.Context(),
		"namespace-controller", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(request.Status.Token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var got claims
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	want := claims{Issuer: kubetest.Issuer, Audience: []string{"https://kubernetes.default.svc"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func (s shared) administratorFile(t *testing.T) {
	t.Parallel()
	config, err := clientcmd.BuildConfigFromFlags("", s.cluster.AdministratorKubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	if config.Insecure || len(config.CAData) == 0 {
		t.Error("the kubeconfig does not check the server's certificate")
	}
	set, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.CoreV1().Namespaces().Get(t.Context(), "kube-system", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}

func (s shared) createIsIdempotent(t *testing.T) {
	t.Parallel()
	want := aws.ClusterEndpoint{
		Endpoint:                 s.cluster.Endpoint(),
		CertificateAuthorityData: base64.StdEncoding.EncodeToString(s.cluster.Authority()),
	}
	got, err := s.backend.CreateCluster(t.Context(), kubetest.Spec("demo"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	other := kubetest.Spec("demo")
	other.Issuer += "0"
	if _, err := s.backend.CreateCluster(t.Context(), other); err == nil {
		t.Error("a second cluster of the same name was made")
	}
	old := kubetest.Spec("old")
	old.Version = "1.29"
	_, err = s.backend.CreateCluster(t.Context(), old)
	if err == nil {
		t.Fatal("a cluster was made of a version that there is no server for")
	}
	wantError := "creating cluster old: there is no server for Kubernetes 1.29; use one of 1.35"
	if diff := cmp.Diff(wantError, err.Error()); diff != "" {
		t.Error(diff)
	}
}

// TestClusterComesBack kills a cluster's processes, as the end of a daemon does, and starts it from its folder.
func TestClusterComesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := kubetest.NewHost(t, dir, nil)
	backend := first.Backend(t, nil)
	before, err := backend.CreateCluster(t.Context(), kubetest.Spec("demo"))
	if err != nil {
		t.Fatal(err)
	}
	kept := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "kept", Namespace: "default"}}
	kept, err = backend.Clusters()[0].Clientset.CoreV1().ConfigMaps("default").
		Create(t.Context(), kept, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	apply(t, backend, backend.Clusters()[0], kubetest.NodeGroup("default", 1))
	deploy(t, backend.Clusters()[0], "ending", 1, "default")
	first.Supervisor.Close(0)

	second := kubetest.NewHost(t, dir, nil)
	backend = second.Backend(t, nil)
	after, err := backend.CreateCluster(t.Context(), kubetest.Spec("demo"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	found, err := backend.Clusters()[0].Clientset.CoreV1().ConfigMaps("default").
		Get(t.Context(), "kept", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if found.UID != kept.UID {
		t.Errorf("the object is another one: %s, was %s", found.UID, kept.UID)
	}
	err = backend.Clusters()[0].Clientset.AppsV1().Deployments("default").
		Delete(t.Context(), "ending", metav1.DeleteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the pod has ended", func(context.Context) (bool, error) {
		return len(pods(t, backend.Clusters()[0], "ending")) == 0, nil
	})

	if err := backend.DeleteCluster(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	if left := second.Supervisor.List(); len(left) != 0 {
		t.Errorf("processes are left: %v", left)
	}
	if _, err := os.Stat(filepath.Join(dir, "clusters", "demo")); !os.IsNotExist(err) {
		t.Errorf("the cluster's folder is left (%v)", err)
	}
	if err := backend.DeleteCluster(t.Context(), "demo"); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
}

func TestMissingToolsAreNamed(t *testing.T) {
	t.Parallel()
	_, err := kube.NewBackend(t.Context(), kube.Options{ToolsDir: "nowhere"})
	if err == nil {
		t.Fatal("a backend was made without tools")
	}
	want := "looking for tools in nowhere: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok " +
		"not found; build them with `make tools`"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}
