package cloudcontrollers_test

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	internalAnnotation = "service.beta.kubernetes.io/aws-load-balancer-internal"
	typeAnnotation     = "service.beta.kubernetes.io/aws-load-balancer-type"
	cleanup            = "service.kubernetes.io/load-balancer-cleanup"
)

// balancerName is the name that a Service's load balancer gets on AWS.
func balancerName(service *corev1.Service) string {
	return ("a" + strings.ReplaceAll(string(service.UID), "-", ""))[:32]
}

// ofBalancer is what a load balancer in two zones is in the account. In one zone it has one interface less.
func ofBalancer(service *corev1.Service) []string {
	name := balancerName(service)
	return []string{balancer + " " + name, group + " k8s-elb-" + name, card + " ELB " + name, card + " ELB " + name}
}

func (b *bed) createService(name string, annotations map[string]string, class *string) *corev1.Service {
	b.t.Helper()
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: annotations},
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeLoadBalancer, LoadBalancerClass: class, Ports: []corev1.ServicePort{{Port: 80}},
		},
	}
	service, err := b.clientset().CoreV1().Services("default").Create(b.t.Context(), service, metav1.CreateOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	return service
}

func (b *bed) service(name string) *corev1.Service {
	b.t.Helper()
	service, err := b.clientset().CoreV1().Services("default").Get(b.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	return service
}

// awaitHost waits for the host name of a Service's load balancer.
func (b *bed) awaitHost(name string) (host string) {
	b.t.Helper()
	var service *corev1.Service
	eventually(b.t, "the load balancer of Service "+name, func() bool {
		service = b.service(name)
		return len(service.Status.LoadBalancer.Ingress) == 1
	}, func() any { return service.Status })
	if !slices.Contains(service.Finalizers, cleanup) {
		b.t.Errorf("Service %s has a load balancer and the finalizers %v", name, service.Finalizers)
	}
	return service.Status.LoadBalancer.Ingress[0].Hostname
}

func (b *bed) awaitEvent(service, reason, message string) {
	b.t.Helper()
	var messages []string
	eventually(b.t, "the event "+reason, func() bool {
		events, err := b.clientset().CoreV1().Events("default").List(b.t.Context(), metav1.ListOptions{
			FieldSelector: "involvedObject.kind=Service,involvedObject.name=" + service + ",reason=" + reason,
		})
		if err != nil {
			b.t.Fatal(err)
		}
		messages = nil
		for _, event := range events.Items {
			messages = append(messages, event.Message)
		}
		return slices.Contains(messages, message)
	}, func() any { return messages })
	if pending := b.service(service); len(pending.Status.LoadBalancer.Ingress) != 0 {
		b.t.Errorf("Service %s has the status %v", service, pending.Status)
	}
}

// checkUntouched makes sure that Services which others look after are left alone.
func (b *bed) checkUntouched(names ...string) {
	b.t.Helper()
	for _, name := range names {
		service := b.service(name)
		if len(service.Finalizers) > 0 || len(service.Status.LoadBalancer.Ingress) > 0 {
			b.t.Errorf("Service %s has the finalizers %v and the status %v", name, service.Finalizers, service.Status)
		}
	}
}

func (b *bed) deleteService(name string) {
	b.t.Helper()
	services := b.clientset().CoreV1().Services("default")
	if err := services.Delete(b.t.Context(), name, metav1.DeleteOptions{}); err != nil {
		b.t.Fatal(err)
	}
	eventually(b.t, "the end of Service "+name, func() bool {
		_, err := services.Get(b.t.Context(), name, metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	}, func() any { return b.service(name) })
}

// checkReleases has Services lose their load balancers: deleted, and changed into another type.
func (b *bed) checkReleases() {
	b.t.Helper()
	before := b.made()
	services := b.clientset().CoreV1().Services("default")
	for _, name := range []string{"deleted", "changed"} {
		b.createService(name, nil, nil)
		b.awaitHost(name)
	}
	b.deleteService("deleted")
	patch := []byte(`{"spec":{"type":"ClusterIP"}}`)
	_, err := services.Patch(b.t.Context(), "changed", types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.settle(before...)
	eventually(b.t, "Service changed to be released", func() bool {
		return len(b.service("changed").Finalizers) == 0
	}, func() any { return b.service("changed") })
	if diff := cmp.Diff(corev1.LoadBalancerStatus{}, b.service("changed").Status.LoadBalancer); diff != "" {
		b.t.Errorf("a Service without a load balancer says:\n%s", diff)
	}
}
