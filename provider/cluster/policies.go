package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// policyVersion is that of IAM's language.
const policyVersion = "2012-10-17"

// statement is a statement of an IAM policy, with IAM's own names.
type statement struct {
	Sid       string
	Effect    string
	Principal map[string]string `json:",omitempty"`
	Action    []string
	Resource  []string  `json:",omitempty"`
	Condition condition `json:",omitempty"`
}

// condition holds values by operator and key. All operators and keys must hold, of the values one.
type condition map[string]map[string][]string

// only is the condition that key has one of the values.
func only(key string, values ...string) condition { return condition{"StringEquals": {key: values}} }

// encode writes an IAM policy.
func encode(statements ...statement) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		Version   string
		Statement []statement
	}{policyVersion, statements})
	if err != nil {
		return "", fmt.Errorf("encoding a policy: %w", err)
	}
	return strings.TrimSpace(text.String()), nil
}

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
	return encode(statement{
		Sid:       "PodIdentity",
		Effect:    "Allow",
		Principal: map[string]string{"Service": "pods.eks.amazonaws.com"},
		Action:    []string{"sts:AssumeRole", "sts:TagSession"},
		Condition: condition{"StringEquals": {
			"aws:RequestTag/eks-cluster-arn":            {at.clusterARN()},
			"aws:RequestTag/kubernetes-namespace":       {namespace},
			"aws:RequestTag/kubernetes-service-account": {serviceAccount},
		}},
	})
}

// issuerTrust lets the pods of one service account take a role with the tokens of the cluster's issuer.
func issuerTrust(providerARN, issuerURL, subject string) (string, error) {
	issuer := strings.TrimPrefix(issuerURL, "https://")
	return encode(statement{
		Sid:       "ServiceAccount",
		Effect:    "Allow",
		Principal: map[string]string{"Federated": providerARN},
		Action:    []string{"sts:AssumeRoleWithWebIdentity"},
		Condition: condition{"StringEquals": {issuer + ":aud": {"sts.amazonaws.com"}, issuer + ":sub": {subject}}},
	})
}
