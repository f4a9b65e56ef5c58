// Package fluxcontrollers runs Flux's controllers beside the clusters, where no container runs: it is the kubelet of
// their pods, and of no others.
//
// A controller runs as a process exactly while the cluster has a running pod of it, so scaling its Deployment to
// zero, deleting it, changing its template or having no node to put it on mean what they always mean. The process
// takes its flags and variables from the pod, and speaks to the API server as the pod's own service account, with a
// token bound to that pod: what Flux's own RBAC does not allow, it cannot do. A finalizer holds the pod until the
// process has ended, as a kubelet would, so that "the pods are gone" still means "nobody reconciles any more".
//
// What differs from a container: the controllers listen on ports of the loopback interface and reach each other there
// instead of by the names of Services, they elect no leader (that works inside a cluster only), and volumes of
// ConfigMaps and Secrets are empty.
package fluxcontrollers
