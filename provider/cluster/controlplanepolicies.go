package cluster

import (
	"fmt"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/iampolicy"
)

// useOfKey is what a cluster's role does with the key that encrypts its Secrets.
func useOfKey() []string {
	return []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"}
}

// keyPolicy lets only the cluster's role encrypt and decrypt. The account administers the key: whom IAM allows that may
// change this policy, but not read Secrets by the way. To make a cluster, EKS needs kms:DescribeKey and kms:CreateGrant
// in the name of the caller, who has them from IAM like the rest of the administration.
func keyPolicy(partition, account, role string) (string, error) {
	return iampolicy.Encode(
		iampolicy.Statement{
			Sid:       "Administration",
			Effect:    "Allow",
			Principal: map[string]string{"AWS": fmt.Sprintf("arn:%s:iam::%s:root", partition, account)},
			Action: []string{
				"kms:CancelKeyDeletion", "kms:Create*", "kms:Delete*", "kms:Describe*", "kms:Disable*", "kms:Enable*",
				"kms:Get*", "kms:List*", "kms:Put*", "kms:Revoke*", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion",
				"kms:TagResource", "kms:UntagResource", "kms:Update*",
			},
			Resource: []string{"*"}, // In a key's policy: this key.
		},
		iampolicy.Statement{
			Sid:       "Secrets",
			Effect:    "Allow",
			Principal: map[string]string{"AWS": role},
			Action:    useOfKey(),
			Resource:  []string{"*"},
		},
	)
}

// keyUsePolicy lets the role that holds it use a key whose own policy delegates to IAM.
func keyUsePolicy(key string) (string, error) {
	return iampolicy.Encode(iampolicy.Statement{
		Sid: "Secrets", Effect: "Allow", Action: useOfKey(), Resource: []string{key},
	})
}

// noLogGroups keeps the control plane from making a log group. One that it made again after ours was deleted would cost
// money for ever and be in the way of the next cluster of the same name.
func noLogGroups() (string, error) {
	return iampolicy.Encode(iampolicy.Statement{
		Sid: "NoLogGroups", Effect: "Deny", Action: []string{"logs:CreateLogGroup"}, Resource: []string{"*"},
	})
}
