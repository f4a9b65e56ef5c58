package moto

import (
	"errors"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// What a cluster's controllers ask of AWS is only simulated: moto makes load balancers and volumes, but none of the
// network interfaces and attachments that stand in the way of those who delete what is below them.
var errNotServed = errors.New("the AWS of this local cloud has no load balancers and volumes for clusters; take the " +
	"simulated one")

// EnsureLoadBalancer refuses.
func (*Account) EnsureLoadBalancer(string, aws.LoadBalancerSpec) (string, error) {
	return "", errNotServed
}

// DeleteLoadBalancer has nothing to delete.
func (*Account) DeleteLoadBalancer(string, string) error { return nil }

// EnsureVolume refuses.
func (*Account) EnsureVolume(string, aws.VolumeSpec) (string, error) { return "", errNotServed }

// DeleteVolume has nothing to delete.
func (*Account) DeleteVolume(string, string) error { return nil }
