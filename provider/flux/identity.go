package flux

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
)

const clusterIdentityKey = "clusterIdentity"

// keepIdentity makes the cluster's identity count only if it was there from the beginning, and stay once it is there.
//
// The identity is the one input whose change replaces our resources, and a replacement uninstalls Flux and has it
// prune what it has applied. Naming the same cluster later, or no longer naming it, must not do that. An identity that
// is not known yet stays as it is: the engine then previews a replacement, because the cluster is about to be replaced.
func keepIdentity(before, now property.Map) property.Map {
	if before.Len() == 0 {
		return now
	}
	identity, had := before.GetOk(clusterIdentityKey)
	_, has := now.GetOk(clusterIdentityKey)
	switch {
	case had && !has:
		return now.Set(clusterIdentityKey, identity)
	case !had && has:
		return now.Delete(clusterIdentityKey)
	}
	return now
}

// sameCluster makes sure that a kubeconfig still leads to the cluster that was written to. Recorded is empty if
// nothing was written yet.
func sameCluster(ctx context.Context, cluster client.Client, recorded string) error {
	if recorded == "" {
		return nil
	}
	uid, err := kube.UID(ctx, cluster)
	if err != nil {
		return err
	}
	if uid != recorded {
		return fmt.Errorf("the kubeconfig leads to another cluster (kube-system has uid %s) than the one that Flux was "+
			"installed on (%s); correct the kubeconfig, or take this resource out of the state with "+
			"`pulumi state delete` if that cluster is gone", uid, recorded)
	}
	return nil
}
