package cluster

import (
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/iampolicy"
)

// place is where a cluster is.
type place struct{ Partition, Region, Account, Cluster string }

// arn spells the ARN of something of the cluster's account in its region.
func (p place) arn(service, resource string) string {
	return strings.Join([]string{"arn", p.Partition, service, p.Region, p.Account, resource}, ":")
}

// clusterARN is known before the cluster is, so that what names it need not wait for it.
func (p place) clusterARN() string { return p.arn("eks", "cluster/"+p.Cluster) }

// podTrust lets the pods of one service account in one cluster take a role, through EKS Pod Identity. EKS passes those
// three on as tags of the session, https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html; without them any
// association in the account could name the role.
func podTrust(at place, namespace, serviceAccount string) (string, error) {
	return iampolicy.Encode(iampolicy.Statement{
		Sid:       "PodIdentity",
		Effect:    "Allow",
		Principal: map[string]string{"Service": "pods.eks.amazonaws.com"},
		Action:    []string{"sts:AssumeRole", "sts:TagSession"},
		Condition: iampolicy.Condition{"StringEquals": {
			"aws:RequestTag/eks-cluster-arn":            {at.clusterARN()},
			"aws:RequestTag/kubernetes-namespace":       {namespace},
			"aws:RequestTag/kubernetes-service-account": {serviceAccount},
		}},
	})
}

// issuerTrust lets the pods of one service account take a role with the tokens of the cluster's issuer.
func issuerTrust(providerARN, issuerURL, subject string) (string, error) {
	issuer := strings.TrimPrefix(issuerURL, "https://")
	return iampolicy.Encode(iampolicy.Statement{
		Sid:       "ServiceAccount",
		Effect:    "Allow",
		Principal: map[string]string{"Federated": providerARN},
		Action:    []string{"sts:AssumeRoleWithWebIdentity"},
		Condition: iampolicy.Condition{"StringEquals": {issuer + ":aud": {"sts.amazonaws.com"}, issuer + ":sub": {subject}}},
	})
}
