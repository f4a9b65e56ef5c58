package cloudcontrollers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/record"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
)

// balancerFinalizer holds a Service until its load balancer is gone.
const balancerFinalizer = "service.kubernetes.io/load-balancer-cleanup"

// The annotations that say what kind of load balancer a Service wants.
const (
	internalAnnotation = "service.beta.kubernetes.io/aws-load-balancer-internal"
	schemeAnnotation   = "service.beta.kubernetes.io/aws-load-balancer-scheme"
	typeAnnotation     = "service.beta.kubernetes.io/aws-load-balancer-type"
)

// held are the names of load balancers by the Services that have them.
type held map[types.UID]string

// serviceController is the part of the cloud controller manager that looks after Services.
type serviceController struct {
	cluster  *kube.Cluster
	services listers.ServiceLister
	events   record.EventRecorder
	// held are those it knows of. A Service that loses its finalizer by force takes its load balancer along, as long as
	// this controller lives: so does the real one.
	held held
}

func (c *serviceController) reconcile(ctx context.Context, account Account) error {
	services, err := c.services.List(labels.Everything())
	if err != nil {
		return fmt.Errorf("listing Services: %w", err)
	}
	present := map[types.UID]bool{}
	var errs []error
	for _, service := range services {
		present[service.UID] = true
		if err := c.sync(ctx, account, service); err != nil {
			c.events.Eventf(service, corev1.EventTypeWarning, "SyncLoadBalancerFailed", "Error syncing load balancer: %v", err)
			errs = append(errs, fmt.Errorf("syncing Service %s/%s: %w", service.Namespace, service.Name, err))
		}
	}
	for uid, name := range c.held {
		if present[uid] {
			continue
		}
		if err := account.DeleteLoadBalancer(c.cluster.Name(), name); err != nil {
			errs = append(errs, fmt.Errorf("deleting load balancer %s: %w", name, err))
			continue
		}
		delete(c.held, uid)
	}
	return errors.Join(errs...)
}

func (c *serviceController) sync(ctx context.Context, account Account, service *corev1.Service) error {
	isHeld := slices.Contains(service.Finalizers, balancerFinalizer)
	deleted := service.DeletionTimestamp != nil
	switch {
	case isHeld && (deleted || service.Spec.Type != corev1.ServiceTypeLoadBalancer):
		return c.release(ctx, account, service)
	case !deleted && wantsBalancer(service):
		return c.ensure(ctx, account, service)
	}
	return nil
}

// wantsBalancer says that a Service wants a load balancer, and from this controller: those of another class, or of the
// types that the AWS Load Balancer Controller has taken over, are not its own.
func wantsBalancer(service *corev1.Service) bool {
	if service.Spec.Type != corev1.ServiceTypeLoadBalancer || service.Spec.LoadBalancerClass != nil {
		return false
	}
	kind := service.Annotations[typeAnnotation]
	return kind != "external" && kind != "nlb-ip"
}

func (c *serviceController) ensure(ctx context.Context, account Account, service *corev1.Service) error {
	if len(service.Status.LoadBalancer.Ingress) == 0 {
		c.events.Event(service, corev1.EventTypeNormal, "EnsuringLoadBalancer", "Ensuring load balancer")
	}
	if !slices.Contains(service.Finalizers, balancerFinalizer) {
		finalizers := fmt.Sprintf(`"finalizers":[%q]`, balancerFinalizer)
		if err := c.patchMetadata(ctx, service, finalizers); err != nil {
			return fmt.Errorf("failed to add load balancer cleanup finalizer: %w", err)
		}
	}
	name := balancerName(service)
	hostname, err := account.EnsureLoadBalancer(c.cluster.Name(), aws.LoadBalancerSpec{
		Name: name, Service: service.Namespace + "/" + service.Name, Internal: isInternal(service),
		Network: service.Annotations[typeAnnotation] == "nlb",
	})
	if err != nil {
		return fmt.Errorf("failed to ensure load balancer: %w", err)
	}
	c.held[service.UID] = name
	if ingress := service.Status.LoadBalancer.Ingress; len(ingress) == 1 && ingress[0].Hostname == hostname {
		return nil
	}
	if err := c.patchStatus(ctx, service, fmt.Sprintf(`[{"hostname":%q}]`, hostname)); err != nil {
		return fmt.Errorf("failed to update load balancer status: %w", err)
	}
	c.events.Event(service, corev1.EventTypeNormal, "EnsuredLoadBalancer", "Ensured load balancer")
	return nil
}

// isInternal follows two controllers: the annotation of the one that is simulated, with any value but "false", and that
// of the AWS Load Balancer Controller, which programs set beside it.
func isInternal(service *corev1.Service) bool {
	internal := service.Annotations[internalAnnotation]
	return internal != "" && internal != "false" || service.Annotations[schemeAnnotation] == "internal"
}

// balancerName follows from the Service's uid: a letter and as many of its digits as a name may have.
func balancerName(service *corev1.Service) string {
	const limit = 32
	name := "a" + strings.ReplaceAll(string(service.UID), "-", "")
	return name[:min(limit, len(name))]
}

func (c *serviceController) release(ctx context.Context, account Account, service *corev1.Service) error {
	c.events.Event(service, corev1.EventTypeNormal, "DeletingLoadBalancer", "Deleting load balancer")
	if err := account.DeleteLoadBalancer(c.cluster.Name(), balancerName(service)); err != nil {
		return fmt.Errorf("failed to delete load balancer: %w", err)
	}
	delete(c.held, service.UID)
	if service.DeletionTimestamp == nil {
		if err := c.patchStatus(ctx, service, "null"); err != nil {
			return fmt.Errorf("failed to update load balancer status: %w", err)
		}
	}
	finalizers := fmt.Sprintf(`"$deleteFromPrimitiveList/finalizers":[%q]`, balancerFinalizer)
	if err := c.patchMetadata(ctx, service, finalizers); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("failed to remove load balancer cleanup finalizer: %w", err)
	}
	c.events.Event(service, corev1.EventTypeNormal, "DeletedLoadBalancer", "Deleted load balancer")
	return nil
}

// patchMetadata changes a Service. The uid in the patch makes it fail if that is another one of the same name by now.
func (c *serviceController) patchMetadata(ctx context.Context, service *corev1.Service, fields string) error {
	patch := fmt.Sprintf(`{"metadata":{"uid":%q,%s}}`, service.UID, fields)
	_, err := c.cluster.Clientset.CoreV1().Services(service.Namespace).Patch(ctx, service.Name,
		types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	return err
}

func (c *serviceController) patchStatus(ctx context.Context, service *corev1.Service, ingress string) error {
	patch := fmt.Sprintf(`{"metadata":{"uid":%q},"status":{"loadBalancer":{"ingress":%s}}}`, service.UID, ingress)
	_, err := c.cluster.Clientset.CoreV1().Services(service.Namespace).Patch(ctx, service.Name,
		types.MergePatchType, []byte(patch), metav1.PatchOptions{}, "status")
	return err
}
