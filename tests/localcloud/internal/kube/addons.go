package kube

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"text/template"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// addonFiles hold the workloads of the add-ons: what a user sees of them in kube-system, reduced to what scheduling and
// availability depend on. Their images are never pulled.
//
//go:embed addons/*.yaml
var addonFiles embed.FS

// addonManager is the field manager that EKS applies its add-ons with.
const addonManager = "eks"

// clusterDNSHost is the place of the cluster's DNS in the range of the services.
const clusterDNSHost = 10

func (b *Backend) applyAddon(ctx context.Context, cluster string, addon aws.AddonSpec) error {
	c, err := b.cluster(cluster)
	if err != nil {
		return err
	}
	objects, err := c.renderAddon(addon)
	if err != nil {
		return err
	}
	for _, object := range objects {
		err := c.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object),
			client.FieldOwner(addonManager), client.ForceOwnership)
		if err != nil {
			return fmt.Errorf("applying %s %s of add-on %s: %w", object.GetKind(), object.GetName(), addon.Name, err)
		}
	}
	return c.awaitWorkloads(ctx, addon.Name, objects)
}

func (b *Backend) deleteAddon(ctx context.Context, cluster, name string) error {
	c := b.find(cluster)
	if c == nil { // a cluster that is gone has no add-ons
		return nil
	}
	objects, err := c.renderAddon(aws.AddonSpec{Name: name})
	if err != nil {
		return err
	}
	slices.Reverse(objects)
	for _, object := range objects {
		err := c.Client.Delete(ctx, object, client.PropagationPolicy(metav1.DeletePropagationBackground))
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("deleting %s %s of add-on %s: %w", object.GetKind(), object.GetName(), name, err)
		}
	}
	return nil
}

func addonNames() ([]string, error) {
	entries, err := addonFiles.ReadDir("addons")
	if err != nil {
		return nil, fmt.Errorf("listing the add-ons: %w", err)
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(entry.Name(), ".yaml"))
	}
	return names, nil
}

func (c *Cluster) renderAddon(addon aws.AddonSpec) ([]*unstructured.Unstructured, error) {
	names, err := addonNames()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, addon.Name) {
		return nil, fmt.Errorf("looking for add-on %q: there is none of that name; use one of %s",
			addon.Name, strings.Join(names, ", "))
	}
	file := path.Join("addons", addon.Name+".yaml")
	parsed, err := template.ParseFS(addonFiles, file)
	if err != nil {
		return nil, fmt.Errorf("parsing %s: %w", file, err)
	}
	dns, err := hostAddress(c.state.Spec.ServiceIPv4CIDR, clusterDNSHost)
	if err != nil {
		return nil, err
	}
	var rendered bytes.Buffer
	values := map[string]string{"Version": addon.Version, "ClusterDNS": dns.String()}
	if err := parsed.Execute(&rendered, values); err != nil {
		return nil, fmt.Errorf("rendering %s: %w", file, err)
	}
	decoder := yaml.NewYAMLOrJSONDecoder(&rendered, 4096)
	var objects []*unstructured.Unstructured
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("decoding %s: %w", file, err)
		}
		objects = append(objects, object)
	}
}

func (c *Cluster) awaitWorkloads(ctx context.Context, addon string, objects []*unstructured.Unstructured) error {
	for _, object := range objects {
		var lacking string
		err := wait.PollUntilContextCancel(ctx, 200*time.Millisecond, true, func(ctx context.Context) (bool, error) {
			var err error
			lacking, err = c.lacking(ctx, object)
			return lacking == "" && err == nil, err
		})
		if err != nil && lacking != "" {
			return fmt.Errorf("waiting for add-on %s: %s: %w", addon, lacking, err)
		}
		if err != nil {
			return fmt.Errorf("waiting for add-on %s: %w", addon, err)
		}
	}
	return nil
}

// lacking says what a workload still lacks; it is empty when the workload is available, and for other kinds of
// object. A DaemonSet in a cluster without nodes lacks nothing.
func (c *Cluster) lacking(ctx context.Context, object *unstructured.Unstructured) (string, error) {
	var wanted, updated, available int32
	var observed bool
	switch object.GetKind() {
	case "Deployment":
		var d appsv1.Deployment
		if err := c.Client.Get(ctx, client.ObjectKeyFromObject(object), &d); err != nil {
			return "", fmt.Errorf("reading Deployment %s: %w", object.GetName(), err)
		}
		observed = d.Status.ObservedGeneration >= d.Generation
		wanted, updated, available = *d.Spec.Replicas, d.Status.UpdatedReplicas, d.Status.AvailableReplicas
	case "DaemonSet":
		var d appsv1.DaemonSet
		if err := c.Client.Get(ctx, client.ObjectKeyFromObject(object), &d); err != nil {
			return "", fmt.Errorf("reading DaemonSet %s: %w", object.GetName(), err)
		}
		observed = d.Status.ObservedGeneration >= d.Generation
		wanted, updated = d.Status.DesiredNumberScheduled, d.Status.UpdatedNumberScheduled
		available = d.Status.NumberAvailable
	default:
		return "", nil
	}
	if observed && updated >= wanted && available >= wanted {
		return "", nil
	}
	return fmt.Sprintf("%s %s has %d of %d replicas available", object.GetKind(), object.GetName(), available, wanted), nil
}
