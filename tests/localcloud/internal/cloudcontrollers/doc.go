// Package cloudcontrollers is what makes things in the AWS account on behalf of objects in a cluster.
//
// The cloud controller manager, which EKS runs with a cluster's control plane, gives every Service of type LoadBalancer
// a load balancer, and holds the Service by a finalizer until that is gone. The EBS CSI driver, which runs on nodes and
// therefore only while its Deployment has a pod available, gives claims a volume and a PersistentVolume, and takes both
// away when the claim has gone. Both end with their cluster, and what they have made then stays in the account.
//
// They are written after the real ones: the same finalizers, annotations and events, so that whoever waits for them,
// works around them or takes them off meets what there would be on AWS. Everything else about claims (who is protected
// from deletion, what is bound to what, who chooses the node) is done by Kubernetes' own controllers.
package cloudcontrollers
