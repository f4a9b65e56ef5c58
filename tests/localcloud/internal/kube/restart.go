package kube

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// ApplyNodeGroup makes the nodes of a group what group says: as many as it says, with its labels and taints. Nodes made
// from an earlier template are replaced, a new one first.
func (b *Backend) ApplyNodeGroup(ctx context.Context, cluster string, group aws.NodeGroupSpec) error {
	return untilItAnswers(ctx, func() error { return b.applyNodeGroup(ctx, cluster, group) })
}

// DeleteNodeGroup drains the nodes of a group and removes them.
func (b *Backend) DeleteNodeGroup(ctx context.Context, cluster, group string) error {
	return untilItAnswers(ctx, func() error { return b.deleteNodeGroup(ctx, cluster, group) })
}

// ApplyAddon puts the objects of an add-on into the cluster and waits until its workloads are available.
func (b *Backend) ApplyAddon(ctx context.Context, cluster string, addon aws.AddonSpec) error {
	return untilItAnswers(ctx, func() error { return b.applyAddon(ctx, cluster, addon) })
}

// DeleteAddon removes the objects of an add-on.
func (b *Backend) DeleteAddon(ctx context.Context, cluster, name string) error {
	return untilItAnswers(ctx, func() error { return b.deleteAddon(ctx, cluster, name) })
}

// untilItAnswers does something in a cluster, and again while the API server is away or just starting. EKS does not
// give up either when it replaces a part of a control plane.
func untilItAnswers(ctx context.Context, do func() error) error {
	until := time.Now().Add(startTimeout)
	for {
		err := do()
		away := err != nil && (utilnet.IsConnectionRefused(err) || utilnet.IsConnectionReset(err) ||
			utilnet.IsProbableEOF(err) || apierrors.IsServiceUnavailable(err))
		if !away || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}
