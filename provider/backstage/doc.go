// Package backstage describes a cluster to the Backstage developer portal: a catalog-info document with the three
// entities that Backstage's own model and its Kubernetes plugin ask for.
//
// It is given values and knows nobody. What decides is pure: rules.go, entities.go, repository.go and document.go. The
// same facts give the same bytes, without a timestamp, so that a second update has nothing to say.
package backstage
