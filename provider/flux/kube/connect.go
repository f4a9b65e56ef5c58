// Package kube talks to the cluster for the parts of Flux that Pulumi's Kubernetes provider cannot do: seeding,
// uninstalling, and looking at what the controllers report.
//
// A kubeconfig is a secret: no error and no message of this package quotes it.
package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// requestTimeout bounds one request, so that a connection that hangs shows up as an error that is reported.
const requestTimeout = 30 * time.Second

var errKubeconfig = errors.New("the kubeconfig cannot be used: it must be a kubeconfig as YAML or JSON text, " +
	"with a current context that names a cluster and a user")

// errContent stands for errors that quote an address with a password in it, a certificate, or the name of a sign-in.
var errContent = errors.New("no client can be made from the kubeconfig: the server's address, the certificates or " +
	"the way in which its user signs in cannot be used; what stands there may be a secret and is not shown")

// Connect returns a client for the cluster of a kubeconfig. It sends nothing yet.
func Connect(kubeconfig string) (client.Client, error) {
	config, err := configOf(kubeconfig)
	if err != nil {
		return nil, err
	}
	connected, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	if err != nil {
		return nil, errContent
	}
	return connected, nil
}

func configOf(kubeconfig string) (*rest.Config, error) {
	// The loader's own errors may quote the text.
	config, err := clientcmd.RESTConfigFromKubeConfig([]byte(kubeconfig))
	if err != nil {
		return nil, errKubeconfig
	}
	config.UserAgent = "pulumi-gitops-cluster"
	config.Timeout = requestTimeout
	// No limit on our side: five requests a second for forty objects would take longer than everything else, and a
	// limiter that runs into a deadline reports itself instead of what is being waited for.
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	config.Wrap(newPatient)
	return config, nil
}

// Version returns the version of Kubernetes, such as v1.35.4.
func Version(ctx context.Context, kubeconfig string) (string, error) {
	config, err := configOf(kubeconfig)
	if err != nil {
		return "", err
	}
	connected, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return "", errContent
	}
	answer, err := connected.RESTClient().Get().AbsPath("/version").Do(ctx).Raw()
	if err != nil {
		return "", fmt.Errorf("asking for the version of Kubernetes: %w", err)
	}
	var found version.Info
	if err := json.Unmarshal(answer, &found); err != nil {
		return "", fmt.Errorf("reading the version of Kubernetes: %w", err)
	}
	return found.GitVersion, nil
}

// Retryable tells whether asking again may help: the API server is not there yet, is overloaded, or does not know us
// yet, as with a new EKS cluster whose access entries are still on their way.
func Retryable(err error) bool {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		code := status.Status().Code
		return code == 401 || code == 403 || code == 408 || code == 409 || code == 429 || code >= 500
	}
	message := err.Error()
	switch {
	case errors.Is(err, context.Canceled):
		return false
	// client-go gives these as text only: the credential plugin is not installed, and a CA that is another one's.
	case strings.Contains(message, "executable ") && strings.Contains(message, " not found"),
		strings.Contains(message, "x509:"):
		return false
	}
	return true
}

// WaitForAccess waits until the API server answers and lets us do what an installation of Flux needs.
func WaitForAccess(ctx context.Context, cluster client.Client, timeout time.Duration, progress Progress) error {
	return Wait(ctx, timeout, progress, func(ctx context.Context) (string, error) {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			// Asked for by name, because an authorizer other than RBAC need not know what "*" means. Whoever may
			// create kinds may do the rest too, or is told so when it is applied.
			ResourceAttributes: &authorizationv1.ResourceAttributes{
				Verb: "create", Group: "apiextensions.k8s.io", Resource: "customresourcedefinitions",
			},
		}}
		switch err := cluster.Create(ctx, review); {
		case err != nil && Retryable(err):
			return "the API server to let us in: " + Brief(err), nil
		case err != nil:
			return "", fmt.Errorf("reaching the API server: %w", err)
		case !review.Status.Allowed:
			return "the right to create custom resource definitions, which the identity in the kubeconfig " +
				"does not have (yet)", nil
		}
		return "", nil
	})
}

// UID returns the identity of the cluster: that of the namespace kube-system, which lives as long as the cluster.
func UID(ctx context.Context, cluster client.Client) (string, error) {
	namespace, err := Get(ctx, cluster, "v1", "Namespace", "", metav1.NamespaceSystem)
	if err != nil {
		return "", fmt.Errorf("reading the identity of the cluster: %w", err)
	}
	return string(namespace.GetUID()), nil
}

// Get reads one object of any kind.
func Get(
	ctx context.Context, cluster client.Client, apiVersion, kind, namespace, name string,
) (*unstructured.Unstructured, error) {
	object := Object(apiVersion, kind, namespace, name)
	if err := cluster.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
		return nil, err
	}
	return object, nil
}

// Object returns an empty object of any kind, to be read, deleted or applied.
func Object(apiVersion, kind, namespace, name string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetAPIVersion(apiVersion)
	object.SetKind(kind)
	object.SetNamespace(namespace)
	object.SetName(name)
	return object
}

// Gone tells whether an error means that the object, or its kind altogether, does not exist.
func Gone(err error) bool {
	return apierrors.IsNotFound(err) || meta.IsNoMatchError(err)
}

// Brief shortens an error for a message that is repeated: the last cause, on one line.
func Brief(err error) string {
	message := strings.Join(strings.Fields(err.Error()), " ")
	const limit = 300
	if len(message) > limit {
		message = message[:limit] + "…"
	}
	return message
}
