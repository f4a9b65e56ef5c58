package cloudcontrollers

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
)

func TestWhoseServicesAndWhere(t *testing.T) {
	t.Parallel()
	const nodePort, balanced = corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer
	type verdict struct{ Wants, Internal bool }
	for name, test := range map[string]struct {
		kind              corev1.ServiceType
		class             *string
		annotation, value string
		want              verdict
	}{
		"public":             {kind: balanced, want: verdict{Wants: true}},
		"another type":       {kind: nodePort},
		"a class":            {kind: balanced, class: new("example.com/balancer")},
		"network":            {balanced, nil, typeAnnotation, "nlb", verdict{true, false}},
		"external":           {balanced, nil, typeAnnotation, "external", verdict{false, false}},
		"network to pods":    {balanced, nil, typeAnnotation, "nlb-ip", verdict{false, false}},
		"internal":           {balanced, nil, internalAnnotation, "true", verdict{true, true}},
		"internal of old":    {balanced, nil, internalAnnotation, "0.0.0.0/0", verdict{true, true}},
		"not internal":       {balanced, nil, internalAnnotation, "false", verdict{true, false}},
		"a scheme":           {balanced, nil, schemeAnnotation, "internal", verdict{true, true}},
		"a scheme of public": {balanced, nil, schemeAnnotation, "internet-facing", verdict{true, false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service := &corev1.Service{
				ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{test.annotation: test.value}},
				Spec:       corev1.ServiceSpec{Type: test.kind, LoadBalancerClass: test.class},
			}
			got := verdict{Wants: wantsBalancer(service), Internal: isInternal(service)}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// account remembers what was deleted, and fails once if it is told to.
type account struct {
	Account
	fail    error
	deleted []string
}

func (a *account) DeleteLoadBalancer(_, name string) error {
	err := a.fail
	a.fail = nil
	if err == nil {
		a.deleted = append(a.deleted, name)
	}
	return err
}

// A Service whose finalizer somebody has taken off by force is gone before its load balancer is.
func TestServiceGoneByForce(t *testing.T) {
	t.Parallel()
	c := &serviceController{
		cluster: &kube.Cluster{}, held: held{"uid": "balancer"},
		services: listers.NewServiceLister(cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})),
	}
	a := &account{fail: errors.New("throttled")}
	err := c.reconcile(t.Context(), a)
	if err == nil || err.Error() != "deleting load balancer balancer: throttled" {
		t.Errorf("got %v", err)
	}
	for range 2 {
		if err := c.reconcile(t.Context(), a); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"balancer"}, a.deleted); diff != "" {
		t.Error(diff)
	}
}
