package kube

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// firstHost is where the addresses of nodes begin in a subnet. AWS keeps the first four for itself, and EKS puts the
// network interfaces of its control plane somewhere too.
const firstHost = 10

func (b *Backend) applyNodeGroup(ctx context.Context, cluster string, group aws.NodeGroupSpec) error {
	c, err := b.cluster(cluster)
	if err != nil {
		return err
	}
	if len(group.Subnets) == 0 {
		return fmt.Errorf("applying node group %s: it has no subnets", group.Name)
	}
	c.nodes.Lock()
	defer c.nodes.Unlock()
	all, err := c.listNodes(ctx)
	if err != nil {
		return err
	}
	current, stale := splitByTemplate(all, group)
	for _, node := range current {
		if err := c.updateNode(ctx, node.Name, group); err != nil {
			return err
		}
	}
	if err := c.addNodes(ctx, all, current, group); err != nil {
		return err
	}
	surplus := current[min(group.Size, len(current)):]
	return c.removeNodes(ctx, slices.Concat(stale, surplus))
}

// updateNode gives a node the labels and taints of its group. Kubernetes' own controllers write to the node too.
func (c *Cluster) updateNode(ctx context.Context, name string, group aws.NodeGroupSpec) error {
	err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		node, err := c.Clientset.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		if err != nil || !decorate(node, group) {
			return err
		}
		_, err = c.Clientset.CoreV1().Nodes().Update(ctx, node, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return fmt.Errorf("updating node %s: %w", name, err)
	}
	return nil
}

func (b *Backend) deleteNodeGroup(ctx context.Context, cluster, group string) error {
	c := b.find(cluster)
	if c == nil { // a cluster that is gone has no node groups
		return nil
	}
	c.nodes.Lock()
	defer c.nodes.Unlock()
	nodes, err := c.listNodes(ctx)
	if err != nil {
		return err
	}
	return c.removeNodes(ctx, slices.DeleteFunc(nodes, func(node corev1.Node) bool {
		return node.Labels[nodeGroupLabel] != group
	}))
}

// listNodes lists the nodes of the cluster, oldest first.
func (c *Cluster) listNodes(ctx context.Context) ([]corev1.Node, error) {
	list, err := c.Clientset.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing nodes: %w", err)
	}
	slices.SortStableFunc(list.Items, func(x, y corev1.Node) int {
		return cmp.Or(x.CreationTimestamp.Compare(y.CreationTimestamp.Time), cmp.Compare(x.Name, y.Name))
	})
	return list.Items, nil
}

func splitByTemplate(all []corev1.Node, group aws.NodeGroupSpec) (current, stale []corev1.Node) {
	for _, node := range all {
		switch {
		case node.Labels[nodeGroupLabel] != group.Name:
		case node.Annotations[templateAnnotation] == nodeTemplate(group):
			current = append(current, node)
		default:
			stale = append(stale, node)
		}
	}
	return current, stale
}

// addNodes makes nodes until the group has its size, each in the subnet that has the fewest of the group, and waits
// until they are ready.
func (c *Cluster) addNodes(ctx context.Context, all, current []corev1.Node, group aws.NodeGroupSpec) error {
	used := map[string]bool{}
	for _, node := range all {
		for _, address := range node.Status.Addresses {
			used[address.Address] = true
		}
	}
	perSubnet := map[string]int{}
	for _, node := range current {
		if i := slices.IndexFunc(group.Subnets, func(s aws.NodeSubnet) bool { return holds(s, node) }); i >= 0 {
			perSubnet[group.Subnets[i].ID]++
		}
	}
	var added []string
	for range group.Size - len(current) {
		subnet := slices.MinFunc(group.Subnets, func(x, y aws.NodeSubnet) int {
			return cmp.Compare(perSubnet[x.ID], perSubnet[y.ID])
		})
		perSubnet[subnet.ID]++
		address, err := freeAddress(subnet, used)
		if err != nil {
			return fmt.Errorf("placing a node of group %s: %w", group.Name, err)
		}
		used[address.String()] = true
		node, err := newNode(group, subnet, address, c.version)
		if err != nil {
			return err
		}
		if _, err := c.Clientset.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("creating node %s: %w", node.Name, err)
		}
		added = append(added, node.Name)
	}
	return c.awaitReady(ctx, added)
}

func freeAddress(subnet aws.NodeSubnet, used map[string]bool) (netip.Addr, error) {
	for host := firstHost; ; host++ {
		address, err := hostAddress(subnet.CIDRBlock, host)
		if err != nil {
			return netip.Addr{}, fmt.Errorf("looking for a free address in subnet %s: %w", subnet.ID, err)
		}
		if !used[address.String()] {
			return address, nil
		}
	}
}

// holds says whether a node lies in a subnet.
func holds(subnet aws.NodeSubnet, node corev1.Node) bool {
	prefix, err := netip.ParsePrefix(subnet.CIDRBlock)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(node.Status.Addresses, func(a corev1.NodeAddress) bool {
		address, err := netip.ParseAddr(a.Address)
		return a.Type == corev1.NodeInternalIP && err == nil && prefix.Contains(address)
	})
}

func (c *Cluster) awaitReady(ctx context.Context, names []string) error {
	for _, name := range names {
		err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, time.Minute, true,
			func(ctx context.Context) (bool, error) {
				node, err := c.Clientset.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
				if err != nil {
					return false, err
				}
				return slices.ContainsFunc(node.Status.Conditions, func(condition corev1.NodeCondition) bool {
					return condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue
				}), nil
			})
		if err != nil {
			return fmt.Errorf("waiting for node %s to be ready: %w", name, err)
		}
	}
	return nil
}

// removeNodes drains nodes and deletes them. All are cordoned first, so that nothing moves from one to the next.
func (c *Cluster) removeNodes(ctx context.Context, nodes []corev1.Node) error {
	for _, node := range nodes {
		patch := []byte(`{"spec":{"unschedulable":true}}`)
		_, err := c.Clientset.CoreV1().Nodes().Patch(ctx, node.Name, mergePatch, patch, metav1.PatchOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("cordoning node %s: %w", node.Name, err)
		}
	}
	for _, node := range nodes {
		if err := c.drain(ctx, node.Name); err != nil {
			return err
		}
		err := c.Clientset.CoreV1().Nodes().Delete(ctx, node.Name, metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("deleting node %s: %w", node.Name, err)
		}
		// What ran on the machine is gone with it. Without this the pods of DaemonSets would stay until the garbage
		// collector of pods comes by, a minute later.
		if err := c.deletePods(ctx, node.Name, 0, func(corev1.Pod) bool { return true }); err != nil {
			return err
		}
	}
	return nil
}

func equalNodes(x, y *corev1.Node) bool {
	return maps.Equal(x.Labels, y.Labels) && maps.Equal(x.Annotations, y.Annotations) &&
		apiequality.Semantic.DeepEqual(x.Spec.Taints, y.Spec.Taints)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
