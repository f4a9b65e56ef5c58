package kube

import "slices"

// Companions are told about clusters one after the other.
type Companions []Companion

var _ Companion = Companions{}

// Attach has all of them look after a cluster, or none.
func (c Companions) Attach(cluster *Cluster) error {
	for i, companion := range c {
		if err := companion.Attach(cluster); err != nil {
			c[:i].Detach(cluster.Name())
			return err
		}
	}
	return nil
}

// Detach ends that, the last one first.
func (c Companions) Detach(cluster string) {
	for _, companion := range slices.Backward(c) {
		companion.Detach(cluster)
	}
}
