// An EKS cluster with its network, Flux syncing a repository, and an entry in the Backstage catalog, as one resource.
package gitopscluster
