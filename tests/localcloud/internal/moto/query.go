package moto

import (
	"context"
	"net/url"
	"strconv"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// addPrincipals makes those whose access keys the local cloud hands out.
func (a *Account) addPrincipals(ctx context.Context) error {
	for _, name := range []string{"administrator", "outsider"} {
		user := url.Values{"UserName": {name}}
		var made struct {
			ARN string `xml:"CreateUserResult>User>Arn"`
		}
		if err := a.client().Query(ctx, "iam", "CreateUser", user, &made); err != nil {
			return err
		}
		var key struct {
			ID     string `xml:"CreateAccessKeyResult>AccessKey>AccessKeyId"`
			Secret string `xml:"CreateAccessKeyResult>AccessKey>SecretAccessKey"`
		}
		if err := a.client().Query(ctx, "iam", "CreateAccessKey", user, &key); err != nil {
			return err
		}
		a.credentials = append(a.credentials,
			aws.Credential{PrincipalARN: made.ARN, AccessKeyID: key.ID, SecretAccessKey: key.Secret})
	}
	// Only clusters are ever asked with this one, so moto need not know the role.
	a.credentials = append(a.credentials, aws.NewCredential(aws.PortalARN(a.options.AccountID)))
	return nil
}

// subnet is what moto knows of a subnet.
type subnet struct {
	ID    string `xml:"subnetId"`
	VPC   string `xml:"vpcId"`
	Zone  string `xml:"availabilityZone"`
	Block string `xml:"cidrBlock"`
}

func (a *Account) subnets(ctx context.Context, ids []string) ([]subnet, error) {
	parameters := url.Values{}
	for i, id := range ids {
		parameters.Set("SubnetId."+strconv.Itoa(i+1), id)
	}
	var found struct {
		Subnets []subnet `xml:"subnetSet>item"`
	}
	err := a.client().Query(ctx, "ec2", "DescribeSubnets", parameters, &found)
	return found.Subnets, err
}

// templateInstanceType is the instance type that a version of a launch template names, if it does.
func (a *Account) templateInstanceType(ctx context.Context, id, version string) (string, error) {
	var found struct {
		Types []string `xml:"launchTemplateVersionSet>item>launchTemplateData>instanceType"`
	}
	parameters := url.Values{"LaunchTemplateId": {id}}
	if version != "" {
		parameters.Set("LaunchTemplateVersion.1", version)
	}
	if err := a.client().Query(ctx, "ec2", "DescribeLaunchTemplateVersions", parameters, &found); err != nil {
		return "", err
	}
	if len(found.Types) == 0 {
		return "", nil
	}
	return found.Types[0], nil
}

// newSecurityGroup makes the group that EKS makes for a cluster.
func (a *Account) newSecurityGroup(ctx context.Context, cluster, vpc string) (string, error) {
	var made struct {
		ID string `xml:"groupId"`
	}
	err := a.client().Query(ctx, "ec2", "CreateSecurityGroup", url.Values{
		"GroupName": {"eks-cluster-sg-" + cluster}, "VpcId": {vpc},
		"GroupDescription": {"EKS created security group applied to ENI that is attached to EKS Control Plane"},
	}, &made)
	return made.ID, err
}

func (a *Account) deleteSecurityGroup(ctx context.Context, id string) error {
	return a.client().Query(ctx, "ec2", "DeleteSecurityGroup", url.Values{"GroupId": {id}}, nil)
}
